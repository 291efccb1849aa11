"""What a reader sees of a Word file, line by line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias, TypeVar

from lxml import etree

from ikz_workflow.documents import graphics, looks
from ikz_workflow.documents.guard import Parts, main_part, parse
from ikz_workflow.documents.numbering import Lists, Numbering, W, children_of, number, value
from ikz_workflow.documents.values import Line

_ROW = "Tabellenzeile"
_LOWEST_ROW = 60  # twentieths of a point
_Made = TypeVar("_Made")
_Read: TypeAlias = tuple[str, list[Line]]  # the text of an inline piece, the lines that follow its paragraph
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_TEXTS = frozenset({W + "t", _MATH + "t", graphics.DRAWING_TEXT})
_RUN, _TEXT = W + "r", W + "t"
_RUNS = frozenset({W + "r", _MATH + "r"})

# Accepting all revisions: what was deleted or moved away goes, what was inserted stays.
_GONE = {W + name for name in ("del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr", "sdtPr")}
_SIGNS = {
    W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n",
    W + "noBreakHyphen": "\u2011", W + "softHyphen": "\u00ad",
}  # fmt: skip
_SYMBOL, _FIELD, _BOX = W + "sym", W + "fldChar", W + "txbxContent"
_RUN_PROPERTIES, _ROW_PROPERTIES, _CELL_PROPERTIES = W + "rPr", W + "trPr", W + "tcPr"
_DELETED, _CELL_DELETED = W + "del", W + "cellDel"
_PARAGRAPH, _PROPERTIES, _TABLE, _TABLE_ROW, _TABLE_CELL = (W + name for name in ("p", "pPr", "tbl", "tr", "tc"))
_GROUNDS = (_TABLE, _TABLE_CELL)
_HIDDEN, _HEIGHT = W + "hidden", W + "trHeight"
_SAID = (_DELETED, _CELL_DELETED, _HIDDEN, _HEIGHT, looks.SHADE)  # what counts of rows and cells
_OWNERS = {_ROW_PROPERTIES: _TABLE_ROW, _CELL_PROPERTIES: _TABLE_CELL}
_NOTHING: looks.Said = {}
_KEPT = 1 << 18  # bytes of a part that is kept in mind, made ready
_DATES = frozenset(
    W + name for name in ("dayShort", "dayLong", "monthShort", "monthLong", "yearShort", "yearLong", "pgNum")
)
_NOTES = {W + "footnoteReference": ("footnote", "Fußnote"), W + "endnoteReference": ("endnote", "Endnote")}


def lines_of(parts: Parts) -> list[Line]:
    """Return the lines of a document's text, all revision marks accepted."""
    return _Reader(parts).lines()


def folded(text: str) -> str:
    """Return a text as it is compared: kinds of blanks and soft hyphens do not count."""
    if text.isprintable() and "  " not in text:  # neither other blanks nor soft hyphens: as most are
        return unicodedata.normalize("NFC", text.strip(" "))
    return " ".join(unicodedata.normalize("NFC", text.replace("\u00ad", "")).split())


def _styles(part: bytes | None) -> looks.Styles:
    return looks.Styles(parse(part) if part is not None else None)


def _lists(part: bytes | None) -> Lists:
    return Lists(parse(part) if part is not None else None)


@lru_cache(maxsize=16)
def _known(make: Callable[[bytes | None], _Made], part: bytes | None) -> _Made:
    return make(part)


def _prepared(make: Callable[[bytes | None], _Made], part: bytes | None) -> _Made:
    """Return what `make` makes of a part; a design's parts are those of every document made in it."""
    return _known(make, part) if part is None or len(part) <= _KEPT else make(part)


def _said(root: etree._Element) -> dict[etree._Element, looks.Said]:
    """Return what the properties of rows and cells say that counts: few say any, and one search finds it all."""
    first: dict[etree._Element, etree._Element | None] = {}  # properties that come twice do not count
    said: dict[etree._Element, looks.Said] = {}
    for one in root.iter(*_SAID):
        properties = one.getparent()
        owner = properties.getparent() if properties is not None else None
        if properties is None or owner is None or owner.tag != _OWNERS.get(properties.tag):
            continue
        if owner not in first:
            first[owner] = owner.find(properties.tag)
        if properties is first[owner]:
            said.setdefault(owner, {}).setdefault(one.tag, one)
    return said


