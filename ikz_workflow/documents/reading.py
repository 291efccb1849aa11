"""Reading Word files back: the words as a reader sees them, the hashes of file and text, the proof in the footer."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Iterator

from lxml import etree

from ikz_workflow.documents.guard import guard, main_part, parse, safe_parts
from ikz_workflow.documents.numbering import Numbering, W, value
from ikz_workflow.documents.package import CUSTOM, PROPERTY_NAMES
from ikz_workflow.documents.values import Line, StampRead

__all__ = ["as_text", "file_hash", "guard", "paragraphs", "stamp_of", "text_hash"]

_TEXT_FORM = b"ikz-text-v1\n"  # a change of what counts as text needs a new name
_ROW = "Tabellenzeile"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_IMAGE_DATA = "{urn:schemas-microsoft-com:vml}imagedata"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"

# Accepting all revisions: what was deleted or moved away goes, what was inserted stays.
_GONE = {W + name for name in ("del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr", "sdtPr")}
_SIGNS = {
    W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n",
    W + "noBreakHyphen": "\u2011", W + "softHyphen": "\u00ad",
}  # fmt: skip
_NOTES = {W + "footnoteReference": ("footnote", "Fußnote"), W + "endnoteReference": ("endnote", "Endnote")}
_FOOTER = re.compile(
    r"(?P<key>\S+) · (?P<kind>.+?) · Fassung (?P<version>[0-9]{1,9})\b.*?"
    r"Verlauf (?P<position>[0-9]{1,15})\b · (?P<hash>[0-9A-Z-]+)",
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
    return list(_Reader(safe_parts(data, name)).lines())


def as_text(data: bytes, name: str = "Word-Datei") -> str:
    """Return the document as readable text: one line per paragraph or row, the style's name in front."""
    return "".join(f"{line.style}: {line.text}\n" for line in paragraphs(data, name) if line.text.strip(" |"))


def text_hash(data: bytes, name: str = "Word-Datei") -> str:
    """Return the SHA-256 of the agreed text, 64 hex digits: the same after saving in another program.

    Styles, empty paragraphs, kinds of blanks and soft hyphens do not count; every word, number and cell does.
    """
    digest = hashlib.sha256(_TEXT_FORM)
    for line in paragraphs(data, name):
        texts = [_folded(text) for text in line.cells or (line.text,)]
        if any(texts):
            kind = "row" if line.cells else "paragraph"
            digest.update("\x1f".join((kind, *texts)).encode("utf-8", "surrogatepass") + b"\x1e")
    return digest.hexdigest()


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.replace("\u00ad", "")).split())


def stamp_of(data: bytes, name: str = "Word-Datei") -> StampRead | None:
    """Return what the file says about its origin, from its properties or else its footer; None for a foreign file."""
    parts = safe_parts(data, name)
    found = _from_properties(parts)
    if found is None:
        footers = (parse(parts[part]) for part in sorted(parts) if re.fullmatch(r"word/footer\d*\.xml", part))
        found = next((stamp for footer in footers if (stamp := _from_footer(footer))), None)
    return found


