"""Open a database and run transactions on it; every fault of the database becomes one sentence with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from weakref import finalize

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from ikz_workflow import german
from ikz_workflow.errors import HistoryBroken, IkzError, InvalidInput, StorageError
from ikz_workflow.history import Head, Row, follow, genesis, new_log_id
from ikz_workflow.language import gettext as _
from ikz_workflow.storage import sqlite
from ikz_workflow.storage.address import Opened, opened
from ikz_workflow.storage.memory import Memory
from ikz_workflow.storage.shape import Strange, compared
from ikz_workflow.storage.statements import Statements
from ikz_workflow.storage.tables import metadata
from ikz_workflow.storage.transaction import Transaction

REVISION = "0002"  # the newest migration; a test holds it against the migrations themselves

_Lent = tuple[PoolProxiedConnection, Any]  # a connection as the pool keeps it, and the driver's own
_TABLES = frozenset(metadata.tables) | {"alembic_version"}


class Database:
    """A database of one home: a SQLite file, or a server by URL."""

    again: Callable[[], Database] | None = None  # opens it anew, in another process too

    def __init__(self, where: Opened) -> None:
        self._kind, self.engine, self.name, self.file = where
        self._reader = self.engine.execution_options(ikz_begin="DEFERRED")
        self._statements, self._memory = Statements(self.engine.dialect, self._kind.stream), Memory()
        self._idle: list[_Lent] = []
        finalize(self, _close, self._idle, self.engine)  # a server is told when nobody needs its connections any more

    @classmethod
    def at(cls, place: str | Path, journal: sqlite.Journal = "DELETE") -> Database:
        """Return the database at a path or URL; StorageError for a URL that cannot be opened as it stands."""
        database = cls(opened(place, journal))
        database.again = partial(cls.at, place, journal)
        return database

    def exists(self) -> bool:
        """Tell whether there is a database with our tables in it."""
        return self._found() is not None

    def _found(self) -> str | None:
        if self.file is not None:
            if not (self.file.is_file() and self.file.stat().st_size):
                return None
            self._refuse_foreign_file(self.file)
        with self._explained(), self._reader.connect() as connection:
            return self._revision(connection)

    def migrate(self) -> None:
        """Create the tables, or bring them to the newest form, in one transaction.

        Before tables of an older form are changed, their history is followed whole and a file is copied aside
        (`sqlite.keep_aside`); afterwards the history must be the same. Whatever stops it leaves the older form.
        """
        from ikz_workflow.storage.migrate import newer_revision, upgrade

        self._create_file()
        with self._explained(), self.engine.begin() as connection:
            self._kind.prepare(connection)
            former = self._revision(connection)
            if newer := newer_revision(connection):
                what = _("Die Datenbank {name} hat den Stand {newer} einer neueren Fassung des Programms.")
                raise StorageError(what.format(name=self.name, newer=newer), _("Bitte ikz aktualisieren."))
            if former in (None, REVISION):
                upgrade(connection)
            else:
                before = _chain(connection)
                if self.file is not None:
                    sqlite.keep_aside(self.file, str(former))
                upgrade(connection)
                if (after := _chain(connection)) != before:
                    what = _("Nach der Umstellung der Tabellen ist der Verlauf ein anderer; sie wurde verworfen.")
                    raise HistoryBroken(_("Kopf des Verlaufs"), what, str(before), str(after))
            if self._kind.guards(connection):
                self._kind.guard_history(connection)
            if connection.exec_driver_sql("SELECT count(*) FROM chain_head").scalar_one() == 0:
                if connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one():
                    raise HistoryBroken(_("Kopf des Verlaufs"), _("Er fehlt."))
                log_id = new_log_id()
                self._statements.start_chain(connection.connection, log_id, genesis(log_id))

    def _refuse_foreign_file(self, file: Path) -> None:
        if not sqlite.is_ours_or_new(file):
            raise self._not_ours()

    def _not_ours(self) -> StorageError:
        other = _("Bitte IKZ_DATABASE_URL prüfen oder eine leere Datenbank anlegen lassen.")
        remedy = other if self.file is None else _("Bitte mit --home einen anderen Ordner angeben.")
        return StorageError(_("{name} ist keine ikz-Datenbank.").format(name=self.name), remedy)

    def _revision(self, connection: Connection) -> str | None:
        """Return the migration our tables stand at, None if there are no tables at all.

        StorageError if they are somebody else's, HistoryBroken if some of ours are gone.
        """
        found = self._kind.tables(connection)
        if not found:
            return None
        if len(found & _TABLES) * 2 < len(_TABLES):
            raise self._not_ours()
        revisions: list[str] = []
        if "alembic_version" in found:
            revisions += connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
        if len(revisions) != 1:
            what = _("Der Stand der Tabellen ist nicht lesbar.")
            raise HistoryBroken(_("Tabelle {name}").format(name="alembic_version"), what, "1", str(revisions))
        missing = _TABLES - found
        if revisions == [REVISION] and missing:
            raise HistoryBroken(_("Tabelle {name}").format(name=", ".join(sorted(missing))), _("Sie fehlt."))
        return str(revisions[0])

    def check(self) -> None:
        """Raise StorageError unless the tables are there in the newest form."""
        found = self._found()
        if found is None:
            what = _("Hier ist noch keine ikz-Datenbank: {name}.").format(name=self.name)
            raise StorageError(what, _("Bitte zuerst: ikz init (oder ikz demo für ein Beispiel)."))
        if found != REVISION:
            what = _("Die Datenbank hat den Stand {found}, erwartet wird {expected}.")
            raise StorageError(what.format(found=found, expected=REVISION), _("Bitte ausführen: ikz init."))

    def writing(self, now: datetime) -> AbstractContextManager[Transaction]:
        """Run one transaction that may record events; it is committed at the end and rolled back on any error."""
        return self._running(now, writes=True, keeps=True)

    def trying(self, now: datetime) -> AbstractContextManager[Transaction]:
        """Run one transaction as if writing, and undo all of it."""
        return self._running(now, writes=True, keeps=False)

    def reading(self, now: datetime) -> AbstractContextManager[Transaction]:
        """Run one transaction that sees one state of the database and writes nothing."""
        return self._running(now, writes=False, keeps=False)

    @contextmanager
    def filled_from(self, source: Database, at: Transaction, told: Callable[[int, int], None]) -> Iterator[Transaction]:
        """Fill this empty database with all that a transaction of another one sees, and run a transaction on it.

        All of it is committed at the end, or nothing is left. StorageError if there is anything here already.
        """
        from ikz_workflow.storage.copying import Rows, copy
        from ikz_workflow.storage.migrate import upgrade

        created = self._create_file()
        try:
            with self._explained(), self.engine.begin() as connection:
                self._kind.prepare(connection)
                if self._kind.tables(connection):
                    what = _("{name} ist nicht leer; nichts wurde kopiert.").format(name=self.name)
                    raise StorageError(what, _("Bitte eine leere Datenbank oder eine neue Datei nennen."))
                upgrade(connection)
                rows = Rows(at.connection, source.engine.dialect, source._kind.stream)
                copy(rows, connection.connection, self.engine.dialect, told)
                self._kind.guard_history(connection)
                yield Transaction(connection.connection, self._statements, self._memory, at.now, writes=True)
        except BaseException:  # also when interrupted, no half copy stays behind
            self.close()
            if created and self.file is not None:
                self.file.unlink(missing_ok=True)
            raise

    def _create_file(self) -> bool:
        """Create the file with its folder, and tell whether it was not there."""
        if self.file is None:
            return False
        with self._explained():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._refuse_foreign_file(self.file)
            is_new = not self.file.exists()
            sqlite.create_file(self.file)
            return is_new

    @contextmanager
    def _running(self, now: datetime, *, writes: bool, keeps: bool) -> Iterator[Transaction]:
        lent = self._lent()
        connection = lent[1]
        try:
            self._kind.begin(connection, writes=writes)
            transaction = Transaction(connection, self._statements, self._memory, now, writes=writes)
            try:
                yield transaction
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                connection.rollback()
                self._kind.begin(connection, writes=False)
                if (lie := transaction.first_lie()) is not None:  # rows altered by hand, and no bug of ours
                    raise lie from None
                raise
            if keeps:
                transaction.finish()
                connection.commit()
            else:
                connection.rollback()
        except BaseException as error:  # also when interrupted: the transaction is undone
            self._take_back(lent, is_sound=isinstance(error, IkzError))
            if (told := self._told(error)) is not None:
                raise told from None
            raise
        self._idle.append(lent)

    def _lent(self) -> _Lent:
        """Return a connection that stays open for the next one: 1 µs; through the engine and its pool it is 50."""
        if self._idle:
            return self._idle.pop()
        with self._explained():
            pooled = self.engine.raw_connection()
            return pooled, pooled.driver_connection

    def _take_back(self, lent: _Lent, *, is_sound: bool) -> None:
        """Undo what a connection was doing, and keep it if all that happened is a refusal of ours: a server takes
        20 ms to make another."""
        try:
            lent[1].rollback()
        except Exception:  # a connection that is lost cannot undo anything; the server does
            is_sound = False
        if is_sound:
            self._idle.append(lent)
        else:
            lent[0].invalidate()

    def purge(self) -> str:
        """Write the database anew, so that free space holds nothing erased; return what others still hold of it."""
        _close(self._idle, self.engine)
        with self._explained():
            connection = self.engine.raw_connection()
            try:
                return self._kind.purge(connection)
            finally:
                connection.invalidate()

    def missing_guards(self) -> set[str]:
        """Return the guard rails that are missing or altered."""
        with self._explained(), self._reader.connect() as connection:
            return self._kind.guards(connection)

    def strange(self) -> Strange:
        """Return what of the tables is not as declared."""
        with self._explained(), self._reader.connect() as connection:
            return compared(self._kind.shape(connection), self.engine.dialect)

    def damage(self) -> str:
        """Return what the database itself says of damaged pages and indexes, "" if it is sound or does not say."""
        with self._explained(), self._reader.connect() as connection:
            return self._kind.damage(connection)

    def login(self) -> str | None:
        """Return who the server knows us to be, None for a file, which knows nobody."""
        if self.file is not None:
            return None
        with self._explained(), self._reader.connect() as connection:
            return self._kind.login(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn faults of the database and its file into StorageError, HistoryBroken."""
        try:
            yield
        except Exception as error:
            if (told := self._told(error)) is not None:
                raise told from None
            raise

    def _told(self, error: BaseException) -> IkzError | None:
        """Return what is to be said of a fault of the database or its file, None for any other."""
        driver: Any = self.engine.dialect.loaded_dbapi  # statements run on its cursors, so its own errors arrive
        if isinstance(error, DBAPIError):
            return self._kind.explain(error.orig, self.name)
        if isinstance(error, driver.Error):
            return self._kind.explain(error, self.name)
        if isinstance(error, UnicodeEncodeError):  # a byte that is no text, typed where no field cleans it
            why = _("An Stelle {position} steht ein Zeichen, das kein Text ist. Bitte löschen und neu eingeben.")
            return InvalidInput(_("Eingabe"), "", why.format(position=error.start + 1))
        if isinstance(error, OSError):
            what = _("{name} lässt sich nicht schreiben ({why}).").format(name=self.name, why=german.refusal(error))
            return StorageError(what, _("Bitte Pfad, Rechte und freien Platz prüfen."))
        return None

    def close(self) -> None:
        """Close all connections."""
        _close(self._idle, self.engine)


def _chain(connection: Connection) -> Head:
    """Return the head of a history after following it whole; the columns read here are the same in every form."""
    head = Head(*connection.exec_driver_sql("SELECT log_id, seq, hash FROM chain_head").one())
    found = connection.exec_driver_sql(
        "SELECT seq, subject, version, at, payload, prev_hash, hash FROM event ORDER BY seq"
    )
    for _step in follow((Row(*row) for row in found), head):
        pass
    return head


def _close(idle: list[_Lent], engine: Engine) -> None:
    while idle:
        idle.pop()[0].close()
    engine.dispose()
