"""Tell what happened to a proposal or a register entry as sentences a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import events, german
from ikz_workflow.definition import Definition
from ikz_workflow.history import Row, read_payload
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, Commitment, Department, FieldValue, LegalForm, Organisation
from ikz_workflow.requirements import CHECK_LABELS, STANDING_LABELS
from ikz_workflow.storage.definitions import pinned
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
    behalf: str  # the person represented, "" if none
    role: str
    sentence: str
    note: str
    hash: str
    changes: tuple[Change, ...] = ()
    taken_back: int | None = None  # the position of the entry that took this one back
    taken_from: str = ""  # the proposal from which values were taken over
    voids: tuple[str, ...] = ()  # what lost its validity by this entry: the entries and what they say


class Change(Struct, frozen=True):
    """What became of one field: its values in clear before and after, "" for none."""

    field: str
    label: str
    before: str
    after: str


Roles = Callable[[], Mapping[str, str]]  # the labels of roles that no workflow explains; few histories need them


class _Names(Struct, frozen=True):
    """What the keys and commitments of one subject mean."""

    subject: str
    definition: Definition | None
    texts: Callable[[Commitment], str]
    organisations: dict[str, str]
    others: dict[str, str]
    roles: Roles

    def role(self, key: str) -> str:
        known = self.definition.roles if self.definition else {}
        return known.get(key) or self.roles().get(key, key)

    def value(self, name: str, value: FieldValue | None) -> str:
        field = self.definition.fields.get(name) if self.definition else None
        if value is None or field is None:
            return "" if value is None else str(value)
        if field.is_free_text:
            return self.text(str(value))
        if field.type == "choice":
            return field.choices.get(str(value)) or self.other(str(value))
        if field.type == "departments":
            return ", ".join(self.other(key) for key in str(value).split(","))
        return german.written(field.type, value)

    def text(self, commitment: Commitment | None) -> str:
        return self.texts(commitment) or ERASED if commitment else ""

    def organisation(self, key: str) -> str:
        return self.organisations[key]

    def other(self, key: str) -> str:
        return self.others[key]


class _OrganisationNames(dict[str, str]):
    """The names of organisations by key, each looked up when it is first told: the register may hold thousands."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__()
        self._tx = tx

    def __missing__(self, key: str) -> str:
        entry = self._tx.find("organisation", key)
        self[key] = entry.value.name if entry and isinstance(entry.value, Organisation) else key
        return self[key]


