# ruff: noqa: E501  a case reads better in one line
"""What only a server has: its guard rails, its logins, its faults, and the way of a database there and back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from homes import CHECKOUT, Clock, head_of, home_at, kept, proposal_of, rows_of, started
from test_storage import sentence
from test_verify import COLUMNS, altered

from ikz_workflow.errors import ConcurrentUpdate, HistoryBroken, IkzError, InvalidInput, RoleRequired, StorageError
from ikz_workflow.services import (
    audit,
    backups,
    doctor,
    documents,
    erasing,
    moving,
    proposals,
    records,
    registers,
    timeline,
    work,
)
from ikz_workflow.services.home import Home
from ikz_workflow.storage import postgres
from ikz_workflow.storage.database import Database

from .cluster import PASSWORD, Cluster
from .conftest import OnServer

KEY = "IKZ-2026-0001"


def base(home: Home) -> str:
    """Return the name of a home's database."""
    return str(home.place).partition("?")[0].rpartition("/")[2]


def told(command: Callable[[], object], kind: type[IkzError] = StorageError) -> str:
    """Return the one sentence in which a command is refused, without any password."""
    with pytest.raises(kind) as caught:
        command()
    assert PASSWORD not in str(caught.value)
    context = caught.value.__context__
    assert caught.value.__suppress_context__ or PASSWORD not in str(context)
    return sentence(caught.value)


# ------------------------------------------------------------------------------------------------ guard rails
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = 'x' WHERE seq = 1",
        "UPDATE event SET seq = seq + 1000",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "TRUNCATE event",
        "INSERT INTO event SELECT max(seq) + 2, 'x', 1, 'at', 'p', 'h', 'h' FROM event",
        "INSERT INTO event SELECT max(seq) + 1, 'x', 2, 'at', 'p', 'h', 'h' FROM event",
        "INSERT INTO event SELECT 0, 'x', 1, 'at', 'p', 'h', 'h'",
        "INSERT INTO event SELECT * FROM event WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET payload = 'x'",
    ],
)
def test_the_history_can_be_added_to_and_nothing_else_not_even_by_replication(
    cluster: Cluster, first_database: str, statement: str
) -> None:
    import psycopg

    before = cluster.do("SELECT * FROM event ORDER BY seq", database=first_database)
    for setting in ("SELECT 1", "SET session_replication_role = replica"):
        with pytest.raises(psycopg.DatabaseError, match="history is"):
            cluster.do(setting, statement, database=first_database)
    assert cluster.do("SELECT * FROM event ORDER BY seq", database=first_database) == before


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET payload = 'x'", "INSERT INTO event SELECT 0, 'x', 1, 'a', 'p', 'h', 'h'"]
)
def test_a_refused_change_of_the_history_is_told_in_a_sentence(home: Home, statement: str) -> None:
    with pytest.raises((StorageError, HistoryBroken)) as caught, home.ready.writing(home.now()) as tx:
        tx.connection.cursor().execute(statement)
    assert "nur ergänzen" in str(caught.value) or "schließt nicht" in str(caught.value)


def test_missing_altered_and_foreign_guard_rails_are_told_and_init_puts_them_back(home: Home, cluster: Cluster) -> None:
    assert home.database.missing_guards() == set()
    cluster.do(
        "DROP TRIGGER event_is_never_emptied ON event",
        "ALTER TABLE event DISABLE TRIGGER event_is_never_changed",
        "CREATE OR REPLACE FUNCTION ikz_next() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER foreign_one BEFORE INSERT ON disclosure FOR EACH ROW EXECUTE FUNCTION ikz_next()",
        "CREATE RULE swallow AS ON INSERT TO proposal DO INSTEAD NOTHING",
        database=base(home),
    )
    missing = {"event_is_never_emptied", "event_is_never_changed", "event_has_no_gap", "foreign_one", "swallow"}
    assert home.database.missing_guards() == missing
    with pytest.raises(HistoryBroken, match="ikz init") as told:
        audit.verify(home)
    assert all(name in told.value.what for name in missing)
    with pytest.raises(HistoryBroken, match="ikz init"):
        started(home)
    registers.init(home)
    assert audit.verify(home).warnings == ()
    started(home)


