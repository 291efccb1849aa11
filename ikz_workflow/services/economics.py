"""Calculate whether a proposal pays, for reading."""

from __future__ import annotations

from msgspec import Struct

from ikz_workflow import economics
from ikz_workflow.definition import Field
from ikz_workflow.economics import Comparison, Outcome
from ikz_workflow.services.home import Home
from ikz_workflow.services.proposals import View, view_in


class Line(Struct, frozen=True):
    """One row of the calculation, in cents: `value` is the net present value, `cost` all payments in today's money."""

    section: str
    label: str
    today: int | None = None
    joint: int | None = None
    once: int | None = None
    saving: int | None = None
    cost: int | None = None
    value: int | None = None


class Reckoning(Struct, frozen=True):
    """The calculation of a proposal; `missing` are the fields that its workflow asks and that it lacks."""

    seen: View
    found: Comparison
    missing: tuple[Field, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return the rows: each party, each alternative, each variation of the assumptions."""
        found = self.found
        sides = [found.own, *found.partners, *([found.whole] if found.whole else [])]
        return (
            *(_line("side", one) for one in sides),
            *(_line("alternative", one.way, one.cost) for one in found.alternatives),
            *(Line("variation", one.label, saving=one.saving, value=one.value) for one in found.variations),
        )


def reckoning(home: Home, key: str) -> Reckoning:
    """Return whether a proposal pays, as far as its figures tell."""
    with home.ready.reading(home.now()) as tx:
        seen = view_in(tx, key, home.today.isoformat())
    found = economics.compare(seen.proposal, seen.texts, seen.name(seen.case.circumstances.own))
    known = seen.case.definition.fields
    return Reckoning(
        seen, found, tuple(known[name] for name in economics.missing(seen.proposal, found) if name in known)
    )


def _line(section: str, one: Outcome, cost: int | None = None) -> Line:
    side = one.side
    today = side.today if section == "side" else None
    return Line(section, side.name, today, side.joint, side.once, side.saving, cost, one.value)
