"""Start, fill, read and advance proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ikz_workflow import engine, german
from ikz_workflow.definition import Definition, Field, Stage
from ikz_workflow.engine import Possible
from ikz_workflow.errors import ConcurrentUpdate, InvalidInput, NotFound, RoleRequired, TransitionNotAllowed, near
from ikz_workflow.events import Advanced, Assigned, Created, FieldsSet, Noted
from ikz_workflow.gates import Circumstances, GateState, gate_state, holds, required_gates
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Actor, Commitment, FieldValue, Proposal
from ikz_workflow.requirements import Item, Plan
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import (
    Case,
    circumstances,
    current,
    department_key,
    form_row,
    forms,
    hidden,
    judged_on,
    load,
    person,
    pinned,
    roles_of,
    writer,
)
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Summary, Transaction


class View(Struct, frozen=True):
    """A proposal for reading: the case, its texts in clear, the names behind its keys."""

    case: Case
    texts: dict[Commitment, str]
    names: dict[str, str]

    @property
    def proposal(self) -> Proposal:
        """Return the proposal."""
        return self.case.proposal

    @property
    def stage(self) -> Stage:
        """Return the stage it stands at."""
        return self.case.definition.stages[self.proposal.stage]

    @property
    def title(self) -> str:
        """Return the title in clear."""
        return self.text(self.proposal.title)

    def text(self, commitment: Commitment | None) -> str:
        """Return what a commitment opens to."""
        return self.texts.get(commitment, "") if commitment else ""

    def name(self, key: str | None) -> str:
        """Return the name of an organisation, department, topic or person by key."""
        return self.names.get(key, key) if key else ""


class Outlook(Struct, frozen=True):
    """What can happen next with a proposal, and how its gates stand."""

    view: View
    possible: tuple[Possible, ...]
    gates: tuple[GateState, ...]


class Line(Struct, frozen=True):
    """One line of the list of proposals."""

    key: str
    title: str
    stage: str
    stage_label: str
    department: str
    since: str
    direction: str
    ended: str
    sample: bool
    suspended: bool


# ------------------------------------------------------------------------------------------------------------ writing
def new(
    home: Home,
    title: str,
    department: str,
    *,
    workflow: str = "kooperation",
    topic: str | None = None,
    after: str | None = None,
    sample: bool = False,
    values: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Start a proposal and return it; `values` are fields as `NAME=VALUE`."""
    title = inputs.text(_("Titel"), title.strip(), lines=False)
    definition, text = current(home, workflow)
    day = inputs.happened(on, home.today)
    with home.ready.writing(home.now()) as tx:
        department = department_key(tx, department)
        if topic:
            tx.entry("topic", topic)
        if after:
            tx.proposal(after)
        key = tx.next_key(tx.at[:4])
        someone = person(tx, home)
        role = next((role for role in definition.write if role in roles_of(someone)), None)
        if role is None:
            raise _cannot_write(definition, someone.key)
        actor = tx.actor(key, someone.key, role)
        what = Created(tx.hide("title", title), definition.name, definition.initial, department, topic, after, sample)
        sha256 = tx.keep_definition(definition.name, text)
        proposal = tx.record(key, what, actor, day, sha256, _note(tx, note))
        if values:
            proposal = _set(
                tx,
                Case(proposal, definition, _around(tx, proposal, definition, day), judged_on(day, tx.at)),
                values,
                actor,
                day,
            )
        return proposal


def _cannot_write(definition: Definition, key: str) -> Exception:
    labels = [definition.roles[role] for role in definition.write]
    return RoleRequired(_("Vorhaben anlegen"), labels, _("Die Rolle erteilt: ikz person grant {k} clerk").format(k=key))


def _around(tx: Transaction, proposal: Proposal, definition: Definition, day: str | None) -> Circumstances:
    return circumstances(tx, definition, proposal, judged_on(day, tx.at))


def set_fields(
    home: Home, key: str, values: Sequence[str], *, on: str | None = None, note: str | None = None
) -> Proposal:
    """Set fields from `NAME=VALUE` (empty clears, `@FILE` was read by the caller) and return the proposal."""
    day = inputs.happened(on, home.today)
    with home.ready.writing(home.now()) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        actor = writer(tx, home, case, _("Felder setzen"))
        return _set(tx, case, values, actor, day, _note(tx, note))


def _set(
    tx: Transaction,
    case: Case,
    values: Sequence[str],
    actor: Actor,
    day: str | None,
    note: Commitment | None = None,
) -> Proposal:
    assigned = _assigned(case, values)
    known = case.definition.fields
    changed: dict[str, FieldValue | None] = {}
    for name, value in assigned.items():
        field = known[name]
        if value.strip():
            parsed = inputs.field_value(field, value, choices_of(tx, field, case.day))
            changed[name] = tx.hide(name, str(parsed)) if field.is_free_text else parsed
        elif name in case.proposal.fields:
            changed[name] = None
    if not changed:
        raise InvalidInput(_("Feld"), "", _("Es wurde nichts geändert; das Feld ist schon leer."))
    texts = (name for name, value in changed.items() if value is not None and known[name].is_free_text)
    what = FieldsSet(dict(sorted(changed.items())), tuple(sorted(texts)))
    return tx.record(case.proposal, what, actor, day, case.definition.sha256, note)


