"""Write the pages the program gives itself: all commands, the format of workflows; `--check` only compares."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HEAD = """# Alle Befehle

Diese Seite schreibt `make docs` aus den Hilfetexten des Programms; CI prüft, dass beides übereinstimmt.
Jeder Befehl kennt `--help`. Rückgabewerte: 0 in Ordnung · 1 Fehler · 2 falsche Eingabe · 3 nicht gefunden ·
4 nicht zulässig oder etwas fehlt · 5 inzwischen geändert · 6 Befunde (verify, check, doctor).
"""


def help_of(*command: str) -> str:
    """Return what `ikz COMMAND --help` prints on 80 columns."""
    environment = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    run = [sys.executable, "-m", "ikz_workflow", *command, "--help"]
    return subprocess.run(run, env=environment, check=True, capture_output=True, encoding="utf-8").stdout  # noqa: S603


def commands() -> list[tuple[str, ...]]:
    """Return all commands in the order in which the help lists them, groups before their members."""
    from ikz_workflow.cli.app import cli, declare

    declare()
    return list(_below((), cli.commands))


def _below(path: tuple[str, ...], members: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, command in members.items():
        yield (*path, name)
        yield from _below((*path, name), getattr(command, "commands", {}))


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, "```text", help_of().rstrip(), "```"]
    for command in commands():
        parts += ["", f"## ikz {' '.join(command)}", "", "```text", help_of(*command).rstrip(), "```"]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Write the pages, or say which are not up to date."""
    from ikz_workflow.definition import schema

    stale = 0
    for name, wanted in {"docs/befehle.md": page(), "workflows/workflow.schema.json": schema.text()}.items():
        target = ROOT / name
        if "--check" not in sys.argv[1:]:
            target.write_text(wanted, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != wanted:
            print(f"{name} is out of date: run make docs")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
