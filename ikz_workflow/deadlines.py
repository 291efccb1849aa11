"""Tell until when something is due: what it counts from, working days, rests."""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from ikz_workflow.definition import Definition, Duration, Gate, Requirement, Stage
from ikz_workflow.gates import Circumstances, gate_state, holds
from ikz_workflow.proposal import PartialDate, Proposal, Rest, judged_on

Kind = Literal["stage", "gate", "milestone", "review", "silence"]
SPEAKING = ("approached", "interested", "joined")  # the standings of a partner one is in touch with
_SATURDAY = 5
_WHOLE = len("2027-03-31")
_DAY = timedelta(days=1)
_BY_DAY = attrgetter("day")
Holidays = Callable[[int], Sequence[date]]  # those of a year that are not at the weekend, in order


class Deadline(Struct, frozen=True):
    """Something due.

    `name` is the stage, gate, organisation (silence) or number of the milestone; `day` is the last day in time (ISO).
    """

    kind: Kind
    name: str
    day: str

    def is_over(self, today: date) -> bool:
        """Tell whether the day has passed."""
        return self.day < today.isoformat()


def due_day(start: date, span: Duration, holidays: Holidays, rests: Sequence[Rest] = ()) -> date:
    """Return the last day of a span that begins the day after `start`, days of rest left out.

    A span in days, weeks or months that would end on a Saturday, Sunday or holiday ends on the next working day
    (§ 188, § 193 BGB; § 31 VwVfG).
    """
    resting = _spans(rests, start) if rests else []
    if span.unit == "working days":
        return _working_days_after(start, span.amount, holidays, resting)
    end = _months_after(start, span.amount) if span.unit == "months" else start + _days(span)
    for first, last in resting:
        if first <= end:
            end += last - first
    while not _is_working(end, holidays):
        end += _DAY
    return end


def _days(span: Duration) -> timedelta:
    return timedelta(days=span.amount * (7 if span.unit == "weeks" else 1))


