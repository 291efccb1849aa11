"""Make the stored rows from the history, and find the first that is not what the history gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from ikz_workflow import events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.events import Record, RegisterEvent
from ikz_workflow.history import Row, read_payload, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, Proposal
from ikz_workflow.storage.parts import Part
from ikz_workflow.storage.rows import (
    Entry,
    altered,
    columns_text,
    entry_columns,
    lost,
    parties_of,
    proposal_columns,
    proposal_text,
)


def first_lie(parts: Iterable[Part], bound: Callable[[str], Definition]) -> HistoryBroken | None:
    """Return what is to be said of the first stored row that lies, None if all are what the history gives.

    Whether the history itself is sound is not asked; `verify` does that.
    """
    for part in parts:
        try:
            expected = _projected(part.rows(), bound)
            for row in part.stored():
                if expected.pop(row.subject, None) != row.state:
                    return altered(row.subject)
        except HistoryBroken as error:
            return error
        if expected:
            return lost(next(iter(expected)))
    return None


def _projected(rows: Iterable[Row], bound: Callable[[str], Definition]) -> dict[str, str]:
    made = reached(rows)
    texts = {
        key: proposal_text(proposal_columns(proposal, bound(proposal.definition)), parties_of(proposal))
        for key, proposal in made.proposals.items()
    }
    return texts | {subject: columns_text(entry_columns(entry)) for subject, entry in made.entries.items()}


class Reached(Struct, frozen=True):
    """What a history made: proposals by key, register entries by subject, and the commitments it names."""

    proposals: dict[str, Proposal]
    entries: dict[str, Entry]
    commitments: set[Commitment]


def reached(rows: Iterable[Row]) -> Reached:
    """Return what a history had made by its last row, without judging it; HistoryBroken for a row that makes nothing
    of what was there."""
    found = Reached({}, {}, set())
    earlier: dict[str, list[Record]] = {}
    for row in rows:
        record = read_payload(row)
        known = earlier.setdefault(record.subject, [])
        try:
            _apply(found, row, record, known)
        except (ValueError, TypeError, AttributeError):
            raise HistoryBroken(row_name(row), _("Der Eintrag folgt nicht auf den vorigen.")) from None
        found.commitments.update(record.commitments())
        known.append(record)
    return found


def _apply(found: Reached, row: Row, record: Record, earlier: list[Record]) -> None:
    subject, what = record.subject, record.what
    if isinstance(what, RegisterEvent):
        kind, _slash, key = subject.partition("/")
        former = found.entries.get(subject)
        value = what.entry(former.value if former else None)
        found.entries[subject] = Entry(kind, key, record.version, row.hash, value)
    else:
        found.proposals[subject] = events.apply(found.proposals.get(subject), record, row.hash, earlier.copy)
