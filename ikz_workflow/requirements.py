"""Explain what a transition demands: for each requirement whether it is met, and if not, who can mend it and how."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.definition import Definition, Requirement, Transition
from ikz_workflow.gates import Answer, Circumstances, GateState, gate_state, holds, is_amended
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import LegalForm, Proposal

STANDING_LABELS = {
    "approached": "angesprochen",
    "interested": "interessiert",
    "joined": "beigetreten",
    "declined": "abgelehnt",
    "withdrew": "zurückgezogen",
}
# Which standings count where one is demanded: who has joined has also been approached.
_AT_LEAST = {
    "approached": ("approached", "interested", "joined"),
    "interested": ("interested", "joined"),
    "joined": ("joined",),
    "declined": ("declined",),
    "withdrew": ("withdrew",),
}


class Item(Struct, frozen=True):
    """One line of a checklist.

    `text` says what is demanded (met) or missing (unmet); an unmet item names who can mend it, the legal basis if
    any with whether somebody confirmed it, and the command that mends it.
    """

    met: bool
    kind: str
    name: str
    text: str
    who: str = ""
    basis: str = ""
    unconfirmed: bool = False
    remedy: str = ""


class Plan(Struct, frozen=True):
    """What the actor brings along for a transition: a reason's name, whether there is a note."""

    reason: str = ""
    note: bool = False


class _Case(Struct, frozen=True):
    """All that one requirement is judged by."""

    definition: Definition
    proposal: Proposal
    circumstances: Circumstances
    transition: Transition
    requirement: Requirement
    plan: Plan

    def who(self, role: str = "") -> str:
        return self.definition.roles.get(role or self.transition.role, role)

    @property
    def key(self) -> str:
        return self.proposal.key


def checklist(
    definition: Definition, transition: Transition, proposal: Proposal, circumstances: Circumstances, plan: Plan
) -> tuple[Item, ...]:
    """Return one item for each thing demanded now; requirements whose `when` does not hold are left out."""
    items: list[Item] = []
    for requirement in transition.requires:
        if holds(requirement.when, proposal, circumstances.form):
            case = _Case(definition, proposal, circumstances, transition, requirement, plan)
            items.extend(_JUDGES[requirement.kind](case))
    return tuple(items)


def _fields(case: _Case) -> list[Item]:
    items = []
    for name in case.requirement.names:
        field = case.definition.fields[name]
        if not holds(field.when, case.proposal, case.circumstances.form):
            continue
        if name in case.proposal.fields:
            items.append(Item(True, "field", name, _("Angegeben: {label}.").format(label=field.label)))
            continue
        remedy = f"ikz fill {case.key} --field {name}"
        text = _("Es fehlt: {label}.").format(label=field.label)
        items.append(Item(False, "field", name, text, case.who("clerk"), remedy=remedy))
    return items


def _reached(case: _Case) -> list[Item]:
    name = case.requirement.names[0]
    field = case.definition.fields[name]
    value = case.proposal.fields.get(name)
    if value is None:
        return []  # that it is missing is the business of the requirement that demands the field
    day = str(value)
    if day <= case.circumstances.today[: len(day)]:
        return [
            Item(
                True,
                "reached",
                name,
                _("{label} ist erreicht ({day}).").format(label=field.label, day=german.date(day)),
            )
        ]
    text = _("{label} ist noch nicht erreicht ({day}).").format(label=field.label, day=german.date(day))
    return [Item(False, "reached", name, text, case.who(), remedy=f"ikz advance {case.key} {case.transition.name}")]


def _document(case: _Case) -> list[Item]:
    kind = case.requirement.names[0]
    label = case.definition.documents[kind]
    version = case.proposal.latest(kind)
    if version is not None:
        return [
            Item(True, "document", kind, _("{label} liegt vor (Fassung {n}).").format(label=label, n=version.number))
        ]
    text = _("Es fehlt das Dokument „{label}“.").format(label=label)
    remedy = f"ikz document create {case.key} {kind}"
    return [Item(False, "document", kind, text, case.who("clerk"), remedy=remedy)]


def _parties(case: _Case) -> list[Item]:
    standing, count = case.requirement.standing, case.requirement.count
    own = case.circumstances.own
    found = [
        party for party in case.proposal.parties if party.standing in _AT_LEAST[standing] and party.organisation != own
    ]
    label = STANDING_LABELS[standing]
    if len(found) >= count:
        return [Item(True, "parties", standing, _("Beteiligte „{label}“: {n}.").format(label=label, n=len(found)))]
    if count == 1:
        text = _("Kein Partner ist „{label}“.").format(label=label)
    else:
        text = _("Es braucht {count} Partner „{label}“, es sind {n}.").format(count=count, label=label, n=len(found))
    known = next((party for party in case.proposal.parties if party.organisation != own), None)
    organisation = known.organisation if known else "ORGANISATION"
    remedy = f"ikz party {'set' if known else 'add'} {case.key} {organisation} --standing {standing}"
    return [Item(False, "parties", standing, text, case.who("clerk"), remedy=remedy)]


