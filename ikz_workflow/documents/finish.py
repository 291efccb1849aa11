"""The pass after rendering that fills in what only the whole document knows: numbers, references, open points."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ikz_workflow.documents import wordml
from ikz_workflow.documents.charts import Drawer, chart_xml
from ikz_workflow.documents.contents import MARK, with_contents
from ikz_workflow.documents.source import Faults

# Values are escaped: a `<#` in rendered text comes from the compiler alone.
_MARK = re.compile("<#([^>]*)>")
NOTHING_OPEN = "Es sind keine Angaben offen."
OPEN_TITLE = "Offene Punkte"
OPEN_HINT = "Diese Seite gehört nicht zum Dokument; sie wird vor der Verwendung entfernt."
_STYLE = re.compile(r'<w:pPr>(?:<w:pStyle w:val="[^"]*"/>)?')
_BREAK = re.compile(
    re.escape(wordml.PAGE_BREAK) + r'<w:p>(?:<w:pPr>((?:<w:pStyle w:val="[^"]*"/>)?(?:<w:keepNext/>)?))?'
)
_RULED = '<w:tblPr><w:tblStyle w:val="Ruled"/>'
_CELL_TEXT = '<w:pStyle w:val="TableText"/>'
_KEEP = "<w:keepNext/>"
_CELL_TEXT_HELD = _CELL_TEXT + _KEEP
_SHORT = 6  # rows, that of the headings among them
_FEW_BREAKS = 12  # lines broken inside the cells of a short table
_ANNOUNCING = f":{wordml.CLOSE_T}</w:r></w:p>"
_GAP = 555
_HALF = (wordml.TEXT_WIDTH - _GAP) // 2
_SIGNATURE_WIDTHS = [_HALF, _GAP, wordml.TEXT_WIDTH - _GAP - _HALF]
_SIGNATURE_CELL = f'<w:tc><w:tcPr><w:tcW w:w="{_HALF}" w:type="dxa"/></w:tcPr>'
_BETWEEN = wordml.cell(wordml.paragraph("", "CellEnd"), _GAP)


@dataclass(frozen=True, slots=True)
class Finished:
    """A body with every mark replaced, the parts of its charts, and whether it is a letter."""

    body: str
    charts: list[str]
    letter: bool = False


def finish(xml: str, faults: Faults) -> Finished:
    """Return the rendered body finished; a reference to a section that fell away is a fault."""
    if "<#" not in xml:
        return Finished(_held(_broken(xml)), [])
    parts = _MARK.split(xml)
    numbering = _Numbering(parts, faults)
    for place in range(1, len(parts), 2):
        kind, *arguments = parts[place].split(" ")
        numbering.replace(place, kind, arguments)
    numbering.fill()
    body = _held(_broken("".join(parts)))
    if numbering.contents:
        body = with_contents(body)
    return Finished(body, [chart_xml(one) for one in numbering.drawer.charts], numbering.letter)


def _held(body: str) -> str:
    """Let tables break well: short ones not at all, of long ones no single row stands alone on a page."""
    pieces = body.split(_RULED)
    for number, piece in enumerate(pieces[1:], 1):
        end = piece.find("</w:tbl>")
        rows = piece[:end].split("<w:tr>")
        last = len(rows) - 1
        if last > _SHORT:
            held: Iterable[int] = {2, last - 1} - {last}
        else:  # few rows, yet of many lines, are no short table
            held = range(2, last) if piece.count(wordml.BREAK, 0, end) <= _FEW_BREAKS else ()
        for place in held:
            rows[place] = rows[place].replace(_CELL_TEXT, _CELL_TEXT_HELD)
        pieces[number] = "<w:tr>".join(rows) + piece[end:]
    return _RULED.join(pieces)


def announced(body: str) -> str:
    """Let what a colon announces begin on the page of the colon."""
    pieces = body.split(_ANNOUNCING)
    for number, piece in enumerate(pieces[:-1]):
        head, start, rest = piece.rpartition("<w:p>")
        pieces[number] = head + start + _kept(rest) if start else piece
    return _ANNOUNCING.join(pieces)


def _kept(paragraph: str) -> str:
    """Return the inside of a paragraph that stands on the page of what follows it."""
    style = _STYLE.match(paragraph)
    if style is None:
        return f"<w:pPr>{_KEEP}</w:pPr>{paragraph}"
    end = style.end()
    return paragraph if paragraph.startswith(_KEEP, end) else f"{paragraph[:end]}{_KEEP}{paragraph[end:]}"


def _broken(body: str) -> str:
    """Let what follows a page break begin the page itself: no empty paragraph stands between."""
    return _BREAK.sub(_begin_page, body) if wordml.PAGE_BREAK in body else body


def _begin_page(match: re.Match[str]) -> str:
    kept = match[1] or ""
    return f"<w:p><w:pPr>{kept}<w:pageBreakBefore/>{'</w:pPr>' if match[1] is None else ''}"


class _Numbering:
    """The counters of one document; replaces the marks in `parts` in place."""

    def __init__(self, parts: list[str], faults: Faults) -> None:
        self.parts = parts
        self.faults = faults
        self.section = 0
        self.clause = 0
        self.chapters = [0] * 5
        self.items = [0] * 3
        self.names: dict[str, str] = {}
        self.clauses: dict[str, tuple[int, int]] = {}
        self.references: list[tuple[int, str, int, int]] = []
        self.open: dict[str, None] = {}
        self.open_lists: list[int] = []
        self.open_pages: list[int] = []
        self.points: list[int] = []  # where a Word template repeats a paragraph of its own for each open point
        self.pages: list[tuple[int, int]] = []  # from where to where a Word template has a page for them
        self.signatures = 0
        self.drawer = Drawer(parts, faults)
        self.letter = self.contents = False

    def replace(self, place: int, kind: str, arguments: list[str]) -> None:
        """Replace the mark at `place`, or keep its place for `fill`."""
        if kind.startswith("chart"):
            self.parts[place] = self.drawer.mark(place, kind, arguments)
        else:
            self.parts[place] = _REPLACE[kind](self, place, arguments)

    def _section(self, place: int, arguments: list[str]) -> str:
        self.section += 1
        self.clause = 0
        number = f"§\u00a0{self.section}"
        self.names.setdefault(arguments[0], number)
        return number

    def _chapter(self, place: int, arguments: list[str]) -> str:
        level = int(arguments[0])
        self.chapters[level] += 1
        self.chapters[level + 1 :] = [0] * (4 - level)
        counted = [count for count in self.chapters[1 : level + 1] if count]
        number = ".".join(str(count) for count in counted)
        self.names.setdefault(arguments[1], f"Abschnitt\u00a0{number}")
        return number

    def _clause(self, place: int, arguments: list[str]) -> str:
        self.clause += 1
        self.clauses.setdefault(arguments[0], (self.section, self.clause))
        return f"({self.clause})"

    def _restart(self, place: int, arguments: list[str]) -> str:
        self.items[int(arguments[0])] = 0
        return ""

    def _item(self, place: int, arguments: list[str]) -> str:
        depth = int(arguments[0])
        self.items[depth] += 1
        return f"{self.items[depth]}." if depth == 1 else f"{_letters(self.items[depth])})"

    def _open(self, place: int, arguments: list[str]) -> str:
        label = " ".join(arguments)
        self.open[label] = None
        return f"[noch zu klären: {label}]"

    def _reference(self, place: int, arguments: list[str]) -> str:
        self.references.append((place, arguments[0], int(arguments[1]), self.section))
        return ""

    def _open_list(self, place: int, arguments: list[str]) -> str:
        self.open_lists.append(place)
        return ""

    def _open_page(self, place: int, arguments: list[str]) -> str:
        self.open_pages.append(place)
        return ""

    def _is_letter(self, place: int, arguments: list[str]) -> str:
        self.letter = True
        return ""

    def _contents(self, place: int, arguments: list[str]) -> str:
        self.contents = True
        return MARK

    def _keep(self, place: int, arguments: list[str]) -> str:
        self._keep_with_next(place)
        return ""

    def _each(self, place: int, arguments: list[str]) -> str:
        self.points.append(place)
        return ""

    def _page(self, place: int, arguments: list[str]) -> str:
        self.pages.append((place, place))
        return ""

    def _page_end(self, place: int, arguments: list[str]) -> str:
        self.pages[-1] = (self.pages[-1][0], place)
        return ""

    def _nothing(self, place: int, arguments: list[str]) -> str:
        return ""

    def _signatures_start(self, place: int, arguments: list[str]) -> str:
        self.signatures = 0
        self._keep_with_next(place)
        return ""

    def _keep_with_next(self, place: int) -> None:
        """Let the paragraph before `place` stand on the page of what follows: no signature is alone on a page."""
        for before in range(place - 1, -1, -2):  # the odd places hold what the marks became
            head, start, rest = self.parts[before].rpartition("<w:p>")
            if start:
                self.parts[before] = head + start + _kept(rest)
                return

    def _signature(self, place: int, arguments: list[str]) -> str:
        self.signatures += 1
        if self.signatures == 1:
            before = wordml.table_start("Bare", _SIGNATURE_WIDTHS) + _ROW_START
        elif self.signatures % 2:
            before = "</w:tc></w:tr>" + _ROW_START
        else:
            before = f"</w:tc>{_BETWEEN}"
        return before + _SIGNATURE_CELL

    def _signatures_end(self, place: int, arguments: list[str]) -> str:
        if not self.signatures:
            return ""
        empty = _BETWEEN + _SIGNATURE_CELL + wordml.paragraph("", "CellEnd") + "</w:tc>"
        return "</w:tc>" + (empty if self.signatures % 2 else "") + "</w:tr>" + wordml.TABLE_END

    def _clause_name(self, name: str, seen_from: int) -> str:
        """Return how a paragraph is cited in a section: „Absatz 2“ in its own, „§ 8 Abs. 2“ in others."""
        section, clause = self.clauses.get(name, (0, 0))
        return f"Absatz\u00a0{clause}" if section == seen_from else f"§\u00a0{section} Abs.\u00a0{clause}"

    def fill(self) -> None:
        """Put in the references and the lists of open points, now that everything is known."""
        for place, name, line, section in self.references:
            if name not in self.names and name not in self.clauses:
                self.faults.add(line, f"Der Verweis {{@{name}}} führt zu einem Abschnitt, der hier entfällt.")
            self.parts[place] = self.names.get(name) or self._clause_name(name, section)
        points = "".join(
            f"<w:p>{wordml.properties('ListBullet')}<w:r>{wordml.OPEN_T}{label}{wordml.CLOSE_T}</w:r></w:p>"
            for label in self.open
        )
        for place in self.open_lists:
            self.parts[place] = points or wordml.paragraph(wordml.run(NOTHING_OPEN))
        page = (
            wordml.PAGE_BREAK
            + wordml.paragraph(wordml.run(OPEN_TITLE), "Heading1")
            + wordml.paragraph(wordml.run(OPEN_HINT))
        )
        for place in self.open_pages:
            self.parts[place] = page + points if points else ""
        for place in self.points:
            before, after = self.parts[place + 1], self.parts[place + 3]
            self.parts[place + 1 : place + 4] = ["", "", ""]
            self.parts[place] = "".join(before + label + after for label in self.open or (NOTHING_OPEN,))
        if not self.open:
            for start, end in self.pages:
                self.parts[start : end + 1] = [""] * (end + 1 - start)


_ROW_START = "<w:tr><w:trPr><w:cantSplit/></w:trPr>"

_REPLACE: dict[str, Callable[[_Numbering, int, list[str]], str]] = {
    "S": _Numbering._section,
    "C": _Numbering._chapter,
    "A": _Numbering._clause,
    "N0": _Numbering._restart,
    "N": _Numbering._item,
    "O": _Numbering._open,
    "R": _Numbering._reference,
    "open": _Numbering._open_list,
    "openpage": _Numbering._open_page,
    "letter": _Numbering._is_letter,
    "contents": _Numbering._contents,
    "keep": _Numbering._keep,
    "each": _Numbering._each,
    "point": _Numbering._nothing,
    "/each": _Numbering._nothing,
    "page": _Numbering._page,
    "/page": _Numbering._page_end,
    "sigs": _Numbering._signatures_start,
    "sig": _Numbering._signature,
    "/sigs": _Numbering._signatures_end,
}


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
