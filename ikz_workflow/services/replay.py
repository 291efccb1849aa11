"""Replay a history: ask again, at each entry, whether it could happen by the rules and registers of that moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine, events
from ikz_workflow.definition import Definition, Field
from ikz_workflow.definition.model import FORM_COLUMNS
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.events import (
    Advanced,
    Assigned,
    CheckAnswered,
    Corrected,
    Created,
    Decided,
    DocumentAdded,
    Event,
    FieldsSet,
    Migrated,
    MilestoneAdded,
    MilestoneDone,
    ObstacleSet,
    PartySet,
    Record,
    RegisterEvent,
    RolesChanged,
    TopicAssigned,
)
from ikz_workflow.gates import Circumstances, bodies, text_kind
from ikz_workflow.german import ORGANISATION_KINDS
from ikz_workflow.history import Row, read_payload, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.possible import is_day
from ikz_workflow.proposal import Commitment, FieldValue, LegalForm, Organisation, Person, Proposal, RegisterEntry
from ikz_workflow.requirements import Plan
from ikz_workflow.services.cases import CENTRE, CONFIRMING, circumstances, named_entries
from ikz_workflow.services.corrections import hindrance, roles_to_correct
from ikz_workflow.services.inputs import MAX_CENTS
from ikz_workflow.services.migrations import fit_of
from ikz_workflow.services.permission import counts, departments_of, deputies_of, roles_of
from ikz_workflow.services.proposals import voids_of
from ikz_workflow.services.records import asked_after, next_milestone
from ikz_workflow.storage.rows import Entry

# Which register an event may touch.
_REGISTER_OF: dict[type[RegisterEvent], str] = {
    events.OrganisationRegistered: "organisation",
    events.DepartmentRegistered: "department",
    events.TopicRegistered: "topic",
    events.TopicAssigned: "topic",
    events.CooperationRegistered: "cooperation",
    events.FormRegistered: "form",
    events.FormConfirmed: "form",
    events.PersonRegistered: "person",
    events.RolesChanged: "person",
    events.DepartmentsChanged: "person",
    events.DeputiesChanged: "person",
}
_ANY_REGISTER = (events.EntryErased,)
# What changes an entry that has to be there.
_CHANGING = (
    RolesChanged,
    events.DepartmentsChanged,
    events.DeputiesChanged,
    TopicAssigned,
    events.FormConfirmed,
    events.EntryErased,
)


# What of a proposal its circumstances depend on.
_SURROUNDING = ("definition", "parties", "contacts", "obstacles", "milestones", "fields")
_NUMBER = re.compile(r"\d{1,28}(\.\d{1,28})?", re.ASCII)
# What may still be recorded on a proposal that has ended.
_LATE = (events.Noted, events.Attached, events.Marked)


class Replay:
    """The state the history has reached, step by step; a register lookup sees the registers of that step."""

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        persons: Mapping[Commitment, str],
        rows: Callable[[str], Iterable[Row]],
    ) -> None:
        """Take the definitions by SHA-256, the person behind each actor's reference, and where a subject's rows are."""
        self._definitions, self._persons, self._rows = definitions, persons, rows
        self.proposals: dict[str, Proposal] = {}
        self.entries: dict[str, Entry] = {}
        self._own: str | None = None
        self._forms: list[Entry] | None = None
        self._last: tuple[Proposal, Circumstances] | None = None

    def find(self, kind: str, key: str) -> Entry | None:
        """Return a register entry as of this step, or None."""
        return self.entries.get(f"{kind}/{key}")

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a register as of this step."""
        if kind != "form":
            return [entry for entry in self.entries.values() if entry.kind == kind]
        if self._forms is None:
            self._forms = [entry for _subject, entry in sorted(self.entries.items()) if entry.kind == "form"]
        return self._forms

    def linked(self) -> list[Entry]:
        """Return every organisation that names successors as of this step."""
        values = (entry for entry in self.entries.values() if isinstance(entry.value, Organisation))
        return [entry for entry in values if getattr(entry.value, "successors", ())]

    def own(self) -> str | None:
        """Return the key of our own organisation as of this step."""
        return self._own

    def step(self, row: Row, record: Record) -> None:
        """Take one record; HistoryBroken if it could not have happened."""
        if isinstance(record.what, RegisterEvent):
            self._register(row, record, record.what)
            return
        former = self.proposals.get(record.subject)
        definition = self._definitions.get(record.definition or "")
        if definition is None or (former is not None and former.definition != record.definition):
            bound = former.definition if former else ""
            raise _broken(
                row,
                _("Die Definition ist nicht die, an die das Vorhaben gebunden ist."),
                bound,
                record.definition or "",
            )
        try:
            after = events.apply(former, record, row.hash, lambda: self._earlier(row))
        except (ValueError, TypeError):
            raise _broken(row, _("Der Eintrag folgt nicht auf den vorigen.")) from None
        self._judge(row, record, former, definition)
        self.proposals[record.subject] = after

    def finish(self) -> None:
        """Check what only the whole history tells; HistoryBroken if a proposal names one that did not begin with it."""
        for proposal in self.proposals.values():
            other = self.proposals.get(proposal.started or "")
            if proposal.started and (other is None or other.after != proposal.key):
                raise HistoryBroken(proposal.key, _("Das Vorhaben, das damit begann, gibt es nicht."), proposal.started)

    def _earlier(self, row: Row) -> list[Record]:
        """Return the records of the row's proposal before it."""
        return [read_payload(one) for one in self._rows(row.subject) if one.seq < row.seq]

    # ------------------------------------------------------------------------------------------------- registers
    def _register(self, row: Row, record: Record, what: RegisterEvent) -> None:
        kind, _slash, key = record.subject.partition("/")
        former = self.entries.get(record.subject)
        before = (former.version, former.head) if former else (0, "")
        if (record.version - 1, record.previous) != before or record.definition is not None:
            raise _broken(row, _("Der Eintrag folgt nicht auf den vorigen."), str(before), record.previous)
        belongs = kind if isinstance(what, _ANY_REGISTER) else _REGISTER_OF[type(what)]
        if belongs != kind or (isinstance(what, _CHANGING) and former is None):
            raise _broken(row, _("Der Eintrag gehört nicht in dieses Verzeichnis."), belongs, kind)
        value = what.entry(former.value if former else None)
        if not _is_of_known_kind(value):
            raise _broken(row, _("Der Eintrag enthält einen Wert, den es nicht geben kann."), "", repr(value))
        if isinstance(value, LegalForm) and key != f"{value.key}@{value.valid_from}":
            raise _broken(row, _("Der Eintrag gehört zu einer anderen Rechtsform."), key, value.key)
        if missing := named_entries(value) - self.entries.keys():
            raise _broken(row, _("Der Eintrag nennt etwas, das in keinem Verzeichnis stand."), "", min(missing))
        self._check_keeper(row, record, what)
        self.entries[record.subject] = Entry(kind, key, record.version, row.hash, value)
        self._forms = self._last = None
        if isinstance(value, Organisation) and value.own:
            self._own = key

    def _check_keeper(self, row: Row, record: Record, what: RegisterEvent) -> None:
        """Check that the central office acted (for a form's check, or the legal one); the very first person may enter
        itself."""
        first = isinstance(what, events.PersonRegistered) and not any(
            isinstance(entry.value, Person) for entry in self.entries.values()
        )
        if isinstance(what, events.FormConfirmed):
            self._check_role(row, record, CONFIRMING)
        elif not first:
            self._check_role(row, record, (CENTRE,))

    # ------------------------------------------------------------------------------------------------- proposals
    def _judge(self, row: Row, record: Record, former: Proposal | None, definition: Definition) -> None:
        what = record.what
        if former is None or isinstance(what, Created):
            self._check_start(row, record, definition)
        elif isinstance(what, Advanced):
            self._check_advance(row, record, what, former, definition)
        elif isinstance(what, Migrated):
            self._check_migration(row, record, what, former, definition)
        elif isinstance(what, Corrected):
            self._check_correction(row, record, what, former, definition)
        elif isinstance(what, events.Erased):
            self._check_role(row, record, (CENTRE,))
        else:
            roles = definition.deciding(what.gate) if isinstance(what, Decided) else definition.write
            self._check_role(row, record, roles, definition.bound, former.department)
            if definition.stages[former.stage].final and not isinstance(what, _LATE):
                raise _broken(row, _("Das Vorhaben war schon beendet."))
            if isinstance(what, Decided):
                self._check_decision(row, record, what, former, definition)
            elif not self._fits(record, what, former, definition):
                raise _broken(row, _("Der Eintrag nennt etwas, das es nach Definition und Verzeichnissen nicht gab."))

    def _around(self, definition: Definition, former: Proposal, day: str) -> Circumstances:
        """Return a proposal's circumstances as of this step; from one decision to the next they are the same."""
        if self._last is not None:
            last, around = self._last
            if around.today == day and all(getattr(last, name) is getattr(former, name) for name in _SURROUNDING):
                return around
        around = circumstances(self, definition, former, day)
        self._last = former, around
        return around

    def _check_start(self, row: Row, record: Record, definition: Definition) -> None:
        what = record.what
        start = (what.workflow, what.stage) if isinstance(what, Created) else ("", "")
        if start != (definition.name, definition.initial):
            raise _broken(row, _("Das Vorhaben beginnt anders, als die Definition sagt."), definition.initial, start[1])
        department = what.department if isinstance(what, Created) else ""
        self._check_role(row, record, definition.write, definition.bound, department)
        if self.find("department", department) is None:
            raise _broken(row, _("Der Eintrag nennt etwas, das in keinem Verzeichnis stand."), "", department)

    def _check_advance(
        self, row: Row, record: Record, what: Advanced, former: Proposal, definition: Definition
    ) -> None:
        around = self._around(definition, former, record.day)
        by = (record.actor.person, *((record.actor.behalf,) if record.actor.behalf else ()))
        plan = Plan(what.reason or "", record.note is not None, record.on, what.review or "", by)
        try:
            again = engine.advance(definition, former, around, what.transition, tuple(definition.roles), plan)
        except IkzError as error:
            raise _broken(row, _("Der Übergang war nicht zulässig: {why}").format(why=error)) from None
        transition = definition.transitions_from(what.source)[what.transition]
        if replace(again, started=what.started) != what or (what.started is None) != (transition.starts is None):
            raise _broken(row, _("Der Übergang ging anders aus."), repr(again), repr(what))
        self._check_role(row, record, (transition.role,), definition.bound, former.department)

    def _check_migration(
        self, row: Row, record: Record, what: Migrated, former: Proposal, definition: Definition
    ) -> None:
        target = self._definitions.get(what.target)
        fit = fit_of(former, definition, target) if target else None
        if fit is None or fit.event() != what or fit.problems:
            raise _broken(row, _("Das Vorhaben passte nicht in die neue Fassung des Verfahrens."), "", repr(what))
        self._check_role(row, record, (CENTRE,))

    def _check_correction(
        self, row: Row, record: Record, what: Corrected, former: Proposal, definition: Definition
    ) -> None:
        earlier = self._earlier(row)
        why = hindrance(earlier, what.seq)
        if why or record.note is None:
            raise _broken(row, _("Der Eintrag war so nicht zurückzunehmen: {why}").format(why=why), "", str(what.seq))
        roles = roles_to_correct(earlier, what.seq, definition)
        self._check_role(row, record, roles, definition.bound, former.department)

    def _check_decision(
        self, row: Row, record: Record, what: Decided, former: Proposal, definition: Definition
    ) -> None:
        gate = definition.gates.get(what.gate)
        around = self._around(definition, former, record.day)
        names = {body.key: body.name for body in bodies(gate, former, around)} if gate else {}
        asked = tuple(names)
        if (
            gate is None
            or what.outcome not in gate.outcomes
            or names.get(what.body) != what.name
            or what.bodies != asked
        ):
            raise _broken(row, _("Diese Stelle war so nicht gefragt."), str(asked), what.body)
        sha256 = engine.form_hash(around.form) if around.form else None
        if what.form_sha256 != sha256:
            raise _broken(row, _("Die Rechtsform sagte damals anderes."), str(sha256), str(what.form_sha256))
        kind = text_kind(gate.on, around.form)
        texts = {version.text_hash for version in former.documents if version.kind == kind} if kind else {None}
        if what.text not in texts:
            raise _broken(row, _("Über diesen Text war nicht zu entscheiden."), str(texts), str(what.text))

    def _fits(self, record: Record, what: Event, former: Proposal, definition: Definition) -> bool:
        """Tell whether the names an event uses were known, and its numbers the next ones."""
        if isinstance(what, FieldsSet):
            fields = definition.fields
            free = {name for name in definition.free_texts & what.values.keys() if what.values[name] is not None}
            known = what.values.keys() <= fields.keys() and set(what.texts) == free
            known = known and all(self._can_be(fields[name], value) for name, value in what.values.items())
            taken = what.taken_from != former.key and self._is_taken(what)
            return known and taken and what.voids == voids_of(self, definition, former, what, record.day)
        if isinstance(what, DocumentAdded):
            latest = former.latest(what.kind)
            return what.kind in definition.documents and what.number == (latest.number + 1 if latest else 1)
        if isinstance(what, PartySet):
            if self.find("organisation", what.organisation) is None:
                return False
            return what.asked == asked_after(self, definition, former, what, record.on, record.day)
        if isinstance(what, ObstacleSet):
            return what.kind is None or what.kind in definition.catalogue.obstacles
        if isinstance(what, CheckAnswered):
            return what.check in definition.catalogue.checks
        if isinstance(what, MilestoneAdded):
            known = what.party is None or self.find("organisation", what.party) is not None
            return known and what.number == next_milestone(former)
        if isinstance(what, events.Marked):
            return what.non_public != former.non_public
        if isinstance(what, MilestoneDone):
            return any(one.number == what.number and not one.is_done for one in former.milestones)
        return not isinstance(what, Assigned) or self.find("department", what.department) is not None

    def _can_be(self, field: Field, value: FieldValue | None) -> bool:
        """Tell whether a field could have got a value, as its definition and the registers of this step are."""
        if value is None or field.is_free_text:
            return value is None or isinstance(value, str)
        if field.type == "yes-no":
            return isinstance(value, bool)
        if field.type == "money":
            return type(value) is int and 0 <= value <= MAX_CENTS
        if not isinstance(value, str):
            return False
        if field.type == "date":
            return is_day(value)
        if field.type == "number":
            return _NUMBER.fullmatch(value) is not None
        if field.type == "departments":
            return all(self.find("department", key) for key in value.split(",") if key)
        if field.register == "forms":
            return any(isinstance(one.value, LegalForm) and one.value.key == value for one in self.cached("form"))
        return field.type != "choice" or value in field.choices

    def _is_taken(self, what: FieldsSet) -> bool:
        """Tell whether values taken over stood in the other proposal; a text has another commitment in each."""
        if what.taken_from is None:
            return True
        source = self.proposals.get(what.taken_from)
        given = source.fields if source else {}
        return all(name in given and (name in what.texts or given[name] == what.values[name]) for name in what.values)

    def _check_role(
        self, row: Row, record: Record, allowed: Sequence[str], bound: Sequence[str] = (), department: str = ""
    ) -> None:
        """Check that the actor acted in an allowed role, held it at that moment, and that it counted there; for a
        deputy that of the one represented."""
        role = record.actor.role
        entry = self._person(record.actor.person)
        if record.actor.behalf is not None:
            deputy, entry = entry, self._person(record.actor.behalf)
            if deputy is None or entry is None or deputy.key not in deputies_of(entry):
                raise _broken(row, _("Die Person war nicht zur Vertretung bestellt."))
        if role not in allowed or entry is None or role not in roles_of(entry):
            raise _broken(row, _("Die Person hatte die Rolle nicht."), ", ".join(allowed), role)
        if not counts(entry, role, bound, department):
            own = ", ".join(departments_of(entry))
            raise _broken(row, _("Die Rolle der Person galt dort nicht."), own, department)

    def _person(self, reference: Commitment) -> Entry | None:
        """Return the register entry of the person behind a reference, as of this step."""
        return self.entries.get(f"person/{self._persons.get(reference)}")


