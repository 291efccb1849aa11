"""Reading Word files back: the words as a reader sees them, the hashes of file and text, the proof in the footer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from msgspec import Struct

from ikz_workflow.documents.guard import Parts, checked, guard, safe_parts
from ikz_workflow.documents.numbering import W
from ikz_workflow.documents.package import PROPERTY_NAMES
from ikz_workflow.documents.seen import folded, lines_of
from ikz_workflow.documents.values import Line, StampRead
from ikz_workflow.documents.wordml import CUSTOM

__all__ = ["Inspected", "as_text", "file_hash", "guard", "inspected", "open_points", "paragraphs", "text_hash"]

_TEXT_FORM = b"ikz-text-v2\n"  # a change of what counts as text needs a new name
_OPEN_POINT = re.compile(r"\[noch zu klären: ([^\]]*)\]")
_PAGE = re.compile(r"(?<=\S) ?[0-9]*$")
_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_FOOTER = re.compile(
    r"(?P<key>\S+) · (?P<kind>.+?) · Fassung (?P<version>[0-9]{1,9})\b.*?"
    r"nach Eintrag (?P<position>[0-9]{1,15}) des Verlaufs · (?P<hash>[0-9A-Z-]+)",
    re.DOTALL,
)


def file_hash(data: bytes) -> str:
    """Return the SHA-256 of the file's bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def paragraphs(data: bytes, name: str = "Word-Datei") -> list[Line]:
    """Return what a reader sees, line by line, all revision marks accepted; raise DocumentError as `guard` does.

    Automatic numbers and bullets stand in the text; a table gives a line per row; a picture is named by the SHA-256
    of its bytes; notes and text boxes follow the paragraph they belong to. Header and footer are left out.
    """
    return lines_of(safe_parts(data, name))


def as_text(data: bytes, name: str = "Word-Datei") -> str:
    """Return the document as readable text: one line per paragraph or row, the style's name in front."""
    return _readable(paragraphs(data, name))


def _readable(lines: list[Line]) -> str:
    return "".join(f"{line.style}: {line.text}\n" for line in lines if line.text.strip(" |\n"))


def text_hash(data: bytes, name: str = "Word-Datei") -> str:
    """Return the SHA-256 of the agreed text, 64 hex digits: the same after saving in another program.

    Styles, empty paragraphs, kinds of blanks and soft hyphens do not count, nor does a table of contents where it says
    what the headings say; every other word, number and cell does.
    """
    return _hash_of(paragraphs(data, name))


def _is_entry(line: Line, headings: set[str]) -> bool:
    """Tell whether a line only repeats a heading in the contents, with or without the page it stands on."""
    return line.style.casefold().startswith("toc ") and _PAGE.sub("", folded(line.text)) in headings | {""}


def open_points(data: bytes, name: str = "Word-Datei") -> int:
    """Return how many points a document says are still to be settled, each counted once."""
    return _open_in(paragraphs(data, name))


@dataclass(frozen=True, slots=True)
class Inspected:
    """What one reading of a file tells: both hashes, its open points, what properties and footers say of its origin."""

    file_hash: str
    text_hash: str
    open: int
    by_properties: StampRead | None
    by_footers: tuple[StampRead, ...]

    @property
    def stamp(self) -> StampRead | None:
        """Return what the file says about its origin, from its properties or else its footer; None if nothing."""
        return self.by_properties or next(iter(self.by_footers), None)


def inspected(data: bytes, name: str = "Word-Datei") -> Inspected:
    """Return what a file tells; raise DocumentError as `guard` does."""
    parts = safe_parts(data, name)
    lines = lines_of(parts)
    footers = (parts.tree(part) for part in sorted(parts) if re.fullmatch(r"word/footer\d*\.xml", part))
    stamps = tuple(stamp for footer in footers if (stamp := _from_footer(footer)))
    return Inspected(file_hash(data), _hash_of(lines), _open_in(lines), _from_properties(parts), stamps)


class Counted(Struct, frozen=True):
    """What counts of a text: its hash, the number of points it leaves open."""

    text_hash: str
    open: int


def counted(parts: Mapping[str, bytes]) -> Counted:
    """Return what counts of a document by its parts, as `inspected` reads them from a file; raises as that does."""
    return _counted(tuple(sorted(parts.items())))


@lru_cache(maxsize=4)
def _counted(parts: tuple[tuple[str, bytes], ...]) -> Counted:
    """Read once what is asked for again: before a document is recorded, and when it is."""
    lines = lines_of(checked(Parts({part.casefold(): data for part, data in parts}), "Word-Datei"))
    return Counted(_hash_of(lines), _open_in(lines))


def _hash_of(lines: list[Line]) -> str:
    counted = "".join(["\x1f".join(texts) + "\x1e" for _line, texts in what_counts(lines)])
    return hashlib.sha256(_TEXT_FORM + counted.encode("utf-8", "surrogatepass")).hexdigest()


def what_counts(lines: list[Line]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """Yield the lines that the text hash takes, each with what it takes: its kind and its words."""
    headings = {folded(line.text) for line in lines if line.style.startswith("Heading ")}
    for line in lines:
        if _is_entry(line, headings):
            continue
        texts = [folded(text) for text in line.cells or (line.text,)]
        if any(texts):
            yield line, ("row" if line.cells else "paragraph", *texts)


def _open_in(lines: list[Line]) -> int:
    return len(set(_OPEN_POINT.findall(_readable(lines))))


def _from_properties(parts: Parts) -> StampRead | None:
    if CUSTOM.casefold() not in parts:
        return None
    found = {
        str(entry.get("name")): "".join(map(str, entry.itertext()))
        for entry in parts.tree(CUSTOM.casefold()).iter(_PROPERTY)
    }
    texts = [found.get(name, "") for name in PROPERTY_NAMES]
    key, kind, version, position, full_hash, short = texts
    if not (key and re.fullmatch(r"[0-9]{1,9}", version) and re.fullmatch(r"[0-9]{1,15}", position)):
        return None
    return StampRead(key, kind, int(version), int(position), short, full_hash)


def _from_footer(footer: etree._Element) -> StampRead | None:
    texts = ("".join(_run_text(paragraph)) for paragraph in footer.iter(W + "p"))
    match = _FOOTER.search("\n".join(texts))
    if not match:
        return None
    return StampRead(match["key"], match["kind"], int(match["version"]), int(match["position"]), match["hash"], "")


def _run_text(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(W + "t", W + "tab"):
        yield element.text or "" if element.tag == W + "t" else "\t"
