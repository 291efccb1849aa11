"""Prove the history: chain, replay, disclosures, stored bytes, stored rows, checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.checkpoints import Checkpoint, Tree
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.events import DocumentAdded
from ikz_workflow.history import Head, Row, linked, read_payload, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Proposal
from ikz_workflow.services.anchors import Anchor, Comparison, Given
from ikz_workflow.services.helpers import processors
from ikz_workflow.services.home import WAITED, Home
from ikz_workflow.services.proving import Files, Judge, Lie, Verdict, definitions_of, opened
from ikz_workflow.services.registers_then import Actors, RegistersThen
from ikz_workflow.services.replay import Taken, unknown
from ikz_workflow.services.side_by_side import Basis, Sharing, together
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.parts import Part
from ikz_workflow.storage.projection import reached
from ikz_workflow.storage.rows import GONE, Disclosure, Entry
from ikz_workflow.storage.transaction import Transaction

NOTHING = Given(())
Told = Callable[[int, int], None]
SHARED_FROM = 20_000  # entries; below, starting another process takes as long as it saves


def silent(_done: int, _whole: int) -> None:
    """Tell nobody how far a long work is."""


class Proof(Struct, frozen=True):
    """What was proven: how far the history reaches, how much it holds, which anchors it met, what to know."""

    head: Head
    events: int
    proposals: int
    entries: int
    disclosures: int
    documents: int
    anchors: tuple[Anchor, ...]
    warnings: tuple[str, ...]


def verify(home: Home, given: Given = NOTHING, told: Told = silent, *, processes: int | None = None) -> Proof:
    """Prove the whole database; HistoryBroken names the first row that lies, or contradicts what is kept elsewhere.

    `told` hears how many entries of how many are judged. `processes` share the work; None stands for one each processor
    where the history is long, else for this one alone.
    """
    _check_shape(home.ready)
    now, again = home.now(), home.database.again
    with home.database.reading(now) as tx:
        count = processes or (processors() if tx.head.seq >= SHARED_FROM else 1)
        sharing = Sharing(count, again, now) if count > 1 and again is not None else None
        proof = prove(tx, given.anchors, told, sharing, lambda: _check_file(home.database))
    _check_guards(home.database)
    return replace(proof, warnings=(*proof.warnings, *given.remarks))


def _check_shape(database: Database) -> None:
    """Check that there is nothing but what was declared."""
    if strange := database.strange():
        what = _("Die Tabellen sind nicht so, wie das Programm sie anlegt ({strange}).").format(strange=strange)
        remedy = _("Bitte klären, wer das war; eine Datenbank ohne Fremdes legt an: ikz copy --to sqlite:////PFAD")
        raise HistoryBroken(_("Form der Datenbank"), what, remedy=remedy)


def _check_file(database: Database) -> None:
    """Check that no index tells otherwise than its table."""
    if told := database.damage():
        raise HistoryBroken(_("Datenbankdatei"), _("Sie widerspricht sich: {told}.").format(told=told))


def _check_guards(database: Database) -> None:
    if names := database.missing_guards():
        what = _("Der Schutz gegen Ändern fehlt, ist verändert, oder es gibt fremde Auslöser ({names}).")
        remedy = _("Der Verlauf stimmt; bitte klären, wer das war, dann ausführen: ikz init.")
        raise HistoryBroken(_("Auslöser"), what.format(names=", ".join(sorted(names))), remedy=remedy)


def prove(
    tx: Transaction,
    anchors: tuple[Anchor, ...] = (),
    told: Told = silent,
    sharing: Sharing | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Proof:
    """Prove what a transaction sees; HistoryBroken names the first row that lies.

    The work can be shared with other processes where they see the same: not what is written and not committed yet.
    `meanwhile` is what else is to be found true, and told first if it is not.
    """
    judged = _judged(tx, anchors, told, sharing, meanwhile)
    found, chain = judged.found, judged.chain
    _check_begun(found)
    if found.late is not None:
        raise found.late
    if chain.register_seq != tx.register_seq:
        what = _("Der letzte Eintrag der Verzeichnisse stimmt nicht.")
        raise HistoryBroken(_("Kopf des Verlaufs"), what, str(chain.register_seq), str(tx.register_seq))
    documents = _check_bytes(tx, found.files)
    _check_definitions_used(judged.definitions, found.definitions)
    warnings = tuple(chain.warnings)
    return Proof(tx.head, tx.head.seq, found.proposals, judged.entries, found.texts, documents, anchors, warnings)


class _Judged(Struct, frozen=True):
    """A history of which no row lies."""

    chain: _Chain
    found: Verdict
    definitions: dict[str, Definition]
    entries: int


def _judged(
    tx: Transaction,
    anchors: tuple[Anchor, ...] = (),
    told: Told = silent,
    sharing: Sharing | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    *,
    compares: bool = True,
) -> _Judged:
    """Judge every row; HistoryBroken names the first that lies.

    The chain is followed from its first entry to its last, all else is asked subject by subject: memory stays flat.
    """
    kept = tx.definitions()
    definitions = definitions_of(kept)
    registers, lie = _registers(tx)
    found, done = Verdict(), 0

    def tell(events: int) -> None:
        nonlocal done
        done += events
        told(done, tx.head.seq)

    with ExitStack() as stack:
        gather = None
        if sharing is not None:
            basis, ranges = Basis(tx.head, kept, registers), list(tx.parts().ranges())
            gather = stack.enter_context(together(sharing, basis, ranges))
        meanwhile()
        chain = _Chain(tx, anchors)
        found.lie = _first(lie, chain.lie)
        theirs = gather(tell) if gather is not None else None
    if theirs is not None:
        found.add(theirs)
    else:
        done, judge = 0, Judge(registers, definitions, compares=compares)
        for part in tx.parts():
            found.add(judge.judge(part, found.lie))
            tell(len(part.events))
    lie = _first(found.lie, _taken_over(tx, found.taken))
    if lie is not None:
        raise lie.error
    return _Judged(chain, found, definitions, len(registers.entries()))


def _first(*lies: Lie | None) -> Lie | None:
    return min((lie for lie in lies if lie is not None), key=lambda lie: lie.seq, default=None)


class _Chain:
    """The chain, followed from its first entry to its last, or to the first that does not belong there."""

    def __init__(self, tx: Transaction, anchors: tuple[Anchor, ...]) -> None:
        self.warnings: list[str] = []
        self.register_seq = 0
        self.lie: Lie | None = None
        self._seq = 0
        try:
            self._follow(tx, Comparison(anchors, tx.log_id))
        except HistoryBroken as error:
            self.lie = Lie(self._seq + 1, error)

    def _follow(self, tx: Transaction, kept: Comparison) -> None:
        at = ""
        for row in linked(tx.rows(), tx.head):
            kept.row(row)
            self._seq = row.seq
            if "/" in row.subject:
                self.register_seq = row.seq
            if row.at >= at:
                at = row.at
            elif _went_back(at, row.at):
                what = _("{row}: Die Uhr ging zurück ({before} → {after}).")
                self.warnings.append(what.format(row=row_name(row), before=at, after=row.at))
                at = row.at
        kept.finish(tx.head.seq)


def _went_back(before: str, after: str) -> bool:
    """Tell whether a clock was set back, and nobody only waited; what is no time at all is none of a clock's."""
    try:
        return datetime.fromisoformat(before) - datetime.fromisoformat(after) > WAITED
    except ValueError:
        return True


