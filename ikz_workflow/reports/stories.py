"""Hold proposals as reports count them: with their dated moves, their texts in clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.definition import Definition, Stage
from ikz_workflow.events import Decided, Event
from ikz_workflow.proposal import Department, LegalForm, Organisation, PartialDate, Proposal, Topic


class Move(Struct, frozen=True):
    """Something that happened to a proposal: recorded `at`, happened `on` (None for unknown)."""

    at: str
    on: PartialDate
    what: Event

    @property
    def late(self) -> bool:
        """Tell whether it was recorded after the day, month or year it happened in."""
        return self.on is not None and self.on < self.at[: len(self.on)]


class Due(Struct, frozen=True):
    """What is to happen by a partial date; `planned` is what was agreed with the partner, not a deadline of ours."""

    day: str
    what: str
    planned: bool = False

    @property
    def last(self) -> str:
        """Return the last day it can mean, for comparing."""
        return last_day(self.day)


class Story(Struct, frozen=True):
    """One proposal with its definition, its moves in the order recorded, its texts in clear, what is still due."""

    proposal: Proposal
    definition: Definition
    title: str
    moves: tuple[Move, ...] = ()
    lesson: str = ""
    rests: str = ""
    dues: tuple[Due, ...] = ()

    @property
    def key(self) -> str:
        """Return the proposal's key."""
        return self.proposal.key

    @property
    def stage(self) -> Stage:
        """Return the stage it stands at."""
        return self.definition.stages[self.proposal.stage]

    @property
    def is_open(self) -> bool:
        """Tell whether it has not ended."""
        return self.proposal.ended is None

    @property
    def has_failed(self) -> bool:
        """Tell whether it ended for a reason that is no success."""
        ended = self.proposal.ended
        if ended is None:
            return False
        reason = self.definition.catalogue.reasons.get(ended.reason)
        return reason is None or not reason.success

    @property
    def reason(self) -> str:
        """Return in words why it ended."""
        ended = self.proposal.ended
        if ended is None:
            return ""
        reason = self.definition.catalogue.reasons.get(ended.reason)
        return reason.label if reason else ended.reason

    @property
    def begun(self) -> PartialDate:
        """Return when it began."""
        return self.moves[0].on if self.moves else None


class Names(Struct, frozen=True):
    """What the keys of the registers mean; `own` is our organisation's key."""

    organisations: Mapping[str, Organisation]
    departments: Mapping[str, Department]
    topics: Mapping[str, Topic]
    forms: Mapping[str, LegalForm]
    own: str

    def organisation(self, key: str) -> str:
        """Return an organisation's name."""
        return self.organisations[key].name if key in self.organisations else key

    def department(self, key: str) -> str:
        """Return a department's short name."""
        return self.departments[key].short if key in self.departments else key

    def topic(self, key: str | None) -> str:
        """Return a topic's label, "" for none."""
        return self.topics[key].label if key is not None and key in self.topics else key or ""

    def form(self, story: Story) -> str:
        """Return the label of a proposal's legal form, "" for none."""
        key = story.proposal.fields.get(story.definition.form_field)
        return self.forms[str(key)].label if key in self.forms else str(key or "")

    def partners(self, story: Story) -> tuple[str, ...]:
        """Return the keys of a proposal's partners, ourselves left out."""
        return tuple(one.organisation for one in story.proposal.parties if one.organisation != self.own)

    def heir(self, key: str) -> str:
        """Return the organisation that an organisation has become: along its successors while there is but one."""
        seen = {key}
        while key in self.organisations and len(later := self.organisations[key].successors) == 1:
            if later[0] in seen:
                break
            key = later[0]
            seen.add(key)
        return key


class Scope(Struct, frozen=True):
    """Which proposals a report tells of: exercises and what is not public are left out unless asked for."""

    samples: bool = False
    topic: str = ""
    non_public: bool = False


class Selection(Struct, frozen=True):
    """The proposals a report tells of, and how many it leaves out as exercises and as not public."""

    stories: tuple[Story, ...]
    samples: int = 0
    non_public: int = 0


def selected(stories: Sequence[Story], scope: Scope) -> Selection:
    """Return the proposals within a scope, without decisions that are not public; the one place that decides this."""
    of_topic = [one for one in stories if not scope.topic or one.proposal.topic == scope.topic]
    real = [one for one in of_topic if scope.samples or not one.proposal.sample]
    told = tuple(real) if scope.non_public else tuple(_public(one) for one in real if not one.proposal.non_public)
    return Selection(told, len(of_topic) - len(real), len(real) - len(told))


def _public(story: Story) -> Story:
    """Return a story without the decisions that are not public."""
    if not any(one.non_public for one in story.proposal.decisions):
        return story
    decisions = tuple(one for one in story.proposal.decisions if not one.non_public)
    moves = tuple(one for one in story.moves if not (isinstance(one.what, Decided) and one.what.non_public))
    return replace(story, proposal=replace(story.proposal, decisions=decisions), moves=moves)


class Period(Struct, frozen=True):
    """A span of days by ISO dates of any precision; None is without limit."""

    start: PartialDate = None
    end: PartialDate = None

    def __bool__(self) -> bool:
        """Tell whether there is a limit."""
        return self.start is not None or self.end is not None

    def may_hold(self, day: PartialDate) -> bool:
        """Tell whether something that happened on a partial date may lie within; an unknown day does not count."""
        if day is None:
            return not self
        return not (self.end and first_day(day) > last_day(self.end)) and not (
            self.start and last_day(day) < first_day(self.start)
        )


def first_day(day: str) -> str:
    """Return the first day a partial date can mean."""
    return day + "-01-01"[len(day) - 4 :]


def last_day(day: str) -> str:
    """Return an upper bound of the days a partial date can mean, for comparing as text."""
    return day + "-12-31"[len(day) - 4 :]