def test_one_changed_cell_of_any_column_is_told(voting: Home, cluster: Cluster) -> None:
    import psycopg

    place = {"host": "127.0.0.1", "port": cluster.port, "dbname": base(voting), "user": "chef", "password": PASSWORD}
    audit.verify(voting)
    with psycopg.connect(**place, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute("ALTER TABLE event DISABLE TRIGGER USER")
        for table, columns in COLUMNS.items():
            for column in columns:
                [(row, value)] = connection.execute(
                    f"SELECT ctid::text, {column} FROM {table} ORDER BY 2 LIMIT 1"
                ).fetchall()  # type: ignore[arg-type]
                new = 10**6 if column == "seq" else altered(value, 0.5)
                [(moved,)] = connection.execute(  # type: ignore[arg-type]
                    f"UPDATE {table} SET {column} = %s WHERE ctid = %s::tid RETURNING ctid::text", (new, row)
                ).fetchall()
                with pytest.raises(HistoryBroken) as caught:
                    audit.verify(voting)
                assert caught.value.row != "Auslöser", f"{table}.{column}"
                connection.execute(f"UPDATE {table} SET {column} = %s WHERE ctid = %s::tid", (value, moved))  # type: ignore[arg-type]
    voting.database.migrate()  # the guard rails are back
    audit.verify(voting)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TABLE notebook (x text)", "fremd: Tabelle notebook"),
        ("CREATE VIEW proposals AS SELECT * FROM proposal", "fremd: Sicht proposals"),
        ("CREATE MATERIALIZED VIEW proposals AS SELECT * FROM proposal", "fremd: Sicht proposals"),
        ("CREATE INDEX quick ON event (at)", "fremd: Index quick"),
        ("ALTER TABLE event ADD COLUMN remark text", "fremd: Spalte event.remark"),
        ("ALTER TABLE event ADD CHECK (seq < 1000000)", "fremd: Regel von event: CONSTRAINT event_seq_check"),
        (
            "ALTER TABLE event DROP CONSTRAINT uq_event_subject_version",
            "es fehlt: Regel von event: CONSTRAINT uq_event",
        ),
        ("ALTER TABLE event ALTER COLUMN payload DROP NOT NULL", "verändert: Spalte event.payload"),
        ("ALTER TABLE event ALTER COLUMN at SET DEFAULT 'x'", "verändert: Spalte event.at"),
        ('ALTER TABLE proposal ALTER COLUMN stage TYPE varchar COLLATE "POSIX"', "verändert: Spalte proposal.stage"),
        ("ALTER TABLE register ALTER COLUMN version TYPE bigint", "verändert: Spalte register.version"),
        ("DROP INDEX ix_register_tag", "es fehlt: Index ix_register_tag"),
        (
            "DROP INDEX ix_register_tag; CREATE INDEX ix_register_tag ON register (tag) WHERE tag > ''",
            "verändert: Index",
        ),
        ("ALTER TABLE disclosure SET UNLOGGED", "verändert: Tabelle disclosure"),
        ("ALTER TABLE disclosure ENABLE ROW LEVEL SECURITY", "verändert: Tabelle disclosure"),
        ("CREATE TABLE more () INHERITS (proposal)", "verändert: Tabelle proposal"),
    ],
)
def test_whatever_was_added_to_the_tables_or_taken_from_them_is_told_by_name(
    home: Home, cluster: Cluster, statement: str, named: str
) -> None:
    audit.verify(home)
    cluster.do(statement, database=base(home))
    with pytest.raises(HistoryBroken, match="Form der Datenbank") as told:
        audit.verify(home)
    assert named in told.value.what


def test_what_an_extension_brought_into_the_schema_is_left_to_it(home: Home, cluster: Cluster) -> None:
    cluster.do("CREATE EXTENSION pg_stat_statements", database=base(home))
    audit.verify(home)


# ------------------------------------------------------------------------------------------------ text and order
def test_keys_sort_by_code_points_whatever_language_the_server_speaks(cluster: Cluster, tmp_path: Path) -> None:
    cluster.do(
        "CREATE DATABASE deutsch OWNER meier TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE-u-ka-shifted' LOCALE 'C.UTF-8'"
    )
    assert cluster.do("SELECT 'a-b' < 'aa', 'Ä' < 'B'", database="deutsch") == [(False, True)]
    home = Home(tmp_path, cluster.url("deutsch"), None, Clock())
    registers.init(home)
    for key in ("z-a", "za", "z9", "z-9"):
        registers.add(home, "topic", key, {"label": key})
    found = [entry.key for entry in registers.entries(home, "topic")]
    assert found == sorted(found)
    keys = [started(home, f"V{number}") for number in range(3)]
    assert [line.key for line in work.listing(home)] == keys
    audit.verify(home)
    home.database.close()


