"""Tell which bodies a gate asks and what their decisions amount to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ikz_workflow.definition import BY_FORM, Condition, Definition, Gate
from ikz_workflow.proposal import Decision, LegalForm, Organisation, Proposal

# Kinds of organisations that have a council, even where the register does not name it.
_REPRESENTED = ("city", "county", "municipality", "association")

BodyState = Literal["yes", "no", "pending", "outdated", "amended", "open"]


class Circumstances(Struct, frozen=True):
    """What a decision depends on besides the proposal itself.

    `organisations` holds our own and those named in the proposal with their authorities, by register key; `form` is
    the legal form's row in force on `today` (ISO date), None while none is chosen. `departments` holds the names of
    those that a field of the proposal lists.
    """

    organisations: Mapping[str, Organisation]
    own: str
    form: LegalForm | None
    today: str
    departments: Mapping[str, str] = {}


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

    @property
    def name(self) -> str:
        """Return what the body was called when it decided, or is called now."""
        return (self.decision.name if self.decision else "") or self.body.name


class GateState(Struct, frozen=True):
    """How a gate stands: whether it applies, what each body said, whether the rule is met or can't be met any more.

    `text` is the kind of the document put to the vote, "" for none; `awaited` says that an amended one is to be filed.
    """

    gate: Gate
    text: str
    applies: bool
    answers: tuple[Answer, ...]
    passed: bool
    blocked: bool
    text_missing: bool
    awaited: bool


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


def text_kind(name: str, form: LegalForm | None) -> str:
    """Return the kind of document a gate or requirement means, "" for none; `BY_FORM` is what the form's row says."""
    if name != BY_FORM:
        return name
    return form.document if form is not None and form.document != "none" else ""


def bodies(gate: Gate, proposal: Proposal, circumstances: Circumstances) -> tuple[Body, ...]:
    """Return the bodies a gate asks, ours first, then those of the joined parties by name."""
    if gate.named:
        listed = [key for key in str(proposal.fields.get(gate.listed, "")).split(",") if key] if gate.listed else []
        names = {**gate.named, **{key: circumstances.departments.get(key, key) for key in listed}}
        return tuple(Body(key, name) for key, name in names.items())
    known = circumstances.organisations
    joined = _joined(proposal) - {circumstances.own}
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
        everyone = [key for key in everyone if known[key].council or known[key].kind in _REPRESENTED]
    return tuple(_representation(key, known[key], gate.bodies == "heads") for key in everyone)


def _joined(proposal: Proposal) -> set[str]:
    return {party.organisation for party in proposal.parties if party.standing == "joined"}


def _representation(key: str, organisation: Organisation, by_head: bool) -> Body:
    """Return the council of an organisation, or its head where heads decide."""
    title = (organisation.head or "Leitung") if by_head else (organisation.council or "Vertretung")
    return Body(key, f"{title} – {organisation.name}", key)


def gate_state(gate: Gate, proposal: Proposal, circumstances: Circumstances) -> GateState:
    """Return how a gate stands for the current text."""
    applies = holds(gate.when, proposal, circumstances.form)
    kind = text_kind(gate.on, circumstances.form)
    version = proposal.valid(kind)
    text = version.text_hash if version else None
    asked = bodies(gate, proposal, circumstances)
    awaited = bool(kind) and is_amended(kind, proposal)
    answers = tuple(_answer(gate, kind, body, proposal, text, awaited) for body in asked)
    agreed = sum(answer.state == "yes" for answer in answers)
    refused = sum(answer.state == "no" for answer in answers)
    needed = {"all": len(answers), "any": 1, "majority": len(answers) // 2 + 1}.get(gate.rule, gate.number)
    passed = bool(answers) and agreed >= needed and not (gate.veto and refused)
    blocked = bool(refused) and (gate.veto or len(answers) - refused < needed)
    return GateState(gate, kind, applies, answers, passed, blocked, bool(kind) and text is None, awaited)


def _answer(gate: Gate, kind: str, body: Body, proposal: Proposal, text: str | None, awaited: bool) -> Answer:
    since = proposal.entered if gate.fresh else 0
    said = [
        known
        for known in proposal.decisions
        if known.gate == gate.name and known.body == body.key and known.seq > since
    ]
    if not said:
        return Answer(body, "open")
    valid = [known for known in said if not known.void]
    if not kind and valid:
        return Answer(body, _verdict(gate, valid[-1]), valid[-1])
    counting = [known for known in valid if known.stands_for == text]
    if counting and not awaited:
        return Answer(body, _verdict(gate, counting[-1]), counting[-1])
    awaiting = said[-1].amends and said[-1].stands_for is None and not said[-1].void
    return Answer(body, "amended" if awaiting else "outdated", said[-1])


def _verdict(gate: Gate, decision: Decision) -> BodyState:
    if decision.outcome in gate.yes:
        return "yes"
    return "no" if decision.outcome == "rejected" else "pending"


def is_amended(kind: str, proposal: Proposal) -> bool:
    """Tell whether a body amended the current text of a document: votes on it count no more, the new one is awaited."""
    version = proposal.valid(kind)
    return version is not None and any(
        known.amends and known.text == version.text_hash and known.stands_for is None and not known.void
        for known in proposal.decisions
    )


def voided(
    definition: Definition, before: Proposal, after: Proposal, was: LegalForm | None, now: LegalForm | None
) -> tuple[int, ...]:
    """Return the history positions of the decisions and documents that a change of direction or form makes void.

    These are the texts of the former form, and what was decided at gates that depend on direction or form.
    """
    same_form = (was.key if was else "") == (now.key if now else "")
    if same_form and _directions(definition, before) == _directions(definition, after):
        return ()
    if not before.documents and not before.decisions:
        return ()
    dependent = {gate.name for gate in definition.gates.values() if _depends_on_form(definition, gate)}
    kinds = {text_kind(gate.on, was) for gate in definition.gates.values() if gate.on == BY_FORM} - {""}
    texts = [one.seq for one in before.documents if one.kind in kinds and not one.void]
    return tuple(sorted([*texts, *(one.seq for one in before.decisions if one.gate in dependent and not one.void)]))


def _directions(definition: Definition, proposal: Proposal) -> list[object]:
    return [proposal.fields.get(name) for name in definition.direction_fields]


def _depends_on_form(definition: Definition, gate: Gate) -> bool:
    leaves = gate.when.leaves() if gate.when else ()
    chosen = {name for name, field in definition.fields.items() if field.register in ("forms", "directions")}
    return gate.on == BY_FORM or any(leaf.kind == "form" or leaf.name in chosen for leaf in leaves)


def newly_asked(
    definition: Definition, before: Proposal, after: Proposal, circumstances: Circumstances
) -> dict[str, tuple[str, ...]]:
    """Return the bodies of each gate that asks others after a change of the parties than before."""
    changed: dict[str, tuple[str, ...]] = {}
    if _joined(before) == _joined(after):
        return changed
    for gate in definition.gates.values():
        if holds(gate.when, after, circumstances.form):
            was, now = (bodies(gate, one, circumstances) for one in (before, after))
            if was != now:
                changed[gate.name] = tuple(body.key for body in now)
    return changed


def required_gates(definition: Definition, at: str = "") -> set[str]:
    """Return the gates that some transition demands, or one that leaves the stage named."""
    return {
        name
        for stage in definition.stages.values()
        if not at or stage.name == at
        for transition in stage.transitions.values()
        for requirement in transition.requires
        if requirement.kind == "gate"
        for name in requirement.names
    }