class _Reader:
    """Walks through one document in reading order."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._main = main_part(parts)
        self._relations = graphics.relations_of(parts, self._main)
        self._styles = _prepared(_styles, self._related("/styles"))
        self._numbering = Numbering(_prepared(_lists, self._related("/numbering")))
        self._at = self._styles.paragraph(None, looks.PAPER)  # what the paragraph being read says
        self._ground = looks.PAPER
        self._said: dict[etree._Element, looks.Said] = {}
        self._told: set[tuple[str, str]] = set()
        self._notes: dict[str, dict[str, etree._Element]] = {}
        self._later: list[Line] = []  # notes, text boxes: read after the paragraph they hang on
        self._carried = ""  # text of a paragraph whose end was deleted: it runs on into the next

    def lines(self) -> list[Line]:
        """Return the lines of the body."""
        body = self._parts.tree(self._main).find(W + "body")
        if body is None:
            return []
        self._said = _said(body)
        lines = self._blocks(body)
        return [*lines, Line("Normal", self._carried)] if self._carried else lines

    def _related(self, kind: str) -> bytes | None:
        for type_, target in self._relations.values():
            # Parts with another ending are not looked through by the guard.
            if type_.endswith(kind) and target.endswith(".xml") and target in self._parts:
                return self._parts[target]
        return None

    def _blocks(self, parent: Iterable[etree._Element]) -> list[Line]:
        lines: list[Line] = []
        for element in parent:
            tag = element.tag
            if tag == _PARAGRAPH:
                self._paragraph(element, lines)
            elif tag == _TABLE:
                self._table(element, lines)
            elif tag == _ALTERNATIVES:
                for text, more in self._alternatives(element, lambda branch: ("", self._blocks(branch))):
                    lines += [Line("Normal", text)] if text else []
                    lines += more
            elif len(element) and tag not in _GONE and isinstance(tag, str):
                around, self._ground = self._ground, self._ground_in(element, self._ground)
                lines += self._blocks(children_of(element))
                self._ground = around
        return lines

    def _paragraph(self, element: etree._Element, lines: list[Line]) -> None:
        children = children_of(element)
        around, self._at = self._at, self._styles.paragraph(_child(children, _PROPERTIES), self._ground)
        text = self._carried + self._inline(children)
        said, self._at = self._at, around
        self._carried = text if said.is_deleted else ""
        if said.is_deleted:
            return
        marker = self._numbering.marker(*said.place) if said.is_listed else ""
        # An empty numbered paragraph is a slip of the pen, but it is seen.
        lines.append(Line(said.name, f"{marker}\t{text}" if marker else text))
        if self._later:
            lines += self._later
            self._later = []

    def _table(self, table: etree._Element, lines: list[Line]) -> None:
        outside, self._ground = self._ground, self._styles.ground(table, self._ground)
        for row, ground in self._reached(table, _TABLE_ROW, self._ground):
            said = self._said.get(row, _NOTHING)
            if _DELETED in said:
                continue
            cells = []
            for cell, around in self._reached(children_of(row), _TABLE_CELL, ground):
                self._ground = around
                if said_of_cell := self._said.get(cell):
                    if _CELL_DELETED in said_of_cell:
                        continue
                    self._ground = looks.shaded(said_of_cell.get(looks.SHADE)) or around
                inside = [line.text for line in self._blocks(children_of(cell)) if line.text.strip(" |")]
                cells.append("\n".join(inside))
            if _is_shut(said):
                cells = [f"[unsichtbar: {cell}]" for cell in cells]
            lines.append(Line(_ROW, " | ".join([cell.replace("\n", " / ") for cell in cells]), tuple(cells)))
        self._ground = outside

    def _reached(
        self, parent: Iterable[etree._Element], tag: str, ground: looks.Ground
    ) -> Iterator[tuple[etree._Element, looks.Ground]]:
        """Yield the rows of a table, the cells of a row, those inside content controls and alternatives too."""
        for element in parent:
            if element.tag == tag:
                yield element, ground
            elif len(element) and isinstance(element.tag, str):
                yield from self._reached(children_of(element), tag, self._ground_in(element, ground))

    def _ground_in(self, element: etree._Element, ground: looks.Ground) -> looks.Ground:
        """Return the ground of what is read inside an element."""
        return self._styles.ground(element, ground) if element.tag in _GROUNDS else ground

    def _inline(self, parent: Iterable[etree._Element]) -> str:
        pieces = []
        is_plain = not self._at.plain[0]
        for element in parent:
            tag = element.tag
            if tag != _RUN:
                pieces.append(self._piece(element, tag) if tag != _PROPERTIES else "")
            elif is_plain and len(element) == 1 and (only := element[0]).tag == _TEXT:
                pieces.append(only.text or "")  # most runs are so; `_run` would say the same
            else:
                pieces.append(self._run(element))
        return "".join(pieces)

    def _piece(self, element: etree._Element, tag: object) -> str:
        """Return the words of one element inside a paragraph."""
        if tag in _TEXTS:
            return element.text or ""
        if tag in _RUNS:
            return self._run(element)
        if tag in _GONE or not isinstance(tag, str):
            return ""
        if tag in _SIGNS:
            return _SIGNS[tag]
        if tag == _SYMBOL:
            return f"[Zeichen {element.get(W + 'font', '')} {element.get(W + 'char', '')}]"
        if tag in _DATES:
            return f"[{tag.removeprefix(W)}]"
        if tag in _NOTES:
            return self._note(*_NOTES[tag], str(element.get(W + "id")))
        if tag == _FIELD:
            return _form_value(element)
        if tag == _BOX:
            self._later += self._aside(element)
            return ""
        if tag == _ALTERNATIVES:
            return "".join(self._later_of(*reading) for reading in self._alternatives(element, self._branch))
        text = self._graphic(element, tag)
        if not len(element):
            return text
        around, self._ground = self._ground, self._ground_in(element, self._ground)
        text += self._inline(element)
        self._ground = around
        return text

    def _later_of(self, text: str, lines: list[Line]) -> str:
        self._later += lines
        return text

    def _run(self, run: etree._Element) -> str:
        """Return a run's words; what keeps a reader from seeing them as they stand is told with them."""
        children = children_of(run)
        text = self._inline(children)
        look, ground = self._styles.look(_child(children, _RUN_PROPERTIES), self._at)
        if not look or not text.strip():
            return text
        if look == looks.HIDDEN:
            return ""
        return (
            f"[gestrichen: {text}]" if look == looks.STRUCK else f"[kaum sichtbar{ground and ' auf '}{ground}: {text}]"
        )

    def _graphic(self, element: etree._Element, tag: str) -> str:
        """Return what a drawing's element shows that does not stand in the text itself."""
        if tag == _TEXT_PATH:
            return f"[Schriftzug: {element.get('string', '')}]"
        if tag.startswith(W):
            return ""
        relations = dict.fromkeys(graphics.referred(element))
        return "".join(graphics.shown(self._parts, self._relations, relation) for relation in relations)

    def _alternatives(self, element: etree._Element, read: Callable[[etree._Element], _Read]) -> list[_Read]:
        """Return one reading where all branches, for newer and older programs, show the same; else every branch."""
        readings: list[_Read] = []
        before = self._told.copy(), self._numbering.counts()
        for branch in element:
            self._told, counts = before[0].copy(), before[1]
            self._numbering.go_back(counts)
            readings.append(read(branch))
        if not readings or all(_words(one) == _words(readings[0]) for one in readings):
            return readings[:1]
        return [(f"[je nach Programm: {text}]", lines) for text, lines in readings]

    def _branch(self, branch: etree._Element) -> _Read:
        """Return the text inside a branch with the lines that follow its paragraph."""
        kept, self._later = self._later, []
        text = self._inline(branch)
        lines, self._later = self._later, kept
        return text, lines

    def _aside(self, element: etree._Element) -> list[Line]:
        """Return the lines of a text box or note, read apart from the paragraph it hangs on."""
        kept = self._later, self._carried
        self._later, self._carried = [], ""
        lines = self._blocks(element)
        self._later, self._carried = kept
        return lines

    def _note(self, kind: str, label: str, id_: str) -> str:
        if (kind, id_) in self._told:
            return f"[{label}]"
        self._told.add((kind, id_))
        if kind not in self._notes:
            part = self._related(f"/{kind}s")
            self._notes[kind] = {}
            if part is not None:
                notes = parse(part)
                self._notes[kind] = {str(one.get(W + "id")): one for one in notes}
                self._said |= _said(notes)
        note = self._notes[kind].get(id_)
        if note is not None:
            around, self._ground = self._ground, looks.PAPER
            text = " ".join(line.text for line in self._aside(note))
            self._ground = around
            self._later.append(Line(label, f"{label}: {text}"))
        return f"[{label}]"


