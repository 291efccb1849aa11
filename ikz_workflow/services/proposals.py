"""Start, fill, read and advance proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine, german
from ikz_workflow.deadlines import Deadline, deadlines
from ikz_workflow.definition import Definition, Field, Stage, unbundle
from ikz_workflow.engine import Possible
from ikz_workflow.errors import (
    ConcurrentUpdate,
    DefinitionError,
    InvalidInput,
    NotFound,
    RoleRequired,
    TransitionNotAllowed,
    near,
)
from ikz_workflow.events import Advanced, Assigned, Created, FieldsSet, Marked, Noted
from ikz_workflow.gates import Circumstances, GateState, gate_state, holds, required_gates, voided
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Actor, Commitment, FieldValue, Proposal, Topic, judged_on
from ikz_workflow.requirements import Item, Plan
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import (
    Case,
    Registers,
    acting,
    circumstances,
    current,
    department_key,
    form_on,
    form_row,
    forms,
    hidden,
    holidays_of,
    load,
    organisation_key,
    person_key,
    topic_key,
    writer,
)
from ikz_workflow.services.home import Home, changes_since
from ikz_workflow.services.permission import Acting, acting_on, refusal, roles_here
from ikz_workflow.services.starting import begin, start_problems
from ikz_workflow.storage.transaction import Transaction


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
    """What can happen next with a proposal, how its gates stand, and what is due until when, as seen `today`."""

    view: View
    possible: tuple[Possible, ...]
    gates: tuple[GateState, ...]
    deadlines: tuple[Deadline, ...]
    today: date


# ------------------------------------------------------------------------------------------------------------ writing
def new(
    home: Home,
    title: str,
    department: str | None = None,
    *,
    workflow: str = "kooperation",
    topic: str | None = None,
    after: str | None = None,
    sample: bool = False,
    non_public: bool = False,
    values: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Start a proposal and return it; `values` are fields as `NAME=VALUE`.

    Without a department it is the one the topic is assigned to.
    """
    title = inputs.text(_("Titel"), title.strip(), lines=False)
    definition, text = current(home, workflow)
    if problems := start_problems(home, definition, f"{workflow}.toml", unbundle(text).workflow):
        raise DefinitionError(problems)
    day = inputs.happened(on, home.today)
    with home.writing() as tx:
        topic = topic_key(tx, topic) if topic else None
        department = department_key(tx, department) if department else _department_of(tx, topic)
        if after:
            tx.proposal(after)
        sha256 = tx.keep_definition(definition.name, text)
        begun = Start(title, department, topic, after, sample, tuple(values), non_public=non_public)
        return start(tx, home, definition, sha256, begun, day, note)[0]


class Start(Struct, frozen=True):
    """What a proposal starts with: keys of department and topic, fields as `NAME=VALUE`; `fingerprint` tells a row of
    a table from which it was taken over."""

    title: str
    department: str
    topic: str | None = None
    after: str | None = None
    sample: bool = False
    values: tuple[str, ...] = ()
    fingerprint: str | None = None
    non_public: bool = False


def start(
    tx: Transaction, home: Home, definition: Definition, sha256: str, begun: Start, day: str | None, note: str | None
) -> tuple[Proposal, Actor]:
    """Start a proposal within a transaction and return it with the one who started it."""
    key = tx.next_key(tx.at[:4])
    who = acting(tx, home)
    actor = acting_on(tx, who, key, _("Vorhaben anlegen"), definition, begun.department, definition.write)
    what = Created(
        tx.hide("title", begun.title),
        definition.name,
        definition.initial,
        begun.department,
        begun.topic,
        begun.after,
        begun.sample,
        hidden(tx, "fingerprint", begun.fingerprint),
        begun.non_public,
    )
    proposal = tx.record(key, what, actor, day, sha256, _note(tx, note))
    if begun.values:
        around = _around(tx, proposal, definition, day)
        proposal = _set(tx, Case(proposal, definition, around, judged_on(day, tx.at)), begun.values, actor, day)
    return proposal, actor


def _department_of(tx: Transaction, topic: str | None) -> str:
    """Return the department a topic is assigned to. InvalidInput if there is none."""
    value = tx.entry("topic", topic).value if topic else None
    if isinstance(value, Topic) and value.department:
        return value.department
    why = _("Bitte angeben, welche Organisationseinheit das Vorhaben führt (alle: ikz department list).")
    if topic:
        why += _(" Das Thema ist keiner zugeordnet; zuordnen: ikz topic assign {topic} OE").format(topic=topic)
    raise InvalidInput("--department", "", why)


def _around(tx: Transaction, proposal: Proposal, definition: Definition, day: str | None) -> Circumstances:
    return circumstances(tx, definition, proposal, judged_on(day, tx.at))


