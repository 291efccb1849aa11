"""Hold everything that only SQLite has: how a connection is set up, the guard rails, the file's rights."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event

Journal = Literal["DELETE", "WAL"]
BUSY_MILLISECONDS = 30_000

_GUARDS = {
    "event_is_never_updated": "BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "event_is_never_deleted": "BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "event_has_no_gap": (
        "BEFORE INSERT ON event WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event) "
        "OR EXISTS (SELECT 1 FROM event WHERE subject = NEW.subject AND version = NEW.version) "
        "BEGIN SELECT RAISE(ABORT, 'history is gapless'); END"
    ),
}


def engine_for(path: Path, journal: Journal = "DELETE") -> Engine:
    """Return an engine on the file.

    Writers begin IMMEDIATE, so that they wait for each other instead of failing; readers (execution option
    `ikz_begin="DEFERRED"`) do not wait. DELETE with EXTRA leaves one file and survives a power cut; WAL is for
    SQLite from 3.51.3 on, where its reset bug is mended.
    """
    url = URL.create("sqlite+pysqlite", database=str(path))  # a path may hold ? and %
    engine = create_engine(url, pool_reset_on_return=None)
    synchronous = "FULL" if journal == "WAL" else "EXTRA"

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not the driver
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            f"journal_mode={journal}",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "trusted_schema=OFF",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("ikz_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def begin(connection: PoolProxiedConnection, *, writes: bool) -> None:
    """Begin a transaction on the driver's connection, as the engine does on its own."""
    connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")


def guard_history(connection: Connection) -> None:
    """Forbid changing or deleting history rows; batch migrations drop these triggers, so this runs after each."""
    found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in set(found) - set(_GUARDS):
        connection.exec_driver_sql('DROP TRIGGER "{}"'.format(str(name).replace('"', '""')))
    for name, body in _GUARDS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")


def guards(connection: Connection) -> set[str]:
    """Return the names of the guard rails that are missing or were altered, and of triggers that are not ours."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    stored = {str(name): str(sql) for name, sql in found}
    broken = {name for name, body in _GUARDS.items() if stored.get(name) != f"CREATE TRIGGER {name} {body}"}
    return broken | (set(stored) - set(_GUARDS))


def is_ours_or_new(path: Path) -> bool:
    """Tell whether the file is absent, empty, or begins as every SQLite database does."""
    with path.open("rb") if path.is_file() else open(os.devnull, "rb") as stream:
        return stream.read(16) in (b"", b"SQLite format 3\0")


def create_file(path: Path) -> None:
    """Create the database file readable and writable by its owner alone; OSError if that cannot be done."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
