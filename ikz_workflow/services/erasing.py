"""Erase personal data: values with their salts and the files that hold them; the chain and all else stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.definition import Definition
from ikz_workflow.documents.searching import Words
from ikz_workflow.errors import InvalidInput, NotAllowed, NotFound, StorageError
from ikz_workflow.events import Attached, DocumentAdded, EntryErased, Erased
from ikz_workflow.history import read_payload
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Actor, Commitment
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import keeper, person_key, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.permission import roles_of
from ikz_workflow.storage.rows import GONE, Disclosure
from ikz_workflow.storage.transaction import Transaction

# The texts of a proposal that are no field, by the name under which they are kept.
KINDS = {
    "title": "Titel",
    "note": "Bemerkungen und Notizen",
    "contact": "Kontakte",
    "contact-person": "Gesprächspartner",
    "obstacle-answer": "Antworten auf Hemmnisse",
    "evidence": "Nachweise",
    "milestone": "Meilensteine",
    "file-name": "Dateinamen",
    "attachment-kind": "Art der Anlage",
    "fingerprint": "Kennzeichen der Abfrage",
    "checker": "Wer die Rechtsform geprüft hat",
    "name": "Name",
    "account": "Konto",
    "basis": "Rechtsgrundlage einer Löschung",
    "once": "Zeichen gegen doppeltes Festhalten",
    "asked": "Prüfsumme eines Befehls mit --once",
}
_KEPT = ("actor", "clerk")  # they hold a person's number, and show who acted without saying who that is


class Piece(Struct, frozen=True):
    """A text that goes: whose, of which field, with its value as long as it is there."""

    subject: str
    commitment: Commitment
    field: str
    label: str
    value: str


class File(Struct, frozen=True):
    """A file whose bytes go: its SHA-256, and the proposals that hold it, each with what it is there."""

    sha256: str
    held: tuple[tuple[str, str], ...]


class Erasure(Struct, frozen=True):
    """What goes, and what stays elsewhere.

    `elsewhere` are other texts with the same words, which stay; `unsearched` files that nobody can search; `exports`
    files in the documents folder that still hold it; `remarks` what else to know.
    """

    texts: tuple[Piece, ...]
    files: tuple[File, ...]
    elsewhere: tuple[Piece, ...] = ()
    unsearched: tuple[File, ...] = ()
    exports: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()


class _Wanted(Struct, frozen=True):
    """What is to go, as it was asked for: of which subject ("" for all), and where else to look."""

    subject: str
    everywhere: bool
    fields: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


def erase(
    home: Home,
    key: str,
    fields: Sequence[str] = (),
    *,
    basis: str,
    words: Sequence[str] = (),
    attachments: Sequence[str] = (),
    everywhere: bool = False,
    dry_run: bool = False,
) -> Erasure:
    """Erase a proposal's fields with all their former values, texts that hold `words`, attachments by the beginning of
    their SHA-256, and the files that hold what goes; with `everywhere` the same words in all other proposals too."""
    if not (fields or words or attachments):
        raise InvalidInput(_("Löschen"), "", _("Es fehlt, was gelöscht werden soll: FELD, --text oder --attachment."))
    cleaned = tuple(inputs.text("--text", one) for one in words)
    with home.ready.reading(home.now()) as tx:
        proposal = tx.proposal(key)
        named = frozenset(_field(pinned(tx, proposal.definition), one) for one in fields)
        whole = tuple(_attachment(tx, key, one) for one in attachments)
    return _erase(home, _Wanted(key, everywhere, named, cleaned, whole), basis, dry_run)


def erase_person(home: Home, name: str, *, basis: str, dry_run: bool = False) -> Erasure:
    """Erase name and account of a registered person, and every text and file that holds them; the number stays.

    NotAllowed while the person holds a role.
    """
    with home.ready.reading(home.now()) as tx:
        key = person_key(tx, name)
        if roles := roles_of(tx.entry("person", key)):
            what = _("{key} hat noch Rollen; wer etwas darf, bleibt kenntlich. Zuerst: ikz person revoke {key} {r}")
            raise NotAllowed(what.format(key=key, r=" ".join(roles)))
    return _erase(home, _Wanted(f"person/{key}", True, frozenset({"name", "account"})), basis, dry_run)


def _field(definition: Definition, name: str) -> str:
    """Return a kind of text given by its name or label. InvalidInput for a field that holds no free text."""
    fields = {one.name: (one.label,) for one in definition.fields.values()}
    kinds = {kind: (_(label),) for kind, label in KINDS.items() if kind not in ("name", "account", "checker")}
    remedy = _("Felder zeigt ikz show; dazu kommen: {kinds}.").format(kinds=", ".join(kinds))
    found = inputs.one_of(_("Das Feld"), name, {**kinds, **fields}, remedy)
    if found in fields and not definition.fields[found].is_free_text:
        raise InvalidInput(found, "", _("Das Feld enthält keinen freien Text und steht im Verlauf selbst; es bleibt."))
    return found


def _attachment(tx: Transaction, key: str, beginning: str) -> str:
    found = {one.sha256 for one in _attached(tx, key) if one.sha256.startswith(beginning)}
    if len(found) != 1 or not beginning:
        raise NotFound(_("Die Anlage"), beginning, (), _("Alle: ikz show {key}").format(key=key))
    return found.pop()


def _attached(tx: Transaction, key: str) -> list[Attached]:
    """Return every attachment a proposal has or had."""
    return [record.what for record in tx.records(key) if isinstance(record.what, Attached)]


def _erase(home: Home, wanted: _Wanted, basis: str, dry_run: bool) -> Erasure:
    reason = inputs.text("--basis", basis)
    searched: dict[tuple[str, frozenset[str]], bool | None] = {}
    with home.ready.reading(home.now()) as tx:  # files are searched while others may write
        _keeper(tx, home, wanted.subject)
        plan, words = _plan(tx, wanted, searched)
    if words.in_text(reason):
        raise InvalidInput("--basis", "", _("Die Rechtsgrundlage enthält selbst, was gelöscht werden soll."))
    plan = _with_exports(home, plan, words)
    if dry_run:
        return plan
    if plan.texts or plan.files:
        with home.writing() as tx:
            plan, words = _plan(tx, wanted, searched)
            _record(tx, home, plan, reason)
        plan = _with_exports(home, plan, words)
    return _purged(home, plan)


def _keeper(tx: Transaction, home: Home, subject: str) -> Actor:
    return keeper(tx, home, subject, _("Personenbezogene Daten löschen"))


def _plan(
    tx: Transaction, wanted: _Wanted, searched: dict[tuple[str, frozenset[str]], bool | None]
) -> tuple[Erasure, Words]:
    """Return what would go as things stand, with the words it was found by."""
    held = _files(tx, None if wanted.everywhere else wanted.subject)
    lost = [one for one in _attached(tx, wanted.subject) if one.sha256 in wanted.attachments]
    names = {*(one.name for one in lost), *(one.kind for one in lost)}
    given = Words(wanted.words)
    mine = [one for one in _known(tx) if one.subject == wanted.subject]
    chosen = [one for one in mine if one.field in wanted.fields or one.commitment in names or given.in_text(one.value)]
    words = Words({*wanted.words, *(one.value for one in chosen if one.commitment not in names)})
    going = {one.commitment for one in chosen}
    same = [one for one in _known(tx) if one.commitment not in going and words.in_text(one.value)]
    registered = [one for one in same if one.field in ("name", "account") and one.subject != wanted.subject]
    if wanted.everywhere:
        chosen += [one for one in same if one not in registered]
        same = registered
    # Who knows all but the text could try out texts on the digest of the command that brought it.
    concerned = {one.subject for one in chosen}
    chosen += [one for one in _known(tx) if one.field == "asked" and one.subject in concerned and one not in chosen]
    labels = _labels(tx, {one.subject for one in (*chosen, *same)})
    goes, unsearched = [], []
    for sha256, holders in held.items():
        content = tx.content(sha256)
        if content == GONE:
            continue
        place = (sha256, words.values)
        if place not in searched:
            searched[place] = words.in_file(content)
        if searched[place] or sha256 in wanted.attachments:
            goes.append(File(sha256, tuple(holders)))
        elif searched[place] is None:
            unsearched.append(File(sha256, tuple(holders)))
    everyone = _files(tx, None) if goes and not wanted.everywhere else held
    files = tuple(File(one.sha256, tuple(everyone[one.sha256])) for one in goes)
    pieces, others = (tuple(_piece(one, labels) for one in part) for part in (chosen, same))
    return Erasure(pieces, files, others, tuple(unsearched)), words


def _known(tx: Transaction) -> Iterator[Disclosure]:
    """Yield the texts that may go; they are read anew each time, so that memory stays flat."""
    return (one for one in tx.disclosures() if not one.is_erased and one.field not in _KEPT)


def _files(tx: Transaction, subject: str | None) -> dict[str, list[tuple[str, str]]]:
    """Return the files that proposals hold or held by SHA-256, each with the proposals and what it is there."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tx.rows(subject):
        if '"type":"document-added"' not in row.payload and '"type":"attached"' not in row.payload:
            continue
        what = read_payload(row).what
        if isinstance(what, DocumentAdded):
            label = _("{kind}, Fassung {n}").format(kind=what.kind, n=what.number)
            found.setdefault(what.file_hash, []).append((row.subject, label))
        elif isinstance(what, Attached):
            found.setdefault(what.sha256, []).append((row.subject, _("Anlage {sha}").format(sha=what.sha256[:12])))
    return found


