"""Tell which bodies a gate asks and what their decisions amount to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ikz_workflow.definition import Condition, Definition, Gate
from ikz_workflow.proposal import Decision, LegalForm, Organisation, Proposal

BodyState = Literal["yes", "no", "pending", "outdated", "amended", "open"]


class Circumstances(Struct, frozen=True):
    """What a decision depends on besides the proposal itself.

    `organisations` holds our own and those named in the proposal with their authorities, by register key; `form` is
    the legal form's row in force on `today` (ISO date), None while none is chosen.
    """

    organisations: Mapping[str, Organisation]
    own: str
    form: LegalForm | None
    today: str


class Body(Struct, frozen=True):
    """Who answers at a gate: key, name, and the organisation it belongs to ("" for a unit of our own)."""

    key: str
    name: str
    organisation: str = ""


class Answer(Struct, frozen=True):
    """How a body stands at a gate, with the decision that counts (or the last one that does not any more)."""

    body: Body
    state: BodyState
    decision: Decision | None = None


class GateState(Struct, frozen=True):
    """How a gate stands: whether it applies, what each body said, whether the rule is met or can't be met any more."""

    gate: Gate
    applies: bool
    answers: tuple[Answer, ...]
    passed: bool
    blocked: bool
    text_missing: bool


def holds(condition: Condition | None, proposal: Proposal, form: LegalForm | None) -> bool:
    """Tell whether a condition holds; none holds always, one on an unanswered field or unchosen form never."""
    if condition is None:
        return True
    if condition.kind == "any":
        return any(holds(part, proposal, form) for part in condition.parts)
    if condition.kind == "all":
        return all(holds(part, proposal, form) for part in condition.parts)
    if condition.kind == "form":
        return form is not None and getattr(form, condition.name) in condition.values
    value = proposal.fields.get(condition.name)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return value is not None and str(value) in condition.values


def bodies(gate: Gate, proposal: Proposal, circumstances: Circumstances) -> tuple[Body, ...]:
    """Return the bodies a gate asks, ours first, then those of the joined parties by name."""
    if gate.named:
        return tuple(Body(key, name) for key, name in gate.named.items())
    known = circumstances.organisations
    joined = {party.organisation for party in proposal.parties if party.standing == "joined"} - {circumstances.own}
    partners = sorted((key for key in joined if key in known), key=lambda key: known[key].name)
    everyone = [circumstances.own, *partners]
    if gate.bodies == "own-council":
        everyone = [circumstances.own]
    if gate.bodies == "parties":
        return tuple(Body(key, known[key].name, key) for key in everyone)
    if gate.bodies == "authorities":
        keys = dict.fromkeys(known[key].authority for key in everyone if known[key].authority)
        return tuple(Body(key, known[key].name if key in known else key, key) for key in keys)
    if gate.bodies == "councils":
        everyone = [key for key in everyone if known[key].council]
    form = circumstances.form
    by_head = gate.bodies == "heads" or (gate.bodies == "competent" and form is not None and form.decides == "heads")
    return tuple(_representation(key, known[key], by_head) for key in everyone)


def _representation(key: str, organisation: Organisation, by_head: bool) -> Body:
    """Return the council of an organisation, or its head where heads decide or it has no council."""
    title = organisation.head if by_head or not organisation.council else organisation.council
    return Body(key, f"{title or 'Leitung'} – {organisation.name}", key)


def gate_state(gate: Gate, proposal: Proposal, circumstances: Circumstances) -> GateState:
    """Return how a gate stands for the current text."""
    applies = holds(gate.when, proposal, circumstances.form)
    version = proposal.latest(gate.on) if gate.on else None
    text = version.text_hash if version else None
    asked = bodies(gate, proposal, circumstances)
    dead = bool(gate.on) and is_amended(gate.on, proposal)
    answers = tuple(_answer(gate, body, proposal, text, dead) for body in asked)
    agreed = sum(answer.state == "yes" for answer in answers)
    refused = sum(answer.state == "no" for answer in answers)
    needed = {"all": len(answers), "any": 1, "majority": len(answers) // 2 + 1}.get(gate.rule, gate.number)
    passed = bool(answers) and agreed >= needed and not (gate.veto and refused)
    blocked = bool(refused) and (gate.veto or len(answers) - refused < needed)
    return GateState(gate, applies, answers, passed, blocked, bool(gate.on) and text is None)


def _answer(gate: Gate, body: Body, proposal: Proposal, text: str | None, dead: bool) -> Answer:
    said = [known for known in proposal.decisions if known.gate == gate.name and known.body == body.key]
    if not said:
        return Answer(body, "open")
    if not gate.on:
        return Answer(body, _verdict(gate, said[-1]), said[-1])
    counting = [known for known in said if known.stands_for == text]
    if counting and not dead:
        return Answer(body, _verdict(gate, counting[-1]), counting[-1])
    awaiting = said[-1].outcome == "adopted-amended" and said[-1].stands_for is None
    return Answer(body, "amended" if awaiting else "outdated", said[-1])


def _verdict(gate: Gate, decision: Decision) -> BodyState:
    if decision.outcome in gate.yes:
        return "yes"
    return "no" if decision.outcome == "rejected" else "pending"


def is_amended(kind: str, proposal: Proposal) -> bool:
    """Tell whether a body amended the current text of a document: votes on it count no more, the new one is awaited."""
    version = proposal.latest(kind)
    return version is not None and any(
        known.outcome == "adopted-amended" and known.text == version.text_hash and known.stands_for is None
        for known in proposal.decisions
    )


def required_gates(definition: Definition) -> set[str]:
    """Return the gates that some transition demands."""
    return {
        name
        for stage in definition.stages.values()
        for transition in stage.transitions.values()
        for requirement in transition.requires
        if requirement.kind == "gate"
        for name in requirement.names
    }
