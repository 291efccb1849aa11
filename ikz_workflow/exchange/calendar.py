"""Write days as an iCalendar file (RFC 5545)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

_CONTROLS = ("Cc", "Zl", "Zp")


class Day(Struct, frozen=True):
    """One all-day entry of a calendar.

    `uid` stays the same as long as it is the same matter, `revision` rises when it changes, `at` is when it last did
    (UTC, ISO).
    """

    uid: str
    revision: int
    at: str
    day: date
    title: str
    text: str = ""
    categories: tuple[str, ...] = ()


def calendar(name: str, days: Sequence[Day], *, remind: int | None = None) -> bytes:
    """Return the file; the same days give the same bytes. `remind` is how many days ahead a reminder shows."""
    import icalendar

    made = icalendar.Calendar()
    made.add("prodid", "-//ikz_workflow//DE")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _line(name))
    for day in days:
        entry = icalendar.Event()
        entry.add("uid", day.uid)
        entry.add("sequence", day.revision)
        entry.add("dtstamp", datetime.fromisoformat(day.at).replace(microsecond=0))
        entry.add("dtstart", day.day)
        entry.add("dtend", day.day + timedelta(days=1))
        entry.add("summary", _line(day.title))
        entry.add("transp", "TRANSPARENT")  # a deadline does not make anybody busy
        if day.text:
            entry.add("description", _lines(day.text))
        if day.categories:
            entry.add("categories", [_line(one) for one in day.categories])
        if remind is not None:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", _line(day.title))
            alarm.add("trigger", timedelta(days=-remind))
            entry.add_component(alarm)
        made.add_component(entry)
    return bytes(made.to_ical())


def _line(text: str) -> str:
    return " ".join(_lines(text).split())


def _lines(text: str) -> str:
    """Return the text without the control characters that a calendar file must not hold."""
    return "".join(" " if one != "\n" and unicodedata.category(one) in _CONTROLS else one for one in text)
