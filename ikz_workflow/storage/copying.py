"""Copy all rows of one database into another as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Dialect, Table, func, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection

from ikz_workflow.storage.statements import Line, Statement, Stream
from ikz_workflow.storage.tables import metadata

_PART = 500
_BYTES = frozenset({"blob", "definition"})  # their rows are large and go one by one


class Rows:
    """The rows of all tables, as one transaction sees them."""

    def __init__(self, connection: DBAPIConnection, dialect: Dialect, stream: Stream) -> None:
        self._line, self._dialect, self._stream = Line(connection), dialect, stream

    def count(self) -> int:
        """Return how many rows there are."""
        counts = (select(func.count()).select_from(table) for table in metadata.sorted_tables)
        return sum(int(Statement(one, self._dialect).first(self._line)[0]) for one in counts)

    def of(self, table: Table) -> Iterator[Any]:
        """Yield a table's rows by their key."""
        whole = select(*table.c).order_by(*table.primary_key)
        return Statement(whole, self._dialect, self._stream).rows(self._line)


def copy(source: Rows, target: DBAPIConnection, dialect: Dialect, told: Callable[[int, int], None]) -> None:
    """Insert all rows of the source, and tell after each part how many of how many are there."""
    done, total, line = 0, source.count(), Line(target)
    for table in metadata.sorted_tables:
        adding = Statement(insert(table), dialect)
        rows = source.of(table)
        while part := list(islice(rows, 1 if table.name in _BYTES else _PART)):
            adding.many(line, [dict(zip(table.c.keys(), row, strict=True)) for row in part])
            done += len(part)
            told(done, total)
