# ruff: noqa: E501  a case reads better in one line
"""Whoever changes a stored byte, drops, adds or rewrites a row is told of, and the row is named."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from homes import (
    BOERDE,
    Clock,
    amend,
    closing_connection,
    copy_of,
    head_of,
    kept,
    proposal_of,
    started,
    tamper,
    unguarded,
    walk,
)

from ikz_workflow.checkpoints import Checkpoint, Tree
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.events import Noted
from ikz_workflow.history import Head
from ikz_workflow.services import audit, documents, proposals, records, registers, side_by_side
from ikz_workflow.services.home import Home
from ikz_workflow.storage import parts

FIRST, SECOND, THIRD = "IKZ-2026-0001", "IKZ-2026-0002", "IKZ-2026-0003"
Payload = dict[str, Any]


@pytest.fixture(scope="module")
def full_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with three proposals, documents, an edited one, attachments, decisions; it is only ever copied."""
    home = copy_of(first_home, tmp_path_factory.mktemp("full"))
    walk(home, started(home), "council-vote")
    (home.path / "beschluss.pdf").write_bytes(b"%PDF-1.7 Beschluss")
    records.attach(home, FIRST, home.path / "beschluss.pdf", kind="Beschluss")
    records.decide(home, FIRST, "council", BOERDE, "adopted-amended", votes="40:1:2", reference="DS0438/26")
    amend(home, FIRST)
    records.add_milestone(home, FIRST, "Erste Pflanzung", due="2027-03")
    records.finish_milestone(home, FIRST, 1)
    proposals.assign(home, FIRST, "fb-23", "schulz")
    proposals.add_note(home, FIRST, "Läuft")
    started(home, "Leitstelle", "nacherfassung")
    proposals.set_fields(home, SECOND, ["summary=Eine Leitstelle", "source=Akte"], on="2003")
    proposals.advance(home, SECOND, "record-guideline", on="2003-05")
    proposals.advance(home, SECOND, "record-failure", reason="partner-withdrew", note="Früher fragen", on="unknown")
    started(home, "Winterdienst")
    documents.create(home, THIRD, "guideline")
    proposals.advance(home, THIRD, "suspend", note="Gesetz abwarten", until="2027-03-01")
    registers.add(home, "topic", "streusalz", {"label": "Streusalz"})
    registers.change_roles(home, "schulz", granted=["finance"])
    home.database.close()
    return home


@pytest.fixture
def full(full_home: Home, tmp_path: Path) -> Home:
    return copy_of(full_home, tmp_path / "full")


def broken(home: Home, *checkpoints: tuple[str, str]) -> HistoryBroken:
    with pytest.raises(HistoryBroken) as caught:
        audit.verify(home, kept(*checkpoints))
    assert caught.value.row
    return caught.value


def rows(home: Home) -> list[tuple[int, str, int, Payload]]:
    with closing_connection(home.path / "ikz.db") as connection:
        found = connection.execute("SELECT seq, subject, version, payload FROM event ORDER BY seq").fetchall()
    return [(seq, subject, version, json.loads(payload)) for seq, subject, version, payload in found]


def written(payload: Payload) -> str:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def forge(
    home: Home, change: Callable[[list[Payload]], None], extra: Callable[[sqlite3.Connection], None] | None = None
) -> None:
    """Rewrite the history as a forger would who knows everything: positions, versions, chain and head made right."""
    payloads = [payload for _seq, _subject, _version, payload in rows(home)]
    change(payloads)
    versions: dict[str, int] = {}
    last: dict[str, str] = {}
    with unguarded(home) as connection:
        [log_id] = connection.execute("SELECT log_id FROM chain_head").fetchone()
        previous = hashlib.sha256(f"ikz-genesis-v1\n{log_id}".encode()).hexdigest()
        connection.execute("DELETE FROM event")
        register_seq = 0
        for seq, payload in enumerate(payloads, start=1):
            subject = payload["subject"]
            versions[subject] = versions.get(subject, 0) + 1
            payload |= {"seq": seq, "version": versions[subject], "previous": last.get(subject, "")}
            text = written(payload)
            sealed = hashlib.sha256(f"ikz-history-v1\n{previous}\n{text}".encode()).hexdigest()
            values = (seq, subject, versions[subject], payload["at"], text, previous, sealed)
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            previous = last[subject] = sealed
            register_seq = seq if "/" in subject else register_seq
        head = (len(payloads), previous, register_seq)
        connection.execute("UPDATE chain_head SET seq = ?, hash = ?, register_seq = ?", head)
        if extra:
            extra(connection)


def find(payloads: list[Payload], subject: str, kind: str, last: bool = False) -> Payload:
    found = [one for one in payloads if one["subject"] == subject and one["what"]["type"] == kind]
    return found[-1 if last else 0]


