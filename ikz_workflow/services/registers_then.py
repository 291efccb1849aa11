"""Replay the registers, and look them up as they were at any position of the history."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from ikz_workflow import events
from ikz_workflow.definition.model import FORM_COLUMNS
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.events import Record, RegisterEvent, RolesChanged, TopicAssigned
from ikz_workflow.german import ORGANISATION_KINDS
from ikz_workflow.history import Row, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import REGISTERS, Commitment, LegalForm, Organisation, RegisterEntry
from ikz_workflow.services.cases import CENTRE, CONFIRMING, named_entries
from ikz_workflow.services.permission import counts, departments_of, deputies_of, roles_of
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


def is_register(subject: str) -> bool:
    """Tell whether a subject is the entry of a register."""
    kind, slash, _key = subject.partition("/")
    return bool(slash) and kind in REGISTERS


class RegistersThen:
    """The registers with all their former versions; a lookup sees those of the moment it was turned to."""

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[int, Entry]]] = {}
        self._changes: dict[str, list[int]] = {kind: [] for kind in REGISTERS}
        self._linked: dict[str, None] = {}
        self._own: list[tuple[int, str]] = []
        self._all: list[int] = []  # the positions of all changes
        self._moment = 0
        self._lists: dict[str, tuple[int, list[Entry]]] = {}

    def turn(self, seq: int) -> None:
        """Let lookups see the registers as they were just before a position."""
        self._moment = seq

    def epoch(self) -> int:
        """Return a number that is the same for all moments between which no register changed."""
        return bisect_left(self._all, self._moment)

    def find(self, kind: str, key: str) -> Entry | None:
        """Return a register entry as of the moment, or None."""
        for seq, entry in reversed(self._versions.get(f"{kind}/{key}", ())):
            if seq < self._moment:
                return entry
        return None

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a register as of the moment, in the order of their keys."""
        epoch = bisect_left(self._changes[kind], self._moment)
        known = self._lists.get(kind)
        if known is None or known[0] != epoch:
            subjects = sorted(subject for subject in self._versions if subject.startswith(f"{kind}/"))
            entries = (self.find(kind, subject.removeprefix(f"{kind}/")) for subject in subjects)
            known = self._lists[kind] = epoch, [entry for entry in entries if entry is not None]
        return known[1]

    def linked(self) -> list[Entry]:
        """Return every organisation that names successors as of the moment."""
        entries = (self.find("organisation", key) for key in self._linked)
        return [
            entry
            for entry in entries
            if entry is not None and isinstance(entry.value, Organisation) and entry.value.successors
        ]

    def own(self) -> str | None:
        """Return the key of our own organisation as of the moment."""
        return next((key for seq, key in reversed(self._own) if seq < self._moment), None)

    def entries(self) -> dict[str, Entry]:
        """Return all entries as they are in the end, by subject."""
        return {subject: versions[-1][1] for subject, versions in self._versions.items()}

    def step(self, row: Row, record: Record, actors: Actors) -> None:
        """Take one record, each behind the one before; HistoryBroken if it could not have happened."""
        what = record.what
        if not isinstance(what, RegisterEvent):
            raise broken(row, _("Der Eintrag gehört nicht in dieses Verzeichnis."))
        self.turn(row.seq)
        kind, _slash, key = record.subject.partition("/")
        former = self.find(kind, key)
        before = (former.version, former.head) if former else (0, "")
        if (record.version - 1, record.previous) != before or record.definition is not None:
            raise broken(row, _("Der Eintrag folgt nicht auf den vorigen."), str(before), record.previous)
        belongs = kind if isinstance(what, _ANY_REGISTER) else _REGISTER_OF[type(what)]
        if belongs != kind or (isinstance(what, _CHANGING) and former is None):
            raise broken(row, _("Der Eintrag gehört nicht in dieses Verzeichnis."), belongs, kind)
        value = what.entry(former.value if former else None)
        if not _is_of_known_kind(value):
            raise broken(row, _("Der Eintrag enthält einen Wert, den es nicht geben kann."), "", repr(value))
        if isinstance(value, LegalForm) and key != f"{value.key}@{value.valid_from}":
            raise broken(row, _("Der Eintrag gehört zu einer anderen Rechtsform."), key, value.key)
        if missing := named_entries(value) - self._versions.keys():
            raise broken(row, _("Der Eintrag nennt etwas, das in keinem Verzeichnis stand."), "", min(missing))
        self._check_keeper(row, record, actors)
        self._keep(row.seq, Entry(kind, key, record.version, row.hash, value))

    def _keep(self, seq: int, entry: Entry) -> None:
        self._versions.setdefault(f"{entry.kind}/{entry.key}", []).append((seq, entry))
        self._changes[entry.kind].append(seq)
        self._all.append(seq)
        if isinstance(entry.value, Organisation) and entry.value.successors:
            self._linked[entry.key] = None
        if isinstance(entry.value, Organisation) and entry.value.own:
            self._own.append((seq, entry.key))

    def _check_keeper(self, row: Row, record: Record, actors: Actors) -> None:
        """Check that the central office acted (for a form's check, or the legal one); the very first person may enter
        itself."""
        if isinstance(record.what, events.FormConfirmed):
            actors.check_role(row, record, CONFIRMING)
        elif not isinstance(record.what, events.PersonRegistered) or self._changes["person"]:
            actors.check_role(row, record, (CENTRE,))


class Actors:
    """Who acted, by the references within a subject, and in which roles."""

    def __init__(self, registers: RegistersThen, persons: Mapping[Commitment, str]) -> None:
        """Take where persons are looked up, and the person behind each reference."""
        self._registers, self._persons = registers, persons

    def check_role(
        self, row: Row, record: Record, allowed: Sequence[str], bound: Sequence[str] = (), department: str = ""
    ) -> None:
        """Check that the actor acted in an allowed role, held it at that moment, and that it counted there; for a
        deputy that of the one represented."""
        role = record.actor.role
        entry = self._person(record.actor.person)
        if record.actor.behalf is not None:
            deputy, entry = entry, self._person(record.actor.behalf)
            if deputy is None or entry is None or deputy.key not in deputies_of(entry):
                raise broken(row, _("Die Person war nicht zur Vertretung bestellt."))
        if role not in allowed or entry is None or role not in roles_of(entry):
            raise broken(row, _("Die Person hatte die Rolle nicht."), ", ".join(allowed), role)
        if not counts(entry, role, bound, department):
            own = ", ".join(departments_of(entry))
            raise broken(row, _("Die Rolle der Person galt dort nicht."), own, department)

    def _person(self, reference: Commitment) -> Entry | None:
        """Return the register entry of the person behind a reference, as of the moment."""
        return self._registers.find("person", self._persons.get(reference, ""))


def replayed(rows: Iterable[tuple[Row, Record]], registers: RegistersThen, actors: Actors) -> HistoryBroken | None:
    """Take the records of all registers in their order; return what is wrong with the first that could not happen."""
    for row, record in rows:
        try:
            registers.step(row, record, actors)
        except HistoryBroken as error:
            return error
    return None


def broken(row: Row, what: str, expected: str = "", found: str = "") -> HistoryBroken:
    """Return what is to be said of a row that could not have happened."""
    return HistoryBroken(row_name(row), what, expected, found)


def _is_of_known_kind(value: RegisterEntry) -> bool:
    """Tell whether an organisation is of a kind there is, and a legal form says what the columns may say."""
    if isinstance(value, Organisation):
        return value.kind in ORGANISATION_KINDS
    return not isinstance(value, LegalForm) or all(
        getattr(value, column) in known for column, known in FORM_COLUMNS.items()
    )