def set_fields(
    home: Home, key: str, values: Sequence[str], *, on: str | None = None, note: str | None = None
) -> Proposal:
    """Set fields from `NAME=VALUE` (empty clears, `@FILE` was read by the caller) and return the proposal."""
    day = inputs.happened(on, home.today)
    with home.writing(key) as tx:
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
            parsed = _parsed(tx, field, value, case.day)
            changed[name] = tx.hide(name, str(parsed)) if field.is_free_text else parsed
        elif name in case.proposal.fields:
            changed[name] = None
    if not changed:
        raise InvalidInput(_("Feld"), "", _("Es wurde nichts geändert; das Feld ist schon leer."))
    texts = (name for name, value in changed.items() if value is not None and known[name].is_free_text)
    what = with_voids(tx, case, FieldsSet(dict(sorted(changed.items())), tuple(sorted(texts))))
    return tx.record(case.proposal, what, actor, day, case.definition.sha256, note)


def _parsed(tx: Transaction, field: Field, value: str, day: str) -> FieldValue:
    """Return the value of a field from what was typed; an organisation by key or name."""
    if field.type == "organisation":
        return organisation_key(tx, value.strip())
    return inputs.field_value(field, value, choices_of(tx, field, day))


def with_voids(registers: Registers, case: Case, what: FieldsSet) -> FieldsSet:
    """Return the event with what loses its validity by it."""
    return replace(what, voids=voids_of(registers, case.definition, case.proposal, what, case.day))


def voids_of(
    registers: Registers, definition: Definition, before: Proposal, what: FieldsSet, day: str
) -> tuple[int, ...]:
    """Return what loses its validity by new values of fields: decisions and documents by history position."""
    if what.values.keys().isdisjoint((definition.form_field, *definition.direction_fields)):
        return ()
    after = replace(before, fields=what.merged(before))
    was, now = (form_on(registers, definition, one, day) for one in (before, after))
    return voided(definition, before, after, was, now)


def _assigned(case: Case, values: Sequence[str]) -> dict[str, str]:
    """Return the value typed for each field, the last one where a field is named twice."""
    known = case.definition.fields
    assigned: dict[str, str] = {}
    for assignment in values:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise InvalidInput(_("Feld"), assignment, _("Ein Feld setzt man so: NAME=WERT."))
        name = inputs.key_of(name, {one: field.label for one, field in known.items()})
        if name not in known:
            remedy = _("Alle Felder: ikz workflow show {name}").format(name=case.definition.name)
            raise NotFound(_("Das Feld"), name, near(name, known), remedy)
        assigned[name] = value
    return assigned


def choices_of(tx: Transaction, field: Field, day: str) -> Mapping[str, str]:
    """Return the choices of a field by key: its own, or the legal forms as of a day."""
    if field.register == "forms":
        rows = forms(tx)
        valid = (form_row(rows, key, day) for key in dict.fromkeys(row.key for row in rows))
        return {row.key: row.label for row in valid if row is not None}
    if field.type == "departments":
        return {entry.key: getattr(entry.value, "short", entry.key) for entry in tx.entries("department")}
    return field.choices


def add_note(home: Home, key: str, text: str, *, on: str | None = None) -> Proposal:
    """Record a note and return the proposal."""
    day = inputs.happened(on, home.today)
    cleaned = inputs.text(_("Notiz"), text)
    with home.writing(key) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        actor = writer(tx, home, case, _("Notiz festhalten"), late=True)
        return tx.record(case.proposal, Noted(), actor, day, case.definition.sha256, tx.hide("note", cleaned))


def mark(home: Home, key: str, *, non_public: bool, on: str | None = None, note: str | None = None) -> Proposal:
    """Mark a proposal as not public, or as public again, also after its end; public reports leave the former out."""
    day = inputs.happened(on, home.today)
    with home.writing(key) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        actor = writer(tx, home, case, _("Kennzeichnen"), late=True)
        if case.proposal.non_public == non_public:
            raise InvalidInput(key, "", _("An der Kennzeichnung ändert sich nichts."))
        return tx.record(case.proposal, Marked(non_public), actor, day, case.definition.sha256, _note(tx, note))