def _months_after(start: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _working_days_after(start: date, amount: int, holidays: Holidays, resting: Sequence[tuple[date, date]]) -> date:
    """Return the last of so many working days.

    Lists do this for all they show, so the weekends are leapt over at once, and then as many days as were lost.
    """
    after, end = start, _weekdays_after(start, amount) if amount else start
    while lost := _lost(after, end, holidays, resting):
        after, end = end, _weekdays_after(end, lost)
    return end


def _weekdays_after(start: date, amount: int) -> date:
    """Return the last of so many days that are not at the weekend; from there it counts as from Friday."""
    weekday = start.weekday()
    friday = min(weekday, _SATURDAY - 1)
    weeks, day = divmod(friday + amount, _SATURDAY)
    return start + timedelta(days=7 * weeks + day - weekday)


def _lost(after: date, end: date, holidays: Holidays, resting: Sequence[tuple[date, date]]) -> int:
    """Count the days behind one, up to another, that are no working days though they are not at the weekend."""
    lost = 0
    for year in range(after.year, end.year + 1):
        days = holidays(year)
        lost += bisect_right(days, end) - bisect_right(days, after)
    for first, last in resting:
        day = max(first, after + _DAY)
        while day < last and day <= end:
            lost += _is_working(day, holidays)
            day += _DAY
    return lost


def _is_working(day: date, holidays: Holidays) -> bool:
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def _spans(rests: Sequence[Rest], start: date) -> list[tuple[date, date]]:
    """Return the rests after a day as first day and day of return, in order, none overlapping."""
    after = start + _DAY
    found: list[tuple[date, date]] = []
    for rest in sorted(rests, key=lambda one: one.start):
        if rest.end is None:
            continue
        first, last = max(date.fromisoformat(rest.start), after), date.fromisoformat(rest.end)
        if first < last:
            found.append((first, last))
            after = last
    return found


def last_day(partial: str) -> date:
    """Return the last day of an ISO date of any precision: `2027-03` is due on 31 March."""
    if len(partial) == _WHOLE:
        return date.fromisoformat(partial)
    year, *rest = (int(part) for part in partial.split("-"))
    month = rest[0] if rest else 12
    return date(year, month, calendar.monthrange(year, month)[1])


def deadlines(
    definition: Definition, proposal: Proposal, circumstances: Circumstances, holidays: Holidays
) -> tuple[Deadline, ...]:
    """Return what is due in a proposal, the earliest first; while it rests only the day it is looked at again."""
    stage = definition.stages[proposal.stage]
    if stage.final:
        return ()
    if proposal.suspended is not None:
        return (Deadline("review", "", proposal.review),) if proposal.review else ()
    found = [
        *_of_stage(stage, proposal, holidays),
        *_of_gates(definition, proposal, circumstances, holidays),
        *_of_milestones(proposal),
    ]
    found.sort(key=_BY_DAY)
    return tuple(found)


def earliest(definition: Definition, proposal: Proposal) -> str | None:
    """Return the day before which nothing can be due, whatever registers and holidays say; None if nothing ever is.

    It needs no register, so it can be stored beside a proposal; what is due indeed, `deadlines` says. Holidays only
    put a day off, and gates that turn out not to be asked only take a deadline away. Whoever changes what it returns
    raises `PROJECTION`.
    """
    stage = definition.stages.get(proposal.stage)
    if stage is None or stage.final:
        return None
    if proposal.suspended is not None:
        return proposal.review
    days = [one.day for one in (*_of_stage(stage, proposal, _none), *_of_milestones(proposal))]
    for name in {name for need in _main_needs(stage) for name in need.names}:
        gate = definition.gates[name]
        if gate.due:
            days.append(due_day(_asked_since(definition, gate, proposal), gate.due, _none, proposal.rests).isoformat())
    return min(days, default=None)


def _none(_year: int) -> tuple[date, ...]:
    return ()


def clocks(proposal: Proposal) -> tuple[object, ...]:
    """Return all of a proposal that `earliest` depends on."""
    entered = (proposal.definition, proposal.stage, proposal.stage_on, proposal.since, proposal.arrived)
    return (*entered, proposal.suspended, proposal.review, proposal.rests, proposal.milestones)


def _entered(proposal: Proposal) -> date:
    return date.fromisoformat(judged_on(proposal.stage_on, proposal.since))


def _of_stage(stage: Stage, proposal: Proposal, holidays: Holidays) -> Iterator[Deadline]:
    if stage.due:
        day = due_day(_entered(proposal), stage.due, holidays, proposal.rests)
        yield Deadline("stage", stage.name, day.isoformat())


def _of_gates(
    definition: Definition, proposal: Proposal, circumstances: Circumstances, holidays: Holidays
) -> Iterator[Deadline]:
    for name in demanded_gates(definition.stages[proposal.stage], proposal, circumstances):
        gate = definition.gates[name]
        if gate.due is None:
            continue
        state = gate_state(gate, proposal, circumstances)
        if state.applies and not state.passed:
            day = due_day(_asked_since(definition, gate, proposal), gate.due, holidays, proposal.rests)
            yield Deadline("gate", name, day.isoformat())


def demanded_gates(stage: Stage, proposal: Proposal, circumstances: Circumstances) -> tuple[str, ...]:
    """Return the gates that the stage's main transition demands as things stand; side ways may wait for ever."""
    return tuple(
        name for need in _main_needs(stage) if holds(need.when, proposal, circumstances.form) for name in need.names
    )


def _main_needs(stage: Stage) -> Iterator[Requirement]:
    """Yield what the stage's main transition demands of gates."""
    for transition in list(stage.transitions.values())[:1]:
        yield from (need for need in transition.requires if need.kind == "gate")


def _asked_since(definition: Definition, gate: Gate, proposal: Proposal) -> date:
    """Return the day from which a gate's clock runs: when the first stage that demands it was entered."""
    for stage in definition.stages.values():
        demands = any(
            need.kind == "gate" and gate.name in need.names
            for transition in stage.transitions.values()
            for need in transition.requires
        )
        if demands and stage.name in proposal.arrived:
            return date.fromisoformat(proposal.arrived[stage.name])
    return _entered(proposal)


def _of_milestones(proposal: Proposal) -> Iterator[Deadline]:
    for milestone in proposal.milestones:
        if milestone.due and not milestone.is_done:
            yield Deadline("milestone", str(milestone.number), last_day(milestone.due).isoformat())


def silences(definition: Definition, proposal: Proposal, own: str, holidays: Holidays) -> tuple[Deadline, ...]:
    """Return by when each partner should have been heard again, as far as the stage sets a span; none while resting."""
    span = definition.stages[proposal.stage].silence
    if span is None or proposal.suspended is not None:
        return ()
    partners = [one for one in proposal.parties if one.standing in SPEAKING and one.organisation != own]
    found = []
    for party in partners:
        heard = [one.on for one in proposal.contacts if one.organisation == party.organisation]
        since = max(_latest(day, proposal) for day in [party.on, *heard])
        day = due_day(since, span, holidays, proposal.rests)
        found.append(Deadline("silence", party.organisation, day.isoformat()))
    return tuple(sorted(found, key=lambda one: one.day))


def _latest(day: PartialDate, proposal: Proposal) -> date:
    """Return the last day something can have happened; of an unknown day, the day the stage was entered."""
    return last_day(day) if day else _entered(proposal)