# ------------------------------------------------------------------------------------------------ nothing was changed
def test_an_honest_history_is_proven_whole(full: Home) -> None:
    proof = audit.verify(full)
    assert proof.events == proof.head.seq == len(rows(full))
    assert proof.proposals == 3
    assert proof.documents == 7
    assert proof.warnings == ()


def test_verifying_writes_nothing(full: Home) -> None:
    before = (full.path / "ikz.db").read_bytes()
    audit.verify(full)
    assert (full.path / "ikz.db").read_bytes() == before


def test_the_checkpoint_taken_is_met_and_stays_met_as_the_history_grows(full: Home) -> None:
    first = str(audit.checkpoint(full))
    proposals.add_note(full, FIRST, "Weiter")
    proof = audit.verify(full, kept(("a", first), ("b", str(audit.checkpoint(full)))))
    assert [one.seq for one in proof.anchors] == [proof.events - 1, proof.events]


def test_a_clock_that_went_back_is_a_warning_and_no_breach(full: Home) -> None:
    early = full.acting_as("meier", Clock())
    proposals.add_note(early, FIRST, "Früher")
    assert any("Uhr ging zurück" in warning for warning in audit.verify(full).warnings)


@pytest.mark.parametrize(("seconds", "warnings"), [(40, 0), (90, 1)])
def test_who_waited_for_others_to_write_set_no_clock_back(full: Home, seconds: int, warnings: int) -> None:
    with full.ready.reading(full.now()) as tx:
        last = tx.row(tx.head.seq)
    assert last is not None
    earlier = datetime.fromisoformat(last.at) - timedelta(seconds=seconds)
    proposals.add_note(full.acting_as("meier", Clock(earlier)), FIRST, "Gewartet")
    proposals.add_note(full, FIRST, "Weiter")
    assert sum("Uhr ging zurück" in warning for warning in audit.verify(full).warnings) == warnings


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["DROP TRIGGER event_is_never_deleted"], "event_is_never_deleted"),
        (["DROP TRIGGER event_has_no_gap",
          "CREATE TRIGGER event_has_no_gap BEFORE INSERT ON event WHEN 0 BEGIN SELECT 1; END"], "event_has_no_gap"),
        (["CREATE TRIGGER quiet AFTER INSERT ON proposal BEGIN UPDATE proposal SET stage = 'ended'; END"], "quiet"),
    ],
)  # fmt: skip
def test_missing_altered_and_foreign_triggers_are_told_by_name_and_init_mends_them(
    full: Home, statements: list[str], named: str
) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        for statement in statements:
            connection.execute(statement)
    told = str(broken(full))
    assert named in told
    assert "ikz init" in told
    assert registers.init(full).guards == (named,)
    assert registers.init(full).guards == ()
    assert audit.verify(full).warnings == ()


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["CREATE TABLE notebook (x)"], "fremd: Tabelle notebook"),
        (["CREATE VIRTUAL TABLE search USING fts5(x)"], "fremd: Tabelle search"),
        (["CREATE VIEW proposals AS SELECT * FROM proposal"], "fremd: Sicht proposals"),
        (["CREATE INDEX quick ON event (at)"], "fremd: Index quick"),
        (["DROP INDEX ix_register_tag"], "es fehlt: Index ix_register_tag"),
        (["DROP INDEX ix_register_tag", "CREATE INDEX ix_register_tag ON register (tag) WHERE tag = 'own'"], "verändert: Index ix_register_tag"),
        (["ALTER TABLE event ADD COLUMN remark TEXT"], "fremd: Spalte event.remark"),
        (["ALTER TABLE proposal ADD COLUMN shouted TEXT AS (upper(stage))"], "fremd: Spalte proposal.shouted"),
        (["ALTER TABLE disclosure RENAME COLUMN value TO worth"], "fremd: Spalte disclosure.worth; verändert: Index ix_disclosure_clerk; es fehlt: Spalte disclosure.value"),
        (["ALTER TABLE blob RENAME TO blobs", "CREATE TABLE blob (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL)"], "verändert: Spalte blob.sha256"),
        (["ALTER TABLE definition DROP COLUMN name"], "es fehlt: Spalte definition.name"),
    ],
)  # fmt: skip
def test_whatever_was_added_to_the_tables_or_taken_from_them_is_told_by_name(
    full: Home, statements: list[str], named: str
) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        for statement in statements:
            connection.execute(statement)
    error = broken(full)
    assert error.row == "Form der Datenbank"
    assert named in error.what