def _labels(tx: Transaction, subjects: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Return the labels of the fields of each subject's texts."""
    kinds = {kind: _(label) for kind, label in KINDS.items()}
    labels: dict[str, Mapping[str, str]] = {}
    for subject in subjects:
        fields = {} if "/" in subject else pinned(tx, tx.proposal(subject).definition).fields
        labels[subject] = {**kinds, **{name: field.label for name, field in fields.items()}}
    return labels


def _piece(one: Disclosure, labels: Mapping[str, Mapping[str, str]]) -> Piece:
    return Piece(one.subject, one.commitment, one.field, labels[one.subject].get(one.field, one.field), one.value)


def _record(tx: Transaction, home: Home, plan: Erasure, reason: str) -> None:
    """Seal one event for each subject that loses something."""
    day = home.today.isoformat()
    texts: dict[str, list[Commitment]] = {}
    files: dict[str, list[str]] = {}
    for piece in plan.texts:
        texts.setdefault(piece.subject, []).append(piece.commitment)
    for file in plan.files:
        for subject in dict.fromkeys(subject for subject, _label in file.held):
            files.setdefault(subject, []).append(file.sha256)
    for subject in sorted({*texts, *files}):
        actor, basis = _keeper(tx, home, subject), tx.hide("basis", reason)
        gone = tuple(sorted(texts.get(subject, ())))
        if "/" in subject:
            kind, _slash, key = subject.partition("/")
            tx.register(kind, key, EntryErased(basis, gone), actor, day)
        else:
            proposal = tx.proposal(subject)
            what = Erased(basis, gone, tuple(sorted(files.get(subject, ()))))
            tx.record(proposal, what, actor, day, proposal.definition)


def _with_exports(home: Home, plan: Erasure, words: Words) -> Erasure:
    """Return the plan with the files in the documents folder that hold what goes."""
    gone = {one.sha256 for one in plan.files}
    found = []
    for path in sorted((home.path / "documents").rglob("*")):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError:  # a file nobody may read is told rather than passed over
            found.append(path)
            continue
        if content and (hashlib.sha256(content).hexdigest() in gone or words.in_file(content)):
            found.append(path)
    return replace(plan, exports=tuple(found))


def _purged(home: Home, plan: Erasure) -> Erasure:
    """Return the plan with what the database says after it wrote itself anew."""
    try:
        told = home.database.purge()
    except StorageError as error:
        told = _("Der freie Platz der Datenbank ist noch nicht überschrieben: {why} Danach den Befehl wiederholen.")
        told = told.format(why=error)
    return replace(plan, remarks=(*plan.remarks, told) if told else plan.remarks)
