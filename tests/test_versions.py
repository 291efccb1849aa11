"""Versions of a document: what changed, which votes count, many at once, and where files and papers come from."""

from __future__ import annotations

import pickle
import shutil
import sys
import unicodedata
from pathlib import Path

import pytest
from docx import Document
from homes import BOERDE, OWN, amend, edited, meet, proposal_of, rows_of, started, tamper

from ikz_workflow.documents.reading import inspected
from ikz_workflow.documents.values import short_hash
from ikz_workflow.errors import InvalidInput, NotAllowed, NotFound, WouldOverwrite
from ikz_workflow.services import batches, differences, documents, origins, proposals, records
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter

KEY = "IKZ-2026-0001"


@pytest.fixture
def key(home: Home) -> str:
    key = started(home)
    documents.create(home, key, "guideline")
    return key


# ----------------------------------------------------------------------------------------------------------- versions
def test_without_numbers_the_last_two_versions_are_compared(home: Home, key: str, tmp_path: Path) -> None:
    documents.file_edited(home, key, "guideline", edited(home, key, "guideline", "Ein Absatz mehr.", tmp_path))
    found = differences.between(home, key, "guideline")
    assert (found.first.number, found.second.number, found.second.origin) == (1, 2, "filed")
    assert [(one.change, one.after) for one in found.changes] == [("added", "Ein Absatz mehr.")]
    assert [one.change for one in differences.between(home, key, "guideline", 2, 1).changes] == ["removed"]
    assert differences.between(home, key, "guideline", 1).second.number == 2


def test_one_version_alone_has_no_difference(home: Home, key: str) -> None:
    with pytest.raises(NotAllowed, match="nur Fassung 1"):
        differences.between(home, key, "guideline")
    with pytest.raises(NotFound, match="Fassung 7"):
        differences.between(home, key, "guideline", 1, 7)


def test_the_refusal_shows_the_same_difference_as_diff(home: Home, key: str, tmp_path: Path) -> None:
    documents.file_edited(home, key, "guideline", edited(home, key, "guideline", "Ein Absatz mehr.", tmp_path))
    with pytest.raises(WouldOverwrite) as refused:
        documents.create(home, key, "guideline")
    assert refused.value.difference[-1] == "- Ein Absatz mehr."
    documents.create(home, key, "guideline", replace=True)
    assert differences.between(home, key, "guideline").changes[-1].before == "Ein Absatz mehr."


def votes_on(home: Home, number: int) -> list[tuple[str, str]]:
    return [
        (vote.gate, vote.why)
        for _label, version, _remarks, votes in documents.versions(home, KEY)
        for vote in votes
        if (version.kind, version.number) == ("agreement", number)
    ]


def test_a_version_tells_its_votes_and_whether_they_count(voting: Home) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    records.decide(voting, KEY, "council", BOERDE, "adopted")
    assert [why for _gate, why in votes_on(voting, 1)] == ["", ""]
    amend(voting, KEY)
    assert [why for _gate, why in votes_on(voting, 1)] == ["der Text wurde danach geändert"] * 2
    assert votes_on(voting, 2) == []


def test_a_file_that_was_only_saved_again_keeps_the_votes_and_says_so(voting: Home, tmp_path: Path) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    again = tmp_path / "gespeichert.docx"
    again.write_bytes(documents.read(voting, KEY, "agreement").content)
    Document(str(again)).save(str(again))
    documents.file_edited(voting, KEY, "agreement", again)
    assert differences.between(voting, KEY, "agreement").changes == []
    assert [why for _gate, why in votes_on(voting, 2)] == [""]
    remarks = [remark for _label, version, remark, _votes in documents.versions(voting, KEY) if version.number == 2]
    assert remarks[0].startswith("Text wie Fassung 1")


# -------------------------------------------------------------------------------------------------------- many at once
def everything(home: Home, folder: Path, kind: str = "guideline") -> list[batches.Outcome]:
    keys = batches.chosen(home, kind, Filter(state="open"))
    return list(batches.create_each(home, kind, keys, folder))


