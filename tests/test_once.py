"""A command that is repeated with the same `--once` is recorded once; `--expect` lets it happen on one version only."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from homes import BOERDE, edited, head_of, proposal_of, rows_of, started, tamper

from ikz_workflow.errors import AlreadyRecorded, ConcurrentUpdate, HistoryBroken, InvalidInput
from ikz_workflow.proposal import ERASED
from ikz_workflow.services import audit, documents, erasing, proposals, records, registers, takeover, timeline
from ikz_workflow.services.home import Home

RECORDING: dict[str, Callable[[Home, str], object]] = {
    "set": lambda home, key: proposals.set_fields(home, key, ["summary=Bäume"]),
    "note": lambda home, key: proposals.add_note(home, key, "x"),
    "mark": lambda home, key: proposals.mark(home, key, non_public=True),
    "assign": lambda home, key: proposals.assign(home, key, "fb-02"),
    "advance": lambda home, key: proposals.advance(home, key, "suspend", note="x", until="2027-03-01"),
    "party": lambda home, key: records.set_party(home, key, BOERDE, "approached", new=True),
    "contact": lambda home, key: records.add_contact(home, key, BOERDE, "Telefonat"),
    "obstacle": lambda home, key: records.set_obstacle(home, key, "parochialism"),
    "check": lambda home, key: records.answer_check(home, key, "procurement", "open"),
    "milestone": lambda home, key: records.add_milestone(home, key, "Entwurf"),
    "attach": lambda home, key: records.attach(home, key, home.path / "brief.txt"),
    "document": lambda home, key: documents.create(home, key, "guideline"),
    "file": lambda home, key: documents.file_edited(home, key, "guideline", home.path / "von-hand.docx"),
    "take-over": lambda home, key: takeover.take_over(home, key, "IKZ-2026-0002"),
}


@pytest.mark.parametrize("name", RECORDING)
def test_a_repeated_command_is_recorded_once_and_only_on_the_version_expected(home: Home, name: str) -> None:
    key, other = started(home), started(home, "Früheres")
    proposals.set_fields(home, other, ["goals=Sparen"])
    if name == "file":
        documents.create(home, key, "guideline")
        edited(home, key, "guideline", "Von Hand", home.path)
    (home.path / "brief.txt").write_text("Brief")
    do, version = RECORDING[name], proposal_of(home, key).version
    with pytest.raises(ConcurrentUpdate):
        do(home.on_terms("befehl zeichen", version + 1), key)
    do(home.on_terms("befehl zeichen", version), key)
    seq, rows = head_of(home)[0], rows_of(home)
    for expect in (None, version):
        with pytest.raises(AlreadyRecorded) as caught:
            do(home.on_terms("befehl zeichen", expect), key)
        assert (caught.value.subject, caught.value.seq) == (key, seq)
    assert rows_of(home) == rows
    audit.verify(home)


def test_a_new_proposal_is_started_once_with_all_its_fields(home: Home) -> None:
    named = home.on_terms("new zeichen", None)
    first = proposals.new(named, "Bauhof", "fb-23", values=["summary=Ein Hof"])
    with pytest.raises(AlreadyRecorded) as caught:
        proposals.new(named, "Bauhof", "fb-23", values=["summary=Ein Hof"])
    assert caught.value.subject == first.key
    assert caught.value.seq == head_of(home)[0] - 1, "the entry named is the first of the command"
    assert len(timeline.history(home, first.key)) == 2
    audit.verify(home)


def test_a_register_entry_is_entered_once(home: Home) -> None:
    for do in (
        lambda at: registers.add_person(at.on_terms("person add zeichen", None), "N. Neu", "neu", ["clerk"]),
        lambda at: registers.add(at.on_terms("topic add zeichen", None), "topic", "neu", {"label": "Neu"}),
        lambda at: registers.change_roles(at.on_terms("grant zeichen", None), "gast", granted=["clerk"]),
    ):
        do(home)
        before = rows_of(home)
        with pytest.raises(AlreadyRecorded):
            do(home)
        assert rows_of(home) == before
    audit.verify(home)


def test_what_is_named_counts_for_each_proposal_and_for_each_log(home: Home) -> None:
    one, two = started(home), started(home, "Zweites")
    for key in (one, two):
        proposals.add_note(home.on_terms("note zeichen", None), key, "x")
        proposals.add_note(home.on_terms("note anderes", None), key, "x")
    assert [proposal_of(home, key).version for key in (one, two)] == [3, 3]
    named = [row[0] for row in rows_of(home)["disclosure"] if row[2] == "once"]
    assert len(set(named)) == 4
    audit.verify(home)


def test_what_failed_may_be_repeated(home: Home) -> None:
    key, named = started(home), home.on_terms("advance zeichen", None)
    with pytest.raises(Exception, match="Punkte fehlen"):
        proposals.advance(named, key)
    assert proposals.advance(named, key, "suspend", note="x", until="2027-03-01")[0].version == 2
    audit.verify(home)


def test_a_dry_run_records_nothing_and_says_what_is_recorded_already(home: Home) -> None:
    key, named = started(home), home.on_terms("advance zeichen", None)
    for _turn in range(2):
        proposals.advance(named, key, "suspend", note="x", until="2027-03-01", dry_run=True)
    proposals.advance(named, key, "suspend", note="x", until="2027-03-01")
    with pytest.raises(AlreadyRecorded):
        proposals.advance(named, key, "suspend", note="x", until="2027-03-01", dry_run=True)


def test_what_was_named_is_sealed_and_an_altered_one_is_found(home: Home) -> None:
    key = started(home)
    proposals.add_note(home.on_terms("note zeichen", None), key, "x")
    tamper(home, "UPDATE disclosure SET value = 'anderes' WHERE field = 'once'")
    with pytest.raises(HistoryBroken, match="nicht der, der festgehalten wurde"):
        audit.verify(home)
    tamper(home, "DELETE FROM disclosure WHERE field = 'once'")
    with pytest.raises(HistoryBroken, match="fehlt ein Text"):
        audit.verify(home)


def test_a_foreign_text_in_its_place_is_no_reason_to_take_a_command_for_recorded(home: Home) -> None:
    key = started(home)
    proposals.add_note(home.on_terms("note zeichen", None), key, "x")
    tamper(home, f"UPDATE disclosure SET subject = '{started(home, 'Zweites')}' WHERE field = 'once'")
    with pytest.raises(HistoryBroken):
        proposals.add_note(home.on_terms("note zeichen", None), key, "x")


def test_also_what_was_erased_is_not_recorded_again(home: Home) -> None:
    key, named = started(home), home.on_terms("note zeichen", None)
    proposals.add_note(named, key, "x")
    erasing.erase(home, key, ["once"], basis="Art. 17 DSGVO")
    assert not [row for row in rows_of(home)["disclosure"] if "zeichen" in str(row[3])]
    with pytest.raises(AlreadyRecorded):
        proposals.add_note(named, key, "x")
    audit.verify(home)


def test_a_word_given_for_something_else_is_refused_and_one_of_earlier_programs_is_taken_for_the_same(
    home: Home,
) -> None:
    key = started(home)
    proposals.add_note(home.on_terms("note zeichen", None, "a" * 64), key, "x")
    for digest, refusal in (("a" * 64, AlreadyRecorded), ("", AlreadyRecorded), ("b" * 64, InvalidInput)):
        with pytest.raises(refusal, match="Notiz"):
            proposals.add_note(home.on_terms("note zeichen", None, digest), key, "x")
    proposals.add_note(home.on_terms("note früher", None), key, "y")
    with pytest.raises(AlreadyRecorded):
        proposals.add_note(home.on_terms("note früher", None, "b" * 64), key, "y")
    audit.verify(home)


def test_with_a_text_goes_the_digest_of_the_command_that_brought_it(home: Home) -> None:
    key, other = started(home), started(home, "Zweites")
    for one in (key, other):
        proposals.add_note(home.on_terms("note zeichen", None, "a" * 64), one, "Anruf von Frau Muster")
    erasing.erase(home, key, ["note"], basis="Art. 17 DSGVO")
    held = [row for row in rows_of(home)["disclosure"] if row[2] == "asked"]
    assert {row[1]: row[3] for row in held} == {key: ERASED, other: "a" * 64}
    with pytest.raises(AlreadyRecorded):
        proposals.add_note(home.on_terms("note zeichen", None, "b" * 64), key, "x")
    audit.verify(home)


def test_it_costs_nothing_where_it_is_not_used(home: Home) -> None:
    key = started(home)
    proposals.add_note(home, key, "x")
    rows = rows_of(home)
    assert not re.search("once|asked", str(rows["event"][-1][4]))
    assert not [row for row in rows["disclosure"] if row[2] in ("once", "asked")]
