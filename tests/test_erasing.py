"""What is erased is gone from every byte of the database, the chain holds, and nothing can go without an event."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from homes import Clock, closing_connection, copy_of, edited, home_at, proposal_of, rows_of, started, tamper, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from test_verify import find, forge

from ikz_workflow.documents.searching import Words
from ikz_workflow.errors import HistoryBroken, InvalidInput, NotAllowed, NotFound, RoleRequired
from ikz_workflow.proposal import ERASED
from ikz_workflow.services import (
    audit,
    corrections,
    documents,
    erasing,
    guidelines,
    moving,
    past,
    proposals,
    records,
    registers,
    takeover,
    timeline,
)
from ikz_workflow.services.home import Home
from ikz_workflow.storage.database import Database

KEY = "IKZ-2026-0001"
BASIS = "Art. 17 Abs. 1 DSGVO, Antrag vom 20.11.2026"
SECRET = "Frau Ärmel-Muster"


@pytest.fixture(scope="module")
def full_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home in which a partner's contact stands in a field, in texts, in a letter, in one edited by hand."""
    home = copy_of(first_home, tmp_path_factory.mktemp("erasing"))
    walk(home, started(home), "guideline-drafted")
    proposals.assign(home, KEY, clerk="schulz")
    proposals.set_fields(home, KEY, [f"partner-contact={SECRET}", "open-question=Wollen wir reden?",
                                     "meeting-dates=12. Januar 2027 | Haldensleben"])  # fmt: skip
    records.set_party(home, KEY, "landkreis-boerde", "approached", new=True)
    documents.create(home, KEY, "letter")
    documents.file_edited(home, KEY, "letter", edited(home, KEY, "letter", "Handschriftlich ergänzt.", home.path))
    (home.path / "von-hand.docx").unlink()
    proposals.set_fields(home, KEY, ["partner-contact=Herr Nachfolger"])
    documents.create(home, KEY, "letter", replace=True)
    records.add_contact(home, KEY, "landkreis-boerde", "Telefonat", person=SECRET)
    proposals.add_note(home, KEY, f"{SECRET} ruft zurück.")
    home.database.close()
    return home


@pytest.fixture
def full(full_home: Home, tmp_path: Path) -> Home:
    return copy_of(full_home, tmp_path / "full")


def holds(home: Home, text: str) -> list[str]:
    """Return where a text stands in the files of the database, in any encoding, and in what their zips unpack to."""
    found = []
    needles = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le", "cp1252")]
    for path in home.path.glob("ikz.db*"):
        found += [path.name for needle in needles if needle in path.read_bytes()]
    with closing_connection(home.path / "ikz.db") as connection:
        blobs = connection.execute("SELECT sha256, content FROM blob").fetchall()
    for sha256, content in blobs:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                found += [f"{sha256}: {name}" for name in package.namelist() if text.encode() in package.read(name)]
    return found


# ------------------------------------------------------------------------------------------------ gone everywhere
@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_an_erased_value_is_in_no_byte_of_the_database_and_the_history_holds(full: Home, journal: Any) -> None:
    full.__dict__["database"] = Database.at(full.path / "ikz.db", journal)
    point = str(audit.checkpoint(full))
    assert holds(full, SECRET)
    done = erasing.erase(full, KEY, ["partner-contact"], basis=BASIS, everywhere=True)
    assert {piece.field for piece in done.texts} == {"partner-contact", "contact-person", "note"}
    assert holds(full, SECRET) == []
    assert holds(full, "Herr Nachfolger") == []
    from homes import kept

    audit.verify(full, kept(("vorher", point)))
    assert not list(full.path.glob("*-journal"))