def test_many_are_created_once_and_found_current_the_second_time(home: Home, tmp_path: Path) -> None:
    keys = [started(home, f"Vorhaben {number}") for number in range(3)]
    made = everything(home, tmp_path)
    assert [(one.key, one.is_new) for one in made] == [(key, True) for key in keys]
    assert max(len(pickle.dumps(one)) for one in made) < 500  # of a hundred thousand documents nobody keeps the bytes
    before = rows_of(home)
    assert [one.is_new for one in everything(home, tmp_path)] == [False] * 3
    assert rows_of(home) == before
    assert len(list(tmp_path.glob("*.docx"))) == 3


def test_one_edited_by_hand_is_left_alone_and_named_and_the_rest_goes_on(home: Home, tmp_path: Path) -> None:
    first, second = started(home), started(home)
    documents.create(home, first, "guideline")
    documents.file_edited(home, first, "guideline", edited(home, first, "guideline", "Von Hand.", tmp_path))
    refused, made = everything(home, tmp_path / "aus")
    assert (refused.key, refused.is_refused) == (first, True)
    assert "von Hand bearbeitet" in str(refused.error)
    assert (made.key, made.is_new) == (second, True)
    assert len(proposal_of(home, first).documents) == 2


def test_a_file_edited_on_disk_is_not_overwritten_by_many(home: Home, key: str, tmp_path: Path) -> None:
    path = documents.export(documents.read(home, key, "guideline"), tmp_path)
    path.write_bytes(b"ihre Arbeit")
    (outcome,) = everything(home, tmp_path)
    assert "bleibt stehen" in str(outcome.error)
    assert path.read_bytes() == b"ihre Arbeit"


def test_an_interrupted_run_is_whole_up_to_there_and_goes_on(home: Home, tmp_path: Path) -> None:
    keys = [started(home, f"Vorhaben {number}") for number in range(3)]
    run = batches.create_each(home, "guideline", keys, tmp_path)
    next(run)
    with pytest.raises(KeyboardInterrupt):
        run.throw(KeyboardInterrupt)
    assert [len(proposal_of(home, key).documents) for key in keys] == [1, 0, 0]
    assert [one.is_new for one in everything(home, tmp_path)] == [False, True, True]


def test_only_proposals_whose_workflow_knows_the_document_are_asked(home: Home) -> None:
    started(home)
    other = started(home, workflow="nacherfassung")
    assert other not in batches.chosen(home, "Handlungsleitfaden", Filter(state="open"))
    with pytest.raises(NotFound, match="Meinten Sie"):
        batches.chosen(home, "guidelin", Filter(state="open"))


# ------------------------------------------------------------------------------------------------------- from a paper
def printed(home: Home, key: str) -> tuple[str, int]:
    stamp = inspected(documents.read(home, key, "guideline", 1).content).stamp
    assert stamp is not None
    return stamp.short_hash, stamp.position


def test_a_typed_short_hash_leads_to_its_document(home: Home, key: str, tmp_path: Path) -> None:
    documents.file_edited(home, key, "guideline", edited(home, key, "guideline", "Von Hand.", tmp_path))
    short, position = printed(home, key)
    for typed in (short, short.replace("-", ""), short.lower().replace("0", "o").replace("1", "l"), f" {short} "):
        for place in (None, position):
            found = origins.anchor(home, typed, place)
            assert (found.status, found.key, found.position) == ("found", key, position)
            assert found.version
            assert (found.version.number, found.version.seq) == (1, position + 1)
            assert found.filed == (2,)


def test_a_typing_error_is_told_as_one(home: Home, key: str) -> None:
    short, _position = printed(home, key)
    wrong = ("Z" if short[0] != "Z" else "Y") + short[1:]
    for typed, why in ((wrong, "vertippt"), (short[:-1], "26 Zeichen statt 27"), ("U" + short[1:], "„U“ kommt")):
        with pytest.raises(InvalidInput, match=why):
            origins.anchor(home, typed)


def test_a_right_hash_of_another_history_or_position_is_a_finding(home: Home, key: str) -> None:
    short, position = printed(home, key)
    assert origins.anchor(home, short_hash("f" * 64)).status == "unknown"
    assert origins.anchor(home, short_hash("f" * 64), position).is_finding
    elsewhere = origins.anchor(home, short, 1)
    assert (elsewhere.status, elsewhere.position, elsewhere.is_finding) == ("elsewhere", position, True)


