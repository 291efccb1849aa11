"""Prove the history: chain, replay, disclosures, stored bytes, stored rows, checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.checkpoints import Checkpoint, Tree
from ikz_workflow.definition import Definition, read, unbundle
from ikz_workflow.errors import DefinitionError, HistoryBroken
from ikz_workflow.events import Attached, DocumentAdded, EntryErased, Erased, Record
from ikz_workflow.history import Head, Row, commit, follow, linked, row_name
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, Commitment
from ikz_workflow.services.anchors import Anchor, Comparison, Given
from ikz_workflow.services.home import Home
from ikz_workflow.services.replay import Replay, replayed
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.rows import (
    GONE,
    REBUILD,
    altered,
    columns_text,
    entry_columns,
    parties_of,
    proposal_columns,
    proposal_text,
)
from ikz_workflow.storage.tables import PROJECTION
from ikz_workflow.storage.transaction import Transaction

NOTHING = Given(())


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


def verify(home: Home, given: Given = NOTHING) -> Proof:
    """Prove the whole database; HistoryBroken names the first row that lies, or contradicts what is kept elsewhere."""
    _check_shape(home.ready)
    with home.database.reading(home.now()) as tx:
        proof = prove(tx, given.anchors)
    _check_guards(home.database)
    return replace(proof, warnings=(*proof.warnings, *given.remarks))


def _check_shape(database: Database) -> None:
    """Check that there is nothing but what was declared, and that no index tells otherwise than its table."""
    if strange := database.strange():
        what = _("Die Tabellen sind nicht so, wie das Programm sie anlegt ({strange}).").format(strange=strange)
        remedy = _("Bitte klären, wer das war; eine Datenbank ohne Fremdes legt an: ikz copy --to sqlite:////PFAD")
        raise HistoryBroken(_("Form der Datenbank"), what, remedy=remedy)
    if told := database.damage():
        raise HistoryBroken(_("Datenbankdatei"), _("Sie widerspricht sich: {told}.").format(told=told))


def _check_guards(database: Database) -> None:
    if names := database.missing_guards():
        what = _("Der Schutz gegen Ändern fehlt, ist verändert, oder es gibt fremde Auslöser ({names}).")
        remedy = _("Der Verlauf stimmt; bitte klären, wer das war, dann ausführen: ikz init.")
        raise HistoryBroken(_("Auslöser"), what.format(names=", ".join(sorted(names))), remedy=remedy)


def prove(tx: Transaction, anchors: tuple[Anchor, ...] = ()) -> Proof:
    """Prove what a transaction sees; HistoryBroken names the first row that lies."""
    definitions = _definitions(tx)
    fields, persons, count, empty = _disclosures(tx)
    replay = Replay(definitions, persons, tx.rows)
    warnings: list[str] = []
    named, at, register_seq = set[Commitment](), "", 0
    bound, held, erased = set[str](), dict[str, str](), _Erased(set(), set())
    kept = Comparison(anchors, tx.log_id)
    for row, record in follow(tx.rows(), tx.head):
        kept.row(row)
        for commitment in record.commitments():
            if fields.get(commitment) != record.subject:
                raise HistoryBroken(row_name(row), _("Zu diesem Eintrag fehlt ein Text."), commitment)
            named.add(commitment)
        replay.step(row, record)
        bound.add(record.definition or "")
        brought = _bytes_named(record)
        held |= brought
        erased.take(row, record, named, brought)
        if "/" in record.subject:
            register_seq = record.seq
        if record.at < at:
            warnings.append(
                _("{row}: Die Uhr ging zurück ({before} → {after}).").format(
                    row=row_name(row), before=at, after=record.at
                )
            )
        at = record.at
    kept.finish(tx.head.seq)
    replay.finish()
    if len(named) != count:
        stray = next(commitment for commitment in fields if commitment not in named)
        raise HistoryBroken(_("Text {c}").format(c=stray[:14]), _("Kein Eintrag nennt diesen Text."))
    if register_seq != tx.register_seq:
        raise HistoryBroken(
            _("Kopf des Verlaufs"),
            _("Der letzte Eintrag der Verzeichnisse stimmt nicht."),
            str(register_seq),
            str(tx.register_seq),
        )
    erased.check_texts(empty)
    _compare_rows(tx, replay, definitions)
    documents = _check_bytes(tx, held, erased.files)
    bound |= {proposal.definition for proposal in replay.proposals.values()}
    _check_definitions_used(definitions, bound)
    return Proof(
        tx.head, tx.head.seq, len(replay.proposals), len(replay.entries), count, documents, anchors, tuple(warnings)
    )


class _Erased(Struct):
    """What the history says is erased by now: commitments, and the SHA-256 of bytes."""

    texts: set[Commitment]
    files: set[str]

    def take(self, row: Row, record: Record, named: Collection[Commitment], brought: Collection[str]) -> None:
        """Take a record; HistoryBroken if it erases what was not there. Bytes brought in again are there again."""
        self.files.difference_update(brought)
        if isinstance(record.what, (Erased, EntryErased)):
            if strange := [one for one in record.what.texts if one not in named]:
                raise HistoryBroken(row_name(row), _("Der Eintrag löscht, was es nicht gab."), "", strange[0])
            self.texts.update(record.what.texts)
            self.files.update(record.what.files)

    def check_texts(self, empty: Collection[Commitment]) -> None:
        """Compare with the texts that are gone; HistoryBroken for one too many or too few."""
        for commitment in sorted(self.texts.symmetric_difference(empty)):
            what = _("Der Text fehlt, und kein Eintrag sagt, dass er gelöscht wurde.")
            if commitment in self.texts:
                what = _("Der Text wurde gelöscht und steht noch da.")
            raise HistoryBroken(_("Text {c}").format(c=commitment[:14]), what, commitment)


def _definitions(tx: Transaction) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for sha256, name, text in tx.definitions():
        row = _("Definition {name} ({sha})").format(name=name, sha=sha256[:12])
        computed = hashlib.sha256(text).hexdigest()
        if computed != sha256:
            raise HistoryBroken(row, _("Der Text passt nicht zu seiner Prüfsumme."), sha256, computed)
        try:
            found[sha256] = read(unbundle(text))
        except (DefinitionError, msgspec.MsgspecError) as error:
            raise HistoryBroken(row, _("Der Text ist keine Definition: {why}").format(why=error)) from None
        if found[sha256].name != name:
            raise HistoryBroken(row, _("Der Name der Zeile stimmt nicht."), found[sha256].name, name)
    return found


def _check_definitions_used(definitions: dict[str, Definition], used: set[str]) -> None:
    for sha256, definition in definitions.items():
        if sha256 not in used:
            row = _("Definition {name} ({sha})").format(name=definition.name, sha=sha256[:12])
            raise HistoryBroken(row, _("Kein Vorhaben nennt diese Definition."))


def _disclosures(tx: Transaction) -> tuple[dict[Commitment, str], dict[Commitment, str], int, set[Commitment]]:
    """Open every disclosure; return each commitment's subject, each actor's person, how many there are, which are
    erased."""
    subjects: dict[Commitment, str] = {}
    empty: set[Commitment] = set()
    persons: dict[Commitment, str] = {}
    actors: set[tuple[str, str]] = set()
    for one in tx.disclosures():
        computed = commit(one.field, one.value, one.salt)
        if one.is_erased and one.value == ERASED:
            empty.add(one.commitment)
        elif computed != one.commitment:
            row = _("Text {c} ({subject}, {field})").format(c=one.commitment[:14], subject=one.subject, field=one.field)
            raise HistoryBroken(row, _("Der Text ist nicht der, der festgehalten wurde."), one.commitment, computed)
        subjects[one.commitment] = one.subject
        if one.field == "actor":
            if (one.subject, one.value) in actors:
                raise HistoryBroken(one.subject, _("Eine Person hat hier zwei Kennungen."), "", one.commitment)
            actors.add((one.subject, one.value))
            persons[one.commitment] = one.value
    return subjects, persons, len(subjects), empty


def _compare_rows(tx: Transaction, replay: Replay, definitions: Mapping[str, Definition]) -> None:
    expected = {
        key: proposal_text(proposal_columns(proposal, definitions[proposal.definition]), parties_of(proposal))
        for key, proposal in replay.proposals.items()
    }
    expected |= {subject: columns_text(entry_columns(entry)) for subject, entry in replay.entries.items()}
    for stored in tx.stored():
        wanted = expected.pop(stored.subject, None)
        if wanted is None:
            raise HistoryBroken(stored.subject, _("Diese Zeile kommt im Verlauf nicht vor."), remedy=_(REBUILD))
        if stored.projection != PROJECTION:
            raise HistoryBroken(
                stored.subject,
                _("Die Zeile ist veraltet."),
                str(PROJECTION),
                str(stored.projection),
                _(REBUILD),
            )
        if stored.state != wanted:
            expected_part, found_part = _difference(wanted, stored.state)
            raise altered(stored.subject, expected_part, found_part)
    for subject in expected:
        raise HistoryBroken(subject, _("Die Zeile fehlt, die der Verlauf ergibt."), remedy=_(REBUILD))


def _difference(wanted: str, found: str) -> tuple[str, str]:
    """Return the surroundings of the first place at which two texts differ."""
    place = next(
        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found))
    )
    return wanted[max(0, place - 30) : place + 40], found[max(0, place - 30) : place + 40]


def _bytes_named(record: Record) -> dict[str, str]:
    """Return the bytes a record names, by SHA-256; they stay also when it is taken back."""
    what = record.what
    if isinstance(what, DocumentAdded):
        return {what.file_hash: f"{record.subject}, {what.kind} {what.number}"}
    if isinstance(what, Attached):
        return {what.sha256: f"{record.subject}, Anlage {what.sha256[:12]}"}
    return {}


def _check_bytes(tx: Transaction, held: Mapping[str, str], erased: Collection[str]) -> int:
    """Check all stored bytes against the history; return how many documents and attachments there are."""
    stored = set(tx.blob_keys())
    for sha256, name in held.items():
        if sha256 not in stored:
            raise HistoryBroken(name, _("Die gespeicherten Bytes fehlen."), sha256)
        content = tx.content(sha256)
        if sha256 in erased:
            if content != GONE:
                raise HistoryBroken(name, _("Die gespeicherten Bytes wurden gelöscht und stehen noch da."), "", sha256)
            continue
        computed = hashlib.sha256(content).hexdigest()
        if computed != sha256:
            raise HistoryBroken(name, _("Die gespeicherten Bytes sind verändert."), sha256, computed)
    for sha256 in sorted(stored - set(held)):
        raise HistoryBroken(_("Bytes {sha}").format(sha=sha256[:12]), _("Kein Eintrag nennt diese Bytes."))
    return len(held)


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
        definitions = _definitions(tx)
        _fields, persons, *_rest = _disclosures(tx)
        replay = replayed(definitions, persons, tx.rows, follow(tx.rows(), tx.head))
        tx.rewrite(replay.proposals, list(replay.entries.values()))
        return len(replay.proposals), len(replay.entries)
