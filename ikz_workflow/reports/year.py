"""Tell what became of all proposals in a year: the figures and lines of the annual report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.economics import own_side
from ikz_workflow.events import Advanced, Created, Decided, PartySet
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import PartialDate
from ikz_workflow.reports.failures import Count, Lesson, lesson
from ikz_workflow.reports.stories import Move, Names, Selection, Story

YEARS = 10  # years the chart looks back
LONGEST = 1_000  # lines of a table that would grow with the register
_STANDINGS = {"joined": "{name} tritt bei", "withdrew": "{name} zieht sich zurück", "declined": "{name} lehnt ab"}


class BoardLine(Struct, frozen=True):
    """One running proposal in the table of all."""

    key: str
    title: str
    topic: str
    department: str
    partner: str
    form: str
    stage: str
    since: str
    next: str
    obstacle: str


class EndedLine(Struct, frozen=True):
    """One ended proposal."""

    key: str
    title: str
    department: str
    stage: str
    reason: str
    ended: str


class Movement(Struct, frozen=True):
    """What happened to one proposal in the year, line by line."""

    key: str
    title: str
    department: str
    lines: tuple[str, ...]


class Saving(Struct, frozen=True):
    """One co-operation in force; `saving` and `once` are in cents, None where a figure is missing."""

    key: str
    title: str
    partner: str
    since: str
    saving: int | None
    once: int | None
    saving_text: str
    once_text: str


class Sum(Struct, frozen=True):
    """Savings of a year in cents over those proposals that give all figures, and how many do not."""

    counted: int
    lacking: int
    saving: int
    saving_text: str
    once: int
    once_text: str


class OverdueLine(Struct, frozen=True):
    """Something that should have happened by a day."""

    key: str
    title: str
    department: str
    what: str
    due: str


class YearCounts(Struct, frozen=True):
    """How many proposals began, came to their goal, failed in a year (by when it happened)."""

    year: str
    begun: int
    reached: int
    failed: int


class Annual(Struct, frozen=True):
    """Everything the annual report says; texts are ready to be printed.

    Of the tables that grow with the register only the `LONGEST` newest lines are there, of what is overdue those begun
    first; `…_more` is how many others there are.
    """

    year: str
    day: str
    total: int
    running: int
    in_force: int
    ended: int
    samples: int
    counts: YearCounts
    advanced: int
    suspended: int
    resumed: int
    completed: int
    stages: tuple[Count, ...]
    years: tuple[YearCounts, ...]
    undated_years: int
    board: tuple[BoardLine, ...]
    board_more: int
    ended_before: tuple[EndedLine, ...]
    ended_more: int
    movements: tuple[Movement, ...]
    undated: tuple[Movement, ...]
    successes: tuple[Saving, ...]
    savings: Sum
    expected: Sum
    failures: tuple[Lesson, ...]
    failures_undated: tuple[Lesson, ...]
    overdue: tuple[OverdueLine, ...]
    overdue_more: int
    next_steps: tuple[Count, ...]
    planned: tuple[OverdueLine, ...]


def annual(selection: Selection, names: Names, year: str, day: str) -> Annual:
    """Return the report of a year over a selection, as things stood on an ISO day."""
    stories = selection.stories
    still_open, over = [one for one in stories if one.is_open], [one for one in stories if not one.is_open]
    goals = [one for one in still_open if one.stage.goal]
    late = tuple(_overdue(stories, names, day))
    running = [one for one in stories if one.is_open and not one.stage.goal]
    failed = [one for one in stories if one.has_failed]
    own = [(story, move) for story in stories for move in story.moves if _in(move.on, year)]
    return Annual(
        year=year,
        day=german.long_date(day),
        total=len(stories),
        running=len(running),
        in_force=len(goals),
        ended=len(stories) - len(goals) - len(running),
        samples=selection.samples,
        counts=_counts_of(stories, year),
        advanced=sum(_moved_on(move) for _story, move in own),
        suspended=sum(_effect(move) == "suspend" for _story, move in own),
        resumed=sum(_effect(move) == "resume" for _story, move in own),
        completed=sum(_ended_in(one, year) and not one.has_failed for one in stories),
        stages=_by_stage(one for one in stories if one.is_open),
        years=_years(stories, int(year)),
        undated_years=sum(one.begun is None or (one.has_failed and _end(one) is None) for one in stories),
        board=tuple(_board_line(one, names) for one in still_open[-LONGEST:]),
        board_more=max(0, len(still_open) - LONGEST),
        ended_before=tuple(_ended_line(one, names) for one in over[-LONGEST:]),
        ended_more=max(0, len(over) - LONGEST),
        movements=_movements(stories, names, lambda move: _in(move.on, year)),
        undated=_movements(stories, names, lambda move: move.on is None and move.at.startswith(year)),
        successes=tuple(_saving(one, names) for one in goals),
        savings=_sum([_saving(one, names) for one in goals]),
        expected=_sum([_saving(one, names) for one in running]),
        failures=tuple(lesson(one, names) for one in failed if _ended_in(one, year)),
        failures_undated=tuple(
            lesson(one, names) for one in failed if _end(one) is None and _last_recorded(one).startswith(year)
        ),
        overdue=late[:LONGEST],
        overdue_more=max(0, len(late) - LONGEST),
        next_steps=_next_steps(running),
        planned=tuple(_planned(stories, names, str(int(year) + 1))),
    )


# ------------------------------------------------------------------------------------------------------------ counting
def _in(day: PartialDate, year: str) -> bool:
    return day is not None and day.startswith(year)


def _end(story: Story) -> PartialDate:
    return story.proposal.ended.on if story.proposal.ended else None


def _ended_in(story: Story, year: str) -> bool:
    return _in(_end(story), year)


def _last_recorded(story: Story) -> str:
    return story.moves[-1].at if story.moves else ""


def _effect(move: Move) -> str:
    return move.what.effect if isinstance(move.what, Advanced) else ""


def _moved_on(move: Move) -> bool:
    return isinstance(move.what, Advanced) and not move.what.effect and move.what.source != move.what.target


def _reached_goal(story: Story, move: Move) -> bool:
    stages = story.definition.stages
    return _moved_on(move) and isinstance(move.what, Advanced) and stages[move.what.target].goal


def _years(stories: Sequence[Story], last: int) -> tuple[YearCounts, ...]:
    """Return what happened in each of the last years; nothing where nothing has a known year."""
    counted = tuple(_counts_of(stories, str(year)) for year in range(last - YEARS + 1, last + 1))
    return counted if any(one.begun or one.reached or one.failed for one in counted) else ()


def _counts_of(stories: Iterable[Story], year: str) -> YearCounts:
    stories = list(stories)
    return YearCounts(
        year=year,
        begun=sum(_in(one.begun, year) for one in stories),
        reached=sum(any(_in(m.on, year) and _reached_goal(one, m) for m in one.moves) for one in stories),
        failed=sum(one.has_failed and _ended_in(one, year) for one in stories),
    )


def _by_stage(stories: Iterable[Story]) -> tuple[Count, ...]:
    """Return how many stand at each stage, in the order of the procedures."""
    counted: Counter[str] = Counter()
    order: dict[str, tuple[int, str]] = {}
    for story in stories:
        counted[story.stage.label] += 1
        order.setdefault(story.stage.label, (list(story.definition.stages).index(story.stage.name), story.stage.name))
    return tuple(Count(order[label][1], label, counted[label]) for label in sorted(counted, key=lambda one: order[one]))


# --------------------------------------------------------------------------------------------------------------- lines
def _board_line(story: Story, names: Names) -> BoardLine:
    proposal = story.proposal
    return BoardLine(
        key=story.key,
        title=story.title,
        topic=names.topic(proposal.topic),
        department=names.department(proposal.department),
        partner=_partner(story, names),
        form=names.form(story),
        stage=story.stage.label,
        since=german.date(proposal.stage_on) if proposal.stage_on else _("Tag unbekannt"),
        next=_("ruht: {why}").format(why=story.rests) if proposal.suspended else _next(story),
        obstacle=_obstacle(story),
    )


def _partner(story: Story, names: Names) -> str:
    parties = [one for one in story.proposal.parties if one.organisation != names.own]
    still = [one for one in parties if one.standing not in ("declined", "withdrew")]
    return ", ".join(names.organisation(one.organisation) for one in still or parties)


def _next(story: Story) -> str:
    """Return what leads on from the stage; where a co-operation has come about, nothing need follow."""
    first = next(iter(story.stage.transitions.values()), None)
    return first.label if first and not story.stage.goal else ""


def _obstacle(story: Story) -> str:
    """Return the weightiest obstacle, one without an answer first."""
    catalogue = story.definition.catalogue.obstacles
    ranked = sorted(story.proposal.obstacles, key=lambda one: (one.answer is not None, -one.weight, one.kind))
    if not ranked:
        return ""
    first = ranked[0]
    label = catalogue[first.kind].label if first.kind in catalogue else first.kind
    return label if first.answer else _("{label} (ohne Antwort)").format(label=label)


def _ended_line(story: Story, names: Names) -> EndedLine:
    ended = story.proposal.ended
    stages = story.definition.stages
    return EndedLine(
        key=story.key,
        title=story.title,
        department=names.department(story.proposal.department),
        stage=stages[ended.stage].label if ended and ended.stage in stages else "",
        reason=story.reason,
        ended=german.date(ended.on) if ended and ended.on else _("Tag unbekannt"),
    )


def _movements(stories: Sequence[Story], names: Names, wanted: Callable[[Move], bool]) -> tuple[Movement, ...]:
    found = []
    for story in stories:
        moves = sorted((one for one in story.moves if wanted(one)), key=lambda one: one.on or "")
        lines = tuple(line for move in moves if (line := _told(story, move, names)))
        if lines and moves[0].on is None:
            recorded = german.date(max(move.at for move in moves)[:10])
            lines = (*lines[:-1], _("{line} (nachgetragen {recorded})").format(line=lines[-1], recorded=recorded))
        if lines:
            department = names.department(story.proposal.department)
            found.append(Movement(story.key, story.title, department, lines))
    return tuple(found)


def _told(story: Story, move: Move, names: Names) -> str:
    """Return a move as a line with its day if that is known, "" for what the report leaves out."""
    what = _what(story, move, names)
    if not what:
        return ""
    if move.on is None:
        return what
    late = _(" (nachgetragen {recorded})").format(recorded=german.date(move.at[:10])) if move.late else ""
    return f"{german.date(move.on)}: {what}{late}"


def _what(story: Story, move: Move, names: Names) -> str:
    what, stages = move.what, story.definition.stages
    if isinstance(what, Created):
        return _("angelegt")
    if isinstance(what, Advanced):
        if what.effect == "suspend":
            return _("ruht")
        if what.effect == "resume":
            return _("wieder aufgenommen")
        if what.effect == "end":
            return _("beendet: {reason}").format(reason=story.reason)
        return stages[what.target].label if what.target in stages else what.target
    if isinstance(what, PartySet):
        text = _STANDINGS.get(what.standing, "") if what.organisation != names.own else ""
        return _(text).format(name=names.organisation(what.organisation)) if text else ""
    if isinstance(what, Decided):
        gate = story.definition.gates.get(what.gate)
        body = gate.named.get(what.body) if gate else None
        label, outcome = (gate.label, gate.outcomes.get(what.outcome, what.outcome)) if gate else (what.gate, "")
        return f"{label}, {body or names.organisation(what.body)}: {outcome}"
    return ""


# ------------------------------------------------------------------------------------------------------------- savings
def _saving(story: Story, names: Names) -> Saving:
    side = own_side(story.proposal.fields)
    saving, once = side.saving, side.once
    return Saving(
        key=story.key,
        title=story.title,
        partner=_partner(story, names),
        since=german.date(story.proposal.stage_on) if story.proposal.stage_on else _("Tag unbekannt"),
        saving=saving,
        once=once,
        saving_text=german.money(saving) if saving is not None else _("keine Angabe"),
        once_text=german.money(once) if once is not None else _("keine Angabe"),
    )


def _sum(savings: Sequence[Saving]) -> Sum:
    """Return the sums over those that give costs today, joint and once."""
    whole = [(one.saving, one.once) for one in savings if one.saving is not None and one.once is not None]
    saving, once = sum(one[0] or 0 for one in whole), sum(one[1] or 0 for one in whole)
    return Sum(len(whole), len(savings) - len(whole), saving, german.money(saving), once, german.money(once))


# ------------------------------------------------------------------------------------------------------------- outlook
def _overdue(stories: Iterable[Story], names: Names, day: str) -> Iterable[OverdueLine]:
    for story in stories:
        for due in sorted(story.dues, key=lambda one: one.day):
            if story.is_open and due.last < day:
                yield _due_line(story, names, due.what, due.day)


def _planned(stories: Iterable[Story], names: Names, year: str) -> Iterable[OverdueLine]:
    for story in stories:
        for due in sorted(story.dues, key=lambda one: one.day):
            if story.is_open and due.planned and due.day.startswith(year):
                yield _due_line(story, names, due.what, due.day)


def _due_line(story: Story, names: Names, what: str, day: str) -> OverdueLine:
    department = names.department(story.proposal.department)
    return OverdueLine(story.key, story.title, department, what, german.date(day))


def _next_steps(stories: Iterable[Story]) -> tuple[Count, ...]:
    """Return which steps come next, the most frequent first; what rests is counted as such."""
    counted = Counter(_("ruht") if one.proposal.suspended else _next(one) for one in stories)
    ranked = sorted(((label, count) for label, count in counted.items() if label), key=lambda one: (-one[1], one[0]))
    return tuple(Count(label, label, count) for label, count in ranked)
