"""Hold everything that only PostgreSQL has: how a connection is set up, the guard rails, what its faults mean."""

from __future__ import annotations

from itertools import count
from typing import Any

from sqlalchemy import URL, Connection, Engine, PoolProxiedConnection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles

from ikz_workflow.errors import HistoryBroken, IkzError, InvalidInput, StorageError
from ikz_workflow.folding import STRANGE
from ikz_workflow.language import gettext as _
from ikz_workflow.storage.finding import MayMention, Place
from ikz_workflow.storage.postgres_shape import shape as shape
from ikz_workflow.storage.rows import not_the_next
from ikz_workflow.storage.tables import CLERK_INDEX

DRIVER = "postgresql+psycopg"
OPTIONS = (  # of the URL; a password belongs into the password file
    *("application_name", "connect_timeout", "gssencmode", "host", "hostaddr", "krbsrvname", "options", "passfile"),
    *("port", "require_auth", "service", "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert"),
    "target_session_attrs",
)
LOCK_SECONDS, CONNECT_SECONDS = 30, 10
_SETTINGS = f"SET lock_timeout = '{LOCK_SECONDS}s'; SET client_encoding = 'UTF8'; SET synchronous_commit = 'on'"
_FETCHED = 2000  # rows of a stream that one way to the server brings
_MIGRATING = 0x696B7A  # "ikz": the advisory lock of whoever creates tables
_CLERKS = text("((field)::text = 'clerk'::text)")  # as a server tells it when the tables' shape is compared
_APPEND_ONLY, _GAP = "IKZ01", "IKZ02"

# PostgreSQL names a trigger's occasions by bits: 1 each row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
_GUARDS: dict[str, tuple[int, str, str]] = {
    "event_is_never_changed": (1 + 2 + 8 + 16, "BEFORE UPDATE OR DELETE ON event FOR EACH ROW", "ikz_refuse"),
    "event_is_never_emptied": (2 + 32, "BEFORE TRUNCATE ON event FOR EACH STATEMENT", "ikz_refuse"),
    "event_has_no_gap": (1 + 2 + 4, "BEFORE INSERT ON event FOR EACH ROW", "ikz_next"),
}
_FUNCTIONS = {
    "ikz_refuse": "BEGIN RAISE EXCEPTION 'history is append-only' USING ERRCODE = 'IKZ01'; END",
    "ikz_next": (
        "BEGIN IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event) "
        "OR NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM event WHERE subject = NEW.subject) "
        "THEN RAISE EXCEPTION 'history is gapless' USING ERRCODE = 'IKZ02'; END IF; RETURN NEW; END"
    ),
}

# What a server's administration runs once as the owner of the tables; logins of people are then put into the role.
ROLES = """\
-- Rechte an den Tabellen von ikz. Auszuführen als Eigentümer der Tabellen, nach: ikz init
-- Wer zur Rolle ikz_app gehört, kann Einträge lesen und anfügen, aber keinen ändern oder löschen.
CREATE ROLE ikz_app NOLOGIN;
GRANT USAGE ON SCHEMA public TO ikz_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ikz_app;
GRANT INSERT ON event, disclosure, blob, definition, proposal, party, register TO ikz_app;
GRANT UPDATE ON chain_head, proposal, register TO ikz_app;
GRANT DELETE ON party TO ikz_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- Für jede Person eine eigene Anmeldung, denn sie steht als Handelnde im Verlauf:
-- CREATE ROLE meier LOGIN PASSWORD '…' IN ROLE ikz_app;
"""