def test_an_entry_without_a_document_after_it_says_so(home: Home, key: str) -> None:
    proposals.set_fields(home, key, ["goals=Mehr Grün"])
    head = proposal_of(home, key)
    found = origins.anchor(home, short_hash(head.head))
    assert (found.status, found.version) == ("found", None)


# -------------------------------------------------------------------------------------------------------- from a file
def test_a_rewritten_history_no_longer_fits_the_footer(home: Home, key: str, tmp_path: Path) -> None:
    path = documents.export(documents.read(home, key, "guideline"), tmp_path)
    assert origins.origin(home, path).anchored is True
    _short, position = printed(home, key)
    tamper(home, ("UPDATE event SET hash = ? WHERE seq = ?", ("e" * 64, position)))
    found = origins.origin(home, path)
    assert (found.status, found.anchored, found.is_finding) == ("exact", False, True)
    assert origins.anchor(home, printed(home, key)[0], position).status == "unknown"


def test_a_file_is_found_by_its_bytes_or_text_where_it_names_nothing(home: Home, key: str, tmp_path: Path) -> None:
    plain = tmp_path / "ohne.docx"
    document = Document()
    document.add_paragraph("Ganz ohne Fußzeile.")
    document.save(str(plain))
    assert origins.origin(home, plain).status == "unknown"
    documents.file_edited(home, key, "guideline", plain)
    found = origins.origin(home, plain)
    assert (found.status, found.key, found.anchored) == ("exact", key, None)
    Document(str(plain)).save(str(plain))
    document = Document(str(plain))
    document.core_properties.title = "anders"
    document.save(str(plain))
    assert origins.origin(home, plain).status == "text"


def test_in_a_folder_one_broken_file_does_not_stop_the_rest(home: Home, key: str, tmp_path: Path) -> None:
    folder = tmp_path / "akten"
    good = documents.export(documents.read(home, key, "guideline"), folder / "unten")
    (folder / "kaputt.docx").write_bytes(b"kein Word")
    (folder / "leer.DOCX").write_bytes(b"")
    shutil.copy(good, folder / f"~${good.name}")
    (folder / "brief.pdf").write_bytes(b"%PDF")
    paths = origins.word_files(folder)
    found = {path.name: origins.origin_or_problem(home, path) for path in paths}
    assert {name: one.status for name, one in found.items()} == {
        "kaputt.docx": "unreadable",
        "leer.DOCX": "unreadable",
        good.name: "exact",
    }
    assert "beschädigt" in found["kaputt.docx"].problem


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_folder_that_links_to_itself_is_walked_once(home: Home, key: str, tmp_path: Path) -> None:
    documents.export(documents.read(home, key, "guideline"), tmp_path / "akten")
    (tmp_path / "akten" / "kreis").symlink_to(tmp_path / "akten")
    assert len(origins.word_files(tmp_path / "akten")) == 1


def test_words_composed_another_way_are_the_same_text(home: Home, key: str, tmp_path: Path) -> None:
    path = tmp_path / "zerlegt.docx"
    path.write_bytes(documents.read(home, key, "guideline").content)
    document = Document(str(path))
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            if any(letter in run.text for letter in "äöü"):
                run.text = unicodedata.normalize("NFD", run.text)
    document.save(str(path))
    assert origins.origin(home, path).status == "text"
    documents.file_edited(home, key, "guideline", path)
    assert differences.between(home, key, "guideline").changes == []


def test_related_proposals_are_found_whatever_their_keys_hold(home: Home) -> None:
    first = started(home)
    meet(home, first, "idea")
    records.set_party(home, first, BOERDE, "approached", new=True)
    proposals.advance(home, first, "withdraw", reason="no-capacity", note="100 % zu früh")
    second = started(home)
    records.set_party(home, second, BOERDE, "approached", new=True)
    with home.ready.reading(home.now()) as tx:
        assert tx.mentioning([("organisation", "landkreis_boerde")]) == []
        assert [one.key for one in tx.mentioning([("organisation", BOERDE)])] == [first, second]
