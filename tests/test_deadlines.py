"""Until when something is due: working days, holidays, rests, gates, milestones, silent partners."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from homes import BOERDE, JERICHOW, OWN, around, blank, definition_of
from hypothesis import given
from hypothesis import strategies as st

from ikz_workflow.deadlines import Deadline, deadlines, due_day, last_day, silences
from ikz_workflow.definition import Definition, Duration
from ikz_workflow.exchange.public_holidays import CODES, PublicHolidays
from ikz_workflow.proposal import Contact, Decision, Milestone, Party, Proposal, Rest

CHRISTMAS = {date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 6)}


def christmas(year: int) -> list[date]:
    """Return the holidays at the turn of one year, as a Land has them."""
    return sorted(day for day in CHRISTMAS if day.year == year)


def no_holidays(_year: int) -> list[date]:
    """Return none."""
    return []


DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
TWO_STAGES = """
name = "probe"
version = 1
label = "Probe"
initial = "talk"
write = ["clerk"]

[role]
clerk = "Sachbearbeitung"

[stage.talk]
label = "Gespräch"
due = "10 working days"
silence = "6 weeks"

[stage.talk.transition.vote]
label = "Abstimmen"
to = "vote"
role = "clerk"
requires = [{ gate = "sign" }]

[stage.vote]
label = "Abstimmung"

[stage.vote.transition.close]
label = "Schließen"
to = "done"
role = "clerk"
requires = [{ gate = "sign" }, { gate = "council" }]

[stage.vote.transition.back]
label = "Zurück"
to = "talk"
role = "clerk"

[stage.done]
label = "Fertig"
final = true

[gate.sign]
label = "Mitzeichnung"
question = "Einverstanden?"
bodies = { legal = "Rechtsamt" }
outcomes = ["approved", "rejected"]
yes = ["approved"]
due = "2 weeks"