def _assigned(case: Case, values: Sequence[str]) -> dict[str, str]:
    """Return the value typed for each field, the last one where a field is named twice."""
    known = case.definition.fields
    assigned: dict[str, str] = {}
    for assignment in values:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise InvalidInput(_("Feld"), assignment, _("Ein Feld setzt man so: NAME=WERT."))
        if name not in known:
            remedy = _("Alle Felder: ikz workflow show {name}").format(name=case.definition.name)
            raise NotFound(_("Das Feld"), name, near(name, known), remedy)
        assigned[name] = value
    return assigned


def choices_of(tx: Transaction, field: Field, day: str) -> Mapping[str, str]:
    """Return the choices of a field by key: its own, the legal forms as of a day, or the organisations."""
    if field.register == "forms":
        rows = forms(tx)
        valid = (form_row(rows, key, day) for key in dict.fromkeys(row.key for row in rows))
        return {row.key: row.label for row in valid if row is not None}
    if field.type == "organisation":
        return organisation_names(tx)
    return field.choices


def organisation_names(tx: Transaction) -> dict[str, str]:
    """Return the names of all organisations by key."""
    return {entry.key: getattr(entry.value, "name", entry.key) for entry in tx.entries("organisation")}


def add_note(home: Home, key: str, text: str, *, on: str | None = None) -> Proposal:
    """Record a note and return the proposal."""
    day = inputs.happened(on, home.today)
    cleaned = inputs.text(_("Notiz"), text)
    with home.ready.writing(home.now()) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        actor = writer(tx, home, case, _("Notiz festhalten"))
        return tx.record(case.proposal, Noted(), actor, day, case.definition.sha256, tx.hide("note", cleaned))


def assign(
    home: Home, key: str, department: str, clerk: str | None = None, *, on: str | None = None, note: str | None = None
) -> Proposal:
    """Assign a proposal to a department and perhaps a registered person, and return it."""
    day = inputs.happened(on, home.today)
    with home.ready.writing(home.now()) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        department = department_key(tx, department)
        if clerk:
            tx.entry("person", clerk)
        actor = writer(tx, home, case, _("Zuordnen"))
        what = Assigned(department, hidden(tx, "clerk", clerk))
        return tx.record(case.proposal, what, actor, day, case.definition.sha256, _note(tx, note))


def _note(tx: Transaction, note: str | None) -> Commitment | None:
    return tx.hide("note", inputs.text("--note", note)) if note else None


def advance(
    home: Home,
    key: str,
    transition: str | None = None,
    *,
    reason: str | None = None,
    note: str | None = None,
    on: str | None = None,
    expect: int | None = None,
    dry_run: bool = False,
) -> tuple[Proposal, Advanced]:
    """Let a transition happen and return the proposal with the event.

    Without a name it is the stage's main transition. `expect` is the version the caller has seen: ConcurrentUpdate
    names what happened since, if anything did. A dry run answers the same and writes nothing.
    """
    day = inputs.happened(on, home.today)
    database = home.ready
    with (database.trying if dry_run else database.writing)(home.now()) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        if expect is not None and expect != case.proposal.version:
            raise ConcurrentUpdate(key, expect, case.proposal.version, _changes_since(tx, case, expect))
        someone = person(tx, home)
        held = roles_of(someone)
        name = transition or _main_transition(case)
        if not name:
            if case.proposal.suspended is not None:
                raise TransitionNotAllowed(_("{key} ruht. Wieder aufnehmen: ikz advance {key} resume").format(key=key))
            stage = case.definition.stages[case.proposal.stage].label
            raise TransitionNotAllowed(
                _("{key} ist in der Stufe „{stage}“; es gibt keinen weiteren Übergang.").format(key=key, stage=stage)
            )
        plan = Plan(_reason(case, reason), bool(note))
        what = engine.advance(case.definition, case.proposal, case.circumstances, name, held, plan)
        role = next(t.role for t in case.definition.transitions_from(case.proposal.stage).values() if t.name == name)
        actor = tx.actor(key, someone.key, role)
        proposal = tx.record(case.proposal, what, actor, day, case.definition.sha256, _note(tx, note))
        return proposal, what


def _main_transition(case: Case) -> str:
    stage = case.definition.stages[case.proposal.stage]
    if case.proposal.suspended is not None:
        return ""
    return next(iter(case.definition.transitions_from(stage.name)), "")


def _reason(case: Case, reason: str | None) -> str:
    if not reason:
        return ""
    labels = {name: entry.label for name, entry in case.definition.catalogue.reasons.items()}
    return inputs.choice("--reason", reason, labels)


def _changes_since(tx: Transaction, case: Case, version: int) -> list[str]:
    from ikz_workflow.services.timeline import timeline_of

    entries = timeline_of(tx, case.proposal.key)
    return [f"{entry.version}: {entry.sentence} ({entry.actor})" for entry in entries if entry.version > version]


