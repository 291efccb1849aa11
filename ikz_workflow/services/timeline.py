"""Tell the history as sentences a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ikz_workflow import events, german
from ikz_workflow.definition import Definition
from ikz_workflow.history import Row, read_payload
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, Commitment, Department, Organisation, Person
from ikz_workflow.requirements import STANDING_LABELS
from ikz_workflow.services.cases import pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import CHECK_LABELS
from ikz_workflow.storage.transaction import Transaction


class Entry(Struct, frozen=True):
    """One line of the timeline. `at` is when it was recorded, `on` when it happened (partial, or None)."""

    seq: int
    subject: str
    version: int
    type: str
    at: str
    on: str | None
    late: bool
    actor: str
    role: str
    sentence: str
    note: str
    hash: str


class _Names(Struct, frozen=True):
    """What the keys and commitments of one subject mean."""

    definition: Definition | None
    texts: Mapping[Commitment, str]
    organisations: Mapping[str, str]
    others: Mapping[str, str]

    def text(self, commitment: Commitment | None) -> str:
        return self.texts.get(commitment, ERASED) if commitment else ""

    def organisation(self, key: str) -> str:
        return self.organisations.get(key, key)

    def other(self, key: str) -> str:
        return self.others.get(key, key)


def history(home: Home, key: str | None = None) -> list[Entry]:
    """Return the timeline of one proposal, or of everything, in the order recorded."""
    with home.ready.reading(home.now()) as tx:
        if key is not None:
            tx.proposal(key)
        return timeline_of(tx, key)


def timeline_of(tx: Transaction, subject: str | None) -> list[Entry]:
    """Return the timeline of one subject, or of everything."""
    organisations, others = _registered(tx)
    known: dict[str, _Names] = {}
    entries = []
    for row in tx.rows(subject):
        record = read_payload(row)
        if record.subject not in known:
            definition = pinned(tx, record.definition) if record.definition else None
            known[record.subject] = _Names(definition, tx.texts(record.subject), organisations, others)
        entries.append(_entry(row, record, known[record.subject]))
    return entries


def _registered(tx: Transaction) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of organisations, and those of departments and persons, by key."""
    organisations = {
        one.key: one.value.name for one in tx.entries("organisation") if isinstance(one.value, Organisation)
    }
    others = {one.key: one.value.short for one in tx.entries("department") if isinstance(one.value, Department)}
    for one in tx.entries("person"):
        if isinstance(one.value, Person):
            others[one.key] = tx.texts(f"person/{one.key}").get(one.value.name, one.key)
    return organisations, others


def _entry(row: Row, record: events.Record, names: _Names) -> Entry:
    roles = names.definition.roles if names.definition else {}
    kind = str(record.what.__struct_config__.tag)
    return Entry(
        seq=record.seq,
        subject=record.subject,
        version=record.version,
        type=kind,
        at=record.at,
        on=record.on,
        late=record.on is not None and record.on < record.at[: len(record.on)],
        actor=names.other(names.text(record.actor.person)),
        role=roles.get(record.actor.role, record.actor.role),
        sentence=sentence(record.what, names),
        note=names.text(record.note),
        hash=row.hash,
    )


def sentence(what: events.Event, names: _Names) -> str:
    """Return what happened as a sentence."""
    teller = _TELLERS.get(type(what))
    return teller(what, names) if teller else type(what).__name__


def _created(what: events.Created, names: _Names) -> str:
    text = _("Vorhaben „{title}“ angelegt ({department}).")
    return text.format(title=names.text(what.title), department=names.other(what.department))


def _advanced(what: events.Advanced, names: _Names) -> str:
    definition = names.definition
    if definition is None:
        return what.transition
    transition = definition.transitions_from(what.source).get(what.transition)
    label = transition.label if transition else what.transition
    if what.effect in ("suspend", "resume"):
        return f"{label}."
    source, target = definition.stages[what.source].label, definition.stages[what.target].label
    told = _("{label}: {source} → {target}.").format(label=label, source=source, target=target)
    reasons = definition.catalogue.reasons
    if what.reason:
        reason = reasons[what.reason].label if what.reason in reasons else what.reason
        told += _(" Grund: {reason}.").format(reason=reason)
    return told


def _fields(what: events.FieldsSet, names: _Names) -> str:
    fields = names.definition.fields if names.definition else {}
    set_ = [fields[n].label if n in fields else n for n, value in what.values.items() if value is not None]
    cleared = [fields[n].label if n in fields else n for n, value in what.values.items() if value is None]
    told = _("Angegeben: {names}.").format(names=", ".join(set_)) if set_ else ""
    return f"{told} {_('Geleert: {names}.').format(names=', '.join(cleared))}".strip() if cleared else told


def _party(what: events.PartySet, names: _Names) -> str:
    text = _("{name}: {standing}{lead}.")
    lead = _(", Federführung") if what.lead else ""
    return text.format(name=names.organisation(what.organisation), standing=STANDING_LABELS[what.standing], lead=lead)


def _contact(what: events.ContactMade, names: _Names) -> str:
    person = f" ({names.text(what.person)})" if what.person else ""
    text = _("Kontakt mit {name}{person}: {text}")
    return text.format(name=names.organisation(what.organisation), person=person, text=names.text(what.text))


