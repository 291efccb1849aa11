"""Start the program, against the bare interpreter importing what a command is built on, and against other programs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path

from benchmarks.advancing import SHIPPED
from benchmarks.measuring import Work, in_turns
from benchmarks.story import begin
from benchmarks.table import Line
from ikz_workflow.services import registers
from ikz_workflow.services.home import Home

_IKZ = ("-c", "from ikz_workflow.cli import main; main()")  # what the installed script does
_CLICK = "import click"
_ALL = "import click, sqlmodel"
_OTHERS = ("sqlite_utils", "llm", "alembic")  # programs built on click or on SQLAlchemy


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for each command; nothing where the platform does not count the CPU time of children."""
    try:
        from resource import RUSAGE_CHILDREN, getrusage
    except ImportError:
        print("start: left out, this system does not count the CPU time of children", file=sys.stderr)
        return

    def cpu() -> float:
        used = getrusage(RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    home = Home(folder / "started", folder / "started" / "ikz.db", None)  # the account in front of the machine acts
    registers.init(home, name="Frau Muster")
    key = begin(home)
    # Whatever this interpreter was told: an installed program and its libraries lie there compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")

    def started(*arguments: str) -> Work:
        command = [sys.executable, *arguments]
        return partial(subprocess.run, command, check=True, capture_output=True, env=environment)

    def here(*arguments: str) -> Work:
        return started(*_IKZ, "--home", str(home.path), *arguments)

    steps = [here("advance", key, name, *(("--note", note) if note else ())) for name, note in SHIPPED]
    rounds = 3 if quick else 9
    for what, work, imports, target in (
        ("--version", started(*_IKZ, "--version"), _CLICK, "≤ 1.3"),
        ("--help", started(*_IKZ, "--help"), _CLICK, "≤ 1.3"),
        ("list", here("list"), _ALL, "≤ 1.3"),
        ("status", here("status", key), _ALL, "≤ 1.3"),
        ("advance", _in_order(steps), _ALL, "≤ 1.3"),
        ("document create", here("document", "create", key, "guideline"), f"{_ALL}, lxml.etree, jinja2", ""),
        ("verify", here("verify"), _ALL, ""),
    ):
        yield Line(f"start: ikz {what}", imports, *in_turns(work, started("-c", imports), rounds, cpu), target=target)
    for other in _OTHERS:
        if find_spec(other) is None:
            print(f"start: {other} left out, it is not installed (the extra bench)", file=sys.stderr)
            continue
        ours, theirs = in_turns(started(*_IKZ, "--help"), started("-m", other, "--help"), rounds, cpu)
        yield Line("start: ikz --help", f"{other.replace('_', '-')} --help", ours, theirs)


def _in_order(works: list[Work]) -> Callable[[], object]:
    """Return the works as one that does the next of them each time."""
    turn = cycle(works)
    return lambda: next(turn)()