def test_what_shows_the_value_prints_erased_also_before_the_day_it_went(full: Home) -> None:
    erasing.erase(full, KEY, ["partner-contact"], basis=BASIS, everywhere=True)
    assert isinstance(full.now, Clock)
    entries = timeline.history(full, KEY)
    gone = next(entry for entry in entries if entry.type == "erased")
    assert BASIS in gone.sentence
    before = past.as_of(full, "22.11.2026")
    for home in (full, before):
        seen = proposals.view(home, KEY)
        assert seen.texts[str(seen.proposal.fields["partner-contact"])] == ERASED
        assert [seen.text(one.person) for one in seen.proposal.contacts] == [ERASED]
        said = [change.after for entry in timeline.history(home, KEY) for change in entry.changes]
        assert SECRET not in str(timeline.history(home, KEY))
        assert said.count(ERASED) == 2
    letters = [remark for label, _version, remark, _votes in documents.versions(full, KEY) if "schreiben" in label]
    assert letters == [ERASED] * 3
    with pytest.raises(NotFound, match="gelöscht"):
        documents.read(full, KEY, "letter")
    made = documents.create(full, KEY, "letter")
    assert made.version.number == 4
    assert any(ERASED in line["text"] for line in documents.lines_of(made))
    guidelines.collect(full)
    audit.verify(full)


def test_rebuild_and_copy_work_on_and_bring_nothing_back(full: Home, tmp_path: Path) -> None:
    erasing.erase(full, KEY, ["partner-contact"], basis=BASIS, everywhere=True)
    before = rows_of(full)
    audit.rebuild(full)
    assert rows_of(full) == before
    moving.copy(full, f"sqlite:///{tmp_path / 'kopie' / 'ikz.db'}", lambda _done, _total: None)
    there = home_at(tmp_path / "kopie", now=full.now)
    assert rows_of(there) == before
    audit.verify(there)
    assert holds(there, SECRET) == []


def test_only_what_was_asked_for_goes_and_the_rest_is_named(full: Home) -> None:
    other = started(full, f"Sprechtag mit {SECRET}")
    done = erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    assert {piece.field for piece in done.texts} == {"partner-contact"}
    assert {(piece.subject, piece.field) for piece in done.elsewhere} == {
        (KEY, "contact-person"), (KEY, "note"), (other, "title"),
    }  # fmt: skip
    assert [label for file in done.files for _key, label in file.held] == ["letter, Fassung 1", "letter, Fassung 2",
                                                                          "letter, Fassung 3"]  # fmt: skip
    assert proposals.view(full, other).title == f"Sprechtag mit {SECRET}"
    audit.verify(full)


def test_words_typed_anywhere_are_erased_with_the_texts_and_files_that_hold_them(full: Home) -> None:
    done = erasing.erase(full, KEY, words=["Handschriftlich ergänzt"], basis=BASIS)
    assert [label for file in done.files for _key, label in file.held] == ["letter, Fassung 2"]
    done = erasing.erase(full, KEY, words=["ruft zurück"], basis=BASIS)
    assert [piece.field for piece in done.texts] == ["note"]
    assert holds(full, "ruft zurück") == holds(full, "Handschriftlich ergänzt") == []
    audit.verify(full)


def test_files_in_the_documents_folder_are_named_and_left_to_their_owner(full: Home) -> None:
    path = documents.export(documents.read(full, KEY, "letter", 1), full.path / "documents")
    other = documents.export(documents.read(full, KEY, "guideline"), full.path / "documents")
    (full.path / "documents" / "liste.txt").write_text(f"Anrufen: {SECRET}", encoding="utf-8")
    done = erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    assert {one.name for one in done.exports} == {path.name, "liste.txt"}
    assert path.exists()
    assert other.exists()


