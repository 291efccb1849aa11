"""Choose proposals by what the reader asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.deadlines import Deadline, deadlines
from ikz_workflow.definition import Definition
from ikz_workflow.errors import InvalidInput
from ikz_workflow.folding import Word, folds, holds, steady
from ikz_workflow.proposal import DIRECTIONS, Organisation, Proposal
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import (
    Case,
    Reader,
    circumstances,
    department_key,
    holidays_of,
    lineage,
    organisation_key,
    pinned,
    topic_key,
)
from ikz_workflow.services.spans import Span, span
from ikz_workflow.storage.finding import UNSEARCHED, Sought

Installed = Callable[[], Sequence[Definition]]


class Filter(Struct, frozen=True):
    """What a reader asks for; "" asks for nothing. Names are keys or labels, `due_before` a day as typed.

    `text` are words that all have to occur in the title or another text of the proposal, in any order.
    """

    stage: str = ""
    department: str = ""
    direction: str = ""
    partner: str = ""
    topic: str = ""
    workflow: str = ""
    due_before: str = ""
    overdue: bool = False
    state: Literal["", "open", "ended"] = ""
    text: str = ""


EVERYTHING = Filter()


class Selected(Struct, frozen=True):
    """A proposal that was asked for, with its title in clear and what is due in it, the earliest first."""

    case: Case
    title: str
    deadlines: tuple[Deadline, ...]

    @property
    def proposal(self) -> Proposal:
        """Return the proposal."""
        return self.case.proposal

    @property
    def is_ended(self) -> bool:
        """Tell whether it stands at a final stage."""
        return self.case.definition.stages[self.proposal.stage].final

    @property
    def is_overdue(self) -> bool:
        """Tell whether anything in it is overdue on the day it is judged."""
        return bool(self.deadlines) and self.deadlines[0].day < self.case.day


class Query(Struct, frozen=True):
    """A filter whose names are resolved: what the database looks for, and what is asked of each that it finds.

    The database keeps all that may be meant; whether something is due, registers and holidays say. `within` is when
    something happened to the proposal.
    """

    sought: Sought
    words: tuple[Word, ...] = ()
    limit: str = ""
    within: Span | None = None

    @property
    def is_exact(self) -> bool:
        """Tell whether all that the database finds is asked for."""
        return not (self.words or self.limit or self.within)


def query(
    reader: Reader, wanted: Filter, today: date, *, installed: Installed = list, happened: str | None = None
) -> Query:
    """Return a filter resolved. InvalidInput or NotFound for a name nobody knows.

    `installed` gives the workflows that a proposal may follow one day; they are asked only for a name not found among
    those in use. `happened` is a span as typed.
    """
    due = inputs.partial_date("--due-before", wanted.due_before) if wanted.due_before else ""
    limit = min(filter(None, (due, today.isoformat() if wanted.overdue else "")), default="")
    within = span("--happened", happened) if happened else None
    named = _resolved(reader, wanted, installed)
    words = [folds(word) for word in inputs.text("--text", wanted.text).split()] if wanted.text else []
    sought = Sought(
        topic=named.topic,
        department=named.department,
        stage=named.stage,
        due=limit,
        direction=named.direction,
        workflow=named.workflow,
        ended=wanted.state == "ended" if wanted.state else None,
        partners=tuple(sorted(lineage(reader, named.partner))) if named.partner else (),
        parts=tuple(part for word in words if (part := steady(word))),
        clerks=_called(reader, words),
        years=within.years if within else None,
    )
    return Query(sought, tuple(words), limit, within)


def select(
    reader: Reader, wanted: Filter | Query, today: date, *, after: str = "", first: int = 0
) -> Iterator[Selected]:
    """Yield the proposals asked for behind a key, by key; memory stays flat. `first` is how many may be enough.

    InvalidInput or NotFound for a name nobody knows.
    """
    asked = wanted if isinstance(wanted, Query) else query(reader, wanted, today)
    checks = _checks(reader, asked)
    holidays = holidays_of(reader).of
    day = today.isoformat()
    for summary in reader.summaries(asked.sought, after=after, first=first, passes=checks):
        proposal = summary.proposal
        definition = pinned(reader, proposal.definition)
        case = Case(proposal, definition, circumstances(reader, definition, proposal, day), day)
        due = deadlines(definition, proposal, case.circumstances, holidays)
        if not asked.limit or (due and due[0].day < asked.limit):
            yield Selected(case, summary.title, due)


def _checks(reader: Reader, asked: Query) -> Callable[[str], bool] | None:
    """Return what is asked of each proposal that the database found, None for nothing."""
    mentions, within = Mentions(reader, asked.words), asked.within
    if within is None:
        return mentions if asked.words else None

    def happened(key: str) -> bool:
        return any(within.includes(record.on) for record in reader.records(key))

    return (lambda key: mentions(key) and happened(key)) if asked.words else happened


def _resolved(reader: Reader, wanted: Filter, installed: Installed) -> Filter:
    """Return the filter with keys in place of labels."""
    used = [pinned(reader, sha256) for sha256 in reader.bound()] if wanted.stage or wanted.workflow else []

    def key(option: str, value: str, names: Callable[[Sequence[Definition]], dict[str, str]]) -> str:
        if not (value and used):  # where nothing is recorded yet nothing is known either, and nothing will be found
            return value
        try:
            return inputs.choice(option, value, names(used))
        except InvalidInput:
            return inputs.choice(option, value, names([*used, *installed()]))

    return replace(
        wanted,
        stage=key("--stage", wanted.stage, _stages),
        department=department_key(reader, wanted.department) if wanted.department else "",
        direction=inputs.choice("--direction", wanted.direction, {name: name for name in DIRECTIONS})
        if wanted.direction
        else "",
        partner=organisation_key(reader, wanted.partner) if wanted.partner else "",
        topic=topic_key(reader, wanted.topic) if wanted.topic else "",
        workflow=key("--workflow", wanted.workflow, _workflows),
    )


def _stages(definitions: Sequence[Definition]) -> dict[str, str]:
    return {stage.name: stage.label for one in reversed(definitions) for stage in one.stages.values()}


def _workflows(definitions: Sequence[Definition]) -> dict[str, str]:
    return {one.name: one.label for one in definitions}


def _called(reader: Reader, words: Sequence[Word]) -> tuple[str, ...]:
    """Return the persons in whose names, present or former, one of the words occurs."""
    if not words:
        return ()
    names = ((key, folds(name)) for key, name in reader.persons())
    return tuple({key: None for key, name in names if any(holds(name, word) for word in words)})


def partners_of(case: Case) -> list[str]:
    """Return the names of the other organisations taking part."""
    known = case.circumstances.organisations
    names = []
    for party in case.proposal.parties:
        organisation = known.get(party.organisation)
        if party.organisation != case.circumstances.own and isinstance(organisation, Organisation):
            names.append(organisation.name)
    return names


# -------------------------------------------------------------------------------------------------------- full text
class Mentions:
    """Tells whether all words occur in a proposal's texts, present or former."""

    def __init__(self, reader: Reader, words: tuple[Word, ...]) -> None:
        self._reader, self._words = reader, words

    def __call__(self, key: str) -> bool:
        """Fold all texts of a proposal at once, as none of the words holds a blank, and look for the words."""
        found = self._reader.written(key)
        texts = [
            (self._reader.person_name(value) or value) if field == "clerk" else value
            for field, value in found
            if field not in UNSEARCHED
        ]
        written = folds("\n".join(texts))
        return all(holds(written, word) for word in self._words)
