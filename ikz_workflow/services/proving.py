"""Prove part by part what the database holds: texts, entries, replay and stored rows of some subjects at a time.

Parts need nothing but the registers and definitions, so several processes prove them side by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.definition import Definition, read, unbundle
from ikz_workflow.errors import DefinitionError, HistoryBroken
from ikz_workflow.events import Attached, DocumentAdded, EntryErased, Erased, Record
from ikz_workflow.history import Row, commit, read_payload, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, Commitment, Proposal
from ikz_workflow.services.registers_then import RegistersThen, is_register
from ikz_workflow.services.replay import ProposalReplay, Taken
from ikz_workflow.storage.parts import Part
from ikz_workflow.storage.rows import (
    REBUILD,
    Disclosure,
    Stored,
    altered,
    columns_text,
    entry_columns,
    lost,
    parties_of,
    proposal_columns,
    proposal_text,
)
from ikz_workflow.storage.tables import PROJECTION


class Lie(Struct, frozen=True):
    """The first row known to lie, by its position in the history."""

    seq: int
    error: HistoryBroken


class Files(Struct, frozen=True):
    """The bytes that records name, by SHA-256, and those they erase, each with the last position that did so."""

    brought: dict[str, int]
    erased: dict[str, int]

    def take(self, record: Record) -> None:
        """Take a record."""
        what = record.what
        if isinstance(what, DocumentAdded):
            self.brought[what.file_hash] = record.seq
        elif isinstance(what, Attached):
            self.brought[what.sha256] = record.seq
        elif isinstance(what, Erased):
            self.erased.update(dict.fromkeys(what.files, record.seq))

    def add(self, other: Files) -> None:
        """Take what records of other subjects name."""
        for mine, theirs in ((self.brought, other.brought), (self.erased, other.erased)):
            for sha256, seq in theirs.items():
                mine[sha256] = max(seq, mine.get(sha256, 0))

    def is_erased(self, sha256: str) -> bool:
        """Tell whether bytes are gone; brought in again after they were erased, they are there again."""
        return self.erased.get(sha256, 0) > self.brought[sha256]


class Verdict(Struct):
    """What is to be said of a part: how much it holds, what lies first, and what only other parts can answer."""

    proposals: int = 0
    texts: int = 0
    lie: Lie | None = None
    late: HistoryBroken | None = None  # what no position of the history tells, such as a stored row that is altered
    definitions: set[str] = msgspec.field(default_factory=set)
    files: Files = msgspec.field(default_factory=lambda: Files({}, {}))
    started: dict[str, str] = msgspec.field(default_factory=dict)  # which proposal began with which
    after: dict[str, str] = msgspec.field(default_factory=dict)  # behind which proposal one began
    taken: list[Taken] = msgspec.field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Take what is to be said of another part."""
        self.proposals += other.proposals
        self.texts += other.texts
        if other.lie is not None and other.lie.seq < self.limit:
            self.lie = other.lie
        self.late = self.late or other.late
        self.definitions |= other.definitions
        self.files.add(other.files)
        self.started |= other.started
        self.after |= other.after
        self.taken += other.taken

    @property
    def limit(self) -> float:
        """Return the position from which on nothing matters any more."""
        return self.lie.seq if self.lie is not None else float("inf")


class Judge:
    """Judges parts by the registers and the definitions; nothing else is needed for it."""

    def __init__(self, registers: RegistersThen, definitions: dict[str, Definition], *, compares: bool = True) -> None:
        """Take what to judge by; `compares` tells whether the stored rows have to be what the history gives."""
        self.registers, self._definitions, self._compares = registers, definitions, compares
        self._entries = registers.entries()

    def judge(self, part: Part, lie: Lie | None) -> Verdict:
        """Return what is to be said of a part; behind a row known to lie nothing is looked at."""
        verdict = Verdict(lie=lie)
        try:
            subjects = _subjects(part)
        except HistoryBroken as error:  # a row that is not readable at all
            verdict.lie = Lie(0, error)
            return verdict
        wanted = {subject: self._judge(subject, mine, verdict) for subject, mine in subjects.items()}
        if self._compares and verdict.lie is None:
            try:
                _compare(wanted, part.stored())
            except HistoryBroken as error:
                verdict.late = verdict.late or error
        return verdict

    def _judge(self, subject: str, mine: _Subject, verdict: Verdict) -> str:
        """Judge what the tables hold of a subject, and return the stored row its history gives, "" for none."""
        at = mine.rows[0].seq if mine.rows else 0
        try:
            opened, files, limit = _Opened(mine.texts), Files({}, {}), verdict.limit
            replay = ProposalReplay(self.registers, self._definitions, opened.persons)
            replays = not is_register(subject)
            for row in mine.rows:
                at = row.seq
                if at >= limit:
                    return ""
                record = read_payload(row)
                opened.take(row, record)
                if replays:
                    replay.step(row, record)
                    files.take(record)
        except HistoryBroken as error:
            verdict.lie = Lie(at, error)
            return ""
        verdict.texts += len(mine.texts)
        verdict.taken += replay.taken
        verdict.files.add(files)
        verdict.definitions |= replay.definitions
        try:
            opened.finish()
        except HistoryBroken as error:
            verdict.late = verdict.late or error
        if replay.proposal is not None:
            return self._count(replay.proposal, verdict)
        entry = self._entries.get(subject)
        return columns_text(entry_columns(entry)) if entry is not None else ""

    def _count(self, proposal: Proposal, verdict: Verdict) -> str:
        """Add a proposal to what is said, and return its stored row."""
        verdict.proposals += 1
        if proposal.started:
            verdict.started[proposal.key] = proposal.started
        if proposal.after:
            verdict.after[proposal.key] = proposal.after
        return proposal_text(proposal_columns(proposal, self._definitions[proposal.definition]), parties_of(proposal))


