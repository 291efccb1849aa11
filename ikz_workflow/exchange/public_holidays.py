"""Know the public holidays of the German Länder."""

from __future__ import annotations

from datetime import date
from functools import cache

# How the register writes a Land, and its code in ISO 3166-2:DE.
CODES = {
    "Baden-Württemberg": "BW",
    "Bayern": "BY",
    "Berlin": "BE",
    "Brandenburg": "BB",
    "Bremen": "HB",
    "Hamburg": "HH",
    "Hessen": "HE",
    "Mecklenburg-Vorpommern": "MV",
    "Niedersachsen": "NI",
    "Nordrhein-Westfalen": "NW",
    "Rheinland-Pfalz": "RP",
    "Saarland": "SL",
    "Sachsen": "SN",
    "Sachsen-Anhalt": "ST",
    "Schleswig-Holstein": "SH",
    "Thüringen": "TH",
}
_SATURDAY = 5


class PublicHolidays:
    """The holidays of a Land; one that is not known has none (`is_known`)."""

    def __init__(self, state: str) -> None:
        by_fold = {name.casefold(): code for name, code in CODES.items()}
        by_fold |= {code.casefold(): code for code in CODES.values()}
        self.state = state
        self._code = by_fold.get(state.strip().casefold(), "")

    @property
    def is_known(self) -> bool:
        """Tell whether the Land is known."""
        return bool(self._code)

    def of(self, year: int) -> tuple[date, ...]:
        """Return the holidays of a year that are not at the weekend, in order.

        A year is looked up when it is asked for the first time, and so is the library.
        """
        return _of_year(self._code, year) if self._code else ()


@cache
def _of_year(code: str, year: int) -> tuple[date, ...]:
    import holidays

    found = holidays.country_holidays("DE", subdiv=code, years=year)
    return tuple(sorted(day for day in found if day.weekday() < _SATURDAY))