def _contacts(case: _Case) -> list[Item]:
    own = case.circumstances.own
    partners = [p.organisation for p in case.proposal.parties if p.standing == "joined" and p.organisation != own]
    if not partners:
        met = len(case.proposal.contacts) >= case.requirement.count
        if met:
            return [Item(True, "contacts", "", _("Kontakte sind festgehalten."))]
        text = _("Es ist kein Kontakt mit einem Partner festgehalten.")
        remedy = f'ikz contact {case.key} ORGANISATION "…"'
        return [Item(False, "contacts", "", text, case.who("clerk"), remedy=remedy)]
    items = []
    for organisation in partners:
        name = case.circumstances.organisations[organisation].name
        count = sum(contact.organisation == organisation for contact in case.proposal.contacts)
        if count >= case.requirement.count:
            text = _("Kontakte mit {name}: {n}.").format(name=name, n=count)
            items.append(Item(True, "contacts", organisation, text))
        else:
            text = _("Es ist kein Kontakt mit {name} festgehalten.").format(name=name)
            if count:
                wanted = case.requirement.count
                text = _("Kontakte mit {name}: {n} von {wanted}.").format(name=name, n=count, wanted=wanted)
            remedy = f'ikz contact {case.key} {organisation} "…"'
            items.append(Item(False, "contacts", organisation, text, case.who("clerk"), remedy=remedy))
    return items


def _milestones(case: _Case) -> list[Item]:
    found, count = len(case.proposal.milestones), case.requirement.count
    if found >= count:
        return [Item(True, "milestones", "", _("Meilensteine sind vereinbart: {n}.").format(n=found))]
    text = _("Vereinbarte Meilensteine: {n} von {count}.").format(n=found, count=count)
    remedy = f'ikz milestone add {case.key} "…" --due JJJJ-MM-TT'
    return [Item(False, "milestones", "", text, case.who("clerk"), remedy=remedy)]


def _obstacles(case: _Case) -> list[Item]:
    proposal, catalogue = case.proposal, case.definition.catalogue.obstacles
    if case.requirement.names[0] == "assessed":
        if proposal.obstacles_assessed:
            return [Item(True, "obstacles", "assessed", _("Die Hemmnisse sind eingeschätzt."))]
        text = _("Die Hemmnisse sind noch nicht eingeschätzt ({first} …; none = keines).").format(
            first=", ".join(f"{name} = {obstacle.label}" for name, obstacle in list(catalogue.items())[:3])
        )
        remedy = f"ikz obstacle {case.key} {next(iter(catalogue), 'none')}"
        return [Item(False, "obstacles", "assessed", text, case.who("clerk"), remedy=remedy)]
    unanswered = [obstacle for obstacle in proposal.obstacles if obstacle.answer is None]
    if not unanswered:
        return [Item(True, "obstacles", "answered", _("Auf jedes Hemmnis gibt es eine Antwort."))]
    items = []
    for obstacle in unanswered:
        label = catalogue[obstacle.kind].label if obstacle.kind in catalogue else obstacle.kind
        of = f" --party {obstacle.party}" if obstacle.party else ""
        text = _("Auf das Hemmnis „{label}“ gibt es noch keine Antwort.").format(label=label)
        remedy = f'ikz obstacle {case.key} {obstacle.kind}{of} --answer "…"'
        items.append(Item(False, "obstacles", obstacle.kind, text, case.who("clerk"), remedy=remedy))
    return items


def _checks(case: _Case) -> list[Item]:
    items = []
    for name in case.requirement.names:
        check = case.definition.catalogue.checks[name]
        answer = case.proposal.check(name)
        if answer is not None and answer.result not in ("open", "violated"):
            items.append(Item(True, "check", name, _("Geprüft: {label}.").format(label=check.label)))
            continue
        text = _("Noch nicht geprüft: {label}.") if answer is None else _("Offen oder verletzt: {label}.")
        remedy = f'ikz check {case.key} {name} met --evidence "…"'
        item = Item(
            False,
            "check",
            name,
            text.format(label=check.label),
            case.who("legal"),
            check.basis,
            not check.checked_by,
            remedy,
        )
        items.append(item)
    return items


