"""Explain what a transition demands: for each requirement whether it is met, and if not, who can mend it and how."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.definition import Definition, Field, Gate, Requirement, Transition
from ikz_workflow.gates import Answer, Circumstances, GateState, gate_state, holds, text_kind
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, DocumentVersion, LegalForm, PartialDate, Proposal

STANDING_LABELS = {
    "approached": "angesprochen",
    "interested": "interessiert",
    "joined": "beigetreten",
    "declined": "abgelehnt",
    "withdrew": "zurückgezogen",
}
CHECK_LABELS = {
    "met": "erfüllt",
    "not-applicable": "nicht einschlägig",
    "open": "offen",
    "risk-accepted": "Risiko akzeptiert",
    "violated": "verletzt",
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
    """What the actor brings along for a transition: a reason's name, whether there is a note, when it happened, and the
    day on which a resting proposal is looked at again; `by` is who acts, and for whom, by reference in the proposal."""

    reason: str = ""
    note: bool = False
    on: PartialDate = None
    review: str = ""
    by: tuple[Commitment, ...] = ()


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
    items: list[Item] = [_four_eyes(definition, transition, proposal, plan)] if transition.four_eyes else []
    for requirement in transition.requires:
        if requirement.when is None or holds(requirement.when, proposal, circumstances.form):
            case = _Case(definition, proposal, circumstances, transition, requirement, plan)
            items.extend(_JUDGES[requirement.kind](case))
    return tuple(items)


def _four_eyes(definition: Definition, transition: Transition, proposal: Proposal, plan: Plan) -> Item:
    """Return the item that says that somebody else has to act."""
    if proposal.brought_by not in plan.by:
        text = _("Vier Augen: nicht die Person, die das Vorhaben in diese Stufe gebracht hat.")
        return Item(True, "four-eyes", transition.name, text)
    text = _("Vier Augen: Sie haben das Vorhaben in diese Stufe gebracht; jetzt muss eine andere Person handeln.")
    who = _("eine andere Person: {role}").format(role=definition.roles.get(transition.role, transition.role))
    return Item(False, "four-eyes", transition.name, text, who, remedy=f"ikz advance {proposal.key} {transition.name}")


def _fields(case: _Case) -> list[Item]:
    items = []
    fields, given, form = case.definition.fields, case.proposal.fields, case.circumstances.form
    for name in case.requirement.names:
        field = fields[name]
        if field.when is not None and not holds(field.when, case.proposal, form):
            continue
        if name in given:
            unfit = _unfit_form(case, field) if field.register == "forms" else None
            items.append(unfit or Item(True, "field", name, _given(field.label)))
            continue
        remedy = f"ikz fill {case.key} --field {name}"
        text = _("Es fehlt: {label}.").format(label=field.label)
        items.append(Item(False, "field", name, text, case.who("clerk"), remedy=remedy))
    return items


@lru_cache(maxsize=1024)
def _given(label: str) -> str:
    return _("Angegeben: {label}.").format(label=label)


def _unfit_form(case: _Case, field: Field) -> Item | None:
    """Return the item that says that the legal form chosen does not go with the direction chosen, if so."""
    form = case.circumstances.form
    if form is None:
        return None
    chosen = [
        str(case.proposal.fields[name]) for name in case.definition.direction_fields if name in case.proposal.fields
    ]
    if not chosen or chosen[0] in form.directions:
        return None
    text = _("Die Rechtsform „{form}“ gibt es nicht für die Richtung {direction} (nur {possible}).").format(
        form=form.label, direction=chosen[0], possible=", ".join(form.directions)
    )
    remedy = f"ikz fill {case.key} --field {field.name}"
    return Item(False, "field", field.name, text, case.who("clerk"), form.basis, not form.checked_by, remedy)


def _order(case: _Case) -> list[Item]:
    """Return an item for each pair of dates that stands in the wrong order; missing ones are demanded elsewhere."""
    known = [name for name in case.requirement.names if name in case.proposal.fields]
    items = []
    for earlier, later in pairwise(known):
        first, second = case.definition.fields[earlier], case.definition.fields[later]
        if str(case.proposal.fields[earlier]) <= str(case.proposal.fields[later]):
            continue
        text = _("{later} ({day}) liegt vor: {earlier} ({before}).").format(
            later=second.label,
            day=german.date(str(case.proposal.fields[later])),
            earlier=first.label,
            before=german.date(str(case.proposal.fields[earlier])),
        )
        remedy = f"ikz fill {case.key} --field {later}"
        items.append(Item(False, "order", later, text, case.who("clerk"), remedy=remedy))
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
    kind = text_kind(case.requirement.names[0], case.circumstances.form)
    if not kind:
        return []  # this legal form has no text of its own
    label = case.definition.documents[kind]
    version = case.proposal.valid(kind)
    if version is not None:
        text = _("{label} liegt vor (Fassung {n}).").format(label=label, n=version.number)
        if remarks := document_remarks(case.proposal, version):
            text += f" {remarks}."
        return [Item(True, "document", kind, text)]
    text = _("Es fehlt das Dokument „{label}“.")
    if case.proposal.latest(kind) is not None:
        text = _("„{label}“ galt einer anderen Richtung oder Rechtsform und muss neu erstellt werden.")
    text = text.format(label=label)
    remedy = f"ikz document create {case.key} {kind}"
    return [Item(False, "document", kind, text, case.who("clerk"), remedy=remedy)]


def document_remarks(proposal: Proposal, version: DocumentVersion) -> str:
    """Return what to know of a version before it is used: open points, facts changed since; "" if nothing."""
    open_points = _("Offene Punkte: {n}").format(n=version.open) if version.open else ""
    stale = _("Angaben wurden danach geändert") if proposal.is_stale(version) else ""
    return "; ".join(part for part in (open_points, stale) if part)


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
    text += "" if known else _(" Alle Organisationen: ikz organisation list")
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
        asked = [p.organisation for p in case.proposal.parties if p.organisation != own]
        remedy = f'ikz contact {case.key} {asked[0] if asked else "ORGANISATION"} "…"'
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
    remedy = f'ikz milestone add {case.key} "…" --due TT.MM.JJJJ'
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
        text = _("Noch nicht geprüft: {label}. {ask}") if answer is None else _("Offen oder verletzt: {label}. {ask}")
        remedy = f'ikz check {case.key} {name} met --evidence "…"'
        item = Item(
            False,
            "check",
            name,
            text.format(label=check.label, ask=check.question),
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
    if state.text_missing or state.awaited:
        return [_text_item(case, state, basis, unconfirmed)]
    items = []
    for answer in state.answers:
        if answer.state != "yes":
            text = gate_sentence(state, answer)
            remedy = f"ikz decide {case.key} {gate.name} {answer.body.key} {gate.yes[0]}"
            remedy += ' --correct "…"' if answer.state == "no" else ""
            items.append(Item(False, "gate", gate.name, text, answer.body.name, basis, unconfirmed, remedy))
    if not items:
        items.append(_nobody_item(case, gate, basis, unconfirmed))
    return items


def _nobody_item(case: _Case, gate: Gate, basis: str, unconfirmed: bool) -> Item:
    """Return the item that says why a gate has nobody to ask, which passes it as little as a refusal does."""
    if gate.bodies == "authorities":
        own = case.circumstances.own
        name = case.circumstances.organisations[own].name
        text = _("{label}: Für keine der beteiligten Organisationen ist die Aufsichtsbehörde eingetragen.")
        remedy = f'ikz organisation add {own} "{name}" --authority SCHLÜSSEL'
        return Item(
            False, "gate", gate.name, text.format(label=gate.label), case.who("centre"), basis, unconfirmed, remedy
        )
    text = _("{label}: Es ist keine Stelle zu fragen, weil kein Partner beigetreten ist.").format(label=gate.label)
    remedy = f"ikz party set {case.key} ORGANISATION --standing joined"
    return Item(False, "gate", gate.name, text, case.who("clerk"), basis, unconfirmed, remedy)


def _text_item(case: _Case, state: GateState, basis: str, unconfirmed: bool) -> Item:
    """Return the item that says which text has to be there before anybody can vote on it."""
    gate = state.gate
    document = case.definition.documents[state.text]
    if state.text_missing:
        text = _("{label}: Es gibt noch keinen Text „{document}“, über den entschieden werden kann.")
        remedy = f"ikz document create {case.key} {state.text}"
    else:
        text = _(
            "{label}: „{document}“ wurde geändert beschlossen; die bisherigen Beschlüsse gelten nicht mehr, "
            "der geänderte Text fehlt. Zuerst ausgeben: ikz document export {key} {kind}. "
            "Dann in Word ändern und ablegen."
        )
        remedy = f"ikz document file {case.key} {state.text} GEÄNDERT.docx"
    text = text.format(label=gate.label, document=document, key=case.key, kind=state.text)
    return Item(False, "text", gate.name, text, case.who("clerk"), basis, unconfirmed, remedy)


def gate_sentence(state: GateState, answer: Answer) -> str:
    """Return how a body that has not agreed stands at a gate, as a sentence."""
    sentences = {
        "open": _("{gate}: {body} steht noch aus."),
        "pending": _("{gate}: {body} noch nicht abschließend ({outcome})."),
        "no": _("{gate}: {body} hat nicht zugestimmt ({outcome})."),
        "outdated": _("{gate}: {body} hat über einen älteren Text entschieden; ein neuer Beschluss ist nötig."),
        "amended": _("{gate}: {body} hat den Text geändert; die geänderte Fassung fehlt."),
    }
    outcome = state.gate.outcomes.get(answer.decision.outcome, answer.decision.outcome) if answer.decision else ""
    if answer.decision is not None and answer.decision.void:
        before = _(
            "{gate}: {body} hat für eine andere Richtung oder Rechtsform entschieden; ein Beschluss ist neu nötig."
        )
        return before.format(gate=state.gate.label, body=answer.name)
    return sentences[answer.state].format(gate=state.gate.label, body=answer.name, outcome=outcome)


def legal_basis(column: str, form: LegalForm | None) -> tuple[str, bool]:
    """Return the legal basis a form's row names for a column, and whether nobody has confirmed the row."""
    if not column or form is None:
        return "", False
    basis = str(getattr(form, f"basis_{column}", "") or form.basis)
    return basis, bool(basis) and not form.checked_by