[gate.council]
label = "Beschluss"
question = "Ja?"
bodies = "own-council"
outcomes = ["adopted", "rejected"]
yes = ["adopted"]
due = "1 months"
"""


@pytest.fixture(scope="module")
def probe() -> Definition:
    """Return a workflow with a clock on one stage and two gates."""
    return definition_of(TWO_STAGES.replace("1 months", "3 months"))


def at(definition: Definition, **changes: object) -> Proposal:
    values: dict[str, object] = {"stage": "talk", "stage_on": "2026-12-18", "arrived": {"talk": "2026-12-18"}}
    return blank(definition, **{**values, **changes})


def due(definition: Definition, proposal: Proposal) -> list[tuple[str, str, str]]:
    found = deadlines(definition, proposal, around(), christmas)
    return [(one.kind, one.name, one.day) for one in found]


# ------------------------------------------------------------------------------------------------------------- spans
@pytest.mark.parametrize(
    ("start", "span", "day"),
    [
        ("2026-12-18", Duration(10, "working days"), "2027-01-05"),  # a Friday; Christmas and New Year are left out
        ("2026-12-24", Duration(1, "working days"), "2026-12-28"),
        ("2026-12-19", Duration(1, "working days"), "2026-12-21"),  # begun on a Saturday
        ("2026-12-19", Duration(0, "working days"), "2026-12-19"),
        ("2026-12-18", Duration(2, "weeks"), "2027-01-04"),  # 1 January is a holiday, then comes a weekend
        ("2026-12-18", Duration(3, "days"), "2026-12-21"),
        ("2026-01-31", Duration(1, "months"), "2026-03-02"),  # 28 February is a Saturday
        ("2027-10-31", Duration(4, "months"), "2028-02-29"),  # the month has no 31st
        ("2026-12-06", Duration(1, "months"), "2027-01-07"),
    ],
)
def test_a_span_ends_as_an_administration_counts(start: str, span: Duration, day: str) -> None:
    assert due_day(date.fromisoformat(start), span, christmas).isoformat() == day


@given(start=DAYS, amount=st.integers(1, 200))
def test_as_many_working_days_lie_in_a_span_as_it_says_and_it_ends_on_one(start: date, amount: int) -> None:
    end = due_day(start, Duration(amount, "working days"), christmas)
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 and day not in CHRISTMAS for day in days) == amount
    assert end.weekday() < 5
    assert end not in CHRISTMAS


@given(start=DAYS, amount=st.integers(1, 60), begin=st.integers(-30, 90), length=st.integers(0, 60))
def test_a_rest_moves_a_deadline_later_by_as_many_working_days_as_it_took_from_the_span(
    start: date, amount: int, begin: int, length: int
) -> None:
    first = start + timedelta(days=begin)
    last = first + timedelta(days=length)
    span = Duration(amount, "working days")
    end = due_day(start, span, no_holidays, [Rest(first.isoformat(), last.isoformat())])
    counted = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 and not first <= day < last for day in counted) == amount
    assert end >= due_day(start, span, no_holidays)


def test_rests_recorded_late_or_twice_count_once() -> None:
    start, span = date(2026, 3, 2), Duration(10, "days")
    rests = [Rest("2026-03-10", "2026-03-20"), Rest("2026-03-05", "2026-03-12"), Rest("2026-02-01", "2026-02-20")]
    assert due_day(start, span, no_holidays, rests) == date(2026, 3, 27)  # 12 March + the 15 days from 5 to 20 March
    assert due_day(start, span, no_holidays, [Rest("2026-03-10", "2026-03-01"), Rest("2026-03-10")]) == date(
        2026, 3, 12
    )


@pytest.mark.parametrize(
    ("partial", "day"),
    [("2027-03", "2027-03-31"), ("2028-02", "2028-02-29"), ("2027", "2027-12-31"), ("2027-03-05",) * 2],
)
def test_a_partial_date_is_over_with_its_period(partial: str, day: str) -> None:
    assert last_day(partial).isoformat() == day


# ---------------------------------------------------------------------------------------------------------- proposals
def test_a_stage_and_its_gates_are_due_from_the_day_the_stage_was_entered(probe: Definition) -> None:
    assert due(probe, at(probe)) == [("gate", "sign", "2027-01-04"), ("stage", "talk", "2027-01-05")]


def test_of_an_unknown_day_the_clock_runs_from_when_it_was_recorded(probe: Definition) -> None:
    unknown = at(probe, stage_on=None, since="2026-12-21T09:00:00.000000Z", arrived={})
    assert ("stage", "talk", "2027-01-07") in due(probe, unknown)
    assert ("stage", "talk", "2026-02-13") in due(probe, at(probe, stage_on="2026-02"))


def test_a_gate_demanded_again_counts_from_the_first_stage_that_demanded_it(probe: Definition) -> None:
    voting = at(probe, stage="vote", stage_on="2027-01-11", arrived={"talk": "2026-12-18", "vote": "2027-01-11"})
    assert due(probe, voting) == [("gate", "sign", "2027-01-04"), ("gate", "council", "2027-04-12")]


def test_a_gate_that_is_passed_is_not_due_any_more(probe: Definition) -> None:
    agreed = at(probe, decisions=(Decision("sign", "legal", "approved", 2),))
    assert due(probe, agreed) == [("stage", "talk", "2027-01-05")]


def test_milestones_are_due_at_the_end_of_their_period_until_they_are_reached(probe: Definition) -> None:
    steps = (
        Milestone(1, "c:1", "2026-11"),
        Milestone(2, "c:2", "2026-10-01", is_done=True),
        Milestone(3, "c:3"),
        Milestone(4, "c:4", "2026"),
    )
    found = [one for one in due(probe, at(probe, milestones=steps)) if one[0] == "milestone"]
    assert found == [("milestone", "1", "2026-11-30"), ("milestone", "4", "2026-12-31")]


def test_a_resting_proposal_is_due_on_its_day_of_review_only(probe: Definition) -> None:
    resting = at(probe, suspended="c:1", rests=(Rest("2026-12-21"),), milestones=(Milestone(1, "c:1", "2026-11"),))
    assert due(probe, resting) == []
    assert silences(probe, resting, OWN, no_holidays) == ()
    reviewed = at(probe, suspended="c:1", review="2027-03-01", rests=(Rest("2026-12-21"),))
    assert due(probe, reviewed) == [("review", "", "2027-03-01")]


def test_an_ended_proposal_has_no_deadline(probe: Definition) -> None:
    assert due(probe, at(probe, stage="done", milestones=(Milestone(1, "c:1", "2026-11"),))) == []


def test_a_deadline_is_over_the_day_after(probe: Definition) -> None:
    deadline = Deadline("stage", "talk", "2027-01-05")
    assert not deadline.is_over(date(2027, 1, 5))
    assert deadline.is_over(date(2027, 1, 6))


def test_a_partner_is_silent_when_the_last_contact_lies_too_far_back(probe: Definition) -> None:
    parties = (
        Party(BOERDE, "joined", on="2026-01-10"),
        Party(JERICHOW, "declined", on="2026-01-10"),
        Party("kid", "approached", on="2026-06-01"),
        Party(OWN, "joined", on="2020-01-01"),
    )
    contacts = (Contact(BOERDE, "c:1", on="2026-08"), Contact(BOERDE, "c:2", on="2026-03-01"))
    found = silences(probe, at(probe, parties=parties, contacts=contacts), OWN, no_holidays)
    assert [(one.name, one.day) for one in found] == [("kid", "2026-07-13"), (BOERDE, "2026-10-12")]


def test_a_stage_that_sets_no_span_knows_no_silence(probe: Definition) -> None:
    parties = (Party(BOERDE, "joined", on="2020"),)
    assert silences(probe, at(probe, stage="vote", parties=parties), OWN, no_holidays) == ()


# ----------------------------------------------------------------------------------------------------------- holidays
def test_saxony_anhalt_rests_on_epiphany_and_reformation_day_and_berlin_does_not() -> None:
    home, berlin = PublicHolidays("Sachsen-Anhalt"), PublicHolidays("Berlin")
    assert date(2027, 1, 6) in home.of(2027)
    assert date(2027, 1, 6) not in berlin.of(2027)
    assert date(2025, 10, 31) in home.of(2025)
    assert date(2026, 12, 27) not in home.of(2026)  # only a Sunday


def test_every_land_is_known_by_name_and_code_and_anything_else_has_no_holidays() -> None:
    assert len(CODES) == 16
    assert all(PublicHolidays(name).is_known and PublicHolidays(code).is_known for name, code in CODES.items())
    for name in ("", "Salzburg", "Augsburg"):
        unknown = PublicHolidays(name)
        assert not unknown.is_known
        assert date(2027, 1, 1) not in unknown.of(2027)
