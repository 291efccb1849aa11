"""Count why, where and with whom proposals failed, and how far all of them came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from statistics import median

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.events import Advanced
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Ended, PartialDate
from ikz_workflow.reports.stories import Names, Period, Selection, Story, first_day, last_day

NONE = "ohne Angabe"
_EXACT = len("2026-11-22")


class Count(Struct, frozen=True):
    """How often something was counted."""

    key: str
    label: str
    count: int


class Stay(Struct, frozen=True):
    """How long proposals stayed at a stage: whole days (median over `counted` stays).

    `inexact` stays ended too, but a day at their beginning or end is unknown or not exact.
    """

    stage: str
    label: str
    median_days: float | None
    counted: int
    inexact: int


class Step(Struct, frozen=True):
    """A step of the funnel: how many came at least this far, failed here, are here now, ended well here."""

    stage: str
    label: str
    reached: int
    lost: int
    here: int
    completed: int


class Funnel(Struct, frozen=True):
    """How far the proposals of procedures with the same stages came."""

    workflows: tuple[str, ...]
    total: int
    steps: tuple[Step, ...]


class Lesson(Struct, frozen=True):
    """One failed proposal with what was to be learnt."""

    key: str
    title: str
    topic: str
    partners: tuple[str, ...]
    stage: str
    reason: str
    ended: PartialDate
    lesson: str


class Failures(Struct, frozen=True):
    """The whole analysis; `undated` failures have no known day and are left out where a period is given."""

    start: PartialDate
    end: PartialDate
    counted: int
    failed: int
    undated: int
    samples: int
    non_public: int
    by_reason: tuple[Count, ...]
    by_stage: tuple[Count, ...]
    by_partner: tuple[Count, ...]
    by_topic: tuple[Count, ...]
    stays: tuple[Stay, ...]
    funnels: tuple[Funnel, ...]
    lessons: tuple[Lesson, ...]


def failures(selection: Selection, names: Names, period: Period) -> Failures:
    """Return the analysis of a selection within a period: of what ended in it, and how far all came that ran in it."""
    stories = [one for one in selection.stories if _ran_in(one, period)]
    ends = [one for one in stories if one.has_failed]
    failed = [one for one in ends if one.proposal.ended and period.may_hold(one.proposal.ended.on)]
    undated = [one for one in ends if one.proposal.ended and one.proposal.ended.on is None]
    return Failures(
        start=period.start,
        end=period.end,
        counted=len(stories),
        failed=len(failed),
        undated=len(undated),
        samples=selection.samples,
        non_public=selection.non_public,
        by_reason=_counts(failed, lambda one: [(_ended(one).reason, one.reason)]),
        by_stage=_counts(failed, lambda one: [(_ended(one).stage, _stage_label(one, _ended(one).stage))]),
        by_partner=_by_partner(failed, names),
        by_topic=_counts(failed, lambda one: [(one.proposal.topic or "", names.topic(one.proposal.topic) or NONE)]),
        stays=_stays(stories, period),
        funnels=funnels(stories, {one.key for one in failed}),
        lessons=tuple(lesson(one, names) for one in sorted(failed, key=_latest_first)),
    )


def lesson(story: Story, names: Names) -> Lesson:
    """Return what one failed proposal teaches."""
    ended = _ended(story)
    return Lesson(
        key=story.key,
        title=story.title,
        topic=names.topic(story.proposal.topic),
        partners=tuple(names.organisation(key) for key in names.partners(story)),
        stage=_stage_label(story, ended.stage),
        reason=story.reason,
        ended=ended.on,
        lesson=story.lesson,
    )


def _ended(story: Story) -> Ended:
    """Return how a proposal ended, which it must have."""
    if story.proposal.ended is None:
        raise ValueError(f"{story.key} has not ended")
    return story.proposal.ended


def _latest_first(story: Story) -> tuple[bool, str, str]:
    day = _ended(story).on
    return (day is None, "".join(chr(0x10FFFF - ord(sign)) for sign in day or ""), story.key)


def _ran_in(story: Story, period: Period) -> bool:
    """Tell whether a proposal may have run within a period: an unknown day rules nothing out."""
    begun, ended = story.begun, story.proposal.ended.on if story.proposal.ended else None
    starts_too_late = period.end and begun and first_day(begun) > last_day(period.end)
    ends_too_early = period.start and ended and last_day(ended) < first_day(period.start)
    return not (starts_too_late or ends_too_early)


def _stage_label(story: Story, stage: str) -> str:
    return story.definition.stages[stage].label if stage in story.definition.stages else stage


def _counts(stories: Iterable[Story], name: Callable[[Story], Sequence[tuple[str, str]]]) -> tuple[Count, ...]:
    """Return how often each key occurs, the most frequent first; a proposal counts once for each of its keys."""
    labels: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for story in stories:
        mine = dict(name(story))
        labels |= mine
        counted.update(mine.keys())
    ranked = sorted(counted.items(), key=lambda one: (-one[1], labels[one[0]]))
    return tuple(Count(key, labels[key], count) for key, count in ranked)


def _by_partner(stories: Sequence[Story], names: Names) -> tuple[Count, ...]:
    """Return the counts by partner, each under the name of the organisation it has become."""
    former: dict[str, set[str]] = {}
    for key in {key for story in stories for key in names.partners(story)}:
        former.setdefault(names.heir(key), set()).add(key)
    labels = {}
    for heir, keys in former.items():
        others = sorted(names.organisation(key) for key in keys - {heir})
        labels[heir] = names.organisation(heir) + (f" (als {german.listed(others)})" if others else "")

    def partners(story: Story) -> list[tuple[str, str]]:
        heirs = dict.fromkeys(names.heir(key) for key in names.partners(story))
        return [(heir, labels[heir]) for heir in heirs] or [("", NONE)]

    return _counts(stories, partners)


# ------------------------------------------------------------------------------------------------------ time in stage
def _stays(stories: Iterable[Story], period: Period) -> tuple[Stay, ...]:
    """Return how long stages took, in the order of the procedures; times of rest are within."""
    labels: dict[str, str] = {}
    days: dict[str, list[int]] = {}
    inexact: Counter[str] = Counter()
    for story in stories:
        for stage, begun, ended in _left(story):
            if period and not period.may_hold(ended):
                continue
            labels.setdefault(stage, _stage_label(story, stage))
            span = _days(begun, ended)
            if span is None:
                inexact[stage] += 1
            else:
                days.setdefault(stage, []).append(span)
    order = {name: place for story in stories for place, name in enumerate(story.definition.stages)}
    return tuple(
        Stay(
            stage, labels[stage], median(days[stage]) if stage in days else None, len(days.get(stage, ())),
            inexact[stage],
        )
        for stage in sorted(labels, key=lambda stage: (order.get(stage, 0), stage))
    )  # fmt: skip


def _left(story: Story) -> Iterable[tuple[str, PartialDate, PartialDate]]:
    """Yield each stage the proposal left, with when it came there and when it left."""
    since = story.begun
    for move in story.moves:
        what = move.what
        if isinstance(what, Advanced) and what.source != what.target:
            yield what.source, since, move.on
            since = move.on


def _days(begun: PartialDate, ended: PartialDate) -> int | None:
    """Return the days between two exact days; None where one is not exact, or the order is contradictory."""
    if begun is None or ended is None or len(begun) < _EXACT or len(ended) < _EXACT or ended < begun:
        return None
    return (date.fromisoformat(ended) - date.fromisoformat(begun)).days


def days_text(stay: Stay) -> str:
    """Return how long a stage took, and on how many cases that rests."""
    if stay.median_days is None:
        return _("nicht bestimmbar (Tag unbekannt oder ungenau: {n})").format(n=stay.inexact)
    days = german.number(f"{stay.median_days:g}")
    text = _("{days} Tage aus {n}").format(days=days, n=stay.counted)
    return text + (_(", Tag unbekannt oder ungenau: {n}").format(n=stay.inexact) if stay.inexact else "")


# ------------------------------------------------------------------------------------------------------------- funnel
def funnels(stories: Sequence[Story], failed: Collection[str]) -> tuple[Funnel, ...]:
    """Return a funnel for each set of procedures that share their stages, the most used first."""
    groups: dict[tuple[str, ...], list[Story]] = {}
    for story in stories:
        groups.setdefault(tuple(story.definition.stages), []).append(story)
    made = [_funnel(group, failed) for group in groups.values()]
    return tuple(sorted(made, key=lambda one: (-one.total, one.workflows)))


def _funnel(stories: Sequence[Story], failed: Collection[str]) -> Funnel:
    stages = [stage for stage in stories[-1].definition.stages.values() if not stage.final]
    place = {stage.name: number for number, stage in enumerate(stages)}
    came = Counter(max((place.get(stage, 0) for stage in _been_at(story)), default=0) for story in stories)
    lost = Counter(_ended(story).stage for story in stories if story.key in failed)
    completed = Counter(_ended(story).stage for story in stories if not (story.is_open or story.has_failed))
    here = Counter(story.proposal.stage for story in stories if story.is_open)
    steps = [
        Step(
            stage=stage.name,
            label=stage.label,
            reached=sum(count for furthest, count in came.items() if furthest >= number),
            lost=lost[stage.name],
            here=here[stage.name],
            completed=completed[stage.name],
        )
        for number, stage in enumerate(stages)
    ]
    return Funnel(tuple(sorted({story.definition.label for story in stories})), len(stories), tuple(steps))


def _been_at(story: Story) -> set[str]:
    moved = [move.what for move in story.moves if isinstance(move.what, Advanced)]
    return {story.proposal.stage, *(what.source for what in moved), *(what.target for what in moved)}