@pytest.mark.parametrize(
    ("part", "other", "named"),
    [
        ("UNIQUE (subject, version)", "UNIQUE (subject, version) ON CONFLICT REPLACE", "Regel von event: CONSTRAINT"),
        ("subject VARCHAR NOT NULL", "subject VARCHAR NOT NULL COLLATE NOCASE", "verändert: Spalte event.subject"),
        ("at VARCHAR NOT NULL", "at VARCHAR NOT NULL DEFAULT '2003'", "verändert: Spalte event.at"),
        ("payload TEXT NOT NULL", "payload TEXT", "verändert: Spalte event.payload"),
        ("hash VARCHAR NOT NULL,", "hash VARCHAR NOT NULL CHECK (hash > prev_hash),", "verändert: Spalte event."),
    ],
)
def test_a_rule_slipped_into_the_text_of_a_table_is_told(full: Home, part: str, other: str, named: str) -> None:
    """The text of a table can be changed without touching a row, by whoever may write the file."""
    with closing_connection(full.path / "ikz.db") as connection:
        connection.execute("PRAGMA writable_schema = ON")
        statement = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'event' AND instr(sql, ?)"
        assert connection.execute(statement, (part, other, part)).rowcount == 1
    assert named in broken(full).what


def test_an_index_that_tells_otherwise_than_its_table_is_told(full: Home) -> None:
    """A stale index makes a search answer what no row says; the rows themselves are as the history gives."""
    with closing_connection(full.path / "ikz.db") as connection:
        connection.execute("PRAGMA writable_schema = ON")
        [text] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_register_tag'").fetchone()
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(tag)', '(kind)') WHERE name = 'ix_register_tag'"
        )
    with closing_connection(full.path / "ikz.db") as connection:
        connection.execute("REINDEX ix_register_tag")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'ix_register_tag'", (text,))
    assert "widerspricht" in broken(full).what


@pytest.mark.parametrize(
    "values",
    [
        ["summary=alt", "summary=neu"],
        ["summary=alt", "summary=", "goals=neu"],
        ["goals=neu", "goals=", "occasion=neu"],
        ["task-kind=voluntary", "task-kind=mandatory"],
        ["task-kind=voluntary", "task-kind=", "cases=5"],
    ],
)
def test_a_field_named_twice_in_one_command_leaves_a_history_that_verifies(home: Home, values: list[str]) -> None:
    key = started(home)
    proposals.set_fields(home, key, values)
    audit.verify(home)
    assert proposals.new(home, "Noch eines", "fb-23", values=values).version == 2
    audit.verify(home)


# ------------------------------------------------------------------------------------------------ one byte
COLUMNS = {
    "event": ["seq", "subject", "version", "at", "payload", "prev_hash", "hash"],
    "disclosure": ["commitment", "subject", "field", "value", "salt"],
    "proposal": [
        "key",
        "version",
        "projection",
        "stage",
        "department",
        "workflow",
        "definition",
        "direction",
        "topic",
        "title",
        "ended",
        "due",
        "state",
    ],
    "party": ["organisation", "key"],
    "register": ["subject", "kind", "version", "head", "projection", "name", "tag", "state"],
    "blob": ["sha256", "content"],
    "definition": ["sha256", "name", "text"],
    "chain_head": ["id", "log_id", "seq", "hash", "register_seq"],
}
CELLS = [(table, column) for table, columns in COLUMNS.items() for column in columns]


def altered(value: object, place: float) -> object:
    """Return the value with one byte changed: digits stay digits, text stays text; an empty one gets one."""
    if value == "":
        return "x"
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        at = int(place * (len(value) - 1))
        return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    text = str(value) or "0"
    at = int(place * (len(text) - 1))
    return text[:at] + ("8" if text[at] != "8" else "9") + text[at + 1 :]