def assign(
    home: Home,
    key: str,
    department: str | None = None,
    clerk: str | None = None,
    *,
    on: str | None = None,
    note: str | None = None,
) -> Proposal:
    """Assign a proposal to a department, a registered person, or both, and return it."""
    day = inputs.happened(on, home.today)
    if not (department or clerk):
        raise InvalidInput(_("Zuordnen"), "", _("Es fehlt die Organisationseinheit oder --clerk PERSON."))
    with home.writing(key) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        unit = department_key(tx, department) if department else case.proposal.department
        someone = person_key(tx, clerk) if clerk else None
        actor = writer(tx, home, case, _("Zuordnen"))
        if (unit, someone or "") == (case.proposal.department, tx.text(case.proposal.clerk or "")):
            raise InvalidInput(key, "", _("An der Zuordnung ändert sich nichts: Das Vorhaben ist schon so zugeordnet."))
        what = Assigned(unit, hidden(tx, "clerk", someone))
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
    until: str | None = None,
    on: str | None = None,
    expect: int | None = None,
    dry_run: bool = False,
) -> tuple[Proposal, Advanced]:
    """Let a transition happen and return the proposal with the event.

    Without a name it is the stage's main transition. `until` is the day on which a proposal that is to rest is looked
    at again. `expect` is the version the caller has seen: ConcurrentUpdate
    names what happened since, if anything did. A dry run answers the same and writes nothing.
    """
    day = inputs.happened(on, home.today)
    review = inputs.full_date("--until", until) if until else ""
    with home.writing(key, dry_run=dry_run) as tx:
        case = load(tx, key, judged_on(day, tx.at))
        if expect is not None and expect != case.proposal.version:
            raise ConcurrentUpdate(key, expect, case.proposal.version, changes_since(tx, key, expect))
        who = acting(tx, home)
        leaving = case.definition.transitions_from(case.proposal.stage)
        if transition and transition not in leaving:
            transition = inputs.key_of(transition, {one: known.label for one, known in leaving.items()})
        name = transition or _main_transition(case)
        if not name:
            if case.proposal.suspended is not None:
                raise TransitionNotAllowed(_("{key} ruht. Wieder aufnehmen: ikz advance {key} resume").format(key=key))
            stage = case.definition.stages[case.proposal.stage].label
            raise TransitionNotAllowed(
                _("{key} ist in der Stufe „{stage}“; es gibt keinen weiteren Übergang.").format(key=key, stage=stage)
            )
        plan = Plan(_reason(case, reason, name), bool(note), day, review, who.references(tx, key))
        what, actor = _advanced(tx, who, case, name, plan)
        starts = leaving[name].starts
        if starts is not None:
            what = replace(what, started=tx.next_key(tx.at[:4]))
        proposal = tx.record(case.proposal, what, actor, day, case.definition.sha256, _note(tx, note))
        if starts is not None and what.started is not None:
            begin(tx, home, proposal, starts, what.started, day)
        return proposal, what


def _advanced(tx: Transaction, who: Acting, case: Case, name: str, plan: Plan) -> tuple[Advanced, Actor]:
    """Return the event of a transition with its actor."""
    leaving = case.definition.transitions_from(case.proposal.stage)
    held = roles_here(who.holder, case.definition.bound, case.proposal.department)
    try:
        what = engine.advance(case.definition, case.proposal, case.circumstances, name, held, plan)
    except RoleRequired as error:  # the engine knows roles only, not whose department it is
        roles = (leaving[name].role,)
        raise refusal(tx, who, error.what, case.definition, case.proposal.department, roles) from None
    return what, who.actor(tx, case.proposal.key, leaving[name].role)


def _main_transition(case: Case) -> str:
    stage = case.definition.stages[case.proposal.stage]
    if case.proposal.suspended is not None:
        return ""
    return next(iter(case.definition.transitions_from(stage.name)), "")


def _reason(case: Case, reason: str | None, name: str) -> str:
    """Return the key of a reason given by key or label. InvalidInput with those that fit the transition."""
    if not reason:
        return ""
    leaving = case.definition.transitions_from(case.proposal.stage).get(name)
    kinds = {need.names[0] for need in leaving.requires if need.kind == "reason"} if leaving else set()
    known = case.definition.catalogue.reasons
    fitting = {key: one.label for key, one in known.items() if not kinds or kinds & set(one.kinds)}
    return inputs.choice("--reason", reason, fitting)


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
        who = acting(tx, home) if tx.person_of(home.account) else None
        case = seen.case
        held = roles_here(who.holder, case.definition.bound, case.proposal.department) if who else ()
        plan = Plan(by=who.references(tx, key) if who else ())
        possible = engine.outlook(case.definition, case.proposal, case.circumstances, held, plan)
        due = deadlines(case.definition, case.proposal, case.circumstances, holidays_of(tx).of)
        return Outlook(seen, possible, gates_of(case), due, home.today)


def gates_of(case: Case) -> tuple[GateState, ...]:
    """Return how the gates stand that apply to a proposal: those demanded, and optional ones.

    A gate that counts fresh decisions only is told while the present stage demands it.
    """
    demanded = required_gates(case.definition)
    here = required_gates(case.definition, case.proposal.stage)
    return tuple(
        gate_state(gate, case.proposal, case.circumstances)
        for gate in case.definition.gates.values()
        if (gate.optional or gate.name in (here if gate.fresh else demanded))
        and holds(gate.when, case.proposal, case.circumstances.form)
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
    if field.type == "departments":
        return ", ".join(seen.case.circumstances.departments.get(key, key) for key in str(value).split(","))
    return german.written(field.type, value)
