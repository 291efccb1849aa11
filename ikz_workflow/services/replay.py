"""Replay a history: ask again, at each entry, whether it could happen by the rules and registers of that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ikz_workflow import engine, events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.events import (
    Advanced,
    Assigned,
    CheckAnswered,
    Created,
    Decided,
    DocumentAdded,
    Event,
    FieldsSet,
    MilestoneDone,
    ObstacleSet,
    PartySet,
    Record,
    RegisterEvent,
    RolesChanged,
)
from ikz_workflow.gates import bodies
from ikz_workflow.history import Row, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, LegalForm, Organisation, Person, Proposal
from ikz_workflow.requirements import Plan
from ikz_workflow.services.cases import CENTRE, circumstances, day_of, roles_of
from ikz_workflow.storage.transaction import Entry

# Which register an event may touch.
_REGISTER_OF: dict[type[RegisterEvent], str] = {
    events.OrganisationRegistered: "organisation",
    events.DepartmentRegistered: "department",
    events.TopicRegistered: "topic",
    events.FormRegistered: "form",
    events.PersonRegistered: "person",
    events.RolesChanged: "person",
}


class Replay:
    """The state the history has reached, step by step; a register lookup sees the registers of that step."""

    def __init__(self, definitions: Mapping[str, Definition], persons: Mapping[Commitment, str]) -> None:
        """Take the definitions by SHA-256, and the person behind each actor's reference."""
        self._definitions, self._persons = definitions, persons
        self.proposals: dict[str, Proposal] = {}
        self.entries: dict[str, Entry] = {}
        self._own: str | None = None
        self._forms: list[Entry] | None = None

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
            after = events.apply(former, record, row.hash)
        except (ValueError, TypeError):
            raise _broken(row, _("Der Eintrag folgt nicht auf den vorigen.")) from None
        self._judge(row, record, former, definition)
        self.proposals[record.subject] = after

    # ------------------------------------------------------------------------------------------------- registers
    def _register(self, row: Row, record: Record, what: RegisterEvent) -> None:
        kind, _slash, key = record.subject.partition("/")
        former = self.entries.get(record.subject)
        before = (former.version, former.head) if former else (0, "")
        if (record.version - 1, record.previous) != before or record.definition is not None:
            raise _broken(row, _("Der Eintrag folgt nicht auf den vorigen."), str(before), record.previous)
        if _REGISTER_OF[type(what)] != kind or (isinstance(what, RolesChanged) and former is None):
            raise _broken(row, _("Der Eintrag gehört nicht in dieses Verzeichnis."), _REGISTER_OF[type(what)], kind)
        value = what.entry(former.value if former else None)
        if isinstance(value, LegalForm) and key != f"{value.key}@{value.valid_from}":
            raise _broken(row, _("Der Eintrag gehört zu einer anderen Rechtsform."), key, value.key)
        self._check_keeper(row, record, what)
        self.entries[record.subject] = Entry(kind, key, record.version, row.hash, value)
        self._forms = None
        if isinstance(value, Organisation) and value.own:
            self._own = key

    def _check_keeper(self, row: Row, record: Record, what: RegisterEvent) -> None:
        """Check that the central office acted; only the very first person enters itself."""
        first = isinstance(what, events.PersonRegistered) and not any(
            isinstance(entry.value, Person) for entry in self.entries.values()
        )
        if not first:
            self._check_role(row, record, (CENTRE,))

    # ------------------------------------------------------------------------------------------------- proposals
    def _judge(self, row: Row, record: Record, former: Proposal | None, definition: Definition) -> None:
        what = record.what
        if former is None or isinstance(what, Created):
            self._check_start(row, record, definition)
        elif isinstance(what, Advanced):
            self._check_advance(row, record, what, former, definition)
        else:
            self._check_role(row, record, definition.write)
            if isinstance(what, Decided):
                self._check_decision(row, record, what, former, definition)
            elif not self._fits(what, former, definition):
                raise _broken(row, _("Der Eintrag nennt etwas, das es nach Definition und Verzeichnissen nicht gab."))

    def _check_start(self, row: Row, record: Record, definition: Definition) -> None:
        what = record.what
        start = (what.workflow, what.stage) if isinstance(what, Created) else ("", "")
        if start != (definition.name, definition.initial):
            raise _broken(row, _("Das Vorhaben beginnt anders, als die Definition sagt."), definition.initial, start[1])
        self._check_role(row, record, definition.write)

    def _check_advance(
        self, row: Row, record: Record, what: Advanced, former: Proposal, definition: Definition
    ) -> None:
        around = circumstances(self, definition, former, day_of(record))
        plan = Plan(what.reason or "", record.note is not None)
        try:
            again = engine.advance(definition, former, around, what.transition, tuple(definition.roles), plan)
        except IkzError as error:
            raise _broken(row, _("Der Übergang war nicht zulässig: {why}").format(why=error)) from None
        if again != what:
            raise _broken(row, _("Der Übergang ging anders aus."), repr(again), repr(what))
        transition = definition.transitions_from(what.source)[what.transition]
        self._check_role(row, record, (transition.role,))

    def _check_decision(
        self, row: Row, record: Record, what: Decided, former: Proposal, definition: Definition
    ) -> None:
        gate = definition.gates.get(what.gate)
        around = circumstances(self, definition, former, day_of(record))
        asked = tuple(body.key for body in bodies(gate, former, around)) if gate else ()
        if gate is None or what.outcome not in gate.outcomes or what.body not in asked or what.bodies != asked:
            raise _broken(row, _("Diese Stelle war so nicht gefragt."), str(asked), what.body)
        sha256 = engine.form_hash(around.form) if around.form else None
        if what.form_sha256 != sha256:
            raise _broken(row, _("Die Rechtsform sagte damals anderes."), str(sha256), str(what.form_sha256))
        texts = {version.text_hash for version in former.documents if version.kind == gate.on} if gate.on else {None}
        if what.text not in texts:
            raise _broken(row, _("Über diesen Text war nicht zu entscheiden."), str(texts), str(what.text))

    def _fits(self, what: Event, former: Proposal, definition: Definition) -> bool:
        """Tell whether the names an event uses were known, and its numbers the next ones."""
        if isinstance(what, FieldsSet):
            fields = definition.fields
            free = {name for name, value in what.values.items() if value is not None and _is_free(fields, name)}
            return what.values.keys() <= fields.keys() and set(what.texts) == free
        if isinstance(what, DocumentAdded):
            latest = former.latest(what.kind)
            return what.kind in definition.documents and what.number == (latest.number + 1 if latest else 1)
        if isinstance(what, PartySet):
            return self.find("organisation", what.organisation) is not None
        if isinstance(what, ObstacleSet):
            return what.kind is None or what.kind in definition.catalogue.obstacles
        if isinstance(what, CheckAnswered):
            return what.check in definition.catalogue.checks
        if isinstance(what, MilestoneDone):
            return any(one.number == what.number and not one.is_done for one in former.milestones)
        return not isinstance(what, Assigned) or self.find("department", what.department) is not None

    def _check_role(self, row: Row, record: Record, allowed: Sequence[str]) -> None:
        """Check that the actor acted in an allowed role and held it at that moment."""
        person = self._persons.get(record.actor.person)
        entry = self.entries.get(f"person/{person}")
        if record.actor.role not in allowed or entry is None or record.actor.role not in roles_of(entry):
            raise _broken(row, _("Die Person hatte die Rolle nicht."), ", ".join(allowed), record.actor.role)


def _is_free(fields: Mapping[str, object], name: str) -> bool:
    return bool(getattr(fields.get(name), "is_free_text", False))


def _broken(row: Row, what: str, expected: str = "", found: str = "") -> HistoryBroken:
    return HistoryBroken(row_name(row), what, expected, found)


def replayed(
    definitions: Mapping[str, Definition], persons: Mapping[Commitment, str], rows: Iterable[tuple[Row, Record]]
) -> Replay:
    """Return the state that all rows give; HistoryBroken at the first that could not have happened."""
    replay = Replay(definitions, persons)
    for row, record in rows:
        replay.step(row, record)
    return replay
