"""Find what was tried before on the same topic or with the same partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import PartialDate, Proposal
from ikz_workflow.services.cases import lineage, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.storage.finding import Sought
from ikz_workflow.storage.transaction import Transaction

Relation = Literal["predecessor", "successor", "topic", "partner"]

RELATIONS: dict[Relation, str] = {
    "predecessor": "Vorgänger",
    "successor": "Nachfolger",
    "topic": "gleiches Thema",
    "partner": "gleicher Partner",
}


class Attempt(Struct, frozen=True):
    """Another proposal and what became of it; `reason` and `lesson` are empty while it has not ended."""

    key: str
    title: str
    relation: Relation
    stage: str
    stage_label: str
    since: PartialDate
    has_ended: bool = False
    ended: PartialDate = None
    reason: str = ""
    reason_label: str = ""
    lesson: str = ""


def attempts(home: Home, key: str) -> list[Attempt]:
    """Return the proposals related to one, the closest relation first, the latest first within it."""
    with home.ready.reading(home.now()) as tx:
        return attempts_in(tx, tx.proposal(key))


def attempts_in(tx: Transaction, proposal: Proposal, *, ended: bool = False) -> list[Attempt]:
    """Return the same within a transaction: what this state of the history knows, and nothing later.

    With `ended` only what has come to its end on the same topic or with the same partners, or before it in a row: an
    index leads there, however many proposals there are.
    """
    found = [_attempt(tx, other, relation) for other, relation in _related(tx, proposal, ended)]
    rank = list(RELATIONS)
    found.sort(key=lambda one: one.key, reverse=True)
    found.sort(key=lambda one: (rank.index(one.relation), not one.has_ended))
    return found


def _related(tx: Transaction, proposal: Proposal, ended: bool) -> Iterator[tuple[Proposal, Relation]]:
    """Yield the related proposals with the closest relation; an exercise is none for a real proposal."""
    predecessors = _predecessors(tx, proposal)
    partners = _partners(tx, proposal)
    found = _ended(tx, proposal.topic, partners) if ended else _any(tx, proposal, partners)
    others = predecessors | {other.key: other for other in found}
    for other in others.values():
        if other.key == proposal.key or (other.sample and not proposal.sample) or (ended and other.ended is None):
            continue
        if other.key in predecessors:
            yield other, "predecessor"
        elif other.after == proposal.key:
            yield other, "successor"
        elif other.topic is not None and other.topic == proposal.topic:
            yield other, "topic"
        elif any(party.organisation in partners for party in other.parties):
            yield other, "partner"


def _ended(tx: Transaction, topic: str | None, partners: frozenset[str]) -> Iterator[Proposal]:
    sought = [Sought(topic=topic, ended=True)] if topic else []
    sought += [Sought(partners=tuple(sorted(partners)), ended=True)] if partners else []
    return (one.proposal for each in sought for one in tx.summaries(each))


def _any(tx: Transaction, proposal: Proposal, partners: frozenset[str]) -> list[Proposal]:
    words = [("after", proposal.key), *(("organisation", partner) for partner in sorted(partners))]
    words += [("topic", proposal.topic)] if proposal.topic is not None else []
    return tx.mentioning(words)


def _predecessors(tx: Transaction, proposal: Proposal) -> dict[str, Proposal]:
    """Return the proposal this one follows, the one that one follows, and so on, by key."""
    found: dict[str, Proposal] = {}
    key = proposal.after
    while key is not None and key not in found and (former := tx.find_proposal(key)) is not None:
        found[key] = former
        key = former.after
    return found


def _partners(tx: Transaction, proposal: Proposal) -> frozenset[str]:
    """Return the partners of a proposal with their predecessors and successors, ourselves left out."""
    own = tx.own()
    keys = [party.organisation for party in proposal.parties if party.organisation != own]
    found: Iterable[frozenset[str]] = (lineage(tx, key) for key in keys)
    return frozenset().union(*found) - {own or ""}


def _attempt(tx: Transaction, other: Proposal, relation: Relation) -> Attempt:
    definition, texts = pinned(tx, other.definition), tx.texts(other.key)
    ended, reasons = other.ended, definition.catalogue.reasons
    reason = ended.reason if ended else ""
    return Attempt(
        key=other.key,
        title=texts.get(other.title, ""),
        relation=relation,
        stage=other.stage,
        stage_label=definition.stages[other.stage].label,
        since=other.stage_on,
        has_ended=ended is not None,
        ended=ended.on if ended else None,
        reason=reason,
        reason_label=reasons[reason].label if reason in reasons else reason,
        lesson=texts.get(ended.lesson, "") if ended and ended.lesson else "",
    )


def told(attempt: Attempt) -> str:
    """Return what became of an attempt as a sentence or two."""
    if not attempt.has_ended:
        text = _("{stage}, seit {day}.") if attempt.since else _("{stage}, Tag unbekannt.")
        return text.format(stage=attempt.stage_label, day=german.date(attempt.since))
    text = _("Beendet {day}: {reason}.") if attempt.ended else _("Beendet, Tag unbekannt: {reason}.")
    text = text.format(day=german.date(attempt.ended), reason=attempt.reason_label)
    return text + (_(" Lehre: {lesson}").format(lesson=attempt.lesson) if attempt.lesson else "")
