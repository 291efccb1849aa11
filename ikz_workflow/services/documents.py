"""Write documents from templates, take edited ones back, and tell where a file comes from."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import german, resources
from ikz_workflow.definition import Definition
from ikz_workflow.documents.context import Material, context_of
from ikz_workflow.documents.values import Stamp, StampRead, short_hash
from ikz_workflow.errors import InvalidInput, NotFound, StorageError, WouldOverwrite, near
from ikz_workflow.events import DocumentAdded
from ikz_workflow.gates import text_kind
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Department, DocumentVersion, Person, Proposal, judged_on
from ikz_workflow.requirements import STANDING_LABELS, document_remarks
from ikz_workflow.services import inputs, templates
from ikz_workflow.services.cases import Case, form_row, forms, load, pinned, writer
from ikz_workflow.services.earlier import RELATIONS, attempts_in
from ikz_workflow.services.home import Home
from ikz_workflow.services.proposals import gates_of
from ikz_workflow.services.records import CHECK_LABELS, read_file
from ikz_workflow.storage.transaction import Transaction

if TYPE_CHECKING:
    from ikz_workflow.documents.package import Design

MAX_DOCUMENT = 20 * 2**20
MAX_DIFFERENCE = 40
_UNSAFE = re.compile(r"[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Made(Struct, frozen=True):
    """A document version with its label and bytes; `is_new` is False where the text would have been the same."""

    key: str
    label: str
    version: DocumentVersion
    content: bytes
    is_new: bool

    @property
    def file_name(self) -> str:
        """Return a short file name that is safe everywhere."""
        slug = _UNSAFE.sub("-", self.label.lower().translate(_UMLAUTS)).strip("-")[:40]
        return f"{self.key}-{slug}-v{self.version.number}.docx"


class Origin(Struct, frozen=True):
    """Where a file comes from.

    `status`: "exact" is one of ours byte for byte; "text" has the same text (saved again); "altered" names a version
    of ours but reads differently; "unknown" is none of ours. `anchored` tells whether the position and hash in the
    file are those of the history. `notes` say where footer or properties name another version for a good reason,
    `contradictions` where they do so without one.
    """

    status: Literal["exact", "text", "altered", "unknown"]
    file_hash: str
    text_hash: str
    key: str = ""
    label: str = ""
    version: DocumentVersion | None = None
    anchored: bool | None = None
    difference: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------------------ writing
def create(
    home: Home, key: str, kind: str, *, replace: bool = False, on: str | None = None, note: str | None = None
) -> Made:
    """Write a document's next version, and return it.

    Where the text would be that of the newest version, that one is returned and nothing is written. A version edited
    by hand is not overwritten: WouldOverwrite shows the difference, unless `replace`.
    """
    from ikz_workflow.documents.reading import file_hash, open_points, text_hash

    with home.ready.writing(home.now()) as tx:
        day = inputs.happened(on, home.today)
        case = load(tx, key, judged_on(day, tx.at))
        kind = known_kind(case.definition, kind)
        actor = writer(tx, home, case, _("Dokument erzeugen"))
        label = case.definition.documents[kind]
        template = templates.load(home, kind)
        latest = case.proposal.latest(kind)
        if latest is not None and not latest.void:
            same = _rendered(tx, home, case, template, latest.number, latest.on or latest.at[:10])
            if text_hash(same) == latest.text_hash:
                return Made(key, label, latest, tx.blob(latest.file_hash), False)
        number = latest.number + 1 if latest else 1
        content = _rendered(tx, home, case, template, number, day or tx.at[:10])
        if latest is not None and latest.origin == "filed" and not replace and not latest.void:
            raise _would_overwrite(key, kind, label, latest, tx.blob(latest.file_hash), content)
        what = DocumentAdded(
            kind=kind,
            number=number,
            file_hash=file_hash(content),
            text_hash=text_hash(content),
            size=len(content),
            origin="generated",
            template_sha256=template.sha256,
            open=open_points(content),
        )
        tx.keep(content)
        commitment = tx.hide("note", inputs.text("--note", note)) if note else None
        proposal = tx.record(case.proposal, what, actor, day, case.definition.sha256, commitment)
        return Made(key, label, proposal.documents[-1], content, True)


def _would_overwrite(
    key: str, kind: str, label: str, latest: DocumentVersion, edited: bytes, generated: bytes
) -> WouldOverwrite:
    text = _(
        "{label}, Fassung {n} wurde von Hand bearbeitet; neu erzeugen würde die Bearbeitung übergehen. "
        "Trotzdem neu erzeugen: ikz document create {key} {kind} --replace (Fassung {n} bleibt erhalten)."
    )
    return WouldOverwrite(text.format(label=label, n=latest.number, key=key, kind=kind), difference(edited, generated))


def difference(before: bytes, after: bytes) -> tuple[str, ...]:
    """Return the paragraphs in which two documents differ, removed ones with "- ", added ones with "+ "."""
    from ikz_workflow.documents.reading import paragraphs

    old, new = ([line.text or " | ".join(line.cells) for line in paragraphs(data)] for data in (before, after))
    lines: list[str] = []
    for kind, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            lines += [f"- {text}" for text in old[start:end]] + [f"+ {text}" for text in new[first:last]]
    more = len(lines) - MAX_DIFFERENCE
    return (*lines[:MAX_DIFFERENCE], *([_("… und {n} weitere Absätze").format(n=more)] if more > 0 else []))


def _rendered(tx: Transaction, home: Home, case: Case, template: templates.Template, number: int, day: str) -> bytes:
    head = tx.head
    stamp = Stamp(
        key=case.proposal.key,
        title=tx.texts(case.proposal.key).get(case.proposal.title, case.proposal.key),
        kind_label=case.definition.documents[template.kind],
        version=number,
        position=head.seq,
        short_hash=short_hash(head.hash),
        full_hash=head.hash,
        created=datetime.fromisoformat(tx.at),
        author=case.circumstances.organisations[case.circumstances.own].name,
        sample=case.proposal.sample,
    )
    return template.render(context_of(material(tx, case, day, number)), stamp, design(home))


def material(tx: Transaction, case: Case, day: str, version: int) -> Material:
    """Return what the context of a proposal's documents is made from."""
    texts = tx.texts(case.proposal.key)
    department = tx.find("department", case.proposal.department)
    clerk = texts.get(case.proposal.clerk or "", "")
    person = tx.find("person", clerk) if clerk else None
    name = tx.texts(f"person/{clerk}").get(person.value.name, "") if person and isinstance(person.value, Person) else ""
    rows = forms(tx)
    valid = [form_row(rows, key, case.day) for key in dict.fromkeys(row.key for row in rows)]
    return Material(
        proposal=case.proposal,
        definition=case.definition,
        circumstances=case.circumstances,
        texts=texts,
        department=department.value
        if department and isinstance(department.value, Department)
        else Department(case.proposal.department, ""),
        clerk=name,
        gates=gates_of(case),
        forms=tuple(sorted((row for row in valid if row is not None), key=lambda row: row.label)),
        standings=STANDING_LABELS,
        results=CHECK_LABELS,
        day=day,
        version=version,
        earlier=tuple(_earlier(tx, case.proposal)),
    )