def test_every_column_of_every_table_is_tried(full: Home) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    del found["alembic_version"]
    assert found == COLUMNS


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["first", "middle", "last"])
@pytest.mark.parametrize(("table", "column"), CELLS, ids=[".".join(cell) for cell in CELLS])
def test_one_changed_byte_is_told_with_the_row_that_lies(full: Home, table: str, column: str, place: float) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        ids = [rowid for (rowid,) in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
        rowid = ids[int(place * (len(ids) - 1))]
        [value] = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        row = connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
    new = altered(value, place)
    if (table, column, place) == ("event", "seq", 0.0) or (table, column, place) == ("event", "seq", 0.5):
        new = 10**6  # the next position is taken
    tamper(full, (f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, rowid)))
    error = broken(full)
    if table == "event" and column != "seq":
        assert str(row[0]) in error.row
    if table in ("proposal", "register") and column not in ("key", "subject"):
        assert row[0] in error.row
    if (table, column) == ("blob", "content"):
        assert FIRST in error.row or THIRD in error.row
    if (table, column) == ("disclosure", "value"):
        assert row[1] in error.row


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE definition SET text = replace(text, 'Idee', 'Odee')",
        "UPDATE definition SET text = CAST(text AS TEXT)",
        "UPDATE blob SET content = 'verändert'",
        "UPDATE blob SET content = CAST(X'504B' AS TEXT)",
        "UPDATE blob SET content = X'FF' || content",
        "UPDATE disclosure SET salt = 'salz' WHERE field = 'title'",
        "UPDATE disclosure SET salt = CAST(X'FF' AS TEXT) WHERE field = 'title'",
        "UPDATE disclosure SET value = CAST(X'FF' AS TEXT) WHERE field = 'title'",
        "UPDATE disclosure SET value = CAST(value AS BLOB) WHERE field = 'title'",
        "UPDATE disclosure SET commitment = 'c:ü' WHERE field = 'title' AND subject = 'IKZ-2026-0001'",
        "UPDATE event SET payload = CAST(X'FF' AS TEXT) WHERE seq = 70",
        "UPDATE event SET payload = CAST(payload AS BLOB) WHERE seq = 70",
        "UPDATE event SET subject = CAST(X'FF' AS TEXT) WHERE seq = 70",
        "UPDATE event SET version = 'eins' WHERE seq = 70",
        "UPDATE event SET hash = 'ü' WHERE seq = 70",
        "UPDATE event SET at = X'00' WHERE seq = 70",
        "UPDATE proposal SET state = CAST(X'FF' AS TEXT)",
        "UPDATE proposal SET state = state || char(0)",
        "UPDATE proposal SET state = state || ' '",
        "UPDATE proposal SET version = 'eins'",
        "UPDATE proposal SET version = version + 0.5",
        "UPDATE proposal SET key = CAST(key AS BLOB)",
        "UPDATE proposal SET due = X'00'",
        "UPDATE proposal SET ended = 'ja'",
        "UPDATE party SET key = CAST(key AS BLOB)",
        "UPDATE party SET organisation = CAST(X'FF' AS TEXT)",
        "UPDATE register SET state = CAST(X'FF' AS TEXT) WHERE kind = 'topic'",
        "UPDATE register SET kind = CAST(X'FF' AS TEXT) WHERE kind = 'topic'",
        "UPDATE register SET kind = 'unbekannt' WHERE kind = 'topic'",
        "UPDATE register SET tag = X'' WHERE tag = ''",
        "UPDATE register SET name = CAST(name AS BLOB) WHERE name > ''",
        "UPDATE chain_head SET seq = 'eins'",
        "UPDATE chain_head SET register_seq = 'eins'",
        "UPDATE chain_head SET log_id = 'ö'",
        "UPDATE chain_head SET hash = CAST(X'FF' AS TEXT)",
        "INSERT INTO chain_head SELECT 2, log_id, seq, hash, register_seq FROM chain_head",
        "DELETE FROM chain_head",
    ],
)
def test_what_no_reader_expects_in_a_cell_is_told_as_a_breach_and_never_crashes(full: Home, statement: str) -> None:
    tamper(full, statement)
    broken(full)


# ------------------------------------------------------------------------------------------------ whole rows
@pytest.mark.parametrize("table", [name for name in COLUMNS if name != "chain_head"])
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["first", "middle", "last"])
def test_a_deleted_row_is_told(full: Home, table: str, place: float) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        ids = [rowid for (rowid,) in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
    tamper(full, (f"DELETE FROM {table} WHERE rowid = ?", (ids[int(place * (len(ids) - 1))],)))
    broken(full)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO event SELECT max(seq) + 1, 'IKZ-2026-0001', 999, at, payload, hash, hash FROM event",
        "INSERT INTO disclosure VALUES ('c:1', 'IKZ-2026-0001', 'note', 'erfunden', X'00')",
        "INSERT INTO proposal SELECT 'IKZ-2026-0009', version, projection, stage, department, workflow, definition, direction, topic, title, ended, due, state FROM proposal LIMIT 1",
        "INSERT INTO register SELECT 'topic/erfunden', kind, version, head, projection, name, tag, state FROM register "
        "WHERE kind = 'topic' LIMIT 1",
        "INSERT INTO party VALUES ('hansestadt-stendal', 'IKZ-2026-0001')",
        "INSERT INTO party VALUES ('hansestadt-stendal', 'IKZ-2026-0000')",
        "INSERT INTO party VALUES ('hansestadt-stendal', 'IKZ-2026-0009')",
        "INSERT INTO blob VALUES ('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'abc')",
        "INSERT INTO blob VALUES ('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', X'616263')",
        "INSERT INTO definition SELECT 'x' || sha256, name, text FROM definition LIMIT 1",
    ],
)
def test_an_inserted_row_is_told(full: Home, statement: str) -> None:
    tamper(full, statement)
    broken(full)


def test_a_disclosure_of_ones_own_that_no_event_names_is_told(full: Home) -> None:
    salt = b"s" * 32
    commitment = "c:" + hashlib.sha256(b"ikz-commit-v1\n" + salt + b'["note","erfunden"]').hexdigest()
    values = (commitment, FIRST, "note", "erfunden", salt)
    tamper(full, ("INSERT INTO disclosure VALUES (?, ?, ?, ?, ?)", values))
    assert commitment[:14] in broken(full).row


def test_bytes_that_json_would_write_like_the_text_are_told(full: Home) -> None:
    """Bytes in place of a field's name open the commitment just as well, and no search for the field finds them."""
    with closing_connection(full.path / "ikz.db") as connection:
        names = [name for (name,) in connection.execute("SELECT DISTINCT field FROM disclosure")]
    [name] = [name for name in names if len(name) % 4 == 0 and name.isalpha()][:1]
    tamper(full, ("UPDATE disclosure SET field = ? WHERE field = ?", (base64.b64decode(name), name)))
    assert broken(full).row.startswith("Text ")


