# ruff: noqa: E501  a case reads better in one line
"""A database keeps what it was given, refuses what is not its own, and a fault of the disk leaves it whole."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from homes import (
    BOERDE,
    CHECKOUT,
    Clock,
    closing_connection,
    copy_of,
    head_of,
    home_at,
    proposal_of,
    rows_of,
    started,
)

from ikz_workflow.errors import ConcurrentUpdate, HistoryBroken, IkzError, NotAllowed, StorageError
from ikz_workflow.events import Noted
from ikz_workflow.proposal import Actor
from ikz_workflow.services import audit, documents, proposals, records, registers, work
from ikz_workflow.services.home import Home
from ikz_workflow.storage.database import Database

posix = pytest.mark.skipif(os.name != "posix", reason="file rights as POSIX knows them")


def sentence(error: IkzError) -> str:
    """Return the text of an error after checking that a clerk can read it."""
    text = str(error)
    assert "\n" not in text
    assert text.count(". ") <= 2
    assert "Traceback" not in text
    assert "sqlalche" not in text
    return text


# ------------------------------------------------------------------------------------------------ the file
@posix
def test_the_database_is_for_its_owner_alone_from_the_first_byte(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = home_at(tmp_path / "neu")
        registers.init(home)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "neu" / "ikz.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["mit leer", "Prüfung", "was?ist", "100%20", "ein#zeichen", "a&b=c", "è:ü"])
def test_a_folder_may_be_called_as_its_owner_likes(tmp_path: Path, name: str) -> None:
    home = home_at(tmp_path / name, now=Clock())
    registers.init(home)
    started(home)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    assert [path.name for path in (tmp_path / name).iterdir()] == ["ikz.db"]
    assert stat.S_IMODE((tmp_path / name / "ikz.db").stat().st_mode) == 0o600
    home.database.close()


def test_one_file_holds_everything_and_nothing_is_left_beside_it(home: Home) -> None:
    started(home)
    home.database.close()
    assert [path.name for path in home.path.iterdir()] == ["ikz.db"]


def test_setting_up_twice_adds_nothing(home: Home) -> None:
    before = rows_of(home)
    assert registers.init(home) == (0, False, ())
    assert rows_of(home) == before


# ------------------------------------------------------------------------------------------------ guard rails
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = 'x' WHERE seq = 1",
        "UPDATE event SET seq = seq + 1000",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 1",
        "REPLACE INTO event SELECT seq, 'x', version, at, payload, prev_hash, hash FROM event WHERE seq = 5",
        "REPLACE INTO event SELECT (SELECT max(seq) + 1 FROM event), subject, version, at, 'x', hash, hash FROM event "
        "WHERE seq = 5",
        "INSERT OR IGNORE INTO event SELECT max(seq) + 2, 'x', 1, at, payload, hash, hash FROM event",
        "INSERT INTO event SELECT max(seq) + 2, 'x', 1, at, payload, hash, hash FROM event",
        "INSERT INTO event SELECT 0, 'x', 1, at, payload, hash, hash FROM event WHERE seq = 1",
        "INSERT INTO event SELECT -1, 'x', 1, at, payload, hash, hash FROM event WHERE seq = 1",
        "UPDATE OR IGNORE event SET payload = 'x'",
        "INSERT INTO event SELECT * FROM event WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET payload = 'x'",
    ],
)
def test_the_history_can_be_added_to_and_nothing_else(home: Home, statement: str) -> None:
    before = rows_of(home)["event"]
    with pytest.raises((StorageError, HistoryBroken)) as caught, home.ready.writing(home.now()) as tx:
        tx.connection.cursor().execute(statement)
    said = {StorageError: "nur ergänzen", HistoryBroken: "schließt nicht an den letzten an"}
    assert said[type(caught.value)] in sentence(caught.value)
    assert rows_of(home)["event"] == before


def test_the_guard_rails_hold_for_any_program_that_opens_the_file(home: Home) -> None:
    with closing_connection(home.path / "ikz.db") as connection:
        for statement in ("UPDATE event SET payload = 'x'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


# ------------------------------------------------------------------------------------------------ transactions
REFUSED: dict[str, Callable[[Home, str], object]] = {
    "unmet": lambda home, key: proposals.advance(home, key, "draft-guideline"),
    "unknown": lambda home, key: proposals.advance(home, key, "nirgendwohin"),
    "wrong-stage": lambda home, key: proposals.advance(home, key, "enact"),
    "role": lambda home, key: proposals.advance(home.acting_as("gast"), key, "suspend", note="x", until="2027-03-01"),
    "stranger": lambda home, key: proposals.add_note(home.acting_as("niemand"), key, "x"),
    "guest": lambda home, key: proposals.add_note(home.acting_as("gast"), key, "x"),
    "stale": lambda home, key: proposals.advance(home, key, "suspend", note="x", until="2027-03-01", expect=99),
    "field": lambda home, key: proposals.set_fields(home, key, ["summary=gut", "cases=viele"]),
    "field-name": lambda home, key: proposals.set_fields(home, key, ["summary=gut", "sumary=x"]),
    "note": lambda home, key: proposals.set_fields(home, key, ["summary=gut"], note="\x1b[31m"),
    "new": lambda home, key: proposals.new(home, "Neu", "fb-23", values=["nichts=1"]),
    "department": lambda home, key: proposals.new(home, "Neu", "fb-99"),
    "party": lambda home, key: records.set_party(home, key, "atlantis", new=True),
    "vote": lambda home, key: records.decide(home, key, "co-signature", "legal", "vielleicht"),
    "votes": lambda home, key: records.decide(home, key, "co-signature", "legal", "approved", votes="43"),
    "attachment": lambda home, key: records.attach(home, key, home.path / "fehlt.pdf"),
    "document": lambda home, key: documents.file_edited(home, key, "guideline", home.path / "ikz.db"),
    "register": lambda home, key: registers.add(home.acting_as("schulz"), "topic", "neu", {"label": "Neu"}),
    "authority": lambda home, key: registers.add(home, "organisation", "neu", {"name": "N", "kind": "city", "authority": "x"}),
    "last-keeper": lambda home, key: registers.change_roles(home, "meier", revoked=["centre"]),
    "future": lambda home, key: proposals.add_note(home, key, "x", on="2099"),
    "dry-run": lambda home, key: refuse_after(lambda: proposals.advance(home, key, "suspend", note="x", until="2027-03-01", dry_run=True)),
}  # fmt: skip


def refuse_after(deed: Callable[[], object]) -> None:
    deed()
    raise NotAllowed("nur geprobt")


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_command_writes_nothing(home: Home, name: str) -> None:
    key = started(home)
    before = rows_of(home)
    with pytest.raises(IkzError):
        REFUSED[name](home, key)
    assert rows_of(home) == before
    audit.verify(home)


def test_a_dry_run_answers_as_the_real_one_and_the_next_command_starts_where_it_was(home: Home) -> None:
    key = started(home)
    tried, event = proposals.advance(home, key, "suspend", note="Gesetz", until="2027-03-01", dry_run=True)
    assert proposal_of(home, key).version == tried.version - 1
    done, again = proposals.advance(home, key, "suspend", note="Gesetz", until="2027-03-01")
    assert (done.version, again) == (tried.version, event)
    audit.verify(home)


def test_a_crash_in_the_middle_of_a_command_leaves_nothing_behind(home: Home) -> None:
    key = started(home)
    before = rows_of(home)
    with pytest.raises(ZeroDivisionError), home.ready.writing(home.now()) as tx:  # noqa: PT012  the whole transaction fails
        proposal = tx.proposal(key)
        tx.keep(b"Bytes")
        actor = tx.actor(key, "meier", "clerk")
        tx.record(proposal, Noted(), actor, None, proposal.definition, tx.hide("note", "halb"))
        raise ZeroDivisionError
    assert rows_of(home) == before
    proposals.add_note(home, key, "ganz")
    audit.verify(home)


def test_a_proposal_read_before_somebody_else_wrote_cannot_be_written(home: Home) -> None:
    key = started(home)
    old = proposal_of(home, key)
    proposals.add_note(home, key, "inzwischen")
    before = head_of(home)
    with pytest.raises(ConcurrentUpdate) as caught, home.ready.writing(home.now()) as tx:
        tx.record(old, Noted(), Actor("c:1", "clerk"), None, old.definition)
    assert (caught.value.expected, caught.value.found) == (1, 2)
    assert head_of(home) == before


def test_a_reader_sees_one_state_while_somebody_writes(home: Home, tmp_path: Path) -> None:
    key = started(home)
    other = home_at(home.path)
    with home.ready.reading(home.now()) as tx:
        seen = tx.proposal(key)
        head = tx.head
    proposals.add_note(other, key, "neu")
    assert (seen.version, head.seq) == (1, head_of(other)[0] - 1)
    assert proposal_of(home, key).version == 2
    other.database.close()


def test_what_one_handle_enters_into_a_register_another_sees(home: Home) -> None:
    key = started(home)
    other = home_at(home.path, now=home.now)
    records.set_party(other, key, BOERDE, "joined", new=True)
    proposals.set_fields(other, key, ["direction=interkommunal", "legal-form=delegating-agreement"])
    registers.add(home, "organisation", BOERDE, {"council": "Neuer Kreistag"})
    gates = {state.gate.name: state for state in proposals.outlook(other, key).gates}
    assert [answer.body.name for answer in gates["council"].answers][1] == "Neuer Kreistag – Landkreis Börde"
    other.database.close()


def test_keys_count_on_past_the_four_digits(home: Home) -> None:
    started(home)
    with closing_connection(home.path / "ikz.db") as connection:
        for number in (9998, 9999, 10000):
            connection.execute(
                "INSERT INTO proposal SELECT 'IKZ-2026-' || ?, version, projection, stage, department, workflow, definition, direction, topic, title, ended, due, state FROM proposal "
                "WHERE key = 'IKZ-2026-0001'",
                (str(number),),
            )
    assert started(home) == "IKZ-2026-10001"


# ------------------------------------------------------------------------------------------------ what is not ours
def foreign(path: Path) -> None:
    with closing_connection(path) as connection:
        connection.execute("CREATE TABLE kunden (name TEXT)")
        connection.execute("INSERT INTO kunden VALUES ('Meier')")


def foreign_alembic(path: Path) -> None:
    foreign(path)
    with closing_connection(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")


NOT_OURS: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("Das ist keine Datenbank.\n" * 100),
    "one-letter": lambda path: path.write_text("x"),
    "short-text": lambda path: path.write_text("Einkaufen: Brot, Milch\n" * 5),
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "word": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(5000)),
    "folder": lambda path: path.mkdir(),
    "foreign": foreign,
    "foreign-with-alembic": foreign_alembic,
}


@pytest.mark.parametrize("name", NOT_OURS)
@pytest.mark.parametrize("command", ["list", "verify", "init", "new", "rebuild", "checkpoint"])
def test_what_is_no_database_of_ours_is_refused_in_one_sentence_and_left_as_it_is(
    tmp_path: Path, name: str, command: str
) -> None:
    place = tmp_path / "ikz.db"
    NOT_OURS[name](place)
    before = place.read_bytes() if place.is_file() else None
    home = home_at(tmp_path)
    commands: dict[str, Callable[[], object]] = {
        "list": lambda: work.listing(home),
        "verify": lambda: audit.verify(home),
        "init": lambda: registers.init(home),
        "new": lambda: proposals.new(home, "Titel", "fb-23"),
        "rebuild": lambda: audit.rebuild(home),
        "checkpoint": lambda: audit.checkpoint(home),
    }
    with pytest.raises(StorageError) as caught:
        commands[command]()
    sentence(caught.value)
    home.database.close()
    assert (place.read_bytes() if place.is_file() else None) == before
    assert [path.name for path in tmp_path.iterdir()] == ["ikz.db"]


@pytest.mark.parametrize("size", [50, 4096, 20_000, 50_000, -4096, -1])
def test_a_truncated_database_is_told_in_one_sentence_or_found_whole(home: Home, tmp_path: Path, size: int) -> None:
    started(home)
    data = (home.path / "ikz.db").read_bytes()
    cut = home_at(tmp_path / "cut")
    cut.path.mkdir()
    (cut.path / "ikz.db").write_bytes(data[:size])
    try:
        audit.verify(cut)
    except IkzError as error:
        sentence(error)
        for command in (work.listing, registers.init):
            try:  # a page that is not read is not missed
                command(cut)
            except IkzError as refused:
                sentence(refused)
    else:  # what was cut off held nothing
        assert rows_of(cut.path / "ikz.db") == rows_of(home)
    cut.database.close()


def test_an_empty_file_is_no_database_yet_and_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "ikz.db").touch()
    home = home_at(tmp_path, now=Clock())
    with pytest.raises(StorageError, match="ikz init"):
        work.listing(home)
    assert registers.init(home)[1]
    assert work.listing(home) == []
    home.database.close()


def test_a_missing_database_is_not_made_by_reading(tmp_path: Path) -> None:
    home = home_at(tmp_path / "leer")
    for command in (work.listing, audit.verify, audit.checkpoint, audit.rebuild):
        with pytest.raises(StorageError, match="ikz init"):
            command(home)
    assert not (tmp_path / "leer").exists()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("x")
    home = home_at(tmp_path / "datei")
    with pytest.raises(StorageError) as caught:
        registers.init(home)
    sentence(caught.value)
    assert (tmp_path / "datei").read_text() == "x"


@pytest.fixture
def frozen(home: Home) -> Iterator[Home]:
    """Return a home that nobody can write, not even root: the kernel mounts or marks it read-only."""
    key = started(home)
    assert key
    home.database.close()
    marked = subprocess.run(
        ["chattr", "+i", str(home.path), str(home.path / "ikz.db")], capture_output=True, check=False
    )
    if marked.returncode:  # no such file system: a database that SQLite itself may only read
        os.chmod(home.path / "ikz.db", 0o400)
        if os.geteuid() == 0:
            pytest.skip("this file system cannot forbid root to write")
    yield home
    home.database.close()
    subprocess.run(["chattr", "-i", str(home.path), str(home.path / "ikz.db")], capture_output=True, check=False)
    os.chmod(home.path / "ikz.db", 0o600)


@posix
def test_a_read_only_home_can_be_read_and_says_so_when_written(frozen: Home) -> None:
    assert len(work.listing(frozen)) == 1
    audit.verify(frozen)
    before = (frozen.path / "ikz.db").read_bytes()
    for command in (lambda: proposals.add_note(frozen, "IKZ-2026-0001", "x"), lambda: started(frozen)):
        with pytest.raises(StorageError) as caught:
            command()
        sentence(caught.value)
    assert (frozen.path / "ikz.db").read_bytes() == before


# ------------------------------------------------------------------------------------------------ a full disk
@posix
def test_a_full_disk_leaves_everything_as_it_was_and_says_so(home: Home) -> None:
    key = started(home)
    home.database.close()
    before = rows_of(home)
    size = (home.path / "ikz.db").stat().st_size
    script = textwrap.dedent(f"""
        import resource, sys
        from pathlib import Path
        from homes import Clock, home_at, NOON
        from ikz_workflow.errors import StorageError
        from ikz_workflow.services import documents, proposals, records
        home = home_at(Path({str(home.path)!r}), now=Clock())
        home.database.exists()
        resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
        refused = 0
        for command in (
            lambda: proposals.set_fields(home, {key!r}, ["summary=" + "x" * 100_000]),
            lambda: documents.create(home, {key!r}, "guideline"),
            lambda: proposals.add_note(home, {key!r}, "y" * 100_000),
        ):
            try:
                command()
            except StorageError as error:
                refused += 1
                print(error)
        sys.exit(0 if refused == 3 else 1)
    """)
    done = child(script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert all("Platz" in line for line in lines)
    assert rows_of(home) == before
    proposals.add_note(home, key, "Es geht weiter")
    audit.verify(home)


def child(script: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False, timeout=120
    )


def test_a_database_that_may_not_grow_says_that_the_disk_is_full(home: Home) -> None:
    key = started(home)
    before = rows_of(home)
    with pytest.raises(StorageError, match="voll") as caught, home.ready.writing(home.now()) as tx:  # noqa: PT012
        tx.connection.cursor().execute("PRAGMA max_page_count = 1")
        tx.keep(bytes(500_000))
    sentence(caught.value)
    home.database.close()
    assert rows_of(home) == before
    proposals.add_note(home_at(home.path, now=home.now), key, "weiter")


def test_a_lock_that_lasts_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from ikz_workflow.storage import sqlite

    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 50)
    key = started(home_at(home.path, now=home.now))
    holder = sqlite3.connect(home.path / "ikz.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    impatient = home_at(home.path, now=home.now)
    try:
        with pytest.raises(StorageError, match="belegt") as caught:
            proposals.add_note(impatient, key, "x")
        sentence(caught.value)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    proposals.add_note(impatient, key, "jetzt")
    impatient.database.close()


# ------------------------------------------------------------------------------------------------ addresses
@pytest.mark.parametrize(
    "address",
    ["postgresql://meier:geheim@host:abc/ikz", "postgresql://meier:geheim@host/ikz", "nirgendwas://meier:geheim@host/x",
     "meier:geheim@host", "mysql+unbekannt://meier:geheim@host/x", "postgresql+asyncpg://meier:geheim@host/x",
     "://meier:geheim@", "postgresql://meier:geheim@[::1/ikz", "", "postgresql+psycopg2://meier:geheim@host/ikz",
     "postgresql+psycopg://meier:geheim@host/ikz?sslmod=require", "postgresql+psycopg://meier:geheim@host/ikz?password=geheim",
     "postgresql+psycopg://meier:geheim@host/", "sqlite:////tmp/ikz.db?mode=ro", "sqlite://meier:geheim@host/ikz.db",
     "sqlite+pysqlite:///file:ikz.db?uri=true", "sqlite+aiosqlite:////tmp/ikz.db"],
)  # fmt: skip
def test_a_broken_address_is_refused_without_its_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(StorageError) as caught:
        Database.at(address).check()
    assert "geheim" not in repr(caught.value)
    assert "geheim" not in sentence(caught.value)
    cause: BaseException | None = caught.value
    while cause is not None:
        assert cause.__suppress_context__ or "geheim" not in str(cause.__context__ or "")
        cause = cause.__cause__


def test_a_mistyped_option_of_an_address_is_refused_with_the_nearest() -> None:
    with pytest.raises(StorageError, match="Meinten Sie „sslmode“"):
        Database.at("postgresql+psycopg://meier@host/ikz?sslmod=require")


def test_a_database_in_memory_is_refused_instead_of_becoming_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for address in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StorageError):
            Database.at(address).migrate()
    assert list(tmp_path.iterdir()) == []


def test_a_sqlite_address_and_its_path_mean_the_same_file(home: Home) -> None:
    by_url = Home(home.path, f"sqlite:///{home.path / 'ikz.db'}", "meier", home.now)
    assert head_of(by_url) == head_of(home)
    by_url.database.close()


# ------------------------------------------------------------------------------------------------ many bytes
def test_bytes_are_kept_once_however_often_they_are_attached(home: Home) -> None:
    key = started(home)
    (home.path / "a.bin").write_bytes(b"gleich" * 1000)
    (home.path / "b.bin").write_bytes(b"gleich" * 1000)
    _proposal, first = records.attach(home, key, home.path / "a.bin")
    proposal, second = records.attach(home, key, home.path / "b.bin")
    assert first == second
    assert len(proposal.attachments) == 2
    assert len(rows_of(home)["blob"]) == 1
    assert records.attachment_content(home, key, first[:10]) == b"gleich" * 1000
    audit.verify(home)


def test_a_copy_of_the_file_is_a_whole_backup(home: Home, tmp_path: Path) -> None:
    key = started(home)
    copy = copy_of(home, tmp_path / "backup")
    assert proposal_of(copy, key) == proposal_of(home, key)
    assert audit.verify(copy).head == audit.verify(home).head
