"""Compare a history with what others keep of it: checkpoints, and the positions that documents name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import checkpoints, notes
from ikz_workflow.checkpoints import Tree
from ikz_workflow.errors import DocumentError, HistoryBroken, InvalidInput, NotFound
from ikz_workflow.history import Row
from ikz_workflow.language import gettext as _
from ikz_workflow.services.records import read_file

_MAX_DOCUMENT = 20 * 2**20
_HASH = re.compile("[0-9a-f]{64}")


class Anchor(Struct, frozen=True):
    """What somebody keeps of a history: the file's name, a position, and what fixes the history there.

    A checkpoint gives the `root` over all entries, a document the row's `hash`, or its short form. `signature` is ""
    for a document and for a checkpoint whose signature nobody could check; `signed_by` names the keys.
    """

    name: str
    kind: Literal["checkpoint", "document"]
    seq: int
    log_id: str = ""
    root: str = ""
    hash: str = ""
    short: str = ""
    signature: Literal["", "valid", "unsigned"] = ""
    signed_by: tuple[str, ...] = ()


class Given(Struct, frozen=True):
    """What was given to compare with, and what among it is no anchor, in sentences."""

    anchors: tuple[Anchor, ...]
    remarks: tuple[str, ...] = ()


def read_given(files: Sequence[Path], papers: Sequence[Path], keys: Sequence[str]) -> Given:
    """Return the anchors of checkpoint files and documents, folders too; `keys` are public keys or files with one.

    InvalidInput for a file that is named and is no checkpoint; in a folder it is only remarked on, as long as another
    one counts: whoever names checkpoints must not go away with a proof that used none. HistoryBroken for a
    checkpoint that none of the given keys has signed.
    """
    known = [_public_key(text) for text in keys]
    if known and not files:
        raise InvalidInput("--key", "", _("Ein Schlüssel prüft Unterschriften; dazu gehört --checkpoint DATEI."))
    anchors: list[Anchor] = []
    remarks: list[str] = []
    for path, is_named in _unfolded(files, "*"):
        try:
            anchors.append(checkpoint_anchor(str(path), read_file(path, notes.LIMIT), known))
        except InvalidInput as error:
            if is_named:
                raise
            remarks.append(_("{name} ist kein Prüfpunkt und zählt nicht.").format(name=error.value or path))
    if files and not anchors:
        why = _("Darin ist kein Prüfpunkt (ikz checkpoint export).")
        raise InvalidInput("--checkpoint", ", ".join(map(str, files)), why)
    for path, is_named in _unfolded(papers, "*.docx"):
        try:
            found = document_anchors(str(path), read_file(path, _MAX_DOCUMENT))
        except (DocumentError, InvalidInput):
            if is_named:
                raise
            found = []
        if not found:
            remarks.append(_("{name} nennt keine Stelle des Verlaufs und zählt nicht.").format(name=path))
        anchors += found
    return Given(tuple(anchors), tuple(remarks))


def _unfolded(paths: Iterable[Path], pattern: str) -> Iterator[tuple[Path, bool]]:
    """Yield files named, and those of folders named that are no hidden or lock files, with whether each was named."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        inside = [one for one in sorted(path.rglob(pattern)) if one.is_file() and not one.name.startswith((".", "~$"))]
        if not inside:
            raise InvalidInput(_("Ordner"), str(path), _("Darin ist keine passende Datei."))
        yield from ((one, False) for one in inside)


def _public_key(text: str) -> notes.PublicKey:
    try:
        return notes.public_key(text, text)
    except InvalidInput:
        path = Path(text)
        if not path.exists():
            if "+" in text:
                raise
            what = _("Erwartet wird ein öffentlicher Schlüssel (NAME+…+…, siehe ikz checkpoint key) oder seine Datei.")
            raise NotFound(_("Den Schlüssel oder die Datei"), text, (), what) from None
        return notes.public_key(read_file(path, notes.LIMIT).decode("utf-8-sig", errors="replace"), text)


