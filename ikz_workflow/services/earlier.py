"""Find what was tried before on the same topic or with the same partners."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import PartialDate, Proposal
from ikz_workflow.services.cases import lineage, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.storage.rows import Summary
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


def attempts_in(tx: Transaction, proposal: Proposal) -> list[Attempt]:
    """Return the same within a transaction: what this state of the history knows, and nothing later."""
    summaries = {one.proposal.key: one for one in tx.summaries()}
    related = _related(tx, proposal, [one.proposal for one in summaries.values()])
    found = [_attempt(tx, summaries[key], relation) for key, relation in related.items()]
    rank = list(RELATIONS)
    found.sort(key=lambda one: one.key, reverse=True)
    found.sort(key=lambda one: (rank.index(one.relation), not one.has_ended))
    return found


def _related(tx: Transaction, proposal: Proposal, others: list[Proposal]) -> dict[str, Relation]:
    """Return the keys of related proposals with the closest relation; an exercise is none for a real proposal."""
    predecessors = _predecessors(proposal, {one.key: one for one in others})
    partners = _partners(tx, proposal)
    found: dict[str, Relation] = {}
    for other in others:
        if other.key == proposal.key or (other.sample and not proposal.sample):
            continue
        if other.key in predecessors:
            found[other.key] = "predecessor"
        elif other.after == proposal.key:
            found[other.key] = "successor"
        elif other.topic is not None and other.topic == proposal.topic:
            found[other.key] = "topic"
        elif any(party.organisation in partners for party in other.parties):
            found[other.key] = "partner"
    return found


def _predecessors(proposal: Proposal, known: dict[str, Proposal]) -> set[str]:
    """Return the proposal this one follows, the one that one follows, and so on."""
    found: set[str] = set()
    key = proposal.after
    while key is not None and key in known and key not in found:
        found.add(key)
        key = known[key].after
    return found


def _partners(tx: Transaction, proposal: Proposal) -> frozenset[str]:
    """Return the partners of a proposal with their predecessors and successors, ourselves left out."""
    own = tx.own()
    keys = [party.organisation for party in proposal.parties if party.organisation != own]
    found: Iterable[frozenset[str]] = (lineage(tx, key) for key in keys)
    return frozenset().union(*found) - {own or ""}


def _attempt(tx: Transaction, summary: Summary, relation: Relation) -> Attempt:
    other, definition = summary.proposal, pinned(tx, summary.proposal.definition)
    ended, reasons = other.ended, definition.catalogue.reasons
    reason = ended.reason if ended else ""
    return Attempt(
        key=other.key,
        title=summary.title,
        relation=relation,
        stage=other.stage,
        stage_label=definition.stages[other.stage].label,
        since=other.stage_on,
        has_ended=ended is not None,
        ended=ended.on if ended else None,
        reason=reason,
        reason_label=reasons[reason].label if reason in reasons else reason,
        lesson=tx.texts(other.key).get(ended.lesson, "") if ended and ended.lesson else "",
    )


def told(attempt: Attempt) -> str:
    """Return what became of an attempt as a sentence or two."""
    if not attempt.has_ended:
        text = _("{stage}, seit {day}.") if attempt.since else _("{stage}, Tag unbekannt.")
        return text.format(stage=attempt.stage_label, day=german.date(attempt.since))
    text = _("Beendet {day}: {reason}.") if attempt.ended else _("Beendet, Tag unbekannt: {reason}.")
    text = text.format(day=german.date(attempt.ended), reason=attempt.reason_label)
    return text + (_(" Lehre: {lesson}").format(lesson=attempt.lesson) if attempt.lesson else "")