def _earlier(tx: Transaction, proposal: Proposal) -> list[dict[str, str]]:
    """Return what became of ended proposals on the same topic or with the same partners, the closest first."""
    return [
        {
            "key": one.key,
            "title": one.title,
            "relation": RELATIONS[one.relation],
            "ended": german.date(one.ended),
            "reason": one.reason_label,
            "lesson": one.lesson,
        }
        for one in attempts_in(tx, proposal)
        if one.has_ended and one.relation != "successor"
    ]


def design(home: Home) -> Design:
    """Return the look of all documents, the home's own before the shipped one."""
    from ikz_workflow.documents import package

    return package.design(design_bytes(home), "design.docx")


def design_bytes(home: Home) -> bytes:
    """Return the Word file of the look, the home's own before the shipped one."""
    path = resources.find(home.path, "templates", "design.docx")
    if path is None:
        raise StorageError(_("Die Gestaltungsvorlage design.docx fehlt."), _("Bitte ikz neu installieren."))
    return resources.data(path)


def known_kind(definition: Definition, kind: str) -> str:
    """Return a document kind given by name or label. NotFound with the nearest."""
    for name, label in definition.documents.items():
        if kind.strip().casefold() in (name, label.casefold()):
            return name
    known = [*definition.documents, *definition.documents.values()]
    listed = ", ".join(f"{name} ({label})" for name, label in definition.documents.items())
    raise NotFound(_("Das Dokument"), kind, near(kind, known), _("Möglich ist: {listed}.").format(listed=listed))