def _is_of_known_kind(value: RegisterEntry) -> bool:
    """Tell whether an organisation is of a kind there is, and a legal form says what the columns may say."""
    if isinstance(value, Organisation):
        return value.kind in ORGANISATION_KINDS
    return not isinstance(value, LegalForm) or all(
        getattr(value, column) in known for column, known in FORM_COLUMNS.items()
    )


def _broken(row: Row, what: str, expected: str = "", found: str = "") -> HistoryBroken:
    return HistoryBroken(row_name(row), what, expected, found)


class Reached(Struct, frozen=True):
    """What a history made: proposals by key, register entries by subject, and the commitments it names."""

    proposals: dict[str, Proposal]
    entries: dict[str, Entry]
    commitments: set[Commitment]


def reached(rows: Sequence[Row]) -> Reached:
    """Return what a proven history had made by its last row, without judging it again."""
    found = Reached({}, {}, set())
    earlier: dict[str, list[Record]] = {}
    for row in rows:
        record = read_payload(row)
        subject, what = record.subject, record.what
        found.commitments.update(record.commitments())
        if isinstance(what, RegisterEvent):
            former = found.entries.get(subject)
            kind, _slash, key = subject.partition("/")
            value = what.entry(former.value if former else None)
            found.entries[subject] = Entry(kind, key, record.version, row.hash, value)
            continue
        known = earlier.setdefault(subject, [])
        found.proposals[subject] = events.apply(found.proposals.get(subject), record, row.hash, known.copy)
        known.append(record)
    return found


def replayed(
    definitions: Mapping[str, Definition],
    persons: Mapping[Commitment, str],
    rows_of: Callable[[str], Iterable[Row]],
    rows: Iterable[tuple[Row, Record]],
) -> Replay:
    """Return the state that all rows give; HistoryBroken at the first that could not have happened."""
    replay = Replay(definitions, persons, rows_of)
    for row, record in rows:
        replay.step(row, record)
    replay.finish()
    return replay
