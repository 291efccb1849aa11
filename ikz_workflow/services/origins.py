"""Tell where a Word file, or the short hash on a paper, comes from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import german
from ikz_workflow.documents.values import StampRead, hashes_of, short_hash, symbols_of
from ikz_workflow.errors import DocumentError, InvalidInput, NotFound
from ikz_workflow.events import DocumentAdded
from ikz_workflow.history import Row, read_payload
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import DocumentVersion, Proposal
from ikz_workflow.services.cases import pinned
from ikz_workflow.services.documents import MAX_DOCUMENT
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file
from ikz_workflow.storage.transaction import Transaction

if TYPE_CHECKING:
    from ikz_workflow.documents.reading import Inspected

WORD_SUFFIX = ".docx"
_LOCK = "~$"  # how Word names the file that tells others a document is open


class Origin(Struct, frozen=True):
    """Where a file comes from.

    `status`: "exact" is one of ours byte for byte; "text" has the same text (saved again); "altered" names a version
    of ours but reads differently; "unknown" is none of ours; "unreadable" could not be looked into, `problem` says
    why. `anchored` tells whether the positions and hashes in the file are those of the history, None where it names
    none. `notes` say where footer or properties name another version for a good reason, `contradictions` where they do
    so without one.
    """

    status: Literal["exact", "text", "altered", "unknown", "unreadable"]
    file_hash: str = ""
    text_hash: str = ""
    key: str = ""
    label: str = ""
    version: DocumentVersion | None = None
    anchored: bool | None = None
    difference: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_finding(self) -> bool:
        """Tell whether somebody has to look at it."""
        return self.status not in ("exact", "text") or self.anchored is False or bool(self.contradictions)


class Anchor(Struct, frozen=True):
    """What a short hash from paper leads to.

    `status`: "found" is an entry of this history; "elsewhere" is one, but not at the position named; "unknown" is none
    of it. The version is the one made right after that entry; `filed` are the numbers of edited versions that were made
    from it and bear its footer.
    """

    status: Literal["found", "elsewhere", "unknown"]
    short_hash: str
    position: int | None = None
    recorded: str = ""
    key: str = ""
    label: str = ""
    version: DocumentVersion | None = None
    filed: tuple[int, ...] = ()

    @property
    def is_finding(self) -> bool:
        """Tell whether somebody has to look at it."""
        return self.status != "found"


# ------------------------------------------------------------------------------------------------------- from a file
def origin(home: Home, path: Path) -> Origin:
    """Tell which proposal, version and history entry a Word file comes from, and whether it was altered."""
    from ikz_workflow.documents.reading import inspected

    content = read_file(path, MAX_DOCUMENT)
    file = inspected(content, path.name)
    stamps = [*([file.by_properties] if file.by_properties else []), *file.by_footers]
    with home.ready.reading(home.now()) as tx:
        found = replace(_found(tx, file, content), anchored=_anchored(tx, stamps))
        notes, contradictions = _said(found, file)
        return replace(found, notes=notes, contradictions=contradictions)


def origin_or_problem(home: Home, path: Path) -> Origin:
    """Tell the same of one file of many: what cannot be looked into is "unreadable", and does not stop the rest."""
    try:
        return origin(home, path)
    except DocumentError as error:
        return Origin("unreadable", problem=" ".join(dict.fromkeys(one.text for one in error.problems)))
    except (InvalidInput, NotFound) as error:
        return Origin("unreadable", problem=error.why if isinstance(error, InvalidInput) else str(error))


def word_files(folder: Path) -> list[Path]:
    """Return all Word files in a folder and those below, in order; what Word keeps while a file is open is left out.

    InvalidInput for a folder that cannot be looked into, as nothing could be said of what is in it.
    """

    def refuse(error: OSError) -> None:
        why = _("Der Ordner lässt sich nicht lesen ({why}).").format(why=german.refusal(error))
        raise InvalidInput(_("Ordner"), str(error.filename), why)

    return sorted(
        Path(place) / name
        for place, _folders, names in os.walk(folder, onerror=refuse)
        for name in names
        if name.casefold().endswith(WORD_SUFFIX) and not name.startswith(_LOCK)
    )


def _found(tx: Transaction, file: Inspected, content: bytes) -> Origin:
    """Return the version a file is: one of the proposal it names, else any of the same bytes or text, else the one it
    names."""
    told = Origin("unknown", file.file_hash, file.text_hash)
    named = tx.find_proposal(file.stamp.key) if file.stamp else None
    if named is not None and (match := _match(tx, [named], file)):
        return match
    others = tx.mentioning([("file_hash", file.file_hash), ("text_hash", file.text_hash)])
    if match := _match(tx, others, file):
        return match
    return _altered(tx, named, file.stamp, content, told) if named is not None and file.stamp else told


def _match(tx: Transaction, proposals: Iterable[Proposal], file: Inspected) -> Origin | None:
    """Return the version with the same bytes, else with the same text; of several the one the file names, the last."""
    matches = [
        (status, (labels[version.kind], version.number) != _named(file.stamp), -version.seq, labels, proposal, version)
        for proposal in proposals
        for labels in [pinned(tx, proposal.definition).documents]
        for version in proposal.documents
        if (status := _status(version, file)) is not None
    ]
    if not matches:
        return None
    status, _other, _age, labels, proposal, version = min(matches, key=lambda match: match[:3])  # "exact" < "text"
    return Origin(status, file.file_hash, file.text_hash, proposal.key, labels[version.kind], version)


def _named(stamp: StampRead | None) -> tuple[str, int] | None:
    return (stamp.kind_label, stamp.version) if stamp else None


def _status(version: DocumentVersion, file: Inspected) -> Literal["exact", "text"] | None:
    if version.file_hash == file.file_hash:
        return "exact"
    return "text" if version.text_hash == file.text_hash else None


def _altered(tx: Transaction, proposal: Proposal, stamp: StampRead, content: bytes, told: Origin) -> Origin:
    from ikz_workflow.documents import changes

    labels = pinned(tx, proposal.definition).documents
    for version in proposal.documents:
        label = labels[version.kind]
        if (label, version.number) == _named(stamp):
            lines = () if version.erased else changes.told(tx.blob(version.file_hash), content)
            return replace(told, status="altered", key=proposal.key, label=label, version=version, difference=lines)
    return told


def _said(found: Origin, file: Inspected) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what properties and footers say that differs from what the file is: explained, and not explained."""
    notes: dict[str, None] = {}
    contradictions: dict[str, None] = {}
    properties = [(_("Die Dateieigenschaften nennen"), file.by_properties)] if file.by_properties else []
    for place, stamp in [*properties, *((_("Die Fußzeile nennt"), one) for one in file.by_footers)]:
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


