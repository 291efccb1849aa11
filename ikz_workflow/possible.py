"""Tell what no entry can hold, such as the 30th of February: values that are well formed and never could be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from ikz_workflow import events
from ikz_workflow.events import Record
from ikz_workflow.proposal import DIRECTIONS, Cooperation, LegalForm, Organisation, RegisterEntry

UNDATED = "undated"  # the first day of a legal form's row that was always valid
MAX_WEIGHT = 3
MAX_VOTES = 9_999
_SHA256 = re.compile("[0-9a-f]{64}")
_CLOCK = re.compile(r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
_PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)

Check = tuple[str, object, bool]  # a value's name, the value, and whether it can be


def impossible(record: Record) -> str:
    """Return the first value of a record that never could be, with its name; "" if all could."""
    if not is_time(record.at):
        return f"at = {record.at}"
    if record.on is not None and not is_partial_date(record.on):
        return f"on = {record.on}"
    checks = _CHECKS.get(type(record.what))
    return _first(checks(record.what)) if checks else ""


def impossible_entry(value: RegisterEntry) -> str:
    """Return the first value of a register entry that never could be, with its name; "" if all could."""
    return _first(_entry(value))


def _first(checks: Iterable[Check]) -> str:
    for name, value, can_be in checks:
        if not can_be:
            return f"{name} = {value}"
    return ""


def is_time(text: str) -> bool:
    """Tell whether a text is a time as it is recorded: UTC, with microseconds."""
    return is_day(text[:10]) and _CLOCK.fullmatch(text, 10) is not None


@lru_cache(maxsize=4096)
def is_partial_date(text: str) -> bool:
    """Tell whether a text is a date that is in the calendar, be it a whole day, a month or a year."""
    try:
        return bool(_PARTIAL.fullmatch(text) and date.fromisoformat(text + "-01-01"[len(text) - 4 :]))
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Tell whether a text is a whole day that is in the calendar."""
    return len(text) == 10 and is_partial_date(text)


def _is_sha256(text: str | None) -> bool:
    return text is None or bool(_SHA256.fullmatch(text))


def _advanced(what: events.Advanced) -> Iterable[Check]:
    yield "review", what.review, what.review is None or is_day(what.review)
    yield "form_sha256", what.form_sha256, _is_sha256(what.form_sha256)


def _decided(what: events.Decided) -> Iterable[Check]:
    votes = what.votes
    yield "votes", votes, votes is None or (len(votes) in (3, 4) and all(0 <= one <= MAX_VOTES for one in votes))
    yield "text", what.text, _is_sha256(what.text)


def _obstacle(what: events.ObstacleSet) -> Iterable[Check]:
    yield "weight", what.weight, 1 <= what.weight <= MAX_WEIGHT


def _milestone(what: events.MilestoneAdded) -> Iterable[Check]:
    yield "due", what.due, what.due is None or is_partial_date(what.due)


def _document(what: events.DocumentAdded) -> Iterable[Check]:
    yield "size", what.size, what.size > 0
    yield "open", what.open, what.open >= 0
    for name in ("file_hash", "text_hash", "template_sha256"):
        yield name, getattr(what, name), _is_sha256(getattr(what, name))


def _attached(what: events.Attached) -> Iterable[Check]:
    yield "size", what.size, what.size >= 0
    yield "sha256", what.sha256, _is_sha256(what.sha256)


def _erased(what: events.Erased) -> Iterable[Check]:
    yield "files", what.files, all(map(_is_sha256, what.files))


def _confirmed(what: events.FormConfirmed) -> Iterable[Check]:
    yield "day", what.day, is_day(what.day)


def _entry(value: RegisterEntry) -> Iterable[Check]:
    if isinstance(value, LegalForm):
        yield "valid_from", value.valid_from, value.valid_from == UNDATED or is_day(value.valid_from)
        yield "valid_to", value.valid_to, not value.valid_to or is_day(value.valid_to)
        yield "checked_on", value.checked_on, not value.checked_on or is_day(value.checked_on)
        yield "directions", value.directions, set(value.directions) <= set(DIRECTIONS)
    if isinstance(value, Organisation):
        yield "valid_from", value.valid_from, not value.valid_from or is_partial_date(value.valid_from)
        yield "valid_to", value.valid_to, not value.valid_to or is_partial_date(value.valid_to)
        yield "inhabitants", value.inhabitants, value.inhabitants >= 0
    if isinstance(value, Cooperation):
        yield "since", value.since, not value.since or is_partial_date(value.since)


_CHECKS: dict[type[events.Event], Callable[[Any], Iterable[Check]]] = {
    events.Advanced: _advanced,
    events.Decided: _decided,
    events.ObstacleSet: _obstacle,
    events.MilestoneAdded: _milestone,
    events.DocumentAdded: _document,
    events.Attached: _attached,
    events.Erased: _erased,
    events.FormConfirmed: _confirmed,
    events.FormRegistered: lambda what: _entry(what.form),
    events.OrganisationRegistered: lambda what: _entry(what.organisation),
    events.CooperationRegistered: lambda what: _entry(what.cooperation),
}