_AGAIN = "Bitte in einer Minute wiederholen."
_ASK = "Bitte die Adresse in IKZ_DATABASE_URL und die Datenbankverwaltung fragen."
_LOST = (
    "Die Verbindung zur Datenbank ist abgerissen; ob der Befehl noch ankam, ist ungewiss.",
    "Bitte nachsehen (ikz history NUMMER) oder, wenn der Befehl --once nannte, ihn unverändert wiederholen.",
)
# By SQLSTATE or its class; the longest that fits counts.
_STATES = {
    "08": _LOST,
    "57P": _LOST,
    "57P03": ("Der Server nimmt gerade keine Verbindungen an.", _AGAIN),
    "57014": ("Der Server hat den Befehl abgebrochen; nichts wurde geschrieben.", _AGAIN),
    "55P03": ("Die Datenbank ist von einem anderen Vorgang belegt.", _AGAIN),
    "40": ("Die Datenbank ist von einem anderen Vorgang belegt.", _AGAIN),
    "53100": (
        "Der Datenträger des Servers ist voll; nichts wurde geschrieben.",
        "Bitte die Datenbankverwaltung fragen.",
    ),
    "53300": ("Der Server nimmt keine weiteren Verbindungen an.", _AGAIN),
    "53": ("Dem Server fehlen Mittel; nichts wurde geschrieben.", "Bitte die Datenbankverwaltung fragen."),
    "25006": ("Die Datenbank ist schreibgeschützt.", "Bitte die Datenbankverwaltung fragen."),
    "42501": (
        "Ihrer Anmeldung fehlen Rechte an der Datenbank.",
        "Bitte erteilen lassen (Handbuch, „Mehrere Fachbereiche, eine Datenbank“).",
    ),
    "3F000": ("Das Schema, in dem die Tabellen liegen sollen, gibt es nicht.", _ASK),
    "42P01": ("Die Datenbank hat eine andere Form als erwartet.", "Bitte ikz init ausführen."),
    "42703": ("Die Datenbank hat eine andere Form als erwartet.", "Bitte ikz init ausführen."),
    "XX": ("Die Datenbank ist beschädigt.", "Bitte eine Sicherung zurückspielen."),
    _APPEND_ONLY: ("Der Verlauf lässt sich nicht ändern, nur ergänzen.", "Bitte einen neuen Eintrag machen."),
}
# Whoever is not yet connected has no SQLSTATE, and a server speaks the language of its own setting.
_CONNECTING = (
    (("password authentication failed", "passwort-authentifizierung", "no password supplied", "peer authentication",
      "peer-authentifizierung"),
     "Die Anmeldung am Server ist gescheitert: Benutzer oder Kennwort stimmen nicht.",
     "Bitte IKZ_DATABASE_URL und die Kennwortdatei (~/.pgpass) prüfen."),
    (("role", "rolle"),
     "Die Anmeldung am Server ist gescheitert: Den Benutzer gibt es dort nicht.", _ASK),
    (("pg_hba.conf",), "Der Server lässt diese Anmeldung von diesem Rechner aus nicht zu.", _ASK),
    (("database", "datenbank"),
     "Die Datenbank gibt es auf dem Server nicht, oder sie ist nicht zugänglich.",
     "Bitte anlegen lassen (createdb) oder den Namen in IKZ_DATABASE_URL prüfen."),
)  # fmt: skip
_GONE = (
    "connection is closed",
    "connection is lost",
    "server closed",
    "consuming input",
    "sending query",
    "flushing",
    "no connection",
)
_BUSY = (
    *("too many", "starting up", "shutting down", "recovery mode", "not yet accepting", "not accepting"),
    *("zu viele", "startet", "fährt herunter", "wiederherstellungsmodus", "nimmt noch keine", "nimmt keine"),
)


def engine_for(url: URL) -> Engine:
    """Return an engine on a database of a server; nothing is opened yet. ImportError without the driver."""
    url = url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS), **url.query})
    # Declared here, for to name a dialect in a declaration loads it, on SQLite too.
    CLERK_INDEX.dialect_options["postgresql"]["where"] = _CLERKS
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.execute(_SETTINGS)
        connection.commit()

    return engine


@compiles(Place, "postgresql")
def _place(element: Place, compiler: Any, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(MayMention, "postgresql")
def _may_mention(element: MayMention, compiler: Any, **options: Any) -> str:
    texts, *parts = (compiler.process(one, **options) for one in element.clauses)
    held = [f'bool_or(strpos(lower({texts} COLLATE "C"), {part}) > 0)' for part in parts]
    return f"(({' AND '.join(held)}) OR bool_or({texts} ~ '{STRANGE}'))"


def begin(connection: DBAPIConnection, *, writes: bool) -> None:
    """Set what the next transaction is.

    A writer sees, at each statement, what was committed before it, and waits at the chain's head for the writer
    before; so what it reads after the head is the newest. A reader sees one state throughout.
    """
    from psycopg import IsolationLevel

    driver: Any = connection
    if driver.read_only is writes or driver.read_only is None:  # it stays as it is until it is set again
        driver.set_isolation_level(IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ)
        driver.set_read_only(not writes)


_names = (f"ikz_{number}" for number in count())


def stream(connection: DBAPIConnection) -> Any:
    """Return a cursor whose rows stay on the server until they are fetched, many at a time."""
    cursor: Any = connection.cursor(name=next(_names))
    cursor.arraysize = _FETCHED
    return cursor


def login(connection: Connection) -> str:
    """Return who the server knows the connection to be; `SET ROLE` does not change it."""
    return str(connection.exec_driver_sql("SELECT session_user").scalar_one())


def prepare(connection: Connection) -> None:
    """Wait for whoever else creates tables. StorageError if the database cannot hold every letter."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    if encoding != "UTF8":
        what = _("Die Datenbank hat die Zeichenkodierung {encoding}; ikz braucht UTF8.").format(encoding=encoding)
        raise StorageError(what, _("Bitte neu anlegen lassen: createdb --encoding UTF8 --template template0 NAME"))


def tables(connection: Connection) -> set[str]:
    """Return the names of all tables in the schema that is ours."""
    found = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {str(name) for name in found.scalars()}


def guard_history(connection: Connection) -> None:
    """Forbid changing or deleting history rows, also to replication; only the tables' owner may do this."""
    for on, rule in _rules(connection):
        connection.exec_driver_sql(f"DROP RULE {_quoted(rule)} ON {_quoted(on)}")
    for name, (table, *_rest) in _triggers(connection).items():
        connection.exec_driver_sql(f"DROP TRIGGER {_quoted(name)} ON {_quoted(table)}")
    for name, body in _FUNCTIONS.items():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $ikz${body}$ikz$"
        )
    for name, (_bits, occasion, function) in _GUARDS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {occasion} EXECUTE FUNCTION {function}()")
        connection.exec_driver_sql(f"ALTER TABLE event ENABLE ALWAYS TRIGGER {name}")


