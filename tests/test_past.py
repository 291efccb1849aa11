"""What was recorded by a moment can be seen again, and what happened in a span can be picked out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from homes import BOERDE, JERICHOW, OWN, amend, meet, started, walk

from ikz_workflow.errors import InvalidInput, NotFound, StorageError
from ikz_workflow.services import corrections, past, proposals, records, registers, timeline, work
from ikz_workflow.services.home import Home
from ikz_workflow.services.spans import span

FIRST, SECOND = "IKZ-2026-0001", "IKZ-2026-0002"


def on(home: Home, day: str) -> Home:
    """Return the home at noon of a later day."""
    return home.acting_as(home.account, lambda: datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC))


@pytest.fixture
def grown(home: Home) -> Home:
    """Return a home with something recorded on each of four days."""
    started(on(home, "2026-12-01"))
    meet(on(home, "2026-12-02"), FIRST, "idea")
    proposals.advance(on(home, "2026-12-03"), FIRST)
    later = on(home, "2026-12-04")
    records.set_party(later, FIRST, BOERDE, "joined", new=True, on="2026-11")
    registers.add(later, "organisation", BOERDE, {"name": "Landkreis Börde (neu)"})
    started(later, "Bauhof")
    return later


def test_a_proposal_is_seen_as_it_was_recorded_by_a_day(grown: Home) -> None:
    seen = [
        proposals.view(past.as_of(grown, day), FIRST).proposal for day in ("01.12.2026", "2026-12-02", "2026-12-03")
    ]
    assert [(one.stage, len(one.documents), len(one.parties)) for one in seen] == [
        ("idea", 0, 0),
        ("idea", 1, 0),
        ("guideline-drafted", 1, 0),
    ]
    assert seen[2].version < proposals.view(grown, FIRST).proposal.version


def test_the_last_moment_is_the_present(grown: Home) -> None:
    now = past.as_of(grown, "2026-12-04")
    assert proposals.view(now, FIRST) == proposals.view(grown, FIRST)
    assert work.listing(now) == work.listing(grown)
    assert proposals.outlook(now, FIRST) == proposals.outlook(grown, FIRST)
    assert timeline.history(now) == timeline.history(grown)


def test_list_history_and_registers_are_those_of_the_day(grown: Home) -> None:
    then = past.as_of(grown, "2026-12-03")
    assert [line.key for line in work.listing(then)] == [FIRST]
    entries = timeline.history(then)
    assert entries == timeline.history(grown)[: len(entries)]
    assert max(entry.at for entry in entries) < "2026-12-04"
    names = [getattr(entry.value, "name", "") for entry in registers.entries(then, "organisation")]
    assert "Landkreis Börde" in names
    assert "Landkreis Börde (neu)" not in names


def test_a_proposal_that_was_not_yet_there_is_not_found(grown: Home) -> None:
    with pytest.raises(NotFound):
        proposals.view(past.as_of(grown, "2026-12-03"), SECOND)


def test_a_day_may_carry_a_time(grown: Home) -> None:
    local = datetime(2026, 12, 3, 12, tzinfo=UTC).astimezone()
    before = past.as_of(grown, f"03.12.2026 {local.hour - 1:02d}:59")
    after = past.as_of(grown, f"2026-12-03T{local:%H}:01")
    assert proposals.view(before, FIRST).proposal.stage == "idea"
    assert proposals.view(after, FIRST).proposal.stage == "guideline-drafted"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2003", "Ein Zeitpunkt steht so: 22.11.2026, 2026-11-22"),
        ("2027-01-01", "Zukunft"),
        ("2026-01-01", "beginnt erst am 22.11.2026"),
        ("gestern", "Ein Zeitpunkt steht so: 22.11.2026, 2026-11-22"),
        ("2026-12-01 25:00", "Uhrzeit"),
    ],
)
def test_what_is_no_moment_of_the_history_is_refused(grown: Home, when: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        work.listing(past.as_of(grown, when))


def test_nothing_can_be_written_into_the_past(grown: Home) -> None:
    then = past.as_of(grown, "2026-12-03")
    before = timeline.history(grown)
    with pytest.raises(StorageError, match="ohne --at"):
        proposals.add_note(then, FIRST, "Zu spät")
    with pytest.raises(StorageError, match="ohne --at"):
        proposals.advance(then, FIRST, dry_run=True)
    assert timeline.history(grown) == before


def test_somebody_registered_later_was_nobody_then(grown: Home) -> None:
    registers.add_person(grown, "N. Neu", "neu", ["head"])
    then = past.as_of(grown.acting_as("neu"), "2026-12-03")
    assert not any(one.allowed for one in proposals.outlook(then, FIRST).possible)


def test_gates_and_texts_of_the_past_are_told_as_they_were(voting: Home) -> None:
    records.decide(on(voting, "2026-12-01"), FIRST, "council", OWN, "adopted")
    amend(on(voting, "2026-12-02"), FIRST)

    def council(home: Home) -> list[str]:
        [gate] = [state for state in proposals.outlook(home, FIRST).gates if state.gate.name == "council"]
        return [answer.state for answer in gate.answers]

    later = on(voting, "2026-12-05")
    assert council(later) == ["outdated", "open"]
    assert council(past.as_of(later, "2026-12-01")) == ["yes", "open"]


def test_what_was_taken_back_later_still_stood_then(grown: Home) -> None:
    wrong = next(e.seq for e in timeline.history(grown, FIRST) if e.type == "party-set")
    corrections.correct(on(grown, "2026-12-06"), FIRST, wrong, "Irrtum")
    later = on(grown, "2026-12-07")
    assert len(proposals.view(past.as_of(later, "2026-12-04"), FIRST).proposal.parties) == 1
    assert proposals.view(past.as_of(later, "2026-12-06"), FIRST).proposal.parties == ()
    assert all(entry.taken_back is None for entry in timeline.history(past.as_of(later, "2026-12-04"), FIRST))


# ------------------------------------------------------------------------------------------------------------- spans
@pytest.mark.parametrize(
    ("given", "day", "within"),
    [
        ("2003..2005", "2004-06-30", True),
        ("2003..2005", "2006", False),
        ("2003-05..", "2003", True),
        ("2003-05..", "2003-04", False),
        ("..2011-02", "2011-02-28", True),
        ("..2011-02", "2011-03", False),
        ("2011", "2011-12-31", True),
        ("01.07.2024..31.12.2024", "2024-06-30", False),
        ("30.06.2024", "2024-06", True),
        ("2003..2005", None, False),
    ],
)
def test_a_partial_date_counts_where_it_may_lie(given: str, day: str | None, within: bool) -> None:
    assert span("--happened", given).includes(day) is within


@pytest.mark.parametrize("given", ["", "..", "2005..2003", "x..y", "2003...2004"])
def test_what_is_no_span_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        span("--happened", given)


def test_history_and_list_of_a_span_go_by_the_real_date(grown: Home) -> None:
    entries = timeline.history(grown, FIRST, happened="2026-11")
    assert [(entry.type, entry.late) for entry in entries] == [("party-set", True)]
    records.set_party(grown, SECOND, JERICHOW, "approached", new=True, on="2003")
    assert [line.key for line in work.listing(grown, happened="2002..2003-05")] == [SECOND]
    assert work.listing(grown, happened="..2001") == []


def test_every_reading_of_a_whole_procedure_works_in_its_past(home: Home) -> None:
    walk(home, started(home), "in-force")
    days: list[Callable[[Home], object]] = [
        lambda then: proposals.view(then, FIRST),
        lambda then: proposals.outlook(then, FIRST),
        lambda then: work.listing(then),
        lambda then: timeline.history(then, FIRST),
        lambda then: proposals.unanswered(then, FIRST),
    ]
    start = datetime.fromisoformat(timeline.history(home, FIRST)[0].at).astimezone()
    for second in range(0, 60, 7):
        then = past.as_of(home, f"{start:%Y-%m-%d %H:%M}:{(start.second + second) % 60:02d}")
        if then.now() >= start:
            for read in days:
                read(then)
