"""Hold everything that only SQLite has: how a connection is set up, the guard rails, the file's rights."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.ext.compiler import compiles

from ikz_workflow import german
from ikz_workflow.errors import HistoryBroken, IkzError, StorageError
from ikz_workflow.folding import may_mention
from ikz_workflow.language import gettext as _
from ikz_workflow.storage.finding import MayMention, Place
from ikz_workflow.storage.rows import not_the_next
from ikz_workflow.storage.shape import Part, Shape, bare, index_part, parts_of_table, view_part

Journal = Literal["DELETE", "WAL"]
BUSY_MILLISECONDS = 30_000
_LOOK_SECONDS = 0.002  # between two looks at a lock that others hold
_MAY_MENTION = "ikz_may_mention"

_GUARDS = {
    "event_is_never_updated": "BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "event_is_never_deleted": "BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "event_has_no_gap": (
        "BEFORE INSERT ON event WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event) "
        "OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM event WHERE subject = NEW.subject) "
        "BEGIN SELECT RAISE(ABORT, 'history is gapless'); END"
    ),
}

_FAULTS = (
    ("database is locked", "Die Datenbank ist von einem anderen Vorgang belegt.", "Bitte in einer Minute wiederholen."),
    ("readonly", "Die Datenbank ist schreibgeschützt.", "Bitte die Rechte an Datei und Ordner prüfen."),
    ("disk is full", "Der Datenträger ist voll; nichts wurde geschrieben.", "Bitte Platz schaffen und wiederholen."),
    (
        "disk i/o error",
        "Der Datenträger meldet einen Fehler; ob der Befehl noch ankam, ist ungewiss.",
        "Bitte Laufwerk und Platz prüfen, dann nachsehen (ikz history NUMMER) oder, wenn der Befehl --once nannte, ihn "
        "unverändert wiederholen.",
    ),
    ("unable to open", "Die Datenbank lässt sich nicht öffnen.", "Bitte Pfad und Rechte am Ordner prüfen."),
    ("not a database", "Die Datei ist keine ikz-Datenbank.", "Bitte mit --home einen anderen Ordner angeben."),
    ("no such table", "Die Datei ist keine ikz-Datenbank.", "Bitte mit --home einen anderen Ordner angeben."),
    ("no such column", "Die Datenbank hat eine andere Form als erwartet.", "Bitte ikz init ausführen."),
    ("append-only", "Der Verlauf lässt sich nicht ändern, nur ergänzen.", "Bitte einen neuen Eintrag machen."),
)


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

        teach(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("ikz_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that our statements call."""
    connection.create_function(_MAY_MENTION, -1, may_mention, deterministic=True)


@compiles(Place, "sqlite")
def _place(element: Place, compiler: Any, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(MayMention, "sqlite")
def _may_mention(element: MayMention, compiler: Any, **options: Any) -> str:
    texts, *parts = (compiler.process(one, **options) for one in element.clauses)
    return f"{_MAY_MENTION}({', '.join([f'CAST(group_concat({texts}, char(10)) AS BLOB)', *parts])})"


def begin(connection: DBAPIConnection, *, writes: bool) -> None:
    """Begin a transaction on the driver's connection, as the engine does on its own.

    Whoever waits for the lock looks every few milliseconds whether it is free. SQLite itself looks ten times a second:
    of eight who write without a pause, one found it taken for half a minute, and who only reads came last.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        if writes:
            _as_soon_as_free(cursor, "BEGIN IMMEDIATE")
        else:
            cursor.execute("BEGIN DEFERRED")
            _as_soon_as_free(cursor, "SELECT 1 FROM sqlite_master LIMIT 0")  # locks, which beginning does not
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def _as_soon_as_free(cursor: DBAPICursor, statement: str) -> None:
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(_LOOK_SECONDS)


def stream(connection: DBAPIConnection) -> Any:
    """Return a cursor whose rows stay in the file until they are fetched."""
    return connection.cursor()


def login(_connection: Connection) -> None:
    """Return nobody: a file does not know who opened it."""


def prepare(connection: Connection) -> None:
    """Do nothing before tables are created: whoever does so has locked the file already."""


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
    """Tell whether the file is absent, empty, or begins as every SQLite database does. StorageError if it cannot be
    read."""
    try:
        with path.open("rb") if path.is_file() else open(os.devnull, "rb") as stream:
            return stream.read(16) in (b"", b"SQLite format 3\0")
    except OSError as error:
        what = _("{name} lässt sich nicht lesen ({why}).").format(name=path, why=german.refusal(error))
        raise StorageError(what, _("Bitte Pfad und Rechte prüfen.")) from None


def create_file(path: Path) -> None:
    """Create the database file readable and writable by its owner alone; OSError if that cannot be done."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def keep_aside(path: Path, revision: str) -> Path:
    """Copy the file as it was committed last beside itself, and return the copy: `ikz.db.0001.sicherung`.

    It is there whole or not at all; whoever holds the write lock meanwhile is not read.
    """
    target = path.with_name(f"{path.name}.{revision}.sicherung")
    unfinished = target.with_name(f"{target.name}.tmp")
    unfinished.unlink(missing_ok=True)
    create_file(unfinished)
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(unfinished)) as copy,
    ):
        source.backup(copy)
        if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            what = _("Die Datenbankdatei {path} ist beschädigt ({found}).").format(path=path, found=found)
            raise StorageError(what, _("Bitte eine Sicherung zurückspielen."))
    unfinished.replace(target)
    return target


def tables(connection: Connection) -> set[str]:
    """Return the names of all tables."""
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return {str(name) for name in names.scalars()}


def shape(connection: Connection) -> Shape:
    """Return the shape of the tables, triggers aside, as their own statements tell it."""
    found = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type != 'trigger' AND name NOT GLOB 'sqlite_*'"
    )
    parts: dict[Part, str] = {}
    for kind, name, table, text in found:
        if kind == "table":
            parts |= parts_of_table(str(name), str(text))
        else:
            parts[index_part(str(table), str(name)) if kind == "index" else view_part(str(name))] = bare(str(text))
    return parts


def damage(connection: Connection) -> str:
    """Return what SQLite says of a file whose pages or indexes contradict each other, "" if it is sound."""
    told = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars().all()
    return "" if told == ["ok"] else "; ".join(map(str, told))


def purge(connection: PoolProxiedConnection) -> str:
    """Write the file anew without its free pages, and empty a write-ahead log; other users are waited for."""
    cursor = connection.cursor()
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ""


def explain(error: BaseException | None, name: str) -> IkzError:
    """Return what is to be said of a fault of SQLite in the database of that name."""
    message = str(error).lower()
    if "could not decode" in message:
        column = str(error).split("'")[1] if "'" in str(error) else "?"
        return HistoryBroken(_("Spalte {column}").format(column=column), _("Eine Zelle ist kein lesbarer Text."))
    if "malformed" in message:
        return HistoryBroken(_("Datenbankdatei"), _("Sie ist beschädigt ({name}).").format(name=name))
    for part, what, remedy in _FAULTS:
        if part in message:
            return StorageError(f"{_(what)[:-1]} ({name}).", _(remedy))
    if isinstance(error, sqlite3.IntegrityError):  # nobody else can write meanwhile
        return not_the_next()
    what = _("Die Datenbank {name} meldet: {message}.").format(name=name, message=error)
    return StorageError(what, _("Bitte ikz verify ausführen und die Meldung weitergeben."))