@pytest.mark.parametrize("column", ["payload", "hash", "at", "subject", "prev_hash"])
def test_two_swapped_cells_are_told_at_the_first(full: Home, column: str) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        seq = len(connection.execute("SELECT seq FROM event").fetchall()) - 10
        (one,), (other,) = connection.execute(
            f"SELECT {column} FROM event WHERE seq IN (?, ?)", (seq, seq + 8)
        ).fetchall()
    assert one != other
    if column == "subject":
        tamper(full, ("UPDATE event SET subject = 'x' WHERE seq = ?", (seq,)))
    else:
        update = f"UPDATE event SET {column} = ? WHERE seq = ?"
        tamper(full, (update, (other, seq)), (update, (one, seq + 8)))
    assert str(seq) in broken(full).row


def test_two_swapped_texts_are_told(full: Home) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        (one, first), (other, second) = connection.execute(
            "SELECT rowid, value FROM disclosure WHERE field = 'title' ORDER BY rowid LIMIT 2"
        ).fetchall()
    update = "UPDATE disclosure SET value = ? WHERE rowid = ?"
    tamper(full, (update, (second, one)), (update, (first, other)))
    assert "title" in broken(full).row


# ------------------------------------------------------------------------------------------------ a knowing forger
def weaken(payloads: list[Payload]) -> None:
    """Turn forty votes for into nought: a change no rule forbids."""
    find(payloads, FIRST, "decided", last=True)["what"]["votes"] = [0, 40, 2]


def test_a_history_written_anew_passes_alone_and_is_told_by_a_checkpoint_taken_before(full: Home) -> None:
    point = str(audit.checkpoint(full))
    forge(full, weaken)
    audit.rebuild(full)
    audit.verify(full)
    assert "neu geschrieben" in str(broken(full, ("kept", point)))


def test_what_was_written_anew_after_the_checkpoint_is_not_told_by_it(full: Home) -> None:
    """The honest limit: a checkpoint proves what came before it, so it has to be taken often."""
    decided = next(
        seq for seq, subject, _v, one in rows(full) if subject == FIRST and one["what"].get("votes") == [40, 1, 2]
    )
    tree = Tree()
    with closing_connection(full.path / "ikz.db") as connection:
        for (payload,) in connection.execute("SELECT payload FROM event WHERE seq < ? ORDER BY seq", (decided,)):
            tree.add(payload.encode())
        [log_id] = connection.execute("SELECT log_id FROM chain_head").fetchone()
    forge(full, weaken)
    audit.rebuild(full)
    audit.verify(full, kept(("early", str(Checkpoint(log_id, decided - 1, tree.root())))))


def cut(home: Home, count: int) -> None:
    """Take the last events away and make everything else right."""

    def shorter(payloads: list[Payload]) -> None:
        del payloads[-count:]

    def clean(connection: sqlite3.Connection) -> None:
        kept = " ".join(text for (text,) in connection.execute("SELECT payload FROM event"))
        for (commitment,) in connection.execute("SELECT commitment FROM disclosure").fetchall():
            if commitment not in kept:
                connection.execute("DELETE FROM disclosure WHERE commitment = ?", (commitment,))

    forge(home, shorter, clean)
    audit.rebuild(home)


def test_a_tail_cut_off_passes_alone_and_is_told_by_a_checkpoint_taken_before(full: Home) -> None:
    for _ in range(3):
        proposals.add_note(full, FIRST, "Wird verschwinden")
    point = str(audit.checkpoint(full))
    cut(full, 3)
    audit.verify(full)
    assert "gekürzt" in str(broken(full, ("kept", point)))


def test_an_old_copy_put_back_is_told_by_a_checkpoint(full: Home, tmp_path: Path) -> None:
    old = copy_of(full, tmp_path / "old")
    proposals.add_note(full, FIRST, "Neu")
    point = str(audit.checkpoint(full))
    audit.verify(old)
    assert "gekürzt" in str(broken(old, ("kept", point)))


