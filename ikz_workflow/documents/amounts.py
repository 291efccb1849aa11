"""Turn the calculation of costs and savings into the texts that templates print."""

from __future__ import annotations

from typing import Any

from ikz_workflow import economics, german
from ikz_workflow.documents.values import Open
from ikz_workflow.economics import Comparison, Outcome

MOST_COLUMNS = 11  # of the chart of the years
_COSTS = {"today": "Kosten heute je Jahr", "joint": "Kosten gemeinsam je Jahr", "once": "Einmalige Kosten"}
_UNKNOWN = "–"  # what follows from figures that are marked as open where they belong


def amounts_of(found: Comparison) -> dict[str, Any]:
    """Return everything about costs under the names that templates use (docs/handbuch.md)."""
    own, terms = found.own.side, found.terms
    payback, discounted = economics.payback_words(found), economics.discounted_words(found)
    outcomes = (found.own, *found.partners)
    return {
        "cost_today": _money(own.today, _COSTS["today"]),
        "cost_joint": _money(own.joint, _COSTS["joint"]),
        "cost_once": _money(own.once, _COSTS["once"]),
        "saving": _money(own.saving, "Einsparung je Jahr"),
        "amortisation": payback or Open("Amortisation"),
        "amortisation_discounted": discounted if discounted != payback else "",
        "years": economics.whole_years(terms.years) if terms.years else Open("Betrachtungszeitraum"),
        "rate": Open("Zinssatz") if terms.rate is None else f"{economics.percent(terms.rate)} %",
        "swing": Open("Unsicherheit der Kosten") if terms.swing is None else f"{economics.percent(terms.swing)} %",
        "present_value": _money(found.own.value, "Kapitalwert"),
        "verdict": economics.verdict(found),
        "sides": [_row(found.own), *(_partner(one) for one in found.partners)],
        "totals": [_side(found.whole)] if found.whole else [],
        "partner_costs": "" if found.partners else Open("Kosten der Partner"),
        "alternatives": [
            {**_side(one.way), "cost": _amount(one.cost), "gain": _amount(one.way.value)} for one in found.alternatives
        ],
        "variations": [
            {"label": one.label, "saving": german.amount(one.saving), "value": german.amount(one.value)}
            for one in found.variations
        ],
        "limits": [{"label": one.label, "text": one.text} for one in found.limits],
        "yearly_chart": [
            {"name": one.side.name or "–", "today": _euros(one.side.today), "joint": _euros(one.side.joint)}
            for one in outcomes
            if one.side.today is not None and one.side.joint is not None
        ],
        "course_chart": [
            {"year": str(year), "value": _euros(found.course[year])} for year in _shown(len(found.course))
        ],
    }


def _money(cents: int | None, label: str) -> str | Open:
    return Open(label) if cents is None else german.money(cents)


def _amount(cents: int | None) -> str:
    return _UNKNOWN if cents is None else german.amount(cents)


def _euros(cents: int) -> str:
    """Return whole euros for a chart, fifty cents rounded away from zero."""
    return str((abs(cents) + 50) // 100 * (-1 if cents < 0 else 1))


def _shown(count: int) -> list[int]:
    """Return which of so many values a chart shows: the first, the last, and between them one in so many."""
    last = count - 1
    step = -(-last // (MOST_COLUMNS - 1)) or 1
    return [*range(0, last, step), last] if count else []


def _side(one: Outcome) -> dict[str, str | Open]:
    side = one.side
    return {
        "name": side.name,
        "today": _amount(side.today),
        "joint": _amount(side.joint),
        "once": _amount(side.once),
        "saving": _amount(side.saving),
        "value": _amount(one.value),
    }


def _row(one: Outcome, whose: str = "") -> dict[str, str | Open]:
    """Return a party's row, where every figure it has not given is marked."""
    row = _side(one)
    return row | {name: Open(label + whose) for name, label in _COSTS.items() if row[name] == _UNKNOWN}


def _partner(one: Outcome) -> dict[str, str | Open]:
    row = _row(one, f" ({one.side.name or 'Partner'})")
    return row if one.side.name else {**row, "name": Open("Name eines Partners")}
