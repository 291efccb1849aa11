"""Move a whole database into another, with its history intact."""

from __future__ import annotations

from collections.abc import Callable

from ikz_workflow.services.audit import Proof, prove
from ikz_workflow.services.home import Home
from ikz_workflow.storage.database import Database


def copy(home: Home, to: str, told: Callable[[int, int], None]) -> tuple[Proof, str]:
    """Copy everything into an empty database and return what was proven there, and its name without password.

    `told` hears how many rows of how many are copied. StorageError if the other is not empty; HistoryBroken, and
    nothing is left there, if the copy cannot be proven.
    """
    target = Database.at(to)
    return filled(home.ready, target, home, told), target.name


def filled(source: Database, target: Database, home: Home, told: Callable[[int, int], None]) -> Proof:
    """Fill an empty database with all that another holds, and return what was proven there; raises as `copy`."""
    now = home.now()
    try:
        with source.reading(now) as there, target.filled_from(source, there, told) as tx:
            return prove(tx)
    finally:
        target.close()
