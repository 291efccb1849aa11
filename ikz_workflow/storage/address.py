"""Read where a database is: a SQLite file by path or URL, a PostgreSQL database by URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from ikz_workflow.errors import IkzError, StorageError, near, suggestion
from ikz_workflow.language import gettext as _
from ikz_workflow.storage import postgres, sqlite
from ikz_workflow.storage.shape import Shape

EXAMPLES = "Beispiele: sqlite:////home/meier/ikz.db, postgresql+psycopg://meier@server/ikz"


class Kind(Protocol):
    """What a kind of database says in its own way: the modules `sqlite` and `postgres`."""

    def begin(self, connection: DBAPIConnection, *, writes: bool) -> None: ...  # noqa: D102
    def stream(self, connection: DBAPIConnection) -> Any: ...  # noqa: D102
    def login(self, connection: Connection) -> str | None: ...  # noqa: D102
    def prepare(self, connection: Connection) -> None: ...  # noqa: D102
    def tables(self, connection: Connection) -> set[str]: ...  # noqa: D102
    def guard_history(self, connection: Connection) -> None: ...  # noqa: D102
    def guards(self, connection: Connection) -> set[str]: ...  # noqa: D102
    def shape(self, connection: Connection) -> Shape: ...  # noqa: D102
    def damage(self, connection: Connection) -> str: ...  # noqa: D102
    def purge(self, connection: PoolProxiedConnection) -> str: ...  # noqa: D102
    def explain(self, error: BaseException | None, name: str) -> IkzError: ...  # noqa: D102


class Opened(NamedTuple):
    """A database found: its kind, an engine on it, its name without password, its file if it is one."""

    kind: Kind
    engine: Engine
    name: str
    file: Path | None


def opened(place: str | Path, journal: sqlite.Journal) -> Opened:
    """Return the database at a path or URL; nothing is opened yet.

    StorageError for an address that cannot be opened as it stands; nothing in it is silently ignored.
    """
    if isinstance(place, Path):
        return Opened(sqlite, sqlite.engine_for(place, journal), str(place), place)
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise _refused(_("Das ist keine Datenbankadresse.")) from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        path = _file_of(url)
        return Opened(sqlite, sqlite.engine_for(path, journal), str(path), path)
    if url.drivername != postgres.DRIVER:
        raise _refused(_("Mit „{driver}“ kann ikz nicht umgehen.").format(driver=url.drivername))
    _check_options(url)
    try:
        return Opened(postgres, postgres.engine_for(url), url.render_as_string(hide_password=True), None)
    except ImportError:
        remedy = _('Bitte nachinstallieren: pip install "ikz-workflow[postgres]"')
        raise StorageError(_("Für PostgreSQL fehlt der Treiber psycopg."), remedy) from None


def _file_of(url: URL) -> Path:
    if url.query or url.host or url.username:
        raise _refused(_("Eine SQLite-Adresse besteht nur aus dem Pfad, ohne Rechner und ohne Zusätze."))
    if not url.database or url.database == ":memory:":
        raise _refused(_("Eine Datenbank im Arbeitsspeicher wäre nach dem Befehl verloren."))
    return Path(url.database)


def _check_options(url: URL) -> None:
    unknown = sorted(set(url.query) - set(postgres.OPTIONS))
    if unknown:
        what = _("Den Zusatz „{name}“ in der Datenbankadresse kennt ikz nicht.").format(name=unknown[0])
        raise _refused(what + suggestion(near(unknown[0], postgres.OPTIONS)))
    if not (url.database or "service" in url.query):
        raise _refused(_("In der Datenbankadresse fehlt der Name der Datenbank."))


def _refused(what: str) -> StorageError:
    return StorageError(what, _(EXAMPLES))