def checkpoint_anchor(name: str, content: bytes, keys: Sequence[notes.PublicKey] = ()) -> Anchor:
    """Return the anchor of a checkpoint's bytes; where keys are given, one of them must have signed it."""
    note = notes.parse(content, name)
    point = checkpoints.parse(note.text, name)
    signers = tuple(f"{one.name}+{one.key_id}" for one in note.signatures)
    anchor = Anchor(name, "checkpoint", point.size, point.log_id, root=point.root, signed_by=signers)
    if not keys:
        return anchor if signers else replace(anchor, signature="unsigned")
    found = {notes.check(note, key) for key in keys}
    if "valid" in found and "invalid" not in found:
        return replace(anchor, signature="valid")
    what = {
        "invalid": _("Die Unterschrift unter dem Prüfpunkt ist falsch: Er wurde verändert."),
        "foreign": _("Den Prüfpunkt hat ein anderer Schlüssel unterschrieben."),
        "unsigned": _("Der Prüfpunkt ist nicht unterschrieben."),
    }
    state = next(one for one in ("invalid", "foreign", "unsigned") if one in found)
    expected = ", ".join(f"{key.name}+{key.key_id}" for key in keys) if state == "foreign" else ""
    remedy = _("Bitte den Prüfpunkt aus der eigenen Ablage und den richtigen Schlüssel nehmen.")
    raise HistoryBroken(name, what[state], expected, ", ".join(signers) if expected else "", remedy)


def document_anchors(name: str, content: bytes) -> list[Anchor]:
    """Return the positions a Word file names, in its properties and its footers; none for a foreign file."""
    from ikz_workflow.documents.reading import inspected
    from ikz_workflow.documents.values import short_hash

    read = inspected(content, name)
    by_properties, by_footers = read.by_properties, read.by_footers
    found: dict[tuple[int, str], Anchor] = {}
    if by_properties and by_properties.full_hash:
        seq, full = by_properties.position, by_properties.full_hash
        found[seq, short_hash(full) if _HASH.fullmatch(full) else full] = Anchor(name, "document", seq, hash=full)
    for one in by_footers:  # where they say the same as the properties, once is enough
        stamped = Anchor(name, "document", one.position, short=one.short_hash)
        found.setdefault((one.position, one.short_hash), stamped)
    return list(found.values())


class Comparison:
    """The anchors still to be met as a history is read from its beginning."""

    def __init__(self, anchors: Iterable[Anchor], log_id: str) -> None:
        """Take the anchors; HistoryBroken for the checkpoint of another log."""
        self._waiting: dict[int, list[Anchor]] = {}
        self._last_root = -1
        for anchor in anchors:
            if anchor.log_id and anchor.log_id != log_id:
                what = _("Der Prüfpunkt gehört zu einem anderen Verlauf.")
                remedy = _("Bitte den Prüfpunkt dieses Verlaufs angeben.")
                raise HistoryBroken(anchor.name, what, anchor.log_id, log_id, remedy)
            self._waiting.setdefault(anchor.seq, []).append(anchor)
            self._last_root = max(self._last_root, anchor.seq if anchor.root else -1)
        self._tree = Tree()
        self._meet(0, "")

    def row(self, row: Row) -> None:
        """Take the next row; HistoryBroken if an anchor at its position says otherwise."""
        if row.seq <= self._last_root:
            self._tree.add(row.payload.encode())
        if row.seq in self._waiting:
            self._meet(row.seq, row.hash)

    def finish(self, seq: int) -> None:
        """Take the end of the history; HistoryBroken if an anchor lies behind it."""
        for position, anchors in sorted(self._waiting.items()):
            what = _("{name} kennt mehr Einträge, als es gibt: Der Verlauf wurde gekürzt.").format(name=anchors[0].name)
            raise HistoryBroken(_("Verlauf {seq}").format(seq=position), what, str(position), str(seq))

    def _meet(self, seq: int, found: str) -> None:
        for anchor in self._waiting.pop(seq, ()):
            expected, here = _compared(anchor, found, self._tree)
            if expected != here:
                what = _("{name} sagt etwas anderes: Hier oder davor wurde der Verlauf neu geschrieben.")
                if anchor.kind == "document":
                    what = _(
                        "{name} sagt etwas anderes: Der Verlauf wurde neu geschrieben, oder das Dokument ist fremd."
                    )
                raise HistoryBroken(_("Verlauf {seq}").format(seq=seq), what.format(name=anchor.name), expected, here)


def _compared(anchor: Anchor, found: str, tree: Tree) -> tuple[str, str]:
    """Return what an anchor says, and the same of the history."""
    from ikz_workflow.documents.values import short_hash

    if anchor.root:
        return anchor.root, tree.root()
    return (anchor.hash, found) if anchor.hash else (anchor.short, short_hash(found) if found else "")