def test_a_dry_run_and_a_refusal_change_nothing(full: Home) -> None:
    before = rows_of(full)
    plan = erasing.erase(full, KEY, ["partner-contact"], basis=BASIS, dry_run=True)
    assert plan.files
    for attempt, expected in (
        (lambda: erasing.erase(full, KEY, ["partner-contact"], basis=f"Antrag von {SECRET}"), InvalidInput),
        (lambda: erasing.erase(full, KEY, ["partner-contact"], basis=" "), InvalidInput),
        (lambda: erasing.erase(full, KEY, ["direction"], basis=BASIS), InvalidInput),
        (lambda: erasing.erase(full, KEY, ["partner-kontakt"], basis=BASIS), NotFound),
        (lambda: erasing.erase(full, KEY, [], basis=BASIS), InvalidInput),
        (lambda: erasing.erase(full, KEY, attachments=["00"], basis=BASIS), NotFound),
        (lambda: erasing.erase(full.acting_as("schulz"), KEY, ["partner-contact"], basis=BASIS), RoleRequired),
        (lambda: erasing.erase_person(full, "schulz", basis=BASIS), NotAllowed),
    ):
        with pytest.raises(expected):
            attempt()
    assert rows_of(full) == before


def test_the_same_command_again_finds_nothing_and_does_no_harm(full: Home) -> None:
    erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    before = rows_of(full)
    again = erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    assert (again.texts, again.files) == ((), ())
    assert rows_of(full) == before


def test_an_erasure_is_never_taken_back(full: Home) -> None:
    erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    with pytest.raises(InvalidInput, match="Löschung bleibt"):
        corrections.correct(full, KEY, timeline.history(full, KEY)[-1].seq, "Irrtum")


def test_what_is_erased_is_not_taken_over_into_another_proposal(full: Home) -> None:
    erasing.erase(full, KEY, ["summary", "occasion"], basis=BASIS)
    other = started(full, "Zweites")
    taken = takeover.take_over(full, other, KEY)
    assert "Kurzbeschreibung" not in taken.fields
    assert ERASED not in proposals.view(full, other).texts.values()


def test_an_erased_table_still_prints(full: Home) -> None:
    erasing.erase(full, KEY, ["meeting-dates"], basis=BASIS)
    made = documents.create(full, KEY, "letter")
    assert any(ERASED in line["text"] for line in documents.lines_of(made))


# ------------------------------------------------------------------------------------------------ persons
def test_an_erased_person_leaves_a_number_and_four_eyes_stay_provable(full: Home) -> None:
    proposals.add_note(full.acting_as("schulz"), KEY, "Mit S. Schulz besprochen")
    actors = [record.actor for record in _records(full)]
    assert holds(full, "S. Schulz")
    registers.change_roles(full, "schulz", revoked=["clerk"])
    done = erasing.erase_person(full, "S. Schulz", basis=BASIS)
    assert {(piece.subject, piece.field) for piece in done.texts} == {
        ("person/p-0002", "name"), ("person/p-0002", "account"), (KEY, "note"),
    }  # fmt: skip
    assert holds(full, "S. Schulz") == holds(full, "schulz") == []
    audit.verify(full)
    assert [record.actor for record in _records(full)][: len(actors)] == actors
    assert len({actor.person for actor in actors}) == 2
    told = timeline.history(full, KEY)
    assert ERASED in {entry.actor for entry in told}
    [gone] = [one for one in registers.persons(full) if one.key == "p-0002"]
    assert (gone.name, gone.account, gone.roles) == (ERASED, ERASED, ())
    with pytest.raises(RoleRequired):
        proposals.add_note(full.acting_as("schulz"), KEY, "Noch da?")
    again = registers.add_person(full, "S. Schulz", "schulz", ["clerk"])
    assert again.key == "p-0004"
    audit.verify(full)


def _records(home: Home) -> list[Any]:
    with home.ready.reading(home.now()) as tx:
        return list(tx.records(KEY))


def test_the_clerk_named_in_documents_takes_them_along(full: Home) -> None:
    made = documents.create(full, KEY, "guideline")
    named = any("S. Schulz" in line["text"] for line in documents.lines_of(made))
    registers.change_roles(full, "schulz", revoked=["clerk"])
    done = erasing.erase_person(full, "schulz", basis=BASIS)
    assert bool(done.files) == named
    assert holds(full, "S. Schulz") == []
    documents.create(full, KEY, "guideline")
    audit.verify(full)


