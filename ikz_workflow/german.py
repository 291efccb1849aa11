"""Write values as a German reader expects them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
)
UNKNOWN = "unbekannt"


def money(cents: int) -> str:
    """Return an amount of cents as `1.234,56 Euro`."""
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{euros:,}".replace(",", ".") + f",{rest:02d} Euro"


def number(value: str) -> str:
    """Return plain decimal text as `1.234,5`."""
    whole, _dot, part = value.partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{part}" if part else "")


def date(iso: str | None) -> str:
    """Return an ISO date of any precision as `22.11.2026`, `02.2011` or `2003`; "unbekannt" for None."""
    return ".".join(reversed(iso.split("-"))) if iso else UNKNOWN


def long_date(iso: str | None) -> str:
    """Return an ISO date of any precision as `22. November 2026`, `Februar 2011` or `2003`; "unbekannt" for None."""
    if not iso:
        return UNKNOWN
    year, *rest = iso.split("-")
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1]
    return f"{int(rest[1])}. {month} {year}" if len(rest) > 1 else f"{month} {year}"


def yes_no(value: bool) -> str:
    """Return ja or nein."""
    return "ja" if value else "nein"


def listed(names: Sequence[str]) -> str:
    """Return names as `A, B und C`."""
    return " und ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def years(value: Decimal) -> str:
    """Return a span of years with one digit behind the comma."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded}".replace(".", ",") + (" Jahr" if rounded == 1 else " Jahre")


def size(count: int) -> str:
    """Return a number of bytes for people."""
    return (
        f"{count} Bytes" if count < 1024 else f"{count / 1024:.0f} KiB" if count < 2**20 else f"{count / 2**20:.1f} MiB"
    )