def test_the_checkpoint_of_another_log_is_told(full: Home, home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other", tmp_path / "other" / "ikz.db", "meier", Clock())
    registers.init(other)
    assert "anderen Verlauf" in str(broken(full, ("other", str(audit.checkpoint(other)))))


def skip_requirement(payloads: list[Payload]) -> None:
    payloads[:] = [one for one in payloads if not (one["subject"] == FIRST and one["what"].get("kind") == "guideline")]


def change_target(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "advanced")["what"]["target"] = "in-force"


def change_source(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "advanced")["what"]["source"] = "agreement"


def invent_transition(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "advanced")["what"]["transition"] = "to_in-force"


def change_effect(payloads: list[Payload]) -> None:
    find(payloads, SECOND, "advanced", last=True)["what"]["effect"] = "suspend"


def drop_reason(payloads: list[Payload]) -> None:
    del find(payloads, SECOND, "advanced", last=True)["what"]["reason"]


def invent_body(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "decided", last=True)["what"]["body"] = "hansestadt-stendal"


def hide_body(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "decided", last=True)["what"]["bodies"] = [BOERDE]


def change_form(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "decided", last=True)["what"]["form_sha256"] = "0" * 64


def start_late(payloads: list[Payload]) -> None:
    find(payloads, THIRD, "created")["what"]["stage"] = "council-vote"


def act_without_role(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "advanced")["actor"]["role"] = "auditor"


def borrow_lax_rules(payloads: list[Payload]) -> None:
    """Let a strict proposal advance by the definition made for recording past ones."""
    lax = find(payloads, SECOND, "created")["definition"]
    suspended = find(payloads, THIRD, "advanced")
    suspended["definition"] = lax
    suspended["what"] = {"type": "advanced", "transition": "record-failure", "source": "idea", "target": "ended",
                         "effect": "end", "reason": "other"}  # fmt: skip


def switch_definition_of_a_fact(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "fields-set")["definition"] = find(payloads, SECOND, "created")["definition"]


def create_twice(payloads: list[Payload]) -> None:
    again = dict(find(payloads, THIRD, "created"))
    payloads.append({**again, "what": dict(again["what"])})


def register_as_proposal(payloads: list[Payload]) -> None:
    payloads.append({**find(payloads, THIRD, "created"), "what": {"type": "roles-changed", "granted": ["head"]}})


def roles_for_nobody(payloads: list[Payload]) -> None:
    model = next(one for one in payloads if one["what"]["type"] == "roles-changed")
    payloads.append({**model, "subject": "person/niemand"})


def roles_for_a_topic(payloads: list[Payload]) -> None:
    model = next(one for one in payloads if one["what"]["type"] == "roles-changed")
    payloads.append({**model, "subject": "topic/streusalz"})


def register_of_another_kind(payloads: list[Payload]) -> None:
    model = next(one for one in payloads if one["what"]["type"] == "topic-registered")
    payloads.append({**model, "subject": "organisation/landkreis-boerde"})


def texts_without_value(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "fields-set")["what"]["texts"].append("nichts")


def unknown_field(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "fields-set")["what"]["values"]["erfunden"] = "x"


def skip_a_version_of_a_document(payloads: list[Payload]) -> None:
    find(payloads, FIRST, "document-added", last=True)["what"]["number"] = 9


def unknown_payload_version(payloads: list[Payload]) -> None:
    payloads[-1]["v"] = 2


def extra_key(payloads: list[Payload]) -> None:
    payloads[-1]["extra"] = 1


def written_default(payloads: list[Payload]) -> None:
    find(payloads, THIRD, "created")["what"]["sample"] = False


def roles_by_a_clerk(payloads: list[Payload]) -> None:
    """Grant oneself every role, acting in a role that may not do so."""
    model = next(one for one in payloads if one["what"]["type"] == "roles-changed")
    model["actor"]["role"] = "clerk"


FORGERIES = [
    skip_requirement, change_target, change_source, invent_transition, change_effect, drop_reason, invent_body,
    hide_body, change_form, start_late, act_without_role, borrow_lax_rules, switch_definition_of_a_fact, create_twice,
    register_as_proposal, roles_for_nobody, roles_for_a_topic, register_of_another_kind, texts_without_value,
    unknown_field, skip_a_version_of_a_document, unknown_payload_version, extra_key, written_default, roles_by_a_clerk,
]  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES, ids=[one.__name__ for one in FORGERIES])
def test_what_could_not_have_happened_is_told_without_any_checkpoint(
    full: Home, forgery: Callable[[list[Payload]], None]
) -> None:
    def clean(connection: sqlite3.Connection) -> None:  # nothing but the forgery itself shall be at fault
        kept = " ".join(text for (text,) in connection.execute("SELECT payload FROM event"))
        for table, column in (("disclosure", "commitment"), ("blob", "sha256")):
            for (name,) in connection.execute(f"SELECT {column} FROM {table}").fetchall():
                if name not in kept:
                    connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))

    forge(full, forgery, clean)
    with pytest.raises(HistoryBroken):
        audit.rebuild(full)
    broken(full)


def envelope(**values: object) -> Callable[[list[Payload]], None]:
    return lambda payloads: find(payloads, FIRST, "fields-set").update(values)


def event_value(subject: str, kind: str, **values: object) -> Callable[[list[Payload]], None]:
    return lambda payloads: find(payloads, subject, kind, last=True)["what"].update(values)


def field_value(name: str, value: object) -> Callable[[list[Payload]], None]:
    def change(payloads: list[Payload]) -> None:
        setting = [one["what"]["values"] for one in payloads if name in one["what"].get("values", {})]
        setting[-1][name] = value

    return change