def test_a_character_no_server_can_hold_is_told(home: Home) -> None:
    with pytest.raises(InvalidInput), home.ready.reading(home.now()) as tx:
        tx.person_of("a\0b")
    with pytest.raises(InvalidInput), home.ready.reading(home.now()) as tx:
        tx.person_of("a\udce4b")


def test_a_database_that_cannot_hold_every_letter_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.do("CREATE DATABASE alt OWNER meier TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    home = Home(tmp_path, cluster.url("alt"), None, Clock())
    assert "UTF8" in told(lambda: registers.init(home))
    home.database.close()


def test_large_bytes_and_umlauts_come_back_as_they_were(home: Home) -> None:
    key = started(home, "Größe „Äöü“ 🌳 %s %(x)s {}")
    content = os.urandom(3_000_000)
    (home.path / "a.bin").write_bytes(content)
    _proposal, sha256 = records.attach(home, key, home.path / "a.bin")
    assert records.attachment_content(home, key, sha256[:12]) == content
    assert proposals.view(home, key).title == "Größe „Äöü“ 🌳 %s %(x)s {}"
    documents.create(home, key, "guideline")
    audit.verify(home)


# ------------------------------------------------------------------------------------------------ logins
def test_the_login_is_the_account_that_acts(cluster: Cluster, first_database: str, tmp_path: Path) -> None:
    name = cluster.create(first_database)
    _grant(cluster, name, "schulz")
    schulz = Home(tmp_path, cluster.url(name, "schulz"), None, Clock())
    assert schulz.account == "schulz"
    key = started(schulz)
    assert proposals.add_note(schulz, key, "von Schulz").version == 2
    with pytest.raises(RoleRequired):
        registers.add(schulz, "topic", "neu", {"label": "Neu"})
    assert registers.init(schulz) == (0, False, ())
    assert "Rechte" in told(lambda: audit.rebuild(schulz))
    assert "Rechte" in told(lambda: _raw(schulz, "DELETE FROM disclosure"))
    audit.verify(schulz)
    schulz.database.close()


def _grant(cluster: Cluster, database: str, login: str) -> None:
    """Grant what `ikz doctor --sql` says, with its own statements; roles are the server's, so each test has its own."""
    role = f"gruppe_{database}"
    cluster.do(doctor.server_sql().replace("ikz_app", role), f"GRANT {role} TO {login}", database=database)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET at = at",
        "DELETE FROM event",
        "TRUNCATE event",
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TRIGGER event_is_never_changed ON event",
        "CREATE TABLE daneben (x int)",
    ],
)
def test_a_personal_login_can_add_to_the_history_and_do_nothing_else_to_it(
    cluster: Cluster, first_database: str, tmp_path: Path, statement: str
) -> None:
    name = cluster.create(first_database)
    _grant(cluster, name, "schulz")
    schulz = Home(tmp_path, cluster.url(name, "schulz"), None, Clock())
    before = head_of(schulz)
    assert "Rechte" in told(lambda: _raw(schulz, statement))
    assert head_of(schulz) == before
    started(schulz)
    audit.verify(schulz)
    schulz.database.close()