def _registers(tx: Transaction) -> tuple[RegistersThen, Lie | None]:
    """Return the registers with all their former versions, and the first of their entries that could not happen."""
    registers, rows, texts, seq = RegistersThen(), list[Row](), list[Disclosure](), 0
    try:
        for part in tx.parts().registers():
            rows += part.rows()
            texts += part.texts()
        rows.sort(key=lambda row: row.seq)
        actors = Actors(registers, opened(texts))
        for row in rows:
            seq = row.seq
            registers.step(row, read_payload(row), actors)
    except HistoryBroken as error:
        return registers, Lie(seq, error)
    return registers, None


def _taken_over(tx: Transaction, taken: Iterable[Taken]) -> Lie | None:
    """Return the first record that takes over what did not stand in the other proposal at that moment."""
    for one in sorted(taken, key=lambda one: one.seq):
        before = [row for row in tx.rows(one.key) if row.seq < one.seq]
        row = tx.row(one.seq)
        if row is not None and not one.stood_in(reached(before).proposals.get(one.key)):
            return Lie(one.seq, unknown(row))
    return None


def _check_begun(found: Verdict) -> None:
    """Check what only both proposals tell; HistoryBroken if one names another that did not begin with it."""
    for key, started in sorted(found.started.items()):
        if found.after.get(started) != key:
            raise HistoryBroken(key, _("Das Vorhaben, das damit begann, gibt es nicht."), started)