def _obstacle(what: events.ObstacleSet, names: _Names) -> str:
    if what.kind is None:
        return _("Hemmnisse eingeschätzt: keine.")
    catalogue = names.definition.catalogue.obstacles if names.definition else {}
    label = catalogue[what.kind].label if what.kind in catalogue else what.kind
    of = f" ({names.organisation(what.party)})" if what.party else ""
    answer = _(" Antwort: {text}").format(text=names.text(what.answer)) if what.answer else ""
    return _("Hemmnis „{label}“{of}.").format(label=label, of=of) + answer


def _check(what: events.CheckAnswered, names: _Names) -> str:
    catalogue = names.definition.catalogue.checks if names.definition else {}
    label = catalogue[what.check].label if what.check in catalogue else what.check
    told = _("Prüfung „{label}“: {result}.").format(label=label, result=CHECK_LABELS[what.result])
    return f"{told} {names.text(what.evidence)}".strip()


def _milestone(what: events.MilestoneAdded, names: _Names) -> str:
    due = _(" bis {day}").format(day=german.date(what.due)) if what.due else ""
    return _("Meilenstein: {title}{due}.").format(title=names.text(what.title), due=due)


def _milestone_done(what: events.MilestoneDone, names: _Names) -> str:
    return _("Meilenstein {number} erreicht.").format(number=what.number)


def _decided(what: events.Decided, names: _Names) -> str:
    gate = names.definition.gates[what.gate] if names.definition else None
    body = names.organisation(what.body)
    outcome = what.outcome
    label = what.gate
    if gate is not None:
        label, outcome = gate.label, gate.outcomes.get(what.outcome, what.outcome)  # type: ignore[assignment]
        body = gate.named.get(what.body, body)
    told = _("{gate} – {body}: {outcome}").format(gate=label, body=body, outcome=outcome)
    if what.votes:
        told += _(" (Ja: {0}, Nein: {1}, Enthaltungen: {2})").format(*what.votes)
    if what.reference:
        told += f", {what.reference}"
    if what.corrects:
        told += _(", berichtigt Eintrag {seq}").format(seq=what.corrects)
    return told + "."


def _document(what: events.DocumentAdded, names: _Names) -> str:
    label = names.definition.documents.get(what.kind, what.kind) if names.definition else what.kind
    text = _("{label}, Fassung {n} erzeugt.") if what.origin == "generated" else _("{label}, Fassung {n} abgelegt.")
    return text.format(label=label, n=what.number)


def _attached(what: events.Attached, names: _Names) -> str:
    kind = f" ({what.kind})" if what.kind else ""
    return _("Anlage „{name}“{kind} beigefügt.").format(name=names.text(what.name), kind=kind)


def _assigned(what: events.Assigned, names: _Names) -> str:
    clerk = f", {names.other(names.text(what.clerk))}" if what.clerk else ""
    return _("Zugeordnet: {department}{clerk}.").format(department=names.other(what.department), clerk=clerk)


def _noted(what: events.Noted, names: _Names) -> str:
    return _("Notiz.")


def _organisation(what: events.OrganisationRegistered, names: _Names) -> str:
    return _("Organisation eingetragen: {name}.").format(name=what.organisation.name)


def _department(what: events.DepartmentRegistered, names: _Names) -> str:
    return _("Organisationseinheit eingetragen: {name}.").format(name=what.department.name)


def _topic(what: events.TopicRegistered, names: _Names) -> str:
    return _("Thema eingetragen: {name}.").format(name=what.topic.label)


def _form(what: events.FormRegistered, names: _Names) -> str:
    return _("Rechtsform eingetragen: {name} (ab {day}).").format(name=what.form.label, day=what.form.valid_from)


def _person(what: events.PersonRegistered, names: _Names) -> str:
    roles = ", ".join(what.roles) or "keine"
    return _("Person eingetragen: {name} (Rollen: {roles}).").format(name=names.text(what.name), roles=roles)


def _roles(what: events.RolesChanged, names: _Names) -> str:
    granted = _("Rollen erteilt: {names}.").format(names=", ".join(what.granted)) if what.granted else ""
    revoked = _("Rollen entzogen: {names}.").format(names=", ".join(what.revoked)) if what.revoked else ""
    return f"{granted} {revoked}".strip()


_TELLERS: dict[type[events.Event], Callable[[Any, _Names], str]] = {
    events.Created: _created,
    events.Advanced: _advanced,
    events.FieldsSet: _fields,
    events.PartySet: _party,
    events.ContactMade: _contact,
    events.ObstacleSet: _obstacle,
    events.CheckAnswered: _check,
    events.MilestoneAdded: _milestone,
    events.MilestoneDone: _milestone_done,
    events.Decided: _decided,
    events.DocumentAdded: _document,
    events.Attached: _attached,
    events.Assigned: _assigned,
    events.Noted: _noted,
    events.OrganisationRegistered: _organisation,
    events.DepartmentRegistered: _department,
    events.TopicRegistered: _topic,
    events.FormRegistered: _form,
    events.PersonRegistered: _person,
    events.RolesChanged: _roles,
}