def test_what_the_doctor_prints_lets_a_login_record_through_the_command_line_and_change_nothing_recorded(
    cluster: Cluster, first_database: str, tmp_path: Path
) -> None:
    name = cluster.create(first_database)
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"*:*:*:*:{PASSWORD}\n")
    passwords.chmod(0o600)

    def ikz(login: str, *arguments: str, code: int = 0) -> str:
        address = cluster.url(name, login).replace(f":{PASSWORD}", "")
        done = subprocess.run(
            [sys.executable, "-m", "ikz_workflow", *arguments],
            env={**_environment(address), "PGPASSFILE": str(passwords), "IKZ_HOME": str(tmp_path)},
            capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout + done.stderr

    cluster.do(ikz("meier", "doctor", "--sql"), "GRANT ikz_app TO schulz", database=name)
    assert KEY in ikz("schulz", "new", "Bauhof", "--department", "FB 23", "--once", "5e0b-1f9c")
    assert "bereits festgehalten" in ikz("schulz", "new", "Bauhof", "--department", "FB 23", "--once", "5e0b-1f9c")
    schulz = Home(tmp_path, cluster.url(name, "schulz"), None, Clock())
    documents.create(schulz, KEY, "guideline")
    assert {one.actor for one in timeline.history(schulz, KEY)} == {"S. Schulz"}
    for statement in ("UPDATE event SET payload = 'x'", "DELETE FROM event", "UPDATE disclosure SET value = 'x'"):
        assert "Rechte" in told(partial(_raw, schulz, statement))
    audit.verify(schulz)
    schulz.database.close()
    cluster.do("DROP OWNED BY ikz_app", database=name)
    cluster.do("DROP ROLE ikz_app")
    assert PASSWORD not in (cluster.folder / "log").read_text(errors="replace")


def _raw(home: Home, statement: str) -> None:
    with home.ready.writing(home.now()) as tx:
        tx.connection.cursor().execute(statement)


def test_who_has_no_rights_is_told(cluster: Cluster, first_database: str, tmp_path: Path) -> None:
    guest = Home(tmp_path, cluster.url(first_database, "gast"), None, Clock())
    assert "Rechte" in told(lambda: work.listing(guest))
    guest.database.close()


def test_a_backup_of_the_server_comes_back_as_a_file_and_on_a_server(
    voting: Home, cluster: Cluster, tmp_path: Path
) -> None:
    backup = tmp_path / "sicherung.zip"
    kept = backups.backup(voting, backup, lambda _done, _whole: None)
    assert kept.proof.head.seq == head_of(voting)[0]
    elsewhere = Home(tmp_path / "dort", cluster.url(cluster.create()), "meier", Clock())
    for place in (home_at(tmp_path / "datei"), elsewhere):
        backups.restore(place, backup, lambda _done, _whole: None)
        assert head_of(place) == head_of(voting)
        audit.verify(place)
        place.database.close()


# ------------------------------------------------------------------------------------------------ faults
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "falsch"}, "Benutzer oder Kennwort"),
        ({"user": "niemand"}, "Benutzer oder Kennwort"),
        ({"database": "gibt_es_nicht"}, "gibt es auf dem Server nicht"),
    ],
)
@pytest.mark.parametrize("command", [work.listing, registers.init, audit.verify])
def test_a_connection_that_is_refused_is_told_in_one_sentence(
    cluster: Cluster,
    first_database: str,
    tmp_path: Path,
    change: dict[str, str],
    words: str,
    command: Callable[[Home], object],
) -> None:
    home = Home(tmp_path, cluster.url(**{"database": first_database, **change}), None, Clock())
    said = told(lambda: command(home))
    assert words in said
    assert "falsch" not in said
    home.database.close()


def test_a_server_that_is_down_is_told(tmp_path: Path) -> None:
    for host in ("127.0.0.1:1", "gibt-es-nicht.invalid"):
        home = Home(tmp_path, f"postgresql+psycopg://meier:{PASSWORD}@{host}/ikz", None, Clock())
        assert "nicht erreichbar" in told(partial(work.listing, home))


def test_a_lost_connection_is_told_and_the_next_command_has_a_new_one(home: Home, cluster: Cluster) -> None:
    key = started(home)
    before = head_of(home)
    cluster.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{base(home)}'")
    said = told(lambda: proposals.add_note(home, key, "x"))
    assert "abgerissen" in said
    assert head_of(home) == before
    assert proposals.add_note(home, key, "y").version == 2


def test_a_refused_command_keeps_the_connection_and_the_next_one_sees_what_others_wrote(
    home: Home, cluster: Cluster
) -> None:
    key = started(home)
    connected = f"SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity WHERE datname = '{base(home)}'"
    before = cluster.do(connected)
    for version in (7, 8, 9):
        with pytest.raises(ConcurrentUpdate):
            proposals.advance(home, key, "fail", note="x", expect=version)
    assert cluster.do(connected) == before
    other = home.acting_as("meier")
    assert proposals.add_note(other, key, "von anderswo").version == 2
    with pytest.raises(ConcurrentUpdate, match="Stand 2: Notiz"):
        proposals.advance(home, key, "fail", note="x", expect=1)
    assert proposals.add_note(home, key, "hier").version == 3
    assert cluster.do(connected)[0][0][: len(before[0][0])] == before[0][0]
    other.database.close()
    audit.verify(home)