def _gate(case: _Case) -> list[Item]:
    gate = case.definition.gates[case.requirement.names[0]]
    state = gate_state(gate, case.proposal, case.circumstances)
    if not state.applies:
        return []
    if state.passed:
        return [Item(True, "gate", gate.name, _("{label}: erreicht.").format(label=gate.label))]
    basis, unconfirmed = legal_basis(gate.basis, case.circumstances.form)
    if state.text_missing or is_amended(gate.on, case.proposal):
        return [_text_item(case, state, basis, unconfirmed)]
    items = []
    for answer in state.answers:
        if answer.state != "yes":
            text = gate_sentence(state, answer)
            remedy = f"ikz decide {case.key} {gate.name} {answer.body.key} {gate.yes[0]}"
            remedy += ' --correct "…"' if answer.state == "no" else ""
            items.append(Item(False, "gate", gate.name, text, answer.body.name, basis, unconfirmed, remedy))
    if not items:
        text = _("{label}: Es ist keine Stelle zu fragen, weil kein Partner beigetreten ist.").format(label=gate.label)
        remedy = f"ikz party set {case.key} ORGANISATION --standing joined"
        items.append(Item(False, "gate", gate.name, text, case.who("clerk"), remedy=remedy))
    return items


def _text_item(case: _Case, state: GateState, basis: str, unconfirmed: bool) -> Item:
    """Return the item that says which text has to be there before anybody can vote on it."""
    gate = state.gate
    document = case.definition.documents[gate.on]
    if state.text_missing:
        text = _("{label}: Es gibt noch keinen Text „{document}“, über den entschieden werden kann.")
        remedy = f"ikz document create {case.key} {gate.on}"
    else:
        text = _(
            "{label}: „{document}“ wurde geändert beschlossen; die bisherigen Beschlüsse gelten nicht mehr, "
            "der geänderte Text fehlt."
        )
        remedy = f"ikz document file {case.key} {gate.on} GEÄNDERT.docx"
    text = text.format(label=gate.label, document=document)
    return Item(False, "gate", gate.name, text, case.who("clerk"), basis, unconfirmed, remedy)


def gate_sentence(state: GateState, answer: Answer) -> str:
    """Return how a body stands at a gate, as a sentence."""
    sentences = {
        "open": _("{gate}: {body} steht noch aus."),
        "pending": _("{gate}: {body} noch nicht abschließend ({outcome})."),
        "no": _("{gate}: {body} hat nicht zugestimmt ({outcome})."),
        "outdated": _("{gate}: {body} hat über einen älteren Text entschieden; ein neuer Beschluss ist nötig."),
        "amended": _("{gate}: {body} hat den Text geändert; die geänderte Fassung fehlt."),
        "yes": _("{gate}: {body} hat zugestimmt ({outcome})."),
    }
    outcome = state.gate.outcomes.get(answer.decision.outcome, answer.decision.outcome) if answer.decision else ""
    return sentences[answer.state].format(gate=state.gate.label, body=answer.body.name, outcome=outcome)


def legal_basis(column: str, form: LegalForm | None) -> tuple[str, bool]:
    """Return the legal basis a form's row names for a column, and whether nobody has confirmed the row."""
    if not column or form is None:
        return "", False
    basis = str(getattr(form, f"basis_{column}", "") or form.basis)
    return basis, bool(basis) and not form.checked_by


def _reason(case: _Case) -> list[Item]:
    reasons = case.definition.catalogue.reasons
    if case.plan.reason in reasons:
        return [Item(True, "reason", case.plan.reason, _("Der Grund ist genannt."))]
    text = _("Es fehlt der Grund (möglich: {names}).").format(names=", ".join(reasons))
    remedy = f'ikz advance {case.key} {case.transition.name} --reason {next(iter(reasons), "other")} --note "…"'
    return [Item(False, "reason", "", text, case.who(), remedy=remedy)]


def _note(case: _Case) -> list[Item]:
    if case.plan.note:
        return [Item(True, "note", "", _("Die Begründung ist angegeben."))]
    text = _("Es fehlt die Begründung")
    text += _(": Was ist daraus zu lernen?") if case.transition.effect == "end" else "."
    remedy = f'ikz advance {case.key} {case.transition.name} --note "…"'
    return [Item(False, "note", "", text, case.who(), remedy=remedy)]


_JUDGES: dict[str, Callable[[_Case], list[Item]]] = {
    "fields": _fields,
    "reached": _reached,
    "document": _document,
    "parties": _parties,
    "contacts": _contacts,
    "milestones": _milestones,
    "obstacles": _obstacles,
    "checks": _checks,
    "gate": _gate,
    "reason": _reason,
    "note": _note,
}
