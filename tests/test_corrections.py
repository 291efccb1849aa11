"""A mistaken record is taken back by a counter-event with a reason; nothing is ever deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import BOERDE, JERICHOW, OWN, closing_connection, copy_of, meet, proposal_of, started, tamper, walk

from ikz_workflow.errors import HistoryBroken, InvalidInput, NotFound, RoleRequired
from ikz_workflow.proposal import Proposal
from ikz_workflow.services import audit, corrections, proposals, records, reports, timeline
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"


def last(home: Home) -> int:
    return timeline.history(home, KEY)[-1].seq


def state(home: Home) -> Proposal:
    """Return the proposal without what every event changes."""
    from msgspec.structs import replace

    return replace(proposal_of(home, KEY), version=0, head="", changed="")


@pytest.fixture
def one(home: Home) -> Home:
    started(home)
    return home


DEEDS = {
    "contact": lambda home: records.add_contact(home, KEY, BOERDE, "Falsches Amt angerufen"),
    "party": lambda home: records.set_party(home, KEY, JERICHOW, "joined", lead=True, new=True),
    "standing": lambda home: records.set_party(home, KEY, BOERDE, "declined"),
    "obstacle": lambda home: records.set_obstacle(home, KEY, "parochialism"),
    "answer": lambda home: records.set_obstacle(home, KEY, "loss-of-identity", answer="Name bleibt"),
    "none": lambda home: records.set_obstacle(home, KEY, "loss-of-identity", weight=3),
    "check": lambda home: records.answer_check(home, KEY, "vat", "violated"),
    "milestone": lambda home: records.add_milestone(home, KEY, "Falsch"),
    "done": lambda home: records.finish_milestone(home, KEY, 1),
    "attachment": lambda home: records.attach(home, KEY, home.path / "x.pdf"),
    "note": lambda home: proposals.add_note(home, KEY, "Falsche Akte"),
    "rest": lambda home: proposals.advance(home, KEY, "suspend", note="Irrtum", until="2099-03-01"),
    "end": lambda home: proposals.advance(home, KEY, "fail", reason="no-result", note="Irrtum"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_taken_back_leaves_the_proposal_as_if_it_had_not_been(one: Home, deed: str) -> None:
    (one.path / "x.pdf").write_bytes(b"%PDF-1.7")
    records.set_party(one, KEY, BOERDE, "joined", lead=True, new=True)
    records.set_obstacle(one, KEY, "loss-of-identity", weight=1)
    records.answer_check(one, KEY, "vat", "met", evidence="Vermerk")
    records.add_milestone(one, KEY, "Entwurf")
    before = state(one)
    DEEDS[deed](one)
    assert deed == "note" or state(one) != before
    corrections.correct(one, KEY, last(one), "Verwechselt")
    assert state(one) == before
    audit.verify(one)


def test_what_came_after_stays_and_milestones_keep_their_numbers(one: Home) -> None:
    for title in ("A", "B", "C"):
        records.add_milestone(one, KEY, title)
    wrong = last(one) - 1
    corrections.correct(one, KEY, wrong, "Gehört nicht hierher")
    records.add_milestone(one, KEY, "D")
    records.finish_milestone(one, KEY, 3)
    assert [(m.number, m.is_done) for m in proposal_of(one, KEY).milestones] == [(1, False), (3, True), (4, False)]
    audit.verify(one)
    audit.rebuild(one)
    audit.verify(one)


def test_a_step_made_in_error_leads_back_to_the_stage_before(one: Home) -> None:
    meet(one, KEY, "idea")
    proposals.advance(one, KEY)
    step = last(one)
    records.add_contact(one, KEY, BOERDE, "Telefonat")
    corrections.correct(one, KEY, step, "Der Leitfaden war noch nicht gezeichnet")
    assert proposal_of(one, KEY).stage == "idea"
    assert len(proposal_of(one, KEY).contacts) == 1
    proposals.advance(one, KEY)
    audit.verify(one)


def test_a_step_that_others_follow_is_not_taken_back_and_the_ways_back_are_named(one: Home) -> None:
    walk(one, KEY, "agreement")
    steps = [entry.seq for entry in timeline.history(one, KEY) if entry.type == "advanced"]
    with pytest.raises(InvalidInput, match=rf"Eintrag {steps[1]} baut darauf auf.*renegotiate"):
        corrections.correct(one, KEY, steps[0], "Zu früh")
    for step in reversed(steps):
        corrections.correct(one, KEY, step, "Zu früh")
    assert proposal_of(one, KEY).stage == "idea"
    audit.verify(one)


def test_a_decision_taken_back_leaves_the_one_before_it(voting: Home) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    first = last(voting)
    records.decide(voting, KEY, "council", OWN, "rejected", correct="Protokoll falsch gelesen")
    with pytest.raises(InvalidInput, match="baut darauf auf"):
        corrections.correct(voting, KEY, first, "Irrtum")
    corrections.correct(voting, KEY, last(voting), "Doch richtig gelesen")
    assert [d.outcome for d in proposal_of(voting, KEY).decisions if d.gate == "council"] == ["adopted"]
    audit.verify(voting)


def test_evidence_in_use_stays_and_its_bytes_always(one: Home) -> None:
    (one.path / "bescheid.pdf").write_bytes(b"%PDF-1.7 Bescheid")
    records.answer_check(one, KEY, "vat", "met", evidence=str(one.path / "bescheid.pdf"))
    attached = last(one) - 1
    with pytest.raises(InvalidInput, match=f"Eintrag {last(one)} baut darauf auf"):
        corrections.correct(one, KEY, attached, "Falsche Datei")
    corrections.correct(one, KEY, last(one), "Falsche Datei")
    corrections.correct(one, KEY, attached, "Falsche Datei")
    assert proposal_of(one, KEY).attachments == ()
    assert audit.verify(one).documents == 1


def test_history_shows_both_and_which_took_back_which(one: Home) -> None:
    records.add_contact(one, KEY, BOERDE, "Irrtum")
    wrong = last(one)
    corrections.correct(one, KEY, wrong, "Anderes Vorhaben")
    *_rest, contact, correction = timeline.history(one, KEY)
    assert contact.taken_back == correction.seq
    assert (correction.sentence, correction.note) == (f"Eintrag {wrong} zurückgenommen.", "Anderes Vorhaben")


def test_each_refusal_names_the_way_there_is(one: Home) -> None:
    created = last(one)
    proposals.set_fields(one, KEY, ["summary=x"])
    for seq, said in ((created, "beendet"), (last(one), "ikz set")):
        with pytest.raises(InvalidInput, match=said):
            corrections.correct(one, KEY, seq, "Irrtum")
    proposals.add_note(one, KEY, "x")
    corrections.correct(one, KEY, last(one), "Irrtum")
    with pytest.raises(InvalidInput, match="neu festhalten"):
        corrections.correct(one, KEY, last(one), "Irrtum")
    with pytest.raises(InvalidInput, match="schon durch Eintrag"):
        corrections.correct(one, KEY, last(one) - 1, "Irrtum")
    with pytest.raises(NotFound):
        corrections.correct(one, KEY, 1, "Irrtum")
    with pytest.raises(InvalidInput, match="leer"):
        corrections.correct(one, KEY, last(one) - 1, " ")


def test_who_may_not_write_may_not_take_back(one: Home) -> None:
    proposals.add_note(one, KEY, "x")
    with pytest.raises(RoleRequired):
        corrections.correct(one.acting_as("gast"), KEY, last(one), "Irrtum")


def test_a_correction_forged_behind_the_products_back_is_found(one: Home, tmp_path: Path) -> None:
    records.add_contact(one, KEY, BOERDE, "Irrtum")
    records.add_contact(one, KEY, BOERDE, "Recht so")
    corrections.correct(one, KEY, last(one) - 1, "Irrtum")
    other = copy_of(one, tmp_path / "other")
    with closing_connection(other.path / "ikz.db") as connection:
        payload = connection.execute("SELECT payload FROM event ORDER BY seq DESC").fetchone()[0]
    tamper(
        other, ("UPDATE event SET payload = ? WHERE seq = ?", (payload.replace('"corrected"', '"noted"'), last(one)))
    )
    with pytest.raises(HistoryBroken):
        audit.verify(other)


def test_reports_do_not_count_what_was_taken_back(one: Home) -> None:
    proposals.advance(one, KEY, "fail", reason="no-result", note="Irrtum")
    with one.ready.reading(one.now()) as tx:
        assert [type(move.what).__name__ for move in reports.stories(tx)[0].moves] == ["Created", "Advanced"]
    corrections.correct(one, KEY, last(one), "Anderes Vorhaben")
    with one.ready.reading(one.now()) as tx:
        assert [type(move.what).__name__ for move in reports.stories(tx)[0].moves] == ["Created"]