# ------------------------------------------------------------------------------------------------ attachments
def test_a_file_that_nobody_can_search_is_named_and_goes_by_its_sum(full: Home, tmp_path: Path) -> None:
    scan = tmp_path / f"Vollmacht {SECRET}.pdf"
    scan.write_bytes(b"%PDF-1.7\n\xff\xfe Bild")
    other = started(full, "Zweites")
    _proposal, sha256 = records.attach(full, KEY, scan, kind=f"Vollmacht {SECRET}")
    records.attach(full, other, scan)
    assert [file.sha256 for file in erasing.erase(full, KEY, ["goals"], basis=BASIS).unsearched] == [sha256]
    done = erasing.erase(full, KEY, attachments=[sha256[:12]], basis=BASIS)
    assert [key for file in done.files for key, _label in file.held] == [KEY, other]
    assert holds(full, "Bild") == []
    for key in (KEY, other):
        assert proposal_of(full, key).attachments[0].erased
        with pytest.raises(NotFound, match="gelöscht"):
            records.attachment_content(full, key, sha256)
    assert SECRET not in str(timeline.history(full, KEY)[-2:])
    audit.verify(full)
    records.attach(full, KEY, scan)
    assert records.attachment_content(full, KEY, sha256) == scan.read_bytes()
    audit.verify(full)


# ------------------------------------------------------------------------------------------------ nothing goes alone
GONE_ALONE = {
    "text": f"UPDATE disclosure SET value = '{ERASED}', salt = X'' WHERE field = 'note' AND subject = '{KEY}'",
    "actor": f"UPDATE disclosure SET value = '{ERASED}', salt = X'' WHERE field = 'actor' AND subject = '{KEY}'",
    "salt": f"UPDATE disclosure SET salt = X'' WHERE field = 'note' AND subject = '{KEY}'",
    "row": f"DELETE FROM disclosure WHERE field = 'note' AND subject = '{KEY}'",
    "file": "UPDATE blob SET content = X''",
    "bytes": "DELETE FROM blob",
}


@pytest.mark.parametrize("how", GONE_ALONE)
@pytest.mark.parametrize("after", [False, True], ids=["without-an-erasure", "beside-an-erasure"])
def test_what_is_missing_without_an_event_is_a_finding(full: Home, how: str, after: bool) -> None:
    if after:
        erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
        audit.verify(full)
    tamper(full, GONE_ALONE[how])
    with pytest.raises(HistoryBroken):
        audit.verify(full)


def test_what_comes_back_after_an_erasure_is_a_finding(full: Home, tmp_path: Path) -> None:
    kept = copy_of(full, tmp_path / "kept")
    erasing.erase(full, KEY, ["partner-contact"], basis=BASIS)
    for table, column, id_ in (("disclosure", "value", "commitment"), ("blob", "content", "sha256")):
        home = copy_of(full, tmp_path / table)
        row = "value, salt" if table == "disclosure" else "content"
        old = (f"UPDATE {table} SET ({row}) = (SELECT {row} FROM kept.{table} AS old WHERE old.{id_} = {table}.{id_}) "
               f"WHERE {id_} IN (SELECT {id_} FROM kept.{table})")  # fmt: skip
        tamper(home, f"ATTACH '{kept.path / 'ikz.db'}' AS kept", old)
        with pytest.raises(HistoryBroken, match=r"(steht|stehen) noch da"):
            audit.verify(home)
        assert column in row


def erased_by_a_clerk(payloads: list[dict[str, Any]]) -> None:
    find(payloads, KEY, "erased")["actor"]["role"] = "clerk"


def erased_of_another(payloads: list[dict[str, Any]]) -> None:
    find(payloads, KEY, "erased")["what"]["texts"] = ["c:" + "0" * 64]


