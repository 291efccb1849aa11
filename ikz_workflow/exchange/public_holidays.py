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


class PublicHolidays:
    """The holidays of a Land, to be asked `day in holidays`; a Land that is not known has none (`is_known`).

    A year is looked up when a day of it is asked for the first time, and so is the library.
    """

    def __init__(self, state: str) -> None:
        by_fold = {name.casefold(): code for name, code in CODES.items()}
        by_fold |= {code.casefold(): code for code in CODES.values()}
        self.state = state
        self._code = by_fold.get(state.strip().casefold(), "")
        self._years: dict[int, frozenset[date]] = {}

    @property
    def is_known(self) -> bool:
        """Tell whether the Land is known."""
        return bool(self._code)

    def __contains__(self, day: object) -> bool:
        if not self._code or not isinstance(day, date):
            return False
        year = self._years.get(day.year)
        if year is None:
            year = self._years[day.year] = _of_year(self._code, day.year)
        return day in year


@cache
def _of_year(code: str, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("DE", subdiv=code, years=year))
