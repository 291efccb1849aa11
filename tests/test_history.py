"""The chain is what its description says: anybody can check it with a few lines and nothing of ours."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from homes import Clock, closing_connection, home_at, proposal_of, started, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ikz_workflow import history
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.history import Head, Row
from ikz_workflow.services import audit, documents, origins, proposals, registers
from ikz_workflow.services.home import Home


def independent(place: Path, checkpoint: str | None = None) -> tuple[int, str]:
    """Check a history with the standard library alone, as an auditor would; return position and hash of its end."""
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    [(log_id, head_seq, head_hash)] = connection.execute("SELECT log_id, seq, hash FROM chain_head")
    opened = {}
    for commitment, field, value, salt in connection.execute("SELECT commitment, field, value, salt FROM disclosure"):
        text = json.dumps([field, value], ensure_ascii=False, separators=(",", ":")).encode()
        assert commitment == "c:" + hashlib.sha256(b"ikz-commit-v1\n" + salt + text).hexdigest()
        opened[commitment] = value
    previous, last, seq = hashlib.sha256(b"ikz-genesis-v1\n" + log_id.encode()).hexdigest(), {}, 0
    kept: dict[int, str] = {0: previous}
    for seq, subject, version, at, payload, prev_hash, sealed in connection.execute("SELECT * FROM event ORDER BY seq"):
        assert prev_hash == previous
        assert sealed == hashlib.sha256(b"ikz-history-v1\n" + previous.encode() + b"\n" + payload.encode()).hexdigest()
        told = json.loads(payload)
        assert json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")) == payload
        assert [told[name] for name in ("seq", "subject", "version", "at")] == [seq, subject, version, at]
        assert seq == len(kept)
        before, own = last.get(subject, (0, ""))
        assert (version, told["previous"]) == (before + 1, own)
        assert set(re.findall(r"c:[0-9a-f]{64}", payload)) <= set(opened)
        last[subject] = (version, sealed)
        previous = kept[seq] = sealed
    connection.close()
    assert (seq, previous) == (head_seq, head_hash)
    if checkpoint:
        origin, position, _root = checkpoint.split("\n")[:3]
        assert origin == f"ikz-history/{log_id}"
        assert int(position) in kept
    return seq, previous


@pytest.fixture
def told(home: Home) -> Home:
    key = started(home, "Ümläute „und“ 👩‍👩‍👧")
    walk(home, key, "partner-contacted")
    proposals.add_note(home, key, 'Zeile 1\nZeile 2\t"Anführung" \\ </b>')
    return home


def test_an_independent_verifier_agrees_with_ours(told: Home) -> None:
    proof = audit.verify(told)
    assert independent(told.path / "ikz.db", str(audit.checkpoint(told))) == (proof.head.seq, proof.head.hash)


def test_no_free_text_and_no_name_stands_in_a_payload(told: Home) -> None:
    key = "IKZ-2026-0001"
    proposals.assign(told, key, "fb-23", "schulz")
    with closing_connection(told.path / "ikz.db") as connection:
        payloads = "\n".join(
            text for (text,) in connection.execute("SELECT payload FROM event WHERE subject = ?", (key,))
        )
        state = "\n".join(text for (text,) in connection.execute("SELECT state FROM proposal"))
        found = connection.execute("SELECT value FROM disclosure WHERE length(value) > 5 AND subject = ?", (key,))
        values = [value for (value,) in found]
    for text in ("Ümläute", "Zeile 1", "K. Meier", "S. Schulz", "schulz", "Frau Muster", "Telefonat", "Flächen fehlen"):
        assert text not in payloads
        assert text not in state
    assert len(values) > 10
    assert [value for value in values if json.dumps(value, ensure_ascii=False) in payloads] == []


def test_a_person_has_another_reference_in_every_proposal_and_the_same_within_one(home: Home) -> None:
    first, second = started(home), started(home, "Zweites")
    proposals.add_note(home, first, "a")
    with closing_connection(home.path / "ikz.db") as connection:
        actors = [
            (subject, json.loads(payload)["actor"]["person"])
            for subject, payload in connection.execute("SELECT subject, payload FROM event WHERE subject LIKE 'IKZ%'")
        ]
    mine = [person for subject, person in actors if subject == first]
    assert len(mine) == 2
    assert len(set(mine)) == 1
    assert mine[0] not in [person for subject, person in actors if subject == second]


def test_two_databases_never_share_a_chain(tmp_path: Path) -> None:
    logs, hashes = set(), set()
    for name in ("a", "b"):
        home = home_at(tmp_path / name, now=Clock())
        registers.init(home)
        point = audit.checkpoint(home)
        logs.add(point.log_id)
        with closing_connection(tmp_path / name / "ikz.db") as connection:
            hashes |= {digest for (digest,) in connection.execute("SELECT hash FROM event")}
        home.database.close()
    assert len(logs) == 2
    assert len(hashes) == 2 * point.size


@settings(max_examples=100)
@given(field=st.text(st.characters(exclude_categories=["Cs"])), value=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_commitment_is_salt_and_canonical_pair_hashed(field: str, value: str) -> None:
    salt = hashlib.sha256(value.encode()).digest()
    text = json.dumps([field, value], ensure_ascii=False, separators=(",", ":")).encode()
    assert history.commit(field, value, salt) == "c:" + hashlib.sha256(b"ikz-commit-v1\n" + salt + text).hexdigest()
    assert history.commit(field, value, history.new_salt()) != history.commit(field, value, salt)


def test_salts_and_log_ids_are_random_and_of_the_size_that_is_promised() -> None:
    salts = {history.new_salt() for _ in range(50)}
    logs = {history.new_log_id() for _ in range(50)}
    assert len(salts) == len(logs) == 50
    assert {len(salt) for salt in salts} == {32}
    assert all(re.fullmatch(r"[0-9a-f]{32}", log) for log in logs)


def test_genesis_and_seal_are_what_the_description_says() -> None:
    log = secrets.token_hex(16)
    assert history.genesis(log) == hashlib.sha256(f"ikz-genesis-v1\n{log}".encode()).hexdigest()
    assert history.seal("ab", "{}") == hashlib.sha256(b"ikz-history-v1\nab\n{}").hexdigest()
    # Never edit: these are the values of the first release.
    assert history.genesis("0" * 32) == "740ca2f2522005adddc45e718cb538b0ccb669352ca6fe63f47e887f1a56b3c6"
    assert history.seal("0" * 64, "{}") == "0796e7f37ab4b480d78db6ea666b6befff31be684af6fb9e041ad423ceb21494"
    assert (
        history.commit("note", "Grüße", bytes(32))
        == "c:2e171ee35437c7f87de21a6e30190a42073a7fb205e0e41d5a13c70ae8c4b4e2"
    )


def test_what_is_recorded_once_is_salted_by_log_and_word_alone() -> None:
    log = "f" * 32
    assert history.once_salt(log, "Ümlaut") == hashlib.sha256(f"ikz-once-v1\n{log}\nÜmlaut".encode()).digest()
    # Never edit: this is the value of the first release.
    assert history.once_salt("0" * 32, "a").hex() == "297457c4b6025e2a9537fd18b8fd23ae86a112e425561482cc63affa6528270d"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seq": "1"}, "ist nicht lesbar"),
        ({"v": 2}, "Die Form des Eintrags ist unbekannt"),
        ({"at": "2026-02-30T11:00:00.000000Z"}, "einen Wert, den es nicht geben kann"),
        ({"on": "2026-02-30"}, "einen Wert, den es nicht geben kann"),
    ],
)
def test_a_payload_of_another_form_or_of_what_never_was_is_told(change: dict[str, object], why: str) -> None:
    first, told = _SHORT[0][0], json.loads(_SHORT[0][0].payload)
    text = json.dumps({**told, **change}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    row = replace(first, payload=text, at=str(change.get("at", first.at)))
    with pytest.raises(HistoryBroken, match=why) as caught:
        history.read_payload(row)
    assert caught.value.row == "Verlauf 1 (IKZ-2026-0001, Stand 1)"


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ("", "Die Daten sind von der falschen Art oder nicht vollständig."),
        ("{'v':1}", "Die Daten sind von der falschen Art oder nicht vollständig."),
        ("[]", "Die Daten sind von der falschen Art oder nicht vollständig."),
        ('{"v":1}', "Es fehlt „seq“."),
        ('{"seq":"1"}', "Der Wert von „seq“ ist von der falschen Art oder nicht möglich."),
        ('{"actor":{"person":3}}', "Der Wert von „actor.person“ ist von der falschen Art oder nicht möglich."),
        ('{"actor":{"role":"clerk"}}', "Es fehlt „actor.person“."),
        ('{"what":{"type":"nix"}}', "Der Wert von „what.type“ ist von der falschen Art oder nicht möglich."),
        ('{"what":{"type":"noted","nix":1}}', "„what.nix“ ist nicht bekannt."),
    ],
)
def test_why_a_payload_cannot_be_read_is_told_in_german_with_the_place(payload: str, sentence: str) -> None:
    with pytest.raises(HistoryBroken) as caught:
        history.read_payload(replace(_SHORT[0][0], payload=payload))
    assert caught.value.what == f"Der Eintrag ist nicht lesbar. {sentence}"


def test_a_payload_of_bytes_is_told_though_it_would_read_like_the_text() -> None:
    row = replace(_SHORT[0][0], payload=_SHORT[0][0].payload.encode())
    with pytest.raises(HistoryBroken, match="ist nicht lesbar"):
        history.read_payload(row)


@pytest.mark.parametrize("changed", [{"seq": 2}, {"subject": "IKZ-2026-0002"}, {"version": 2}, {"at": "x"}])
def test_a_column_that_says_otherwise_than_its_payload_is_told(changed: dict[str, Any]) -> None:
    with pytest.raises(HistoryBroken, match="Die Spalten der Zeile widersprechen dem Eintrag"):
        history.read_payload(replace(_SHORT[0][0], **changed))


def test_a_gap_is_told_however_well_the_rest_is_chained() -> None:
    rows, head = _SHORT
    last = replace(rows[-1], seq=7)
    with pytest.raises(HistoryBroken, match="Im Verlauf fehlen Einträge") as caught:
        list(history.linked([*rows[:-1], last], replace(head, seq=7)))
    assert (caught.value.expected, caught.value.found) == ("5", "7")


def test_another_end_than_the_heads_is_told_with_position_and_hash_of_both() -> None:
    rows, head = _SHORT
    with pytest.raises(HistoryBroken, match="endet anders, als sein Kopf sagt") as caught:
        list(history.linked(rows[:4], head))
    assert (caught.value.expected, caught.value.found) == (f"5 {head.hash}", f"4 {rows[3].hash}")


def test_the_end_of_a_history_can_be_followed_from_a_row_before() -> None:
    rows, head = _SHORT
    start = (rows[2].seq, rows[2].hash)
    assert list(history.linked(rows[3:], head, start)) == rows[3:]
    with pytest.raises(HistoryBroken, match="Im Verlauf fehlen Einträge"):
        list(history.linked(rows[2:], head, start))


def test_every_prefix_of_a_history_follows_from_its_own_head(told: Home) -> None:
    with told.ready.reading(told.now()) as tx:
        rows, log = list(tx.rows()), tx.head.log_id
    for end in (0, 1, 2, len(rows) // 2, len(rows)):
        last = rows[end - 1].hash if end else history.genesis(log)
        assert len(list(history.follow(rows[:end], Head(log, end, last)))) == end
        if end < len(rows):
            with pytest.raises(HistoryBroken, match="Kopf des Verlaufs"):
                list(history.follow(rows[:end], Head(log, len(rows), rows[-1].hash)))


@settings(max_examples=60)
@given(data=st.data())
def test_no_character_of_a_row_can_change_unseen(data: st.DataObject) -> None:
    rows, head = _SHORT
    place = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(["subject", "at", "payload", "prev_hash", "hash"]))
    text = str(getattr(rows[place], name))
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda one: one != text[at]))
    values = {field: getattr(rows[place], field) for field in Row.__struct_fields__}
    changed = [*rows[:place], Row(**{**values, name: text[:at] + new + text[at + 1 :]}), *rows[place + 1 :]]
    with pytest.raises(HistoryBroken) as caught:
        list(history.follow(changed, head))
    assert f"Verlauf {place + 1} " in caught.value.row or f"Verlauf {place + 2} " in caught.value.row


def _short() -> tuple[list[Row], Head]:
    from ikz_workflow.events import Noted, Record
    from ikz_workflow.proposal import Actor

    log, rows = "f" * 32, list[Row]()
    previous, own = history.genesis(log), ""
    for seq in range(1, 6):
        at = f"2026-11-22T11:00:0{seq}.000000Z"
        record = Record(1, seq, "IKZ-2026-0001", seq, own, at, None, Actor("c:1", "clerk"), None, Noted())
        payload = history.canonical(record)
        sealed = history.seal(previous, payload)
        rows.append(Row(seq, "IKZ-2026-0001", seq, at, payload, previous, sealed))
        previous = own = sealed
    return rows, Head(log, 5, previous)


_SHORT = _short()


def test_a_document_carries_the_position_and_hash_it_was_made_from(told: Home) -> None:
    key = "IKZ-2026-0001"
    made = documents.create(told, key, "agreement")
    path = told.path / made.file_name
    path.write_bytes(made.content)
    found = origins.origin(told, path)
    assert (found.status, found.anchored, found.version) == ("exact", True, proposal_of(told, key).latest("agreement"))