def erased_beforehand(payloads: list[dict[str, Any]]) -> None:
    last = find(payloads, KEY, "erased")
    payloads.remove(last)
    payloads.insert(payloads.index(find(payloads, KEY, "noted", last=True)), last)


@pytest.mark.parametrize("forgery", [erased_by_a_clerk, erased_of_another, erased_beforehand])
def test_an_erasure_that_could_not_have_happened_is_told(full: Home, forgery: Callable[[list[Any]], None]) -> None:
    erasing.erase(full, KEY, ["note"], basis=BASIS)
    forge(full, forgery)
    with pytest.raises(HistoryBroken):
        audit.verify(full)


# ------------------------------------------------------------------------------------------------ at the same time
def test_others_write_while_something_is_erased_and_nothing_is_lost(full: Home) -> None:
    faults: list[Exception] = []

    def write(number: int) -> None:
        home = home_at(full.path, "schulz", Clock())
        try:
            for count in range(10):
                proposals.add_note(home, KEY, f"Notiz {number}.{count}")
        except Exception as error:  # whatever it is, the test tells it
            faults.append(error)
        home.database.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for fields in (["partner-contact"], ["open-question"], ["goals"]):
        erasing.erase(full, KEY, fields, basis=BASIS)
    for thread in threads:
        thread.join()
    assert faults == []
    audit.verify(full)
    assert sum(entry.note.startswith("Notiz ") for entry in timeline.history(full, KEY)) == 20


# ------------------------------------------------------------------------------------------------ searching
@settings(max_examples=30)
@given(cuts=st.lists(st.integers(1, 30), max_size=4), before=st.sampled_from(["", "An ", "bei", "An\n", "An\t"]))
def test_words_are_found_however_word_divides_them_into_runs(cuts: list[int], before: str) -> None:
    document = Document()
    paragraph = document.add_paragraph()
    text = f"{before}Frau Ärmel & Muster und andere"
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(text)], strict=True):
        paragraph.add_run(text[start:end]).bold = start % 2 == 0
    target = io.BytesIO()
    document.save(target)
    assert Words(["Frau Ärmel & Muster"]).in_file(target.getvalue()) is True
    assert Words(["Frau Ärmel & Mustor"]).in_file(target.getvalue()) is False


@pytest.mark.parametrize(
    ("values", "text", "found"),
    [
        (["S. Schulz"], "Frau S.  SCHULZ kam", True),
        (["S. Schulz"], "S. Schulzes Büro", True),
        (["schulz"], "Herr Schulz", False),
        (["schulz"], "schulzendorf", False),
        (["schulz"], "Konto schulz.", True),
        (["ja"], "jahrelang ja", True),
        (["ja"], "jahrelang", False),
        (["Erste Zeile\nZweite Zeile"], "Erste Zeile Zweite Zeile", True),
        ([], "irgendetwas", False),
        ([" "], "   ", False),
    ],
)
def test_a_name_is_found_whatever_its_case_and_a_single_word_only_as_written(
    values: list[str], text: str, found: bool
) -> None:
    assert Words(values).in_text(text) is found


def test_a_cell_of_a_table_is_enough_in_a_file_and_a_picture_cannot_be_searched() -> None:
    words = Words(["12. Januar 2027 | Haldensleben"])
    assert words.in_file(b"Wir treffen uns in Haldensleben.") is True
    assert words.in_file(b"Wir treffen uns.") is False
    assert words.in_file(b"\x89PNG\r\n\x1a\n\xff") is None
    assert words.in_file(b"PK\x03\x04 kaputt \xff") is None


@settings(max_examples=100)
@given(content=st.binary(max_size=200), value=st.text(max_size=20))
def test_no_file_and_no_value_makes_the_search_fail(content: bytes, value: str) -> None:
    assert Words([value]).in_file(content) in (True, False, None)
    assert Words([value]).in_file(b"PK\x03\x04" + content) in (True, False, None)
