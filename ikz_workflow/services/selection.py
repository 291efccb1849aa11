"""Choose proposals by what the reader asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.deadlines import Deadline, deadlines
from ikz_workflow.proposal import DIRECTIONS, Organisation, Person, Proposal
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
from ikz_workflow.storage.rows import Summary

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_UNSEARCHED = ("actor", "name", "account")  # who recorded something is not what it is about


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

    def is_overdue(self, today: date) -> bool:
        """Tell whether anything in it is overdue."""
        return bool(self.deadlines) and self.deadlines[0].is_over(today)


_Test = Callable[[Selected], bool]


def select(reader: Reader, wanted: Filter, today: date) -> list[Selected]:
    """Return the proposals asked for, by key. InvalidInput or NotFound for a name nobody knows."""
    summaries = reader.summaries()
    tests = _tests(reader, wanted, summaries, today)
    holidays = holidays_of(reader)
    day = today.isoformat()
    found = []
    for summary in summaries:
        proposal = summary.proposal
        definition = pinned(reader, proposal.definition)
        case = Case(proposal, definition, circumstances(reader, definition, proposal, day), day)
        due = deadlines(definition, proposal, case.circumstances, holidays)
        one = Selected(case, summary.title, due)
        if all(test(one) for test in tests):
            found.append(one)
    return found


def _tests(reader: Reader, wanted: Filter, summaries: Sequence[Summary], today: date) -> list[_Test]:
    """Return what a proposal has to pass, the names resolved."""
    tests = _plain_tests(reader, _resolved(reader, wanted, summaries))
    if wanted.overdue:
        tests.append(lambda one: one.is_overdue(today))
    if wanted.due_before:
        limit = inputs.partial_date("--due-before", wanted.due_before)
        tests.append(lambda one: bool(one.deadlines) and one.deadlines[0].day < limit)
    if wanted.state:
        tests.append(lambda one: one.is_ended == (wanted.state == "ended"))
    if wanted.text:
        keys = _mentioning(reader, wanted.text)
        tests.append(lambda one: one.proposal.key in keys)
    return tests


def _plain_tests(reader: Reader, wanted: Filter) -> list[_Test]:
    tests: list[_Test] = []
    if wanted.stage:
        tests.append(lambda one: one.proposal.stage == wanted.stage)
    if wanted.department:
        tests.append(lambda one: one.proposal.department == wanted.department)
    if wanted.direction:
        tests.append(lambda one: one.proposal.fields.get("direction") == wanted.direction)
    if wanted.topic:
        tests.append(lambda one: one.proposal.topic == wanted.topic)
    if wanted.workflow:
        tests.append(lambda one: one.proposal.workflow == wanted.workflow)
    if wanted.partner:
        same = lineage(reader, wanted.partner)
        tests.append(lambda one: any(party.organisation in same for party in one.proposal.parties))
    return tests


def _resolved(reader: Reader, wanted: Filter, summaries: Iterable[Summary]) -> Filter:
    """Return the filter with keys in place of labels."""
    used = {summary.proposal.definition: summary.proposal.workflow for summary in summaries}
    definitions = [pinned(reader, sha256) for sha256 in used]
    stages = {stage.name: stage.label for one in reversed(definitions) for stage in one.stages.values()}
    workflows = {one.name: one.label for one in definitions}

    def key(option: str, value: str, known: Mapping[str, str]) -> str:
        return inputs.choice(option, value, known) if value else ""

    return replace(
        wanted,
        stage=key("--stage", wanted.stage, stages),
        department=department_key(reader, wanted.department) if wanted.department else "",
        direction=key("--direction", wanted.direction, {name: name for name in DIRECTIONS}),
        partner=organisation_key(reader, wanted.partner) if wanted.partner else "",
        topic=topic_key(reader, wanted.topic) if wanted.topic else "",
        workflow=key("--workflow", wanted.workflow, workflows),
    )


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
def _mentioning(reader: Reader, text: str) -> set[str]:
    """Return the keys of the proposals in whose texts, present or former, all words occur."""
    words = [_folds(word) for word in inputs.text("--text", text).split()]
    missing: dict[str, set[int]] = {}
    names = reader.opened("name")
    persons = {
        one.key: names.get(one.value.name, "") for one in reader.entries("person") if isinstance(one.value, Person)
    }
    for disclosure in reader.disclosures():
        if disclosure.field in _UNSEARCHED:
            continue
        open_words = missing.setdefault(disclosure.subject, set(range(len(words))))
        if open_words:
            clerk = persons.get(disclosure.value, "") if disclosure.field == "clerk" else ""
            written = _folds(clerk or disclosure.value)
            open_words -= {number for number in open_words if _occurs(words[number], written)}
    return {subject for subject, left in missing.items() if not left}


def _folds(text: str) -> tuple[str, str]:
    """Return a text for comparison twice: umlauts written as ae, oe, ue, and as bare letters."""
    folded = unicodedata.normalize("NFC", text).casefold()
    bare = "".join(one for one in unicodedata.normalize("NFD", folded) if not unicodedata.combining(one))
    return folded.translate(_UMLAUTS), bare


def _occurs(word: tuple[str, str], written: tuple[str, str]) -> bool:
    return word[0] in written[0] or word[1] in written[1]