class _OtherNames(dict[str, str]):
    """The names of departments and legal forms by key, and those of persons, each looked up when it is first told."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__()
        self._tx = tx
        self |= {one.key: one.value.short for one in tx.cached("department") if isinstance(one.value, Department)}
        rows = [one.value for one in tx.cached("form") if isinstance(one.value, LegalForm)]
        rows.sort(key=lambda row: row.begins)
        self |= {row.key: row.label for row in rows}  # what the form is called by its newest row

    def __missing__(self, key: str) -> str:
        self[key] = self._tx.person_name(key) or key
        return self[key]


def timeline_of(tx: Transaction, subject: str, roles: Roles = dict[str, str], after: int = 0) -> list[Entry]:
    """Return the timeline of one subject; `roles` gives the labels of those no workflow explains.

    It can begin behind a version; the first changes then do not tell what was there before.
    """
    organisations, others = _OrganisationNames(tx), _OtherNames(tx)
    texts = cache(tx.text) if after else _all_texts(tx, subject)
    known: dict[str | None, _Names] = {}
    fields: dict[str, FieldValue | None] = {}
    entries: list[Entry] = []
    gone: dict[int, int] = {}
    for row in tx.rows(subject, after):
        record = read_payload(row)
        bound = record.definition
        if bound not in known:
            known[bound] = _Names(subject, pinned(tx, bound) if bound else None, texts, organisations, others, roles)
        entry = _entry(row, record, known[bound], fields)
        if isinstance(record.what, events.FieldsSet) and record.what.voids:
            lost = (one for one in entries if one.seq in record.what.voids)
            entry = replace(entry, voids=tuple(f"{one.seq}: {one.sentence}" for one in lost))
        entries.append(entry)
        if isinstance(record.what, events.Corrected):
            gone |= events.taken_back([record])
    return [replace(entry, taken_back=gone[entry.seq]) if entry.seq in gone else entry for entry in entries]


def _all_texts(tx: Transaction, subject: str) -> Callable[[Commitment], str]:
    texts = tx.texts(subject)
    return lambda commitment: texts.get(commitment, "")


def _entry(row: Row, record: events.Record, names: _Names, fields: dict[str, FieldValue | None]) -> Entry:
    """Return the entry of a record; `fields` are the values before it, and are carried on."""
    changes = _changes(record.what, names, fields) if isinstance(record.what, events.FieldsSet) else ()
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
        behalf=names.other(names.text(record.actor.behalf)),
        role=names.role(record.actor.role),
        sentence=sentence(record.what, names),
        note=names.text(record.note),
        hash=row.hash,
        changes=changes,
        taken_from=getattr(record.what, "taken_from", None) or "",
    )


def _changes(what: events.FieldsSet, names: _Names, fields: dict[str, FieldValue | None]) -> tuple[Change, ...]:
    known = names.definition.fields if names.definition else {}
    changes = []
    place = {name: number for number, name in enumerate(known)}
    for name in sorted(what.values, key=lambda one: place.get(one, len(place))):
        value = what.values[name]
        label = known[name].label if name in known else name
        changes.append(Change(name, label, names.value(name, fields.get(name)), names.value(name, value)))
    fields.update(what.values)
    return tuple(changes)


def sentence(what: events.Event, names: _Names) -> str:
    """Return what happened as a sentence."""
    teller = _TELLERS.get(type(what))
    return teller(what, names) if teller else type(what).__name__


def _created(what: events.Created, names: _Names) -> str:
    text = _("Vorhaben „{title}“ angelegt ({department}).")
    if what.fingerprint:
        text = _("Vorhaben „{title}“ aus der Abfrage übernommen ({department}).")
    mark = _(", nicht öffentlich") if what.non_public else ""
    return text.format(title=names.text(what.title), department=names.other(what.department) + mark)


def _advanced(what: events.Advanced, names: _Names) -> str:
    definition = names.definition
    if definition is None:
        return what.transition
    transition = definition.transitions_from(what.source).get(what.transition)
    label = transition.label if transition else what.transition
    if what.effect in ("suspend", "resume"):
        review = _(", Wiedervorlage am {day}").format(day=german.date(what.review)) if what.review else ""
        return f"{label}{review}."
    source, target = definition.stages[what.source].label, definition.stages[what.target].label
    told = _("{label}: {source} → {target}.").format(label=label, source=source, target=target)
    reasons = definition.catalogue.reasons
    if what.reason:
        reason = reasons[what.reason].label if what.reason in reasons else what.reason
        told += _(" Grund: {reason}.").format(reason=reason)
    return told + (_(" Damit beginnt {key}.").format(key=what.started) if what.started else "")


def _fields(what: events.FieldsSet, names: _Names) -> str:
    fields = names.definition.fields if names.definition else {}
    set_ = [fields[n].label if n in fields else n for n, value in what.values.items() if value is not None]
    cleared = [fields[n].label if n in fields else n for n, value in what.values.items() if value is None]
    given = _("Aus {key} übernommen: {names}.") if what.taken_from else _("Angegeben: {names}.")
    told = given.format(key=what.taken_from, names=", ".join(set_)) if set_ else ""
    if cleared:
        told = f"{told} {_('Geleert: {names}.').format(names=', '.join(cleared))}".strip()
    if what.voids:
        entries = ", ".join(str(seq) for seq in what.voids)
        told += _(" Damit gelten nicht mehr: Einträge {entries}.").format(entries=entries)
    return told


def _party(what: events.PartySet, names: _Names) -> str:
    text = _("{name}: {standing}{lead}.")
    lead = _(", Federführung") if what.lead else ""
    told = text.format(name=names.organisation(what.organisation), standing=STANDING_LABELS[what.standing], lead=lead)
    gates = names.definition.gates if names.definition else {}
    for gate, asked in what.asked.items():
        label = gates[gate].label if gate in gates else gate
        bodies = ", ".join(names.organisation(one) for one in asked) or _("niemand")
        told += _(" {gate}: gefragt sind nun {bodies}.").format(gate=label, bodies=bodies)
    return told


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
    told = _("{gate} – {body}: {outcome}").format(gate=label, body=what.name or body, outcome=outcome)
    if what.amends:
        told += _(", mit Änderung des Textes")
    if what.votes:
        told += _(" (Ja: {0}, Nein: {1}, Enthaltungen: {2})").format(*what.votes)
    if what.reference:
        told += f", {what.reference}"
    if what.non_public:
        told += _(", nicht öffentlich")
    if what.corrects:
        told += _(", berichtigt Eintrag {seq}").format(seq=what.corrects)
    return told + "."


def _document(what: events.DocumentAdded, names: _Names) -> str:
    label = names.definition.documents.get(what.kind, what.kind) if names.definition else what.kind
    text = _("{label}, Fassung {n} erzeugt.") if what.origin == "generated" else _("{label}, Fassung {n} abgelegt.")
    return text.format(label=label, n=what.number)


def _attached(what: events.Attached, names: _Names) -> str:
    kind = f" ({names.text(what.kind)})" if what.kind else ""
    return _("Anlage „{name}“{kind} beigefügt.").format(name=names.text(what.name), kind=kind)


def _assigned(what: events.Assigned, names: _Names) -> str:
    clerk = f", {names.other(names.text(what.clerk))}" if what.clerk else ""
    return _("Zugeordnet: {department}{clerk}.").format(department=names.other(what.department), clerk=clerk)


def _marked(what: events.Marked, names: _Names) -> str:
    return _("Als nicht öffentlich gekennzeichnet.") if what.non_public else _("Als öffentlich gekennzeichnet.")


def _corrected(what: events.Corrected, names: _Names) -> str:
    return _("Eintrag {seq} zurückgenommen.").format(seq=what.seq)


def _migrated(what: events.Migrated, names: _Names) -> str:
    told = _("Auf Version {n} des Verfahrens umgestellt (vorher {former}).")
    told = told.format(n=what.to_version, former=what.from_version)
    if not what.lost:
        return told
    fields = names.definition.fields if names.definition else {}
    labels = ", ".join(fields[name].label if name in fields else name for name in what.lost)
    return told + _(" Entfallene Angaben: {labels}.").format(labels=labels)


def _erased(what: events.Erased | events.EntryErased, names: _Names) -> str:
    told = _("Gelöscht – Texte: {texts}, Dateien: {files}. Rechtsgrundlage: {basis}")
    return told.format(texts=len(what.texts), files=len(what.files), basis=names.text(what.basis))


def _noted(what: events.Noted, names: _Names) -> str:
    return _("Notiz.")


def _organisation(what: events.OrganisationRegistered, names: _Names) -> str:
    return _("Organisation eingetragen: {name}.").format(name=what.organisation.name)


def _department(what: events.DepartmentRegistered, names: _Names) -> str:
    return _("Organisationseinheit eingetragen: {name}.").format(name=what.department.name)


def _topic(what: events.TopicRegistered, names: _Names) -> str:
    return _("Thema eingetragen: {name}.").format(name=what.topic.label)


def _topic_assigned(what: events.TopicAssigned, names: _Names) -> str:
    return _("Thema zugeordnet: {department}.").format(department=names.other(what.department))


def _cooperation(what: events.CooperationRegistered, names: _Names) -> str:
    return _("Bestehende Zusammenarbeit eingetragen: {name}.").format(name=what.cooperation.label)


def _form(what: events.FormRegistered, names: _Names) -> str:
    if what.form.valid_from == "undated":
        return _("Rechtsform eingetragen: {name} (Beginn unbekannt).").format(name=what.form.label)
    return _("Rechtsform eingetragen: {name} (ab {day}).").format(
        name=what.form.label, day=german.date(what.form.valid_from)
    )


def _form_confirmed(what: events.FormConfirmed, names: _Names) -> str:
    person = f", {names.text(what.checker)}" if what.checker else ""
    text = _("Rechtsform geprüft durch {by}{person} am {day}.")
    return text.format(by=what.by, person=person, day=german.date(what.day))


def _person(what: events.PersonRegistered, names: _Names) -> str:
    roles = ", ".join(names.role(role) for role in what.roles) or _("keine")
    units = ", ".join(names.other(one) for one in what.departments)
    told = _("Person eingetragen: {name} (Rollen: {roles}{units}).")
    return told.format(name=names.text(what.name), roles=roles, units=f"; {units}" if units else "")


def _departments(what: events.DepartmentsChanged, names: _Names) -> str:
    person = names.other(names.subject.partition("/")[2])
    units = ", ".join(names.other(one) for one in what.departments) or _("keine, die Rollen gelten überall")
    return _("Organisationseinheiten von {person}: {units}.").format(person=person, units=units)


def _deputies(what: events.DeputiesChanged, names: _Names) -> str:
    person = names.other(names.subject.partition("/")[2])
    texts = ((_("Vertretung von {person} bestellt: {who}."), what.appointed),
             (_("Vertretung von {person} beendet: {who}."), what.dismissed))  # fmt: skip
    return " ".join(
        text.format(person=person, who=", ".join(names.other(one) for one in keys)) for text, keys in texts if keys
    )


def _roles(what: events.RolesChanged, names: _Names) -> str:
    person = names.other(names.subject.partition("/")[2])
    granted = ", ".join(names.role(role) for role in what.granted)
    revoked = ", ".join(names.role(role) for role in what.revoked)
    told = [_("Rollen erteilt an {person}: {roles}.").format(person=person, roles=granted)] if granted else []
    told += [_("Rollen entzogen: {person}: {roles}.").format(person=person, roles=revoked)] if revoked else []
    return " ".join(told)


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
    events.Marked: _marked,
    events.Noted: _noted,
    events.Corrected: _corrected,
    events.Migrated: _migrated,
    events.Erased: _erased,
    events.EntryErased: _erased,
    events.OrganisationRegistered: _organisation,
    events.DepartmentRegistered: _department,
    events.TopicRegistered: _topic,
    events.TopicAssigned: _topic_assigned,
    events.CooperationRegistered: _cooperation,
    events.FormRegistered: _form,
    events.FormConfirmed: _form_confirmed,
    events.PersonRegistered: _person,
    events.RolesChanged: _roles,
    events.DepartmentsChanged: _departments,
    events.DeputiesChanged: _deputies,
}