def entry_value(kind: str, name: str, value: object) -> Callable[[list[Payload]], None]:
    def change(payloads: list[Payload]) -> None:
        [*_, last] = (one["what"] for one in payloads if one["what"]["type"] == f"{kind}-registered")
        last[kind][name] = value

    return change


IMPOSSIBLE = {
    "day": envelope(on="2026-02-30"),
    "month": envelope(on="2026-13"),
    "no-date": envelope(on="morgen"),
    "time": envelope(at="2026-11-22T25:00:00.000000Z"),
    "time-without-zone": envelope(at="2026-11-22T11:00:00.000000"),
    "no-time": envelope(at=""),
    "review": event_value(THIRD, "advanced", review="2027-02-30"),
    "review-of-a-month": event_value(THIRD, "advanced", review="2027-02"),
    "due": event_value(FIRST, "milestone-added", due="2027-00"),
    "weight": event_value(FIRST, "obstacle-set", weight=4),
    "votes": event_value(FIRST, "decided", votes=[40]),
    "votes-below-nothing": event_value(FIRST, "decided", votes=[-40, 1, 2]),
    "outcome": event_value(FIRST, "decided", outcome="maybe"),
    "standing": event_value(FIRST, "party-set", standing="friendly"),
    "result": event_value(FIRST, "check-answered", result="fine"),
    "size": event_value(FIRST, "document-added", size=0),
    "open": event_value(FIRST, "document-added", open=-1),
    "text-hash": event_value(FIRST, "document-added", text_hash="x"),
    "choice": field_value("task-kind", "sometimes"),
    "choice-of-another-kind": field_value("task-kind", 7),
    "yes-no": field_value("statute-power", "maybe"),
    "yes-no-of-another-kind": field_value("statute-power", 5),
    "legal-form": field_value("legal-form", "handshake"),
    "direction": field_value("direction", "quer"),
    "organisation-kind": entry_value("organisation", "kind", "club"),
    "organisation-day": entry_value("organisation", "valid_from", "2026-02-30"),
    "inhabitants": entry_value("organisation", "inhabitants", -1),
    "form-day": entry_value("form", "valid_to", "2026-02-30"),
    "form-decides": entry_value("form", "decides", "nobody"),
    "form-directions": entry_value("form", "directions", ["quer"]),
    "form-checked": entry_value("form", "checked_on", "gestern"),
}


@pytest.mark.parametrize("how", IMPOSSIBLE)
def test_what_never_could_be_is_told_by_its_entry_however_well_it_is_forged(full: Home, how: str) -> None:
    forge(full, IMPOSSIBLE[how])
    with pytest.raises(HistoryBroken) as caught:
        audit.rebuild(full)
    assert caught.value.row.startswith("Verlauf ")
    assert broken(full).row == caught.value.row


def test_what_never_could_be_is_never_written(full: Home) -> None:
    before = head_of(full)
    with pytest.raises(IkzError, match="2026-02-30"), full.ready.writing(full.now()) as tx:  # noqa: PT012  all of it
        proposal = tx.proposal(THIRD)
        actor = tx.actor(THIRD, "p-0001", "clerk")
        tx.record(proposal, Noted(), actor, "2026-02-30", proposal.definition)
    assert head_of(full) == before


def test_a_forger_who_changes_nothing_is_not_told(full: Home) -> None:
    """The forger of these tests writes a right history: only the change is what is found."""
    before = head_of(full)
    forge(full, lambda payloads: None)
    assert head_of(full) == before
    audit.verify(full)


# ------------------------------------------------------------------------------------------------ rebuild
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposal SET stage = 'in-force'",
        "UPDATE proposal SET due = '2000-01-01'",
        "UPDATE proposal SET projection = 0",
        "DELETE FROM proposal",
        "DELETE FROM party",
        "UPDATE register SET state = '{}'",
        "UPDATE register SET projection = 0",
        "DELETE FROM register WHERE kind = 'person'",
        "INSERT INTO proposal SELECT 'IKZ-2026-0009', version, projection, stage, department, workflow, definition, direction, topic, title, ended, due, state FROM proposal LIMIT 1",
    ],
)
def test_rebuild_renews_what_the_history_gives(full: Home, statement: str) -> None:
    before = {key: proposal_of(full, key) for key in (FIRST, SECOND, THIRD)}
    history = rows(full)
    tamper(full, statement)
    broken(full)
    assert audit.rebuild(full)[0] == 3
    audit.verify(full)
    assert {key: proposal_of(full, key) for key in (FIRST, SECOND, THIRD)} == before
    assert rows(full) == history


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = replace(payload, '\"guideline\"', '\"guidelinf\"') WHERE seq > 60",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "UPDATE chain_head SET seq = seq - 1",
        "UPDATE definition SET text = X'00'",
        "DELETE FROM disclosure WHERE field = 'actor'",
    ],
)
def test_rebuild_never_hides_a_broken_history(full: Home, statement: str) -> None:
    tamper(full, statement)
    with closing_connection(full.path / "ikz.db") as connection:
        before = connection.execute("SELECT * FROM proposal").fetchall()
    with pytest.raises(HistoryBroken):
        audit.rebuild(full)
    with closing_connection(full.path / "ikz.db") as connection:
        assert connection.execute("SELECT * FROM proposal").fetchall() == before
    broken(full)


