"""Narrow a definition to what can apply under some legal forms and in one direction."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.definition.model import Condition, Definition, Field, Gate, Requirement, Stage, Transition
from ikz_workflow.proposal import LegalForm


def narrowed(definition: Definition, forms: Sequence[LegalForm], direction: str = "") -> Definition:
    """Return the definition without what can hold for none of the forms; what holds for all loses its condition.

    `direction` "" leaves the direction open. Conditions on other fields stay as they are.
    """
    known = {field.name: tuple(dict.fromkeys(form.key for form in forms)) for field in _asking(definition, "forms")}
    if direction:
        known |= {field.name: (direction,) for field in _asking(definition, "directions")}
    case = _Case(tuple(forms), known, set())
    while gone := {field.name for field in definition.fields.values() if case.settled(field.when) is False} - case.gone:
        case.gone.update(gone)
    gates = {gate.name: gate for gate in map(case.gate, definition.gates.values()) if gate is not None}
    stages = {stage.name: case.stage(stage, gates) for stage in definition.stages.values()}
    return replace(
        definition,
        stages=stages,
        anywhere={name: case.transition(one, gates) for name, one in definition.anywhere.items()},
        gates=gates,
        fields={name: field for stage in stages.values() for name, field in stage.fields.items()},
    )


def _asking(definition: Definition, register: str) -> list[Field]:
    return [field for field in definition.fields.values() if field.register == register]


class _Case(Struct, frozen=True):
    """What is known: the forms possible, the values some fields can have, the fields that fall away."""

    forms: tuple[LegalForm, ...]
    values: dict[str, tuple[str, ...]]
    gone: set[str]

    def settled(self, condition: Condition | None) -> Condition | bool:
        """Return whether a condition holds in any case or in none, else what remains of it."""
        if condition is None:
            return True
        if condition.parts:
            return self._joined(condition)
        if condition.kind == "form":
            possible = tuple(dict.fromkeys(str(getattr(form, condition.name)) for form in self.forms))
        elif condition.name in self.gone:
            return False
        elif condition.name in self.values:
            possible = self.values[condition.name]
        else:
            return condition
        kept = tuple(value for value in condition.values if value in possible)
        return len(kept) == len(possible) or replace(condition, values=kept) if kept else False

    def _joined(self, condition: Condition) -> Condition | bool:
        parts = [self.settled(part) for part in condition.parts]
        decides = condition.kind == "any"  # one True decides "any", one False decides "all"
        if any(part is decides for part in parts):
            return decides
        kept = tuple(part for part in parts if not isinstance(part, bool))
        if not kept:
            return not decides
        return kept[0] if len(kept) == 1 else replace(condition, parts=kept)

    def stage(self, stage: Stage, gates: dict[str, Gate]) -> Stage:
        """Return a stage with what remains of its fields and transitions."""
        fields = {
            name: replace(field, when=_condition(self.settled(field.when)))
            for name, field in stage.fields.items()
            if name not in self.gone
        }
        transitions = {name: self.transition(one, gates) for name, one in stage.transitions.items()}
        return replace(stage, fields=fields, transitions=transitions)

    def transition(self, transition: Transition, gates: dict[str, Gate]) -> Transition:
        """Return a transition with what remains of its requirements."""
        needs = (self._requirement(need, gates) for need in transition.requires)
        return replace(transition, requires=tuple(need for need in needs if need is not None))

    def _requirement(self, need: Requirement, gates: dict[str, Gate]) -> Requirement | None:
        holds = self.settled(need.when)
        names = need.names
        if need.kind in ("fields", "reached"):
            names = tuple(name for name in names if name not in self.gone)
        elif need.kind == "gate":
            names = tuple(name for name in names if name in gates)
        if holds is False or (need.names and not names):
            return None
        return replace(need, names=names, when=_condition(holds))

    def gate(self, gate: Gate) -> Gate | None:
        """Return a gate with what remains of its condition, None if it can never apply."""
        holds = self.settled(gate.when)
        return None if holds is False else replace(gate, when=_condition(holds))


def _condition(settled: Condition | bool) -> Condition | None:
    return None if isinstance(settled, bool) else settled