def _child(children: Iterable[etree._Element], tag: str) -> etree._Element | None:
    """Return the first child of a kind, as a rule the first of all; lxml's own search takes three times as long."""
    for element in children:
        if element.tag == tag:
            return element
    return None


def _is_shut(properties: looks.Said) -> bool:
    """Tell whether a row is too low to be seen, or hidden."""
    hidden, height = properties.get(_HIDDEN), properties.get(_HEIGHT)
    if hidden is not None and str(hidden.get(W + "val", "1")) not in ("0", "false", "off"):
        return True
    return (
        height is not None
        and height.get(W + "hRule") == "exact"
        and number(str(height.get(W + "val")), _LOWEST_ROW) < _LOWEST_ROW
    )


def _form_value(field: etree._Element) -> str:
    """Return what a form field shows that no run says: a box that is ticked or not, the entry of a list."""
    data = field.find(W + "ffData")
    box, choices = (data.find(W + name) if data is not None else None for name in ("checkBox", "ddList"))
    if box is not None:
        said = box.find(W + "checked")
        said = box.find(W + "default") if said is None else said
        ticked = said is not None and str(said.get(W + "val", "1")) not in ("0", "false", "off")
        return "[Kästchen: ja]" if ticked else "[Kästchen: nein]"
    if choices is None:
        return ""
    entries = [str(entry.get(W + "val", "")) for entry in choices.findall(W + "listEntry")]
    chosen = number(value(choices, "result") or value(choices, "default"))
    return entries[chosen] if chosen < len(entries) else ""


def _words(reading: _Read) -> tuple[str, list[tuple[str, ...]]]:
    text, lines = reading
    return folded(text), [tuple(folded(one) for one in line.cells or (line.text,)) for line in lines]
