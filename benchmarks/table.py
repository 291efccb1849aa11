"""Print what was measured as one plain table."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable

from msgspec import Struct

from benchmarks.measuring import Cost

_HEADINGS = ("", "against", "CPU ikz", "CPU peer", "ratio", "clock ikz", "clock peer", "measured", "target")


class Line(Struct, frozen=True):
    """One line: what was measured against what, both costs, and the figure that has a target."""

    what: str
    peer: str
    ours: Cost
    theirs: Cost
    measured: str = ""
    target: str = ""


def machine() -> str:
    """Return what the figures were measured on."""
    cores = os.cpu_count()
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()} "
        f"with {cores} core{'s' if cores != 1 else ''}, {sys.platform}"
    )


def duration(seconds: float) -> str:
    """Return seconds with three digits and a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.0f} µs"


def laid_out(lines: Iterable[Line]) -> str:
    """Return the table."""
    cells = [_HEADINGS, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    return "\n".join(_aligned(row, widths) for row in cells)


def _cells(line: Line) -> tuple[str, ...]:
    ours, theirs = line.ours, line.theirs
    ratio = f"{ours.cpu / theirs.cpu:.2f}" if 2 * ours.cpu >= theirs.cpu else f"1/{theirs.cpu / ours.cpu:.1f}"
    times = (duration(ours.cpu), duration(theirs.cpu), ratio, duration(ours.wall), duration(theirs.wall))
    return (line.what, line.peer, *times, line.measured, line.target)


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    # Words to the left, figures to the right.
    shown = [
        cell.rjust(width) if 2 <= column <= 6 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(shown).rstrip()
