"""Tell what happened within a span of time, where days are known only in part."""

from __future__ import annotations

from msgspec import Struct

from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import PartialDate
from ikz_workflow.services import inputs


class Span(Struct, frozen=True):
    """From the first day to the last, both included, as ISO dates."""

    first: str
    last: str

    @property
    def years(self) -> tuple[str, str]:
        """Return the first year and the last."""
        return self.first[:4], self.last[:4]

    def includes(self, day: PartialDate) -> bool:
        """Tell whether a day may lie within: a partial one overlaps the span, an unknown one never counts."""
        return day is not None and first_day(day) <= self.last and self.first <= last_day(day)


def first_day(day: str) -> str:
    """Return the first day a partial date can mean."""
    return day + "-01-01"[len(day) - 4 :]


def last_day(day: str) -> str:
    """Return the last day a partial date can mean, for comparison (a month ends on its 31st)."""
    return day + "-12-31"[len(day) - 4 :]


def edges(field: str, value: str) -> tuple[str, str]:
    """Return both ends of `2003..2005-06`, `..2011`, `2024-07..`, or `2003` alone as partial dates, "" for an open
    one; German dates too. InvalidInput."""
    begin, dots, end = value.strip().partition("..")
    if not (begin.strip() or end.strip()):
        raise InvalidInput(field, value, _("Eine Spanne steht so: 2003..2005, 01.07.2024.. oder ..2011-02."))
    first = inputs.partial_date(field, begin) if begin.strip() else ""
    last = (inputs.partial_date(field, end) if end.strip() else "") if dots else first
    if first and last and first_day(first) > last_day(last):
        raise InvalidInput(field, value, _("Das Ende liegt vor dem Anfang."))
    return first, last


def span(field: str, value: str) -> Span:
    """Return the span between two such ends. InvalidInput."""
    first, last = edges(field, value)
    return Span(first_day(first) if first else "0000", last_day(last) if last else "9999")