def _from_properties(parts: dict[str, bytes]) -> StampRead | None:
    if CUSTOM not in parts:
        return None
    found = {
        str(entry.get("name")): "".join(map(str, entry.itertext())) for entry in parse(parts[CUSTOM]).iter(_PROPERTY)
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


def _on(run: etree._Element, name: str) -> bool:
    found = run.find(f"{W}rPr/{W}{name}")
    return found is not None and str(found.get(W + "val", "1")) not in ("0", "false", "off")


def _look(run: etree._Element) -> str:
    """Return "hidden" or "struck" where a reader does not see the run's words as they stand, else ""."""
    if _on(run, "vanish"):
        return "hidden"
    return "struck" if _on(run, "strike") or _on(run, "dstrike") else ""


class _Reader:
    """Walks through one document in reading order."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts
        self._main = main_part(parts)
        self._folder, base = posixpath.split(self._main)
        self._targets = self._relations(f"{self._folder}/_rels/{base}.rels")
        styles = self._related("/styles")
        self._styles = (
            {str(style.get(W + "styleId")): style for style in styles.iter(W + "style")} if styles is not None else {}
        )
        self._numbering = Numbering(self._related("/numbering"), self._styles)
        self._told: set[tuple[str, str]] = set()
        self._notes: dict[str, dict[str, etree._Element]] = {}
        self._later: list[Line] = []  # notes, text boxes: read after the paragraph they hang on
        self._carried = ""  # text of a paragraph whose end was deleted: it runs on into the next

    def lines(self) -> Iterator[Line]:
        """Return the lines of the body."""
        body = parse(self._parts[self._main]).find(W + "body")
        if body is not None:
            yield from self._blocks(body)
        if self._carried:
            yield Line("Normal", self._carried)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        if part not in self._parts:
            return {}
        return {
            str(entry.get("Id")): (
                str(entry.get("Type")),
                posixpath.normpath(posixpath.join(self._folder, str(entry.get("Target")))),
            )
            for entry in parse(self._parts[part]).iter(_RELATIONSHIP)
        }

    def _related(self, kind: str) -> etree._Element | None:
        for type_, target in self._targets.values():
            # Parts with another ending are not looked through by the guard.
            if type_.endswith(kind) and target.endswith(".xml") and target.lstrip("/") in self._parts:
                return parse(self._parts[target.lstrip("/")])
        return None

    def _blocks(self, parent: etree._Element) -> Iterator[Line]:
        for element in parent:
            if element.tag == W + "p":
                yield from self._paragraph(element)
            elif element.tag == W + "tbl":
                yield from self._table(element)
            elif element.tag == _MC + "AlternateContent":
                yield from self._blocks(element[0] if len(element) else element)
            elif element.tag not in _GONE and isinstance(element.tag, str):
                yield from self._blocks(element)

    def _paragraph(self, element: etree._Element) -> Iterator[Line]:
        properties = element.find(W + "pPr")
        style = value(properties, "pStyle")
        text = "".join(self._inline(element))
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            self._carried += text
            return
        text = self._carried + text
        self._carried = ""
        marker = self._numbering.marker(properties, style or self._default_style())
        later, self._later = self._later, []
        # An empty numbered paragraph is a slip of the pen, but it is seen.
        yield Line(self._style_name(style), f"{marker}\t{text}" if marker else text)
        yield from later

    def _default_style(self) -> str:
        defaults = (id_ for id_, style in self._styles.items() if style.get(W + "default") in ("1", "true"))
        return next((id_ for id_ in defaults if self._styles[id_].get(W + "type") == "paragraph"), "")

    def _style_name(self, style: str) -> str:
        name = value(self._styles.get(style or self._default_style()), "name", style or "Normal")
        return name[:1].upper() + name[1:]  # Word writes "heading 1", other programs "Heading 1"

    def _table(self, table: etree._Element) -> Iterator[Line]:
        for row in _rows(table):
            if row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells = []
            for cell in _cells(row):
                if cell.find(f"{W}tcPr/{W}cellDel") is None:
                    inside = [line.text for line in self._blocks(cell) if line.text.strip(" |")]
                    cells.append("\n".join(inside))
            yield Line(_ROW, " | ".join(cell.replace("\n", " / ") for cell in cells), tuple(cells))

    def _inline(self, parent: etree._Element) -> Iterator[str]:
        for element in parent:
            tag = element.tag
            if tag in _GONE or not isinstance(tag, str):
                continue
            if tag == W + "r" and (seen := _look(element)):
                text = "".join(self._inline(element))
                if seen == "struck" and text:
                    yield f"[gestrichen: {text}]"
            elif tag in (W + "t", _MATH_TEXT):
                yield element.text or ""
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == W + "sym":
                yield f"[Zeichen {element.get(W + 'font', '')} {element.get(W + 'char', '')}]"
            elif tag in (_BLIP, _IMAGE_DATA):
                yield self._picture(str(element.get(_R + "embed") or element.get(_R + "id") or ""))
            elif tag in _NOTES:
                yield self._note(*_NOTES[tag], str(element.get(W + "id")))
            elif tag == W + "txbxContent":
                self._later += self._aside(element)
            elif tag == _MC + "AlternateContent":
                # The same content twice, for newer and older programs.
                yield from self._inline(element[0] if len(element) else element)
            else:
                yield from self._inline(element)

    def _aside(self, element: etree._Element) -> list[Line]:
        """Return the lines of a text box or note, read apart from the paragraph it hangs on."""
        kept = self._later, self._carried
        self._later, self._carried = [], ""
        lines = list(self._blocks(element))
        self._later, self._carried = kept
        return lines

    def _picture(self, relation: str) -> str:
        content = self._parts.get(self._targets.get(relation, ("", ""))[1].lstrip("/"))
        return f"[Bild {hashlib.sha256(content).hexdigest()}]" if content is not None else "[Bild]"

    def _note(self, kind: str, label: str, id_: str) -> str:
        if (kind, id_) in self._told:
            return f"[{label}]"
        self._told.add((kind, id_))
        if kind not in self._notes:
            part = self._related(f"/{kind}s")
            self._notes[kind] = {} if part is None else {str(one.get(W + "id")): one for one in part}
        note = self._notes[kind].get(id_)
        if note is not None:
            text = " ".join(line.text for line in self._aside(note))
            self._later.append(Line(label, f"{label}: {text}"))
        return f"[{label}]"


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """Return the rows, those inside content controls too."""
    for element in table:
        if element.tag == W + "tr":
            yield element
        elif element.tag in (W + "sdt", W + "sdtContent", W + "customXml", W + "ins"):
            yield from _rows(element)


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for element in row:
        if element.tag == W + "tc":
            yield element
        elif element.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
            yield from _cells(element)
