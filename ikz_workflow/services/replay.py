"""Replay a history: ask again, at each entry, whether it could happen by the rules and registers of that moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine, events
from ikz_workflow.definition import Definition, Field
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.events import (
    Advanced,
    Assigned,
    CheckAnswered,
    Corrected,
    Created,
    Decided,
    DocumentAdded,
    Erased,
    Event,
    FieldsSet,
    Marked,
    Migrated,
    MilestoneAdded,
    MilestoneDone,
    ObstacleSet,
    PartySet,
    Record,
    RegisterEvent,
)
from ikz_workflow.gates import Circumstances, bodies, text_kind
from ikz_workflow.history import Row
from ikz_workflow.language import gettext as _
from ikz_workflow.possible import is_day
from ikz_workflow.proposal import Commitment, FieldValue, LegalForm, Proposal
from ikz_workflow.requirements import Plan
from ikz_workflow.services.cases import CENTRE, circumstances
from ikz_workflow.services.corrections import hindrance, roles_to_correct
from ikz_workflow.services.inputs import MAX_CENTS
from ikz_workflow.services.migrations import fit_of
from ikz_workflow.services.proposals import voids_of
from ikz_workflow.services.records import asked_after, next_milestone
from ikz_workflow.services.registers_then import Actors, RegistersThen, broken

# What of a proposal its circumstances depend on.
_SURROUNDING = ("definition", "parties", "contacts", "obstacles", "milestones", "fields")
_NUMBER = re.compile(r"\d{1,28}(\.\d{1,28})?", re.ASCII)
# What may still be recorded on a proposal that has ended.
_LATE = (events.Noted, events.Attached, Marked)


class Taken(Struct, frozen=True):
    """Values said to be taken over at a position from another proposal, to be asked once that one is read."""

    seq: int
    key: str
    values: dict[str, FieldValue | None]
    texts: tuple[str, ...]

    def stood_in(self, source: Proposal | None) -> bool:
        """Tell whether the values stood in the other proposal; a text has another commitment in each."""
        given = source.fields if source else {}
        return all(
            name in given and (name in self.texts or given[name] == value) for name, value in self.values.items()
        )


class ProposalReplay:
    """One proposal, step by step; a register lookup sees the registers of that step."""

    def __init__(
        self, registers: RegistersThen, definitions: Mapping[str, Definition], persons: Mapping[Commitment, str]
    ) -> None:
        """Take all registers, the definitions by SHA-256, and the person behind each actor's reference."""
        self._registers, self._definitions = registers, definitions
        self._actors = Actors(registers, persons)
        self.proposal: Proposal | None = None
        self.taken: list[Taken] = []
        self.definitions: set[str] = set()
        self._earlier: list[Record] = []
        self._last: tuple[int, Proposal, Circumstances] | None = None

    def step(self, row: Row, record: Record) -> None:
        """Take one record; HistoryBroken if it could not have happened."""
        former = self.proposal
        definition = self._definitions.get(record.definition or "")
        if isinstance(record.what, RegisterEvent):
            raise broken(row, _("Der Eintrag gehört nicht in dieses Verzeichnis."))
        if definition is None or (former is not None and former.definition != record.definition):
            bound = former.definition if former else ""
            what = _("Die Definition ist nicht die, an die das Vorhaben gebunden ist.")
            raise broken(row, what, bound, record.definition or "")
        try:
            after = events.apply(former, record, row.hash, lambda: self._earlier)
        except (ValueError, TypeError):
            raise broken(row, _("Der Eintrag folgt nicht auf den vorigen.")) from None
        self._registers.turn(record.seq)
        self._judge(row, record, former, definition)
        self._earlier.append(record)
        if self.proposal is None or self.proposal.definition != after.definition:
            self.definitions.add(after.definition)
        self.proposal = after

    def _judge(self, row: Row, record: Record, former: Proposal | None, definition: Definition) -> None:
        if former is None:
            self._check_start(row, record, definition)
        elif (judge := _JUDGING.get(type(record.what))) is not None:
            judge(self, row, record, record.what, former, definition)
        else:
            self._check_fact(row, record, definition.write, former, definition)
            fits = _FITTING.get(type(record.what))
            if fits is not None and not fits(self, record, record.what, former, definition):
                raise unknown(row)

    def _check_fact(
        self, row: Row, record: Record, roles: Sequence[str], former: Proposal, definition: Definition
    ) -> None:
        """Check that the actor could record a fact, and on this proposal."""
        self._actors.check_role(row, record, roles, definition.bound, former.department)
        if definition.stages[former.stage].final and not isinstance(record.what, _LATE):
            raise broken(row, _("Das Vorhaben war schon beendet."))

    def _around(self, definition: Definition, former: Proposal, day: str) -> Circumstances:
        """Return a proposal's circumstances as of this step; from one decision to the next they are the same."""
        epoch = self._registers.epoch()
        if self._last is not None:
            then, last, around = self._last
            same = then == epoch and around.today == day
            if same and all(getattr(last, name) is getattr(former, name) for name in _SURROUNDING):
                return around
        around = circumstances(self._registers, definition, former, day)
        self._last = epoch, former, around
        return around

    def _check_start(self, row: Row, record: Record, definition: Definition) -> None:
        what = record.what
        start = (what.workflow, what.stage) if isinstance(what, Created) else ("", "")
        if start != (definition.name, definition.initial):
            raise broken(row, _("Das Vorhaben beginnt anders, als die Definition sagt."), definition.initial, start[1])
        department = what.department if isinstance(what, Created) else ""
        self._actors.check_role(row, record, definition.write, definition.bound, department)
        if self._registers.find("department", department) is None:
            raise broken(row, _("Der Eintrag nennt etwas, das in keinem Verzeichnis stand."), "", department)

    def _check_advance(
        self, row: Row, record: Record, what: Advanced, former: Proposal, definition: Definition
    ) -> None:
        around = self._around(definition, former, record.day)
        by = (record.actor.person, *((record.actor.behalf,) if record.actor.behalf else ()))
        plan = Plan(what.reason or "", record.note is not None, record.on, what.review or "", by)
        try:
            again = engine.advance(definition, former, around, what.transition, tuple(definition.roles), plan)
        except IkzError as error:
            raise broken(row, _("Der Übergang war nicht zulässig: {why}").format(why=error)) from None
        transition = definition.transitions_from(what.source)[what.transition]
        if replace(again, started=what.started) != what or (what.started is None) != (transition.starts is None):
            raise broken(row, _("Der Übergang ging anders aus."), repr(again), repr(what))
        self._actors.check_role(row, record, (transition.role,), definition.bound, former.department)

    def _check_migration(
        self, row: Row, record: Record, what: Migrated, former: Proposal, definition: Definition
    ) -> None:
        target = self._definitions.get(what.target)
        fit = fit_of(former, definition, target) if target else None
        if fit is None or fit.event() != what or fit.problems:
            raise broken(row, _("Das Vorhaben passte nicht in die neue Fassung des Verfahrens."), "", repr(what))
        self._actors.check_role(row, record, (CENTRE,))

    def _check_correction(
        self, row: Row, record: Record, what: Corrected, former: Proposal, definition: Definition
    ) -> None:
        earlier = self._earlier
        why = hindrance(earlier, what.seq)
        if why or record.note is None:
            raise broken(row, _("Der Eintrag war so nicht zurückzunehmen: {why}").format(why=why), "", str(what.seq))
        roles = roles_to_correct(earlier, what.seq, definition)
        self._actors.check_role(row, record, roles, definition.bound, former.department)

    def _check_erasure(
        self, row: Row, record: Record, _what: Erased, _former: Proposal, _definition: Definition
    ) -> None:
        self._actors.check_role(row, record, (CENTRE,))

    def _check_decision(
        self, row: Row, record: Record, what: Decided, former: Proposal, definition: Definition
    ) -> None:
        self._check_fact(row, record, definition.deciding(what.gate), former, definition)
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
            raise broken(row, _("Diese Stelle war so nicht gefragt."), str(asked), what.body)
        sha256 = engine.form_hash(around.form) if around.form else None
        if what.form_sha256 != sha256:
            raise broken(row, _("Die Rechtsform sagte damals anderes."), str(sha256), str(what.form_sha256))
        kind = text_kind(gate.on, around.form)
        texts = {version.text_hash for version in former.documents if version.kind == kind} if kind else {None}
        if what.text not in texts:
            raise broken(row, _("Über diesen Text war nicht zu entscheiden."), str(texts), str(what.text))

    # ------------------------------------------------- whether the names a fact uses were known, its numbers the next
    def _fields_fit(self, record: Record, what: FieldsSet, former: Proposal, definition: Definition) -> bool:
        fields, values = definition.fields, what.values
        free = {name for name, value in values.items() if value is not None and name in definition.free_texts}
        if not (values.keys() <= fields.keys() and set(what.texts) == free and what.taken_from != former.key):
            return False
        if what.taken_from is not None:
            self.taken.append(Taken(record.seq, what.taken_from, values, what.texts))
        known = all(self._can_be(fields[name], value) for name, value in values.items())
        return known and what.voids == voids_of(self._registers, definition, former, what, record.day)

    def _document_fits(self, _record: Record, what: DocumentAdded, former: Proposal, definition: Definition) -> bool:
        latest = former.latest(what.kind)
        return what.kind in definition.documents and what.number == (latest.number + 1 if latest else 1)

    def _party_fits(self, record: Record, what: PartySet, former: Proposal, definition: Definition) -> bool:
        if self._registers.find("organisation", what.organisation) is None:
            return False
        return what.asked == asked_after(self._registers, definition, former, what, record.on, record.day)

    def _obstacle_fits(self, _record: Record, what: ObstacleSet, _former: Proposal, definition: Definition) -> bool:
        return what.kind is None or what.kind in definition.catalogue.obstacles

    def _check_fits(self, _record: Record, what: CheckAnswered, _former: Proposal, definition: Definition) -> bool:
        return what.check in definition.catalogue.checks

    def _milestone_fits(self, _record: Record, what: MilestoneAdded, former: Proposal, _definition: Definition) -> bool:
        known = what.party is None or self._registers.find("organisation", what.party) is not None
        return known and what.number == next_milestone(former)

    def _done_fits(self, _record: Record, what: MilestoneDone, former: Proposal, _definition: Definition) -> bool:
        return any(one.number == what.number and not one.is_done for one in former.milestones)

    def _mark_fits(self, _record: Record, what: Marked, former: Proposal, _definition: Definition) -> bool:
        return what.non_public != former.non_public

    def _assigned_fits(self, _record: Record, what: Assigned, _former: Proposal, _definition: Definition) -> bool:
        return self._registers.find("department", what.department) is not None

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
            return all(self._registers.find("department", key) for key in value.split(",") if key)
        if field.register == "forms":
            rows = self._registers.cached("form")
            return any(isinstance(one.value, LegalForm) and one.value.key == value for one in rows)
        return field.type != "choice" or value in field.choices


_JUDGING: dict[type[Event], Callable[[ProposalReplay, Row, Record, Any, Proposal, Definition], None]] = {
    Advanced: ProposalReplay._check_advance,
    Migrated: ProposalReplay._check_migration,
    Corrected: ProposalReplay._check_correction,
    Decided: ProposalReplay._check_decision,
    Erased: ProposalReplay._check_erasure,
}
_FITTING: dict[type[Event], Callable[[ProposalReplay, Record, Any, Proposal, Definition], bool]] = {
    FieldsSet: ProposalReplay._fields_fit,
    DocumentAdded: ProposalReplay._document_fits,
    PartySet: ProposalReplay._party_fits,
    ObstacleSet: ProposalReplay._obstacle_fits,
    CheckAnswered: ProposalReplay._check_fits,
    MilestoneAdded: ProposalReplay._milestone_fits,
    MilestoneDone: ProposalReplay._done_fits,
    Marked: ProposalReplay._mark_fits,
    Assigned: ProposalReplay._assigned_fits,
}


def unknown(row: Row) -> HistoryBroken:
    """Return what is to be said of a row that names what was not there."""
    return broken(row, _("Der Eintrag nennt etwas, das es nach Definition und Verzeichnissen nicht gab."))