def _compare(wanted: Mapping[str, str], stored: Iterable[Stored]) -> None:
    """Check that the stored rows are what the history gives, by subject; HistoryBroken for the first that is not."""
    missing = {subject: text for subject, text in wanted.items() if text}
    for found in stored:
        expected = missing.get(found.subject)
        if expected is None:
            raise HistoryBroken(found.subject, _("Diese Zeile kommt im Verlauf nicht vor."), remedy=_(REBUILD))
        if not found.state:
            raise lost(found.subject)
        if found.projection != PROJECTION:
            what = _("Die Zeile ist veraltet.")
            raise HistoryBroken(found.subject, what, str(PROJECTION), str(found.projection), _(REBUILD))
        if found.state != expected:
            raise altered(found.subject, *_difference(expected, found.state))
        del missing[found.subject]
    if missing:
        raise lost(next(iter(missing)))


class _Subject(Struct):
    """What history and texts hold of a subject."""

    rows: list[Row]
    texts: list[Disclosure]


def _subjects(part: Part) -> dict[str, _Subject]:
    """Return what a part holds, by subject; the rows in the order of the history, whatever their versions say."""
    found: dict[str, _Subject] = {}
    for row in sorted(part.rows(), key=lambda row: row.seq):
        found.setdefault(row.subject, _Subject([], [])).rows.append(row)
    for text in part.texts():
        found.setdefault(text.subject, _Subject([], [])).texts.append(text)
    return found


class _Opened:
    """The texts of a subject, opened: who stands behind a reference, what is erased, what its records name."""

    def __init__(self, texts: Sequence[Disclosure]) -> None:
        """Open each text; HistoryBroken for one that is not what was committed to."""
        self.persons = opened(texts)
        self._known = {one.commitment for one in texts}
        self._gone = {one.commitment for one in texts if one.is_erased}
        self._named: set[Commitment] = set()
        self._erased: set[Commitment] = set()

    def take(self, row: Row, record: Record) -> None:
        """Take a record; HistoryBroken if a text is missing, or it erases what was not there."""
        commitments = record.commitments()
        if not self._known.issuperset(commitments):
            missing = next(one for one in commitments if one not in self._known)
            raise HistoryBroken(row_name(row), _("Zu diesem Eintrag fehlt ein Text."), missing)
        self._named.update(commitments)
        if isinstance(record.what, Erased | EntryErased):
            if strange := [one for one in record.what.texts if one not in self._named]:
                raise HistoryBroken(row_name(row), _("Der Eintrag löscht, was es nicht gab."), "", strange[0])
            self._erased.update(record.what.texts)

    def finish(self) -> None:
        """Check what only all records tell; HistoryBroken for a text nobody names, or one wrongly there or gone."""
        for commitment in sorted(self._known - self._named):
            raise HistoryBroken(_text(commitment), _("Kein Eintrag nennt diesen Text."))
        for commitment in sorted(self._erased ^ self._gone):
            what = _("Der Text fehlt, und kein Eintrag sagt, dass er gelöscht wurde.")
            if commitment in self._erased:
                what = _("Der Text wurde gelöscht und steht noch da.")
            raise HistoryBroken(_text(commitment), what, commitment)


def opened(texts: Iterable[Disclosure]) -> dict[Commitment, str]:
    """Open texts and return the person behind each reference; HistoryBroken for one that was not committed to."""
    persons: dict[Commitment, str] = {}
    actors: set[tuple[str, str]] = set()
    for one in texts:
        if not (one.is_erased and one.value == ERASED):
            computed = commit(one.field, one.value, one.salt)
            if computed != one.commitment:
                row = _("Text {c} ({subject}, {field})")
                row = row.format(c=one.commitment[:14], subject=one.subject, field=one.field)
                what = _("Der Text ist nicht der, der festgehalten wurde.")
                raise HistoryBroken(row, what, one.commitment, computed)
        if one.field == "actor":
            if (one.subject, one.value) in actors:
                raise HistoryBroken(one.subject, _("Eine Person hat hier zwei Kennungen."), "", one.commitment)
            actors.add((one.subject, one.value))
            persons[one.commitment] = one.value
    return persons


def definitions_of(kept: Iterable[tuple[str, str, bytes]]) -> dict[str, Definition]:
    """Return the definitions of stored texts by SHA-256; HistoryBroken for a text that was altered."""
    found: dict[str, Definition] = {}
    for sha256, name, text in kept:
        row = _("Definition {name} ({sha})").format(name=name, sha=sha256[:12])
        computed = hashlib.sha256(text).hexdigest()
        if computed != sha256:
            raise HistoryBroken(row, _("Der Text passt nicht zu seiner Prüfsumme."), sha256, computed)
        try:
            found[sha256] = read(unbundle(text))
        except (DefinitionError, msgspec.MsgspecError) as error:
            why = german.misfit(error) if isinstance(error, msgspec.MsgspecError) else error
            raise HistoryBroken(row, _("Der Text ist keine Definition: {why}").format(why=why)) from None
        if found[sha256].name != name:
            raise HistoryBroken(row, _("Der Name der Zeile stimmt nicht."), found[sha256].name, name)
    return found


def _text(commitment: Commitment) -> str:
    return _("Text {c}").format(c=commitment[:14])


def _difference(wanted: str, found: str) -> tuple[str, str]:
    """Return the surroundings of the first place at which two texts differ."""
    place = next(
        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found))
    )
    return wanted[max(0, place - 30) : place + 40], found[max(0, place - 30) : place + 40]
