"""Keep a past state in a database of its own, in memory, that can only be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, create_engine, event, insert
from sqlalchemy.pool import StaticPool

from ikz_workflow.errors import StorageError
from ikz_workflow.history import Head, Row
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Proposal
from ikz_workflow.storage import sqlite, statements, tables
from ikz_workflow.storage.address import Opened
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.definitions import pinned
from ikz_workflow.storage.rows import Disclosure, Entry, entry_columns, parties_of, proposal_columns
from ikz_workflow.storage.transaction import Transaction


class State(msgspec.Struct, frozen=True):
    """What a database held at a moment."""

    head: Head
    register_seq: int
    rows: Sequence[Row]
    proposals: Mapping[str, Proposal]
    entries: Mapping[str, Entry]
    disclosures: Iterable[Disclosure]
    definitions: Iterable[tuple[str, str, bytes]]


class Snapshot(Database):
    """A database that stands still: whatever reads one reads it unchanged, nothing writes it."""

    def __init__(self, state: State) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool, pool_reset_on_return=None)

        @event.listens_for(engine, "connect")
        def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None  # transactions begin as on a file
            sqlite.teach(connection)

        super().__init__(Opened(sqlite, engine, ":memory:", None))
        tables.metadata.create_all(engine)
        with engine.begin() as connection:
            for table, values in _contents(state):
                if values:
                    connection.execute(insert(table), values)

    def exists(self) -> bool:
        """Tell that it is there."""
        return True

    def check(self) -> None:
        """Find nothing wrong: it was made just now."""

    def writing(self, now: datetime) -> AbstractContextManager[Transaction]:
        """Refuse to write."""
        what = _("Ein früherer Stand lässt sich nur lesen.")
        raise StorageError(what, _("Bitte den Befehl ohne --at wiederholen."))

    def trying(self, now: datetime) -> AbstractContextManager[Transaction]:
        """Refuse to write, also if it were undone."""
        return self.writing(now)


def _contents(state: State) -> Iterable[tuple[Table, list[dict[str, Any]]]]:
    """Yield what each table holds; the bytes of documents stay where they are."""
    head = {"id": 1, "log_id": state.head.log_id, "seq": state.head.seq, "hash": state.head.hash}
    yield statements.HEAD, [{**head, "register_seq": state.register_seq}]
    yield statements.EVENT, [msgspec.structs.asdict(row) for row in state.rows]
    texts = {sha: (name, text) for sha, name, text in state.definitions}
    bound = _Texts(texts)
    proposals = state.proposals.values()
    yield statements.PROPOSAL, [proposal_columns(one, pinned(bound, one.definition)) for one in proposals]
    yield statements.PARTY, [{"organisation": name, "key": one.key} for one in proposals for name in parties_of(one)]
    yield statements.REGISTER, [entry_columns(entry) for entry in state.entries.values()]
    yield statements.DISCLOSURE, [msgspec.structs.asdict(one) for one in state.disclosures]
    yield statements.DEFINITION, [{"sha256": sha, "name": name, "text": text} for sha, (name, text) in texts.items()]


class _Texts:
    """Where the definitions of a past state are looked up."""

    def __init__(self, texts: Mapping[str, tuple[str, bytes]]) -> None:
        self._texts = texts

    def definition(self, sha256: str) -> bytes:
        """Return a stored definition text."""
        return self._texts[sha256][1]
