"""Write what the program says of itself: the index of its commands, the page on them, the format of workflows.

`--check` only compares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# The rooms of the commands, in the order in which the help lists them.
ROOMS = (
    "setup",
    "work",
    "proposals",
    "learning",
    "records",
    "documents",
    "economics",
    "templates",
    "audit",
    "care",
    "erasing",
    "workflows",
    "organisations",
    "registers",
    "cooperation",
    "exchange",
    "reports",
)
INDEX = '''"""List all commands in the order of the help: the room of each and what it does; written by `make docs`.

So the help imports no command, and a command only its own room.
"""

COMMANDS = {
'''
WIDTH = 120
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
    return list(_below((), {command.name: command for _room, command in declared()}))


def declared() -> Iterator[tuple[str, Any]]:
    """Yield each command below `ikz` with its room."""
    for room in ROOMS:
        for command in import_module(f"ikz_workflow.cli.{room}").COMMANDS:
            yield room, command


def _below(path: tuple[str, ...], members: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, command in members.items():
        yield (*path, name)
        yield from _below((*path, name), getattr(command, "commands", {}))


def index() -> str:
    """Return the index of all commands as the formatter leaves it."""
    lines = [INDEX.removesuffix("\n")]
    for room, command in declared():
        what = " ".join(command.help.partition("\n\n")[0].split())
        name, where, told = (json.dumps(text, ensure_ascii=False) for text in (command.name, room, what))
        line = f"    {name}: ({where}, {told}),"
        if len(line) > WIDTH:
            line = f"    {name}: (\n        {where},\n        {told},\n    ),"
        lines.append(line)
    return "\n".join([*lines, "}", ""])


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
    pages: dict[str, Callable[[], str]] = {
        "ikz_workflow/cli/index.py": index,  # first: the help is printed from it
        "docs/befehle.md": page,
        "workflows/workflow.schema.json": schema.text,
    }
    for name, write in pages.items():
        target, wanted = ROOT / name, write()
        if "--check" not in sys.argv[1:]:
            target.write_text(wanted, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != wanted:
            print(f"{name} is out of date: run make docs")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