def test_a_connection_lost_in_the_middle_leaves_nothing_behind(home: Home, cluster: Cluster) -> None:
    key = started(home)
    before = rows_of(home)

    def interrupted() -> None:
        with home.ready.writing(home.now()) as tx:
            tx.keep(b"Bytes")
            cluster.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{base(home)}'")
            tx.keep(b"mehr Bytes")

    assert "abgerissen" in told(interrupted)
    assert rows_of(home) == before
    assert proposal_of(home, key).version == 1


def test_a_lock_that_lasts_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_SETTINGS", "SET lock_timeout = '50ms'")
    key = started(home)
    other = Home(home.path, home.place, "meier", home.now)
    with home.ready.writing(home.now()):
        assert "belegt" in told(lambda: proposals.add_note(other, key, "x"))
        assert proposals.view(other, key).proposal.version == 1
    proposals.add_note(other, key, "jetzt")
    other.database.close()


def test_a_missing_driver_is_told_with_the_command_that_installs_it(tmp_path: Path) -> None:
    script = "import sys; sys.modules['psycopg'] = None\nfrom ikz_workflow.cli.app import run\nrun()"
    done = subprocess.run(
        [sys.executable, "-c", script, "list"],
        env={**_environment(f"postgresql+psycopg://meier:{PASSWORD}@localhost/ikz"), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "ikz-workflow[postgres]" in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------------------ there and back
def test_a_database_goes_to_the_server_and_back_with_its_chain_intact(
    voting: Home, cluster: Cluster, tmp_path: Path
) -> None:
    heard: list[tuple[int, int]] = []
    point = kept(("p", str(audit.checkpoint(voting))))
    file = tmp_path / "zurück" / "ikz.db"
    proof, _name = moving.copy(voting, f"sqlite:///{file}", lambda done, total: heard.append((done, total)))
    home = home_at(file.parent, now=voting.now)
    rows = rows_of(voting)
    assert rows_of(home) == rows
    assert heard[-1][0] == heard[-1][1] == sum(map(len, rows.values())) - len(rows["alembic_version"])
    assert (proof.head.seq, proof.head.hash) == head_of(voting)
    assert audit.verify(home, point).warnings == ()
    proposals.add_note(home, KEY, "Weiter auf SQLite")

    there = Home(tmp_path, cluster.url(cluster.create()), None, voting.now)
    moving.copy(home, str(there.place), lambda _done, _total: None)
    assert rows_of(there) == rows_of(home)
    assert audit.verify(there, point).warnings == ()
    proposals.add_note(there, KEY, "Weiter auf dem Server")
    audit.verify(there, point)
    there.database.close()
    home.database.close()


def test_only_an_empty_database_is_filled(home: Home, voting: Home, tmp_path: Path) -> None:
    before, url = rows_of(voting), str(voting.place)
    assert "nicht leer" in told(lambda: moving.copy(home, url, lambda _done, _total: None))
    assert "nicht leer" in told(lambda: moving.copy(voting, url, lambda _done, _total: None))
    assert rows_of(voting) == before
    (tmp_path / "fremd.txt").write_text("Brief")
    assert "keine ikz-Datenbank" in told(
        lambda: moving.copy(home, f"sqlite:///{tmp_path}/fremd.txt", lambda _d, _t: None)
    )
    assert (tmp_path / "fremd.txt").read_text() == "Brief"


def test_what_cannot_be_proven_is_not_copied(home: Home, cluster: Cluster, tmp_path: Path) -> None:
    started(home)
    cluster.do("UPDATE disclosure SET value = 'gefälscht' WHERE field = 'title'", database=base(home))
    with pytest.raises(HistoryBroken):
        moving.copy(home, f"sqlite:///{tmp_path}/neu.db", lambda _done, _total: None)
    assert not (tmp_path / "neu.db").exists()
    name = cluster.create()
    with pytest.raises(HistoryBroken):
        moving.copy(home, cluster.url(name), lambda _done, _total: None)
    assert cluster.do("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == [(0,)]


# ------------------------------------------------------------------------------------------------ through the command line
def _environment(url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IKZ_")}
    return {**kept, "IKZ_DATABASE_URL": url, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(CHECKOUT)}


def test_a_story_through_the_command_line(cluster: Cluster, tmp_path: Path) -> None:
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{cluster.port}:*:meier:{PASSWORD}\n")
    passwords.chmod(0o600)
    address = cluster.url(cluster.create()).replace(f":{PASSWORD}", "")
    environment = {**_environment(address), "PGPASSFILE": str(passwords), "IKZ_HOME": str(tmp_path / "home")}

    def ikz(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ikz_workflow", *arguments],
            env=environment, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "ikz init" in ikz("list", code=1)
    assert "„meier“" in ikz("init")
    assert KEY in ikz("new", "Ersatzpflanzungen", "--department", "FB 23", "--set", "summary=Bäume")
    assert "fehlen" in ikz("advance", KEY, "draft-guideline", code=4)
    assert "meier" in ikz("history", KEY)
    back = tmp_path / "home" / "ikz.db"
    assert "bewiesen" in ikz("copy", "--to", f"sqlite:///{back}")
    assert "Kennwortdatei" in ikz("copy", "--to", cluster.url("x"), code=2)
    del environment["IKZ_DATABASE_URL"]
    assert "unversehrt" in ikz("verify")


def test_two_who_set_up_the_same_database_make_one(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.url(cluster.create())
    script = "import sys; from pathlib import Path; from homes import Clock; from ikz_workflow.services.home import Home; from ikz_workflow.services import registers; "
    script += "print(registers.init(Home(Path(sys.argv[1]), sys.argv[2], None, Clock()))[0])"
    paths = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths},
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [one.communicate(timeout=120) for one in both]
    assert [faults for _out, faults in said] == ["", ""]
    counts = sorted(int(out) for out, _faults in said)
    assert counts[0] == 0
    assert counts[1] > 40
    home = Home(tmp_path, url, None, Clock())
    audit.verify(home)
    home.database.close()


def test_a_server_database_of_others_is_left_alone(cluster: Cluster, tmp_path: Path) -> None:
    name = cluster.create()
    cluster.do("CREATE TABLE kunden (name text)", database=name)
    home = Home(tmp_path, cluster.url(name), None, Clock())
    for command in (work.listing, registers.init):
        assert "keine ikz-Datenbank" in told(partial(command, home))
    assert cluster.do("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=name) == [("kunden",)]
    Database.at(str(home.place)).close()
    home.database.close()


# ------------------------------------------------------------------------------------------------ erasing
def test_what_is_erased_is_in_no_file_of_the_tables_and_in_no_statistics(home: Home, cluster: Cluster) -> None:
    key, secret = started(home), "Frau Ärmel-Muster"
    proposals.set_fields(home, key, [f"partner-contact={secret}"])
    documents.create(home, key, "guideline")
    name = str(home.place).rpartition("/")[2]
    cluster.do("ANALYZE disclosure", database=name)
    done = erasing.erase(home, key, ["partner-contact"], basis="Art. 17 DSGVO", everywhere=True)
    assert "Write-Ahead-Log" in done.remarks[0]
    cluster.do("CHECKPOINT")
    tables = "SELECT pg_relation_filepath(c.oid) FROM pg_class c WHERE relkind IN ('r', 't', 'i') AND relfilenode <> 0"
    files = [cluster.folder / "data" / path for (path,) in cluster.do(tables, database=name) if path]
    assert [path for path in files if path.exists() and secret.encode() in path.read_bytes()] == []
    assert secret not in str(cluster.do("SELECT * FROM pg_stats WHERE tablename = 'disclosure'", database=name))
    assert audit.verify(home).warnings == ()


def test_who_does_not_own_the_tables_is_told_what_the_administrator_has_to_do(
    first_database: str, on_server: OnServer, cluster: Cluster, tmp_path: Path
) -> None:
    home = on_server(first_database)
    key = started(home)
    proposals.set_fields(home, key, ["summary=Frau Muster"])
    registers.change_roles(home, "schulz", granted=["centre"])
    name = str(home.place).rpartition("/")[2]
    _grant(cluster, name, "schulz")
    schulz = Home(tmp_path, cluster.url(name, "schulz"), None, Clock())
    with pytest.raises(StorageError):
        erasing.erase(schulz, key, ["summary"], basis="Art. 17 DSGVO")
    grant = "GRANT UPDATE (value, salt) ON disclosure TO schulz", "GRANT UPDATE (content) ON blob TO schulz"
    cluster.do(*grant, database=name)
    done = erasing.erase(schulz, key, ["summary"], basis="Art. 17 DSGVO")
    assert any("VACUUM (FULL, ANALYZE) disclosure, blob" in remark for remark in done.remarks)
    audit.verify(home)
    schulz.database.close()
