"""Page through the timeline of one proposal or of everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from ikz_workflow.history import read_payload
from ikz_workflow.services.home import Home
from ikz_workflow.services.registers import role_labels
from ikz_workflow.services.spans import Span, span
from ikz_workflow.services.telling import Entry, Roles, timeline_of
from ikz_workflow.storage.transaction import Transaction

_PART = 2000  # entries told at a time


class Page(Struct, frozen=True):
    """A page of a timeline.

    `after` is the position the next page goes on behind, 0 on the last page. `more` is how many entries follow, None
    where only reading them all would tell.
    """

    entries: tuple[Entry, ...]
    after: int = 0
    more: int | None = 0


def history(home: Home, key: str | None = None, *, happened: str | None = None) -> list[Entry]:
    """Return the timeline of one proposal, or of everything, in the order recorded; of a span, if one is given."""
    return list(told(home, key, happened=happened))


def told(home: Home, key: str | None = None, *, after: int = 0, happened: str | None = None) -> Iterator[Entry]:
    """Yield the timeline of one proposal, or of everything, behind a position; memory stays flat.

    While whoever takes the entries is slow, no transaction holds up those who write.
    """
    while True:
        part = page(home, key, after=after, limit=_PART, happened=happened)
        yield from part.entries
        if not part.after:
            return
        after = part.after


def page(home: Home, key: str | None = None, *, after: int = 0, limit: int, happened: str | None = None) -> Page:
    """Return the timeline of one proposal, or of everything, behind a position; no more than `limit`."""
    within = span("--happened", happened) if happened else None
    roles = cache(lambda: role_labels(home))
    with home.ready.reading(home.now()) as tx:
        if key is None:
            return _page_of_all(tx, within, after, limit, roles)
        found = _of_proposal(tx, key, within, after, roles)
        shown = tuple(found[:limit])
        return Page(shown, shown[-1].seq, len(found) - limit) if len(found) > limit else Page(shown)


def _of_proposal(tx: Transaction, key: str, within: Span | None, after: int, roles: Roles) -> list[Entry]:
    tx.proposal(key)
    entries = timeline_of(tx, key, roles)
    return [one for one in entries if one.seq > after and (within is None or within.includes(one.on))]


def _page_of_all(tx: Transaction, within: Span | None, after: int, limit: int, roles: Roles) -> Page:
    """Return a page of everything. What an entry says depends on others of its subject, so these are read whole."""
    places: list[tuple[int, str]] = []
    for row in tx.rows_after(after, within.years) if within else tx.rows_after(after, most=limit + 1):
        if within is None or within.includes(read_payload(row).on):
            places.append((row.seq, row.subject))
        if len(places) > limit:
            break
    shown = dict(places[:limit])
    subjects = dict.fromkeys(shown.values())
    found = {one.seq: one for each in subjects for one in timeline_of(tx, each, roles) if one.seq in shown}
    entries = tuple(found[seq] for seq in shown)
    if len(places) <= limit:
        return Page(entries)
    last = entries[-1].seq
    return Page(entries, last, None if within else tx.head.seq - last)