def file_edited(home: Home, key: str, kind: str, path: Path, *, on: str | None = None, note: str | None = None) -> Made:
    """Take an edited Word file back as the next version. InvalidInput if it belongs elsewhere or nothing changed."""
    from ikz_workflow.documents.guard import guard
    from ikz_workflow.documents.reading import file_hash, open_points, stamp_of, text_hash

    content = read_file(path, MAX_DOCUMENT)
    guard(content, path.name)
    stamp = stamp_of(content, path.name)
    with home.ready.writing(home.now()) as tx:
        day = inputs.happened(on, home.today)
        case = load(tx, key, judged_on(day, tx.at))
        kind = known_kind(case.definition, kind)
        actor = writer(tx, home, case, _("Dokument ablegen"))
        label = case.definition.documents[kind]
        if stamp is not None and (stamp.key, stamp.kind_label) != (key, label):
            why = _("Die Datei ist {label} zu {key}. Richtig ablegen: ikz document file {key} …")
            raise InvalidInput(path.name, "", why.format(label=stamp.kind_label, key=stamp.key))
        sha256 = file_hash(content)
        latest = case.proposal.latest(kind)
        if latest is not None and latest.file_hash == sha256:
            why = _("Die Datei ist unverändert Fassung {n}; es gibt nichts abzulegen.").format(n=latest.number)
            raise InvalidInput(path.name, "", why)
        what = DocumentAdded(
            kind=kind,
            number=latest.number + 1 if latest else 1,
            file_hash=sha256,
            text_hash=text_hash(content, path.name),
            size=len(content),
            origin="filed",
            open=open_points(content, path.name),
        )
        tx.keep(content)
        commitment = tx.hide("note", inputs.text("--note", note)) if note else None
        proposal = tx.record(case.proposal, what, actor, day, case.definition.sha256, commitment)
        return Made(key, label, proposal.documents[-1], content, True)


# ------------------------------------------------------------------------------------------------------------ reading
def versions(home: Home, key: str) -> list[tuple[str, DocumentVersion, str, list[str]]]:
    """Return label, version, remarks of every document of a proposal, with the votes that count for its text."""
    with home.ready.reading(home.now()) as tx:
        case = load(tx, key, home.today.isoformat())
        return [
            (
                case.definition.documents.get(version.kind, version.kind),
                version,
                _remarks(case, version),
                _votes(case, version),
            )
            for version in case.proposal.documents
        ]


def _remarks(case: Case, version: DocumentVersion) -> str:
    """Return what to know of a version; of one that was replaced there is nothing to say any more."""
    latest = case.proposal.latest(version.kind)
    return document_remarks(case.proposal, version) if latest == version else ""


def _votes(case: Case, version: DocumentVersion) -> list[str]:
    gates = case.definition.gates
    names = {key: organisation.name for key, organisation in case.circumstances.organisations.items()}
    return [
        f"{gates[one.gate].label} – {one.name or names.get(one.body, one.body)}: "
        f"{gates[one.gate].outcomes.get(one.outcome, one.outcome)}"
        for one in case.proposal.decisions
        if text_kind(gates[one.gate].on, case.circumstances.form) == version.kind
        and version.text_hash in (one.text, one.stands_for)
    ]


def read(home: Home, key: str, kind: str, number: int | None = None) -> Made:
    """Return a stored version, the newest without a number."""
    with home.ready.reading(home.now()) as tx:
        proposal = tx.proposal(key)
        definition = pinned(tx, proposal.definition)
        kind = known_kind(definition, kind)
        version = _version(proposal, definition, kind, number)
        return Made(key, definition.documents[kind], version, tx.blob(version.file_hash), False)


def _version(proposal: Proposal, definition: Definition, kind: str, number: int | None) -> DocumentVersion:
    found = [one for one in proposal.documents if one.kind == kind and number in (None, one.number)]
    if not found:
        name = definition.documents[kind] + (f", Fassung {number}" if number else "")
        remedy = _("Erzeugen: ikz document create {key} {kind}").format(key=proposal.key, kind=kind)
        raise NotFound(_("Das Dokument"), name, (), remedy)
    return found[-1]


def lines_of(made: Made) -> list[dict[str, str]]:
    """Return a document as lines of style and text; the cells of a table row are joined by ` | `."""
    from ikz_workflow.documents.reading import paragraphs

    return [{"style": line.style, "text": line.text or " | ".join(line.cells)} for line in paragraphs(made.content)]


def export(made: Made, folder: Path) -> Path:
    """Write a version's file into a folder and return its path; a file there that was edited is not overwritten."""
    target = folder / made.file_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() == made.version.file_hash:
                return target
            why = _("Die Datei wurde bearbeitet und bleibt stehen. Ablegen: ikz document file {key} {kind} {name}")
            raise InvalidInput(str(target), "", why.format(key=made.key, kind=made.version.kind, name=target.name))
        write_file(target, made.content)
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}); das Dokument ist als Fassung {n} gespeichert.")
        remedy = _("Später ausgeben: ikz document export {key} {kind} --output ORDNER")
        raise StorageError(
            what.format(target=target, why=german.refusal(error), n=made.version.number),
            remedy.format(key=made.key, kind=made.version.kind),
        ) from None
    return target


