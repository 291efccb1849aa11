"""Open a database and run transactions on it; every fault of the database becomes one sentence with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from ikz_workflow.errors import ConcurrentUpdate, HistoryBroken, IkzError, InvalidInput, StorageError
from ikz_workflow.history import genesis, new_log_id
from ikz_workflow.language import gettext as _
from ikz_workflow.storage import sqlite
from ikz_workflow.storage.transaction import Statements, Transaction

REVISION = "0001"  # the newest migration; a test holds it against the migrations themselves

_FAULTS = (
    ("database is locked", "Die Datenbank ist von einem anderen Vorgang belegt.", "Bitte in einer Minute wiederholen."),
    ("readonly", "Die Datenbank ist schreibgeschützt.", "Bitte die Rechte an Datei und Ordner prüfen."),
    ("disk is full", "Der Datenträger ist voll; nichts wurde geschrieben.", "Bitte Platz schaffen und wiederholen."),
    (
        "disk i/o error",
        "Der Datenträger meldet einen Fehler; nichts wurde geschrieben.",
        "Bitte freien Platz und Laufwerk prüfen, dann wiederholen.",
    ),
    ("unable to open", "Die Datenbank lässt sich nicht öffnen.", "Bitte Pfad und Rechte am Ordner prüfen."),
    ("not a database", "Die Datei ist keine ikz-Datenbank.", "Bitte mit --home einen anderen Ordner angeben."),
    ("malformed", "Die Datenbankdatei ist beschädigt.", "Bitte eine Sicherung zurückspielen."),
    ("no such table", "Die Datei ist keine ikz-Datenbank.", "Bitte mit --home einen anderen Ordner angeben."),
    ("no such column", "Die Datenbank hat eine andere Form als erwartet.", "Bitte ikz init ausführen."),
    ("history is", "Der Verlauf lässt sich nicht ändern, nur ergänzen.", "Bitte einen neuen Eintrag machen."),
)


class Database:
    """A database of one home: a SQLite file, or a server by URL."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self._reader = engine.execution_options(ikz_begin="DEFERRED")
        self._statements = Statements(engine.dialect)
        self._idle: list[PoolProxiedConnection] = []

    @classmethod
    def at(cls, place: str | Path, journal: sqlite.Journal = "DELETE") -> Database:
        """Return the database at a path or SQLAlchemy URL; nothing is opened yet. StorageError for a broken URL."""
        try:
            url = make_url(place) if isinstance(place, str) else None
            if url is None or url.get_backend_name() == "sqlite":
                path = Path(place) if url is None else Path(url.database or ":memory:")
                if path.name == ":memory:":
                    raise ArgumentError
                return cls(sqlite.engine_for(path, journal), str(path))
            return cls(create_engine(url), url.render_as_string(hide_password=True))
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
            what = _("Die Adresse in IKZ_DATABASE_URL ist keine, die ikz öffnen kann.")
            raise StorageError(what, _("Beispiel: sqlite:////home/meier/ikz/ikz.db")) from None

    @property
    def file(self) -> Path | None:
        """Return the SQLite file, or None for a server."""
        return Path(self.name) if self.engine.dialect.name == "sqlite" else None

    def exists(self) -> bool:
        """Tell whether there is a database with our tables in it."""
        if self.file is not None:
            if not (self.file.is_file() and self.file.stat().st_size):
                return False
            self._refuse_foreign_file(self.file)
        with self._explained(), self._reader.connect() as connection:
            return self.engine.dialect.has_table(connection, "alembic_version")

    def migrate(self) -> None:
        """Create the tables, or bring them to the newest form, in one transaction."""
        from ikz_workflow.storage.migrate import newer_revision, upgrade

        if self.file is not None:
            with self._explained():
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._refuse_foreign_file(self.file)
                sqlite.create_file(self.file)
        with self._explained(), self.engine.begin() as connection:
            if self.file is not None and self._is_foreign(connection):
                remedy = _("Bitte mit --home einen anderen Ordner angeben.")
                raise StorageError(_("{name} ist keine ikz-Datenbank.").format(name=self.name), remedy)
            if newer := newer_revision(connection):
                what = _("Die Datenbank {name} hat den Stand {newer} einer neueren Fassung des Programms.")
                raise StorageError(what.format(name=self.name, newer=newer), _("Bitte ikz aktualisieren."))
            upgrade(connection)
            if self.file is not None:
                sqlite.guard_history(connection)
            if connection.exec_driver_sql("SELECT count(*) FROM chain_head").scalar_one() == 0:
                if connection.exec_driver_sql("SELECT count(*) FROM event").scalar_one():
                    raise HistoryBroken(_("Kopf des Verlaufs"), _("Er fehlt. Bitte eine Sicherung zurückspielen."))
                log_id = new_log_id()
                self._statements.start_chain(connection.connection, log_id, genesis(log_id))

    def _refuse_foreign_file(self, file: Path) -> None:
        if not sqlite.is_ours_or_new(file):
            remedy = _("Bitte mit --home einen anderen Ordner angeben.")
            raise StorageError(_("{name} ist keine ikz-Datenbank.").format(name=file), remedy)

    def _is_foreign(self, connection: Connection) -> bool:
        from sqlalchemy import inspect

        tables = inspect(connection).get_table_names()
        return bool(tables) and not {"alembic_version", "chain_head"} <= set(tables)

    def check(self) -> None:
        """Raise StorageError unless the tables are there in the newest form."""
        if not self.exists():
            what = _("Hier ist noch keine ikz-Datenbank: {name}.").format(name=self.name)
            raise StorageError(what, _("Bitte zuerst: ikz init (oder ikz demo für ein Beispiel)."))
        with self._explained(), self._reader.connect() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
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
    def _running(self, now: datetime, *, writes: bool, keeps: bool) -> Iterator[Transaction]:
        with self._explained(), self._borrowed() as connection:
            if self.file is not None:
                sqlite.begin(connection, writes=writes)
            transaction = Transaction(connection, self._statements, now, writes=writes)
            yield transaction
            if keeps:
                transaction.finish()
                connection.commit()
            else:
                connection.rollback()

    @contextmanager
    def _borrowed(self) -> Iterator[PoolProxiedConnection]:
        """Lend a connection that stays open for the next one: 1 µs; through the engine and its pool it is 50."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.engine.raw_connection()
        try:
            yield connection
        except BaseException:  # also when interrupted: the transaction is undone, the connection not lent again
            connection.rollback()
            connection.close()
            raise
        self._idle.append(connection)

    def missing_guards(self) -> set[str]:
        """Return the guard rails that are missing or altered."""
        if self.file is None:
            return set()
        with self._explained(), self._reader.connect() as connection:
            return sqlite.guards(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn faults of the database and its file into StorageError, HistoryBroken or ConcurrentUpdate."""
        driver: Any = self.engine.dialect.loaded_dbapi  # statements run on its cursors, so its own errors arrive
        try:
            yield
        except DBAPIError as error:
            raise _explain(error.orig, self.name) from None
        except driver.Error as error:
            raise _explain(error, self.name) from None
        except UnicodeEncodeError as error:  # a byte that is no text, typed where no field cleans it
            why = _("An Stelle {position} steht ein Zeichen, das kein Text ist. Bitte löschen und neu eingeben.")
            raise InvalidInput(_("Eingabe"), "", why.format(position=error.start + 1)) from None
        except OSError as error:
            what = _("{name} lässt sich nicht schreiben ({why}).").format(name=self.name, why=error.strerror)
            raise StorageError(what, _("Bitte Pfad, Rechte und freien Platz prüfen.")) from None

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()


def _explain(error: BaseException | None, name: str) -> IkzError:
    message = str(error).lower()
    if "uq_event_subject_version" in message or "event.subject, event.version" in message:
        return ConcurrentUpdate(_("Der Eintrag"), 0, 0)
    if "could not decode" in message:
        column = str(error).split("'")[1] if "'" in str(error) else "?"
        return HistoryBroken(_("Spalte {column}").format(column=column), _("Eine Zelle ist kein lesbarer Text."))
    for part, what, remedy in _FAULTS:
        if part in message:
            return StorageError(f"{_(what)} ({name})", _(remedy))
    what = _("Die Datenbank {name} meldet: {message}.").format(name=name, message=error)
    return StorageError(what, _("Bitte ikz verify ausführen und die Meldung weitergeben."))