def test_a_row_of_another_projection_is_not_worked_on_before_rebuild(full: Home) -> None:
    tamper(full, "UPDATE proposal SET projection = 0")
    with pytest.raises(IkzError, match="ikz rebuild"):
        proposals.view(full, FIRST)
    audit.rebuild(full)
    assert proposals.view(full, FIRST).proposal.key == FIRST


def test_work_goes_on_after_a_rebuild(full: Home) -> None:
    audit.rebuild(full)
    meet_again = proposals.view(full, FIRST).proposal.version
    records.decide(full, FIRST, "signature", BOERDE, "approved")
    assert proposal_of(full, FIRST).version == meet_again + 1
    audit.verify(full)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each subject be a part of its own, so that there is something to share."""
    monkeypatch.setattr(parts, "SIZE", 1)


@pytest.mark.usefixtures("small_parts")
def test_several_processes_prove_the_same(full: Home) -> None:
    assert audit.verify(full, processes=3) == audit.verify(full, processes=1)


@pytest.mark.usefixtures("small_parts")
def test_processes_made_anew_prove_the_same_where_a_fork_could_hang(
    full: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = audit.verify(full, processes=1)
    monkeypatch.setattr(audit, "Judge", _forbidden)  # nobody judges here
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert audit.verify(full, processes=2) == alone
    finally:
        done.set()
        thread.join()


def _forbidden(*_given: object, **_named: object) -> None:
    pytest.fail("the helpers should have judged")


@pytest.mark.usefixtures("small_parts")
def test_several_processes_tell_the_first_lie_too(full: Home) -> None:
    tamper(full, "UPDATE event SET at = '2026-02-30T00:00:00.000000Z' WHERE subject LIKE 'IKZ-%' AND version = 3")
    told = []
    for processes in (1, 3):
        with pytest.raises(HistoryBroken) as caught:
            audit.verify(full, processes=processes)
        told.append(str(caught.value))
    first = min(row[0] for row in rows(full) if row[2] == 3 and row[1] in (FIRST, SECOND, THIRD))
    assert told[0] == told[1]
    assert told[0].startswith(f"Verlauf {first} ")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("how", ["killed", "blind"])
def test_what_helpers_cannot_prove_is_proven_without_them(
    full: Home, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "killed":
        monkeypatch.setattr(side_by_side, "_judge", _killed)
    else:  # they see another end of the history than the one who asks
        monkeypatch.setattr(audit, "Basis", _elsewhere)
    heard: list[int] = []
    proof = audit.verify(full, told=lambda done, _whole: heard.append(done), processes=2)
    assert proof == audit.verify(full, processes=1)
    assert heard[-1] == proof.events


def _elsewhere(head: Head, *rest: Any) -> side_by_side.Basis:
    return side_by_side.Basis(Head(head.log_id, head.seq - 1, head.hash), *rest)


@pytest.mark.usefixtures("small_parts")
def test_who_waits_for_a_long_proof_hears_how_far_it_is(full: Home) -> None:
    heard: list[tuple[int, int]] = []
    proof = audit.verify(full, told=lambda done, whole: heard.append((done, whole)))
    assert heard == sorted(heard)
    assert len(heard) > 3
    assert heard[-1] == (proof.events, proof.events)


def test_no_process_outlives_the_proof_that_was_killed(full: Home) -> None:
    command = [sys.executable, "-c", PROVING, str(full.path / "ikz.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as proving:
        assert proving.stdout is not None
        assert proving.stderr is not None
        helpers = [int(pid) for pid in proving.stdout.readline().split()]
        proving.kill()
        assert proving.stderr.read() == ""  # its end comes when nobody is left who could say something
    assert len(helpers) == 2
    for _moment in range(200):
        if not any(map(is_alive, helpers)):
            return
        time.sleep(0.05)
    pytest.fail("a helper is still there")


# So many ranges that each helper soon waits until somebody hears how far it is.
PROVING = """
import multiprocessing, sys, time
from datetime import UTC, datetime
from pathlib import Path
from ikz_workflow.services.registers_then import RegistersThen
from ikz_workflow.services.side_by_side import Basis, Sharing, together
from ikz_workflow.storage.database import Database

database, now = Database.at(Path(sys.argv[1])), datetime.now(UTC)
with database.reading(now) as tx:
    basis = Basis(tx.head, [], RegistersThen())
    with together(Sharing(2, database.again, now), basis, [("", "")] * 1_000_000):
        print(*(one.pid for one in multiprocessing.active_children()), flush=True)
        time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _killed(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