def write_file(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all. OSError if it cannot be written."""
    handle, name = tempfile.mkstemp(prefix=".ikz-", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)  # a temporary file is for its owner alone; an export is as readable as any other file
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    except BaseException:  # also when interrupted, no half file stays behind
        temporary.unlink(missing_ok=True)
        raise


def origin(home: Home, path: Path) -> Origin:
    """Tell which proposal, version and history entry a Word file comes from, and whether it was altered."""
    from ikz_workflow.documents.guard import guard
    from ikz_workflow.documents.reading import file_hash, stamps_of, text_hash

    content = read_file(path, MAX_DOCUMENT)
    guard(content, path.name)
    by_properties, by_footers = stamps_of(content, path.name)
    stamp = by_properties or next(iter(by_footers), None)
    told = Origin("unknown", file_hash(content), text_hash(content, path.name))
    with home.ready.reading(home.now()) as tx:
        found = _found(tx, stamp, content, told)
        if found.version is None:
            return found
        anchored = _anchored(tx, stamp.position, stamp.full_hash) if stamp and stamp.full_hash else None
        notes, contradictions = _said(found, by_properties, by_footers)
        return replace(found, anchored=anchored, notes=notes, contradictions=contradictions)


def _found(tx: Transaction, stamp: StampRead | None, content: bytes, told: Origin) -> Origin:
    """Return the version a file is: that of the same bytes, else of the same text, else the one it names."""
    keys = tx.keys()
    first = [stamp.key] if stamp and stamp.key in keys else []
    for key in [*first, *keys]:
        proposal = tx.proposal(key)
        labels = pinned(tx, proposal.definition).documents
        matches = [
            (status, (labels[version.kind], version.number) != _named(stamp), -version.seq, version)
            for version in proposal.documents
            if (status := _status(version, told)) is not None
        ]
        if matches:
            status, _is_other, _age, version = min(matches, key=lambda match: match[:3])  # "exact" before "text"
            return replace(told, status=status, key=key, label=labels[version.kind], version=version)
    return _altered(tx, tx.proposal(stamp.key), stamp, content, told) if first and stamp is not None else told


def _named(stamp: StampRead | None) -> tuple[str, int] | None:
    return (stamp.kind_label, stamp.version) if stamp else None


def _status(version: DocumentVersion, told: Origin) -> Literal["exact", "text"] | None:
    if version.file_hash == told.file_hash:
        return "exact"
    return "text" if version.text_hash == told.text_hash else None


def _altered(tx: Transaction, proposal: Proposal, stamp: StampRead, content: bytes, told: Origin) -> Origin:
    labels = pinned(tx, proposal.definition).documents
    for version in proposal.documents:
        label = labels[version.kind]
        if (label, version.number) == _named(stamp):
            lines = difference(tx.blob(version.file_hash), content)
            return replace(told, status="altered", key=proposal.key, label=label, version=version, difference=lines)
    return told


def _said(
    found: Origin, by_properties: StampRead | None, by_footers: list[StampRead]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what properties and footers say that differs from what the file is: explained, and not explained."""
    notes: dict[str, None] = {}
    contradictions: dict[str, None] = {}
    properties = [(_("Die Dateieigenschaften nennen"), by_properties)] if by_properties else []
    for place, stamp in [*properties, *((_("Die Fußzeile nennt"), one) for one in by_footers)]:
        version = found.version
        if version is None or (stamp.key, *(_named(stamp) or ())) == (found.key, found.label, version.number):
            continue
        named = _("{place} {key}, {label}, Fassung {n}").format(
            place=place, key=stamp.key, label=stamp.kind_label, n=stamp.version
        )
        came = (stamp.key, stamp.kind_label) == (found.key, found.label) and stamp.version < version.number
        if version.origin == "filed" and came:
            why = _("{named}: Daraus entstand die abgelegte Fassung {n}.").format(named=named, n=version.number)
            notes[why] = None
        else:
            contradictions[_("{named}; das stimmt nicht mit dem Verlauf überein.").format(named=named)] = None
    return tuple(notes), tuple(contradictions)


def _anchored(tx: Transaction, position: int, full_hash: str) -> bool:
    return any(row.hash == full_hash for row in tx.rows() if row.seq == position)