def _anchored(tx: Transaction, stamps: list[StampRead]) -> bool | None:
    """Tell whether every position named in a file has the hash named with it, None if it names none."""
    return all(_holds(tx.row(stamp.position), stamp) for stamp in stamps) if stamps else None


def _holds(row: Row | None, stamp: StampRead) -> bool:
    if row is None or stamp.full_hash not in ("", row.hash):
        return False
    return symbols_of(stamp.short_hash) == symbols_of(short_hash(row.hash))


# ------------------------------------------------------------------------------------------------------ from a paper
def anchor(home: Home, typed: str, position: int | None = None) -> Anchor:
    """Tell which entry, and which document made after it, a short hash typed from paper names.

    InvalidInput if it is mistyped. The position printed beside it makes the look-up immediate and shows a history that
    was written anew.
    """
    lowest, highest = hashes_of(typed)
    with home.ready.reading(home.now()) as tx:
        row = tx.row(position) if position is not None else None
        if row is not None and lowest <= row.hash <= highest:
            return _document_after(tx, row, "found")
        rows = tx.rows_sealed(lowest, highest)
        if rows:
            return _document_after(tx, rows[0], "found" if position is None else "elsewhere")
        return Anchor("unknown", typed, position)


def _document_after(tx: Transaction, row: Row, status: Literal["found", "elsewhere"]) -> Anchor:
    found = Anchor(status, short_hash(row.hash), row.seq, row.at)
    following = tx.row(row.seq + 1)
    record = read_payload(following) if following is not None else None
    if record is None or not isinstance(record.what, DocumentAdded) or record.what.origin != "generated":
        return found
    proposal = tx.proposal(record.subject)
    version = next((one for one in proposal.documents if one.seq == record.seq), None)
    if version is None:
        return found
    label = pinned(tx, proposal.definition).documents[version.kind]
    return replace(found, key=proposal.key, label=label, version=version, filed=_filed(tx, proposal, version, row.seq))


def _filed(tx: Transaction, proposal: Proposal, made: DocumentVersion, position: int) -> tuple[int, ...]:
    """Return the numbers of the edited versions that bear the same footer."""
    from ikz_workflow.documents.reading import inspected

    later = (
        one
        for one in proposal.documents
        if (one.kind, one.origin, one.erased) == (made.kind, "filed", False) and one.seq > made.seq
    )
    return tuple(
        one.number
        for one in later
        if (stamp := inspected(tx.blob(one.file_hash)).stamp) is not None and stamp.position == position
    )