def _reason(case: _Case) -> list[Item]:
    """Return the item of the reason; where a note is demanded too, the one item covers both."""
    kind = case.requirement.names[0]
    fitting = {name: one.label for name, one in case.definition.catalogue.reasons.items() if kind in one.kinds}
    with_note = _demands_note(case)
    named, noted = case.plan.reason in fitting, case.plan.note or not with_note
    if named and noted:
        text = _("Grund und Begründung sind angegeben.") if with_note else _("Der Grund ist genannt.")
        return [Item(True, "reason", case.plan.reason, text)]
    sentences = []
    if not named:
        listed = ", ".join(f"{name} ({label})" for name, label in fitting.items())
        sentences.append(_("Es fehlt der Grund. Hier möglich: {reasons}.").format(reasons=listed))
    if not noted:
        sentences.append(_("Es fehlt die Begründung: Was ist daraus zu lernen?"))
    remedy = f"ikz advance {case.key} {case.transition.name} --reason {case.plan.reason if named else 'GRUND'}"
    remedy += ' --note "…"' if with_note else ""
    return [Item(False, "reason", "", " ".join(sentences), case.who(), remedy=remedy)]


def _demands_note(case: _Case) -> bool:
    return any(need.kind == "note" for need in case.transition.requires)


def _note(case: _Case) -> list[Item]:
    if any(need.kind == "reason" for need in case.transition.requires):
        return []  # the reason's item covers it
    if case.plan.note:
        return [Item(True, "note", "", _("Die Begründung ist angegeben."))]
    text = _("Es fehlt die Begründung")
    text += _(": Was ist daraus zu lernen?") if case.transition.effect == "end" else "."
    until = " --until TT.MM.JJJJ" if case.transition.wants_review else ""
    remedy = f'ikz advance {case.key} {case.transition.name}{until} --note "…"'
    return [Item(False, "note", "", text, case.who(), remedy=remedy)]


def _review(case: _Case) -> list[Item]:
    if case.plan.review > case.circumstances.today:
        text = _("Der Tag der Wiedervorlage ist angegeben ({day}).").format(day=german.date(case.plan.review))
        return [Item(True, "review", "", text)]
    text = _("Es fehlt der Tag, an dem das Vorhaben wieder angesehen wird (Wiedervorlage).")
    if case.plan.review:
        text = _("Die Wiedervorlage ({day}) muss nach dem Tag liegen, ab dem das Vorhaben ruht ({today}).").format(
            day=german.date(case.plan.review), today=german.date(case.circumstances.today)
        )
    remedy = f'ikz advance {case.key} {case.transition.name} --until TT.MM.JJJJ --note "…"'
    return [Item(False, "review", "", text, case.who(), remedy=remedy)]


_JUDGES: dict[str, Callable[[_Case], list[Item]]] = {
    "fields": _fields,
    "reached": _reached,
    "order": _order,
    "document": _document,
    "parties": _parties,
    "contacts": _contacts,
    "milestones": _milestones,
    "obstacles": _obstacles,
    "checks": _checks,
    "gate": _gate,
    "reason": _reason,
    "note": _note,
    "review": _review,
}
