"""Gather the proposals that reports tell of, and have the figures made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.deadlines import Deadline
from ikz_workflow.documents.values import Stamp, short_hash
from ikz_workflow.errors import InvalidInput
from ikz_workflow.events import Advanced, Corrected, Created, Decided, PartySet
from ikz_workflow.history import read_payload
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, Department, LegalForm, Organisation, Topic
from ikz_workflow.reports import failures as analysis
from ikz_workflow.reports import year as annals
from ikz_workflow.reports.failures import Failures
from ikz_workflow.reports.stories import Due, Move, Names, Period, Scope, Story, selected
from ikz_workflow.reports.year import Annual
from ikz_workflow.services import templates
from ikz_workflow.services.cases import form_row, forms, own_organisation, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.printing import design
from ikz_workflow.services.selection import EVERYTHING, Selected, select
from ikz_workflow.services.spans import edges
from ikz_workflow.services.work import due_label
from ikz_workflow.storage.transaction import Transaction

Progress = Callable[[int, int], None]  # how many of how many entries were read

_COUNTED = (Created, Advanced, PartySet, Decided)
_MARKS = tuple(f'"type":"{kind.__struct_config__.tag}"' for kind in (*_COUNTED, Corrected))
_STEP = 500  # entries between two signs of progress


class Report(Struct, frozen=True):
    """An annual report: its figures, and the Word file that tells them."""

    figures: Annual
    content: bytes


def unseen(done: int, whole: int) -> None:
    """Show no progress."""


def failures(
    home: Home,
    *,
    happened: str | None = None,
    topic: str | None = None,
    samples: bool = False,
    non_public: bool = False,
    progress: Progress = unseen,
) -> Failures:
    """Return why, where and with whom proposals failed, in a span if one is given. InvalidInput for what is none."""
    first, last = edges("--happened", happened) if happened else ("", "")
    period = Period(first or None, last or None)
    with home.ready.reading(home.now()) as tx:
        if topic:
            tx.entry("topic", topic)
        scope = Scope(samples, topic or "", non_public)
        return analysis.failures(selected(stories(tx, progress), scope), names(tx, home.today.isoformat()), period)


def annual(home: Home, year: str, *, samples: bool = False, progress: Progress = unseen) -> Report:
    """Return the annual report as a Word file: the same history gives the same bytes.

    Its day is that of the last entry of the history. InvalidInput for a year that has not begun.
    """
    with home.ready.reading(home.now()) as tx:
        read = stories(tx, progress)
        last = max((move.at for one in read for move in one.moves), default=tx.at)
        day = last[:10]
        if not "1900" <= year <= max(day[:4], home.today.isoformat()[:4]):
            why = _("Einen Jahresbericht gibt es für Jahre von 1900 bis heute.")
            raise InvalidInput(_("Jahr"), year, why)
        told = selected(_with_dues(tx, read, date.fromisoformat(day)), Scope(samples))
        found = annals.annual(told, names(tx, day), year, day)
        label = _("Jahresbericht")
        return Report(found, _rendered(tx, home, "annual-report", f"Bericht-{year}", label, last, found))


def _rendered(tx: Transaction, home: Home, kind: str, key: str, label: str, at: str, found: Struct) -> bytes:
    """Return figures as a Word file that bears the position and hash of the history."""
    stamp = collection_stamp(tx, key, label, at)
    context = {"own": {"name": stamp.author}, "position": stamp.position, **msgspec.to_builtins(found)}
    return templates.load(home, kind).render(context, stamp, design(home))


def collection_stamp(tx: Transaction, key: str, label: str, at: str) -> Stamp:
    """Return the stamp of a document over many proposals: its version is the position of the history it shows."""
    head = tx.head
    return Stamp(
        key=key,
        title=label,
        kind_label=label,
        version=head.seq,
        position=head.seq,
        short_hash=short_hash(head.hash),
        full_hash=head.hash,
        created=datetime.fromisoformat(at),
        author=getattr(tx.entry("organisation", own_organisation(tx)).value, "name", ""),
        sample=False,
    )


def stories(tx: Transaction, progress: Progress = unseen) -> list[Story]:
    """Return all proposals as reports count them, by key."""
    moves = _moves(tx, progress)
    return [
        Story(
            proposal=one.proposal,
            definition=pinned(tx, one.proposal.definition),
            title=one.title,
            moves=tuple(moves.get(one.proposal.key, ())),
            lesson=_text(tx, one.proposal.ended.lesson if one.proposal.ended else None),
            rests=_text(tx, one.proposal.suspended),
        )
        for one in tx.summaries()
    ]


def _text(tx: Transaction, commitment: Commitment | None) -> str:
    return tx.text(commitment) if commitment else ""


def _with_dues(tx: Transaction, read: list[Story], today: date) -> list[Story]:
    """Return the proposals with what is still due in each: deadlines and the milestones agreed."""
    dues = {
        one.proposal.key: tuple(_due(deadline, one, tx.text) for deadline in one.deadlines)
        for one in select(tx, EVERYTHING, today)
    }
    return [replace(story, dues=dues.get(story.key, ())) for story in read]


def _due(deadline: Deadline, one: Selected, text: Callable[[Commitment], str]) -> Due:
    """Return something due; a milestone on the date agreed, however exact that is."""
    agreed = {str(milestone.number): milestone.due for milestone in one.proposal.milestones}
    planned = deadline.kind == "milestone"
    day = agreed.get(deadline.name) if planned else None
    return Due(day or deadline.day, due_label(deadline, one.case, text), planned)


def _moves(tx: Transaction, progress: Progress) -> dict[str, list[Move]]:
    """Return the dated moves of every proposal in the order recorded, without those taken back."""
    found: dict[int, tuple[str, Move]] = {}
    whole = tx.head.seq
    for row in tx.rows():
        if row.seq % _STEP == 0:
            progress(row.seq, whole)
        if any(mark in row.payload for mark in _MARKS):
            record = read_payload(row)
            if isinstance(record.what, _COUNTED):
                found[record.seq] = (record.subject, Move(record.at, record.on, record.what))
            elif isinstance(record.what, Corrected):
                found.pop(record.what.seq, None)
    progress(whole, whole)
    moves: dict[str, list[Move]] = {}
    for key, move in found.values():
        moves.setdefault(key, []).append(move)
    return moves


def names(tx: Transaction, day: str) -> Names:
    """Return what the keys of the registers mean; a legal form is named as on that day."""
    rows = forms(tx)
    valid = {key: row for key in {row.key for row in rows} if (row := form_row(rows, key, day)) is not None}
    return Names(
        organisations={one.key: one.value for one in tx.cached("organisation") if isinstance(one.value, Organisation)},
        departments={one.key: one.value for one in tx.cached("department") if isinstance(one.value, Department)},
        topics={one.key: one.value for one in tx.cached("topic") if isinstance(one.value, Topic)},
        forms={key: row for key, row in valid.items() if isinstance(row, LegalForm)},
        own=own_organisation(tx),
    )