def guards(connection: Connection) -> set[str]:
    """Return the names of the guard rails that are missing or were altered, and of triggers and rules not ours."""
    stored = _triggers(connection)
    expected = {
        name: ("event", bits, "A", function, _FUNCTIONS[function], None)
        for name, (bits, _when, function) in _GUARDS.items()
    }
    broken = {name for name, wanted in expected.items() if stored.get(name) != wanted}
    return broken | (set(stored) - set(expected)) | {rule for _table, rule in _rules(connection)}


def _triggers(connection: Connection) -> dict[str, tuple[object, ...]]:
    found = connection.exec_driver_sql(
        "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled::text, p.proname, p.prosrc, t.tgqual::text "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    return {str(row[0]): tuple(row[1:]) for row in found}


def _rules(connection: Connection) -> list[tuple[str, str]]:
    found = connection.exec_driver_sql("SELECT tablename, rulename FROM pg_rules WHERE schemaname = current_schema()")
    return [(str(table), str(rule)) for table, rule in found]


def _quoted(name: object) -> str:
    return '"{}"'.format(str(name).replace('"', '""'))


def damage(_connection: Connection) -> str:
    """Return nothing: pages and indexes are looked after by the server's administration (`pg_amcheck`)."""
    return ""


_REWRITES = ("VACUUM (FULL, ANALYZE) disclosure, blob", "VACUUM FULL pg_statistic")  # statistics keep samples of values


def purge(connection: PoolProxiedConnection) -> str:
    """Write the tables anew that held what was erased; StorageError names what only the administration may do."""
    driver: Any = connection.driver_connection
    driver.set_autocommit(True)
    owners = (
        "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class "
        "WHERE oid IN ('disclosure'::regclass, 'blob'::regclass)",
        "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()",
    )
    left = []
    for owner, rewrite in zip(owners, _REWRITES, strict=True):
        if driver.execute(owner).fetchone()[0]:
            driver.execute(rewrite)
        else:
            left.append(rewrite)
    if left:
        what = _("Neu schreiben darf die Tabellen nur, wem sie gehören; das Gelöschte steht noch in freiem Platz.")
        remedy = _("Bitte die Datenbankverwaltung ausführen lassen: {sql};").format(sql="; ".join(left))
        raise StorageError(what, remedy)
    return _(
        "Auf dem Server halten das Write-Ahead-Log, sein Archiv, Replikate und Basissicherungen das Gelöschte, bis sie "
        "überschrieben oder entfernt sind; das regelt die Datenbankverwaltung."
    )


def explain(error: BaseException | None, name: str) -> IkzError:
    """Return what is to be said of a fault of PostgreSQL in the database of that name, which shows no password."""
    state, message = str(getattr(error, "sqlstate", None) or ""), str(error).lower()
    if state == _GAP or state.startswith("23"):
        return not_the_next()
    if "nul (0x00)" in message or state in ("22021", "22P05"):
        return InvalidInput(_("Eingabe"), "", _("Ein Zeichen darin ist kein Text. Bitte löschen und neu eingeben."))
    if state.startswith("54"):
        return InvalidInput(_("Eingabe"), "", _("Ein Wert ist zu lang für die Datenbank. Bitte kürzen."))
    if state.startswith("22"):
        return HistoryBroken(_("Datenbank"), _("Eine Zelle ist nicht lesbar."))
    for length in (5, 3, 2):
        if found := _STATES.get(state[:length]):
            return StorageError(f"{_(found[0])[:-1]} ({name}).", _(found[1]))
    if not state:
        what, remedy = _unconnected(message)
        return StorageError(f"{_(what)[:-1]} ({name}).", _(remedy))
    what = _("Die Datenbank {name} meldet: {message}.").format(name=name, message=str(error).splitlines()[0])
    return StorageError(what, _("Bitte ikz verify ausführen und die Meldung weitergeben."))


def _unconnected(message: str) -> tuple[str, str]:
    """Return sentence and remedy for a connection that was not made, or is no more."""
    if any(part in message for part in _GONE):
        return _LOST
    if "fatal:" not in message and "no password supplied" not in message:
        return "Der Datenbankserver ist nicht erreichbar.", "Bitte Netz und Adresse prüfen, dann wiederholen."
    if any(part in message for part in _BUSY):
        return "Der Server nimmt gerade keine Verbindungen an.", _AGAIN
    for parts, said, do in _CONNECTING:
        if any(part in message for part in parts):
            return said, do
    return "Der Server lehnt die Verbindung ab.", _ASK