def _check_definitions_used(definitions: dict[str, Definition], used: set[str]) -> None:
    for sha256, definition in definitions.items():
        if sha256 not in used:
            row = _("Definition {name} ({sha})").format(name=definition.name, sha=sha256[:12])
            raise HistoryBroken(row, _("Kein Vorhaben nennt diese Definition."))


def _check_bytes(tx: Transaction, files: Files) -> int:
    """Check all stored bytes against the history; return how many documents and attachments there are."""
    stored = set(tx.blob_keys())
    for sha256, seq in files.brought.items():
        if sha256 not in stored:
            raise HistoryBroken(_file(tx, seq), _("Die gespeicherten Bytes fehlen."), sha256)
        content = tx.content(sha256)
        if files.is_erased(sha256):
            if content != GONE:
                what = _("Die gespeicherten Bytes wurden gelöscht und stehen noch da.")
                raise HistoryBroken(_file(tx, seq), what, "", sha256)
            continue
        computed = hashlib.sha256(content).hexdigest()
        if computed != sha256:
            raise HistoryBroken(_file(tx, seq), _("Die gespeicherten Bytes sind verändert."), sha256, computed)
    for sha256 in sorted(stored - files.brought.keys()):
        raise HistoryBroken(_("Bytes {sha}").format(sha=sha256[:12]), _("Kein Eintrag nennt diese Bytes."))
    return len(files.brought)


def _file(tx: Transaction, seq: int) -> str:
    """Return how the file is named to a person that the entry at a position brought in."""
    row = tx.row(seq)
    what = read_payload(row).what if row is not None else None
    subject = row.subject if row is not None else ""
    if isinstance(what, DocumentAdded):
        return f"{subject}, {what.kind} {what.number}"
    return _("{subject}, Anlage aus Eintrag {seq}").format(subject=subject, seq=seq)


def end(home: Home) -> Head:
    """Return the present end of the history as it stands, nothing checked."""
    with home.ready.reading(home.now()) as tx:
        return tx.head


def checkpoint(home: Home) -> Checkpoint:
    """Return the present end of the history, to be kept elsewhere; HistoryBroken if its chain is broken."""
    tree = Tree()
    with home.ready.reading(home.now()) as tx:
        for row in linked(tx.rows(), tx.head):
            tree.add(row.payload.encode())
        return Checkpoint(tx.log_id, tree.size, tree.root())


def rebuild(home: Home) -> tuple[int, int]:
    """Renew all stored rows from the history; return how many proposals and register entries there are."""
    return _rebuilt(home.ready, home.now())


def renew(database: Database, now: datetime) -> None:
    """Renew the stored rows if a former projection made them, as after a migration."""
    with database.reading(now) as tx:
        outdated = tx.is_outdated()
    if outdated:
        _rebuilt(database, now)


def _rebuilt(database: Database, now: datetime) -> tuple[int, int]:
    with database.writing(now) as tx:
        _judged(tx, compares=False)
        return tx.rewrite(one for part in tx.parts() for one in _made(part))


def _made(part: Part) -> Iterator[Proposal | Entry]:
    made = reached(sorted(part.rows(), key=lambda row: row.seq))
    yield from made.proposals.values()
    yield from made.entries.values()
