"""Write docs/befehle.md: the help of every command, as the program prints it; `--check` only compares."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parent / "befehle.md"
HEAD = """# Alle Befehle

Diese Seite schreibt `make docs` aus den Hilfetexten des Programms; CI prüft, dass beides übereinstimmt.
Jeder Befehl kennt `--help`. Rückgabewerte: 0 in Ordnung · 1 Fehler · 2 falsche Eingabe · 3 nicht gefunden ·
4 nicht zulässig oder etwas fehlt · 5 inzwischen geändert · 6 Befunde (verify, check).
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
    found: list[tuple[str, ...]] = []
    for name, command in cli.commands.items():
        found.append((name,))
        found.extend((name, member) for member in getattr(command, "commands", {}))
    return found


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, "```text", help_of().rstrip(), "```"]
    for command in commands():
        parts += ["", f"## ikz {' '.join(command)}", "", "```text", help_of(*command).rstrip(), "```"]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Write the page, or say whether it is up to date."""
    wanted = page()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/befehle.md is out of date: run make docs")
        return 1
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
