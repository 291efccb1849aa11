"""Make the stored rows from the history, and find the first that is not what the history gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ikz_workflow import events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.events import Record, RegisterEvent
from ikz_workflow.history import Row, read_payload, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Proposal
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
    proposals: dict[str, Proposal] = {}
    entries: dict[str, Entry] = {}
    earlier: dict[str, list[Record]] = {}
    for row in rows:
        record = read_payload(row)
        known = earlier.setdefault(record.subject, [])
        try:
            if isinstance(record.what, RegisterEvent):
                kind, _slash, key = record.subject.partition("/")
                former = entries.get(record.subject)
                value = record.what.entry(former.value if former else None)
                entries[record.subject] = Entry(kind, key, record.version, row.hash, value)
            else:
                proposals[record.subject] = events.apply(proposals.get(record.subject), record, row.hash, known.copy)
        except (ValueError, TypeError, AttributeError):
            raise HistoryBroken(row_name(row), _("Der Eintrag folgt nicht auf den vorigen.")) from None
        known.append(record)
    texts = {
        key: proposal_text(proposal_columns(proposal, bound(proposal.definition)), parties_of(proposal))
        for key, proposal in proposals.items()
    }
    return texts | {subject: columns_text(entry_columns(entry)) for subject, entry in entries.items()}
