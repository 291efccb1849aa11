"""Start the program, against the bare interpreter importing the libraries it is built on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.measuring import in_turns
from benchmarks.story import begin, open_home
from benchmarks.table import Line

_CLICK = ("-c", "import click")
_ALL = ("-c", "import click, sqlmodel")


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for each command; nothing where the platform does not count the CPU time of children."""
    try:
        from resource import RUSAGE_CHILDREN, getrusage
    except ImportError:
        return

    def cpu() -> float:
        used = getrusage(RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    home = open_home(folder / "started")
    begin(home)
    for command, peer in (
        (("--version",), _CLICK),
        (("--help",), _CLICK),
        (("--home", str(home.path), "list"), _ALL),
    ):
        ours, theirs = in_turns(_started("-m", "ikz_workflow", *command), _started(*peer), 3 if quick else 11, cpu)
        yield Line(f"start: ikz {command[-1]}", f"python {' '.join(peer)}", ours, theirs)


def _started(*arguments: str) -> Callable[[], object]:
    return partial(subprocess.run, [sys.executable, *arguments], check=True, capture_output=True)