# ------------------------------------------------------------------------------------------------------------ reading
def version_of(home: Home, key: str) -> int:
    """Return the version a proposal has now."""
    with home.ready.reading(home.now()) as tx:
        return tx.proposal(key).version


def view(home: Home, key: str) -> View:
    """Return a proposal for reading."""
    with home.ready.reading(home.now()) as tx:
        return view_in(tx, key, home.today.isoformat())


def view_in(tx: Transaction, key: str, day: str) -> View:
    """Return a proposal for reading, within a transaction."""
    case = load(tx, key, day)
    return View(case, tx.texts(key), names_in(tx, case))


def names_in(tx: Transaction, case: Case) -> dict[str, str]:
    """Return the names behind the keys that a proposal uses."""
    names = {key: organisation.name for key, organisation in case.circumstances.organisations.items()}
    if department := tx.find("department", case.proposal.department):
        names[department.key] = f"{getattr(department.value, 'short', '')} – {getattr(department.value, 'name', '')}"
    if case.proposal.topic and (topic := tx.find("topic", case.proposal.topic)):
        names[topic.key] = getattr(topic.value, "label", topic.key)
    rows = forms(tx)
    for key in {row.key for row in rows}:
        if row := form_row(rows, key, case.day):
            names[key] = row.label
    return names


def outlook(home: Home, key: str) -> Outlook:
    """Return what can happen next with a proposal."""
    with home.ready.reading(home.now()) as tx:
        seen = view_in(tx, key, home.today.isoformat())
        someone = tx.person_of(home.account)
        case = seen.case
        held = roles_of(someone) if someone else ()
        possible = engine.outlook(case.definition, case.proposal, case.circumstances, held)
        return Outlook(seen, possible, gates_of(case))


def gates_of(case: Case) -> tuple[GateState, ...]:
    """Return how the gates stand that apply to a proposal: those demanded, and optional ones already answered."""
    demanded = required_gates(case.definition)
    states = (gate_state(gate, case.proposal, case.circumstances) for gate in case.definition.gates.values())
    return tuple(state for state in states if state.applies and (state.gate.name in demanded or state.gate.optional))


def listing(home: Home) -> list[Line]:
    """Return all proposals, a line each, by key."""
    with home.ready.reading(home.now()) as tx:
        departments = {entry.key: getattr(entry.value, "short", entry.key) for entry in tx.entries("department")}
        return [_line(tx, summary, departments) for summary in tx.summaries()]


def _line(tx: Transaction, summary: Summary, departments: Mapping[str, str]) -> Line:
    proposal = summary.proposal
    definition = pinned(tx, proposal.definition)
    reason = proposal.ended.reason if proposal.ended else ""
    reasons = definition.catalogue.reasons
    return Line(
        key=proposal.key,
        title=summary.title,
        stage=proposal.stage,
        stage_label=definition.stages[proposal.stage].label,
        department=departments.get(proposal.department, proposal.department),
        since=proposal.stage_on or "",
        direction=str(proposal.fields.get("direction", "")),
        ended=reasons[reason].label if reason in reasons else reason,
        sample=proposal.sample,
        suspended=proposal.suspended is not None,
    )


def unanswered(home: Home, key: str, every: bool = False) -> list[tuple[Field, Mapping[str, str], str]]:
    """Return the fields of the stages up to now that are asked and have no value yet (or all of them), with their
    choices and present values: those that the next transition demands first."""
    with home.ready.reading(home.now()) as tx:
        seen = view_in(tx, key, home.today.isoformat())
        case, proposal = seen.case, seen.proposal
        order = list(case.definition.stages)
        upto = order[: order.index(proposal.stage) + 1]
        asked = [
            field
            for stage in upto
            for field in case.definition.stages[stage].fields.values()
            if holds(field.when, proposal, case.circumstances.form)
        ]
        demanded = {item.name for item in _missing_fields(case)}
        wanted = [field for field in asked if every or field.name not in proposal.fields]
        wanted.sort(key=lambda field: field.name not in demanded)
        return [(field, choices_of(tx, field, case.day), shown_value(seen, field)) for field in wanted]


def _missing_fields(case: Case) -> list[Item]:
    possible = engine.outlook(case.definition, case.proposal, case.circumstances)
    return [item for one in possible[:1] for item in one.missing if item.kind == "field"]


def shown_value(seen: View, field: Field) -> str:
    """Return a field's value as a person reads it, "" if there is none."""
    value = seen.proposal.fields.get(field.name)
    if value is None:
        return ""
    if field.is_free_text:
        return seen.text(str(value))
    if field.type == "choice":
        return field.choices.get(str(value)) or seen.name(str(value))
    return printed(field.type, value)


def printed(kind: str, value: FieldValue) -> str:
    """Return a value that is no text in German writing."""
    if kind == "money":
        return german.money(int(value))
    if kind == "number":
        return german.number(str(value))
    if kind == "yes-no":
        return german.yes_no(bool(value))
    return german.date(str(value)) if kind == "date" else str(value)
