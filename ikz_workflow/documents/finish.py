"""The pass after rendering that fills in what only the whole document knows: numbers, references, open points."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ikz_workflow.documents import contents, wordml
from ikz_workflow.documents.charts import Chart, Drawer
from ikz_workflow.documents.source import Faults

NOTHING_OPEN = "Es sind keine Angaben offen."
_BEGINNING = re.compile(r'<w:p>(?:<w:pPr>((?:<w:pStyle w:val="[^"]*"/>)?(?:<w:keep(?:Next|Lines)\b[^>]*/>)*))?')
_FREE_CELL = re.compile(r'<w:pStyle w:val="TableText"/>(?!<w:keepNext\b)')  # after a colon it is held already
_HELD_CELL = '<w:pStyle w:val="TableText"/>' + wordml.KEEP
_SHORT = 6  # rows, that of the headings among them
_FEW_BREAKS = 12  # lines broken inside the cells of a short table
_GAP = 555
_HALF = (wordml.TEXT_WIDTH - _GAP) // 2
_SIGNATURE_WIDTHS = [_HALF, _GAP, wordml.TEXT_WIDTH - _GAP - _HALF]
_SIGNATURE_CELL = f'<w:tc><w:tcPr><w:tcW w:w="{_HALF}" w:type="dxa"/></w:tcPr>'
_BETWEEN = wordml.cell(wordml.paragraph("", "CellEnd"), _GAP)


@dataclass(frozen=True, slots=True)
class Finished:
    """A body with every mark replaced, the charts it shows, and whether it is a letter."""

    body: str
    charts: list[Chart]
    letter: bool = False


def finish(xml: str, faults: Faults) -> Finished:
    """Return the rendered body finished; a reference to a section that fell away is a fault."""
    first, *others = xml.split(wordml.MARK)
    parts = [first]
    for piece in others:
        mark, _end, text = piece.partition(wordml.MARK_END)
        parts += (mark, text)
    marks = _Marks(parts, faults)
    for place in range(1, len(parts), 2):
        kind, *arguments = parts[place].split(" ")
        marks.replace(place, kind, arguments)
    marks.fill()
    return Finished("".join(parts), marks.drawer.charts, marks.letter)


def _held(table: str) -> str:
    """Let a table break well: a short one not at all, of a long one no single row stands alone on a page."""
    rows = table.split(wordml.ROW)  # nothing stands before the first
    last = len(rows) - 1
    held: Iterable[int] = ()
    if last > _SHORT:
        held = (2, last - 1)
    elif last > 2 and table.count(wordml.BREAK) <= _FEW_BREAKS:  # few rows, yet of many lines, are no short table
        held = range(2, last)
    for row in held:
        rows[row] = _FREE_CELL.sub(_HELD_CELL, rows[row])
    return "".join(rows)


class _Marks:
    """The marks of one document, replaced in `parts` in place: what is counted, named, open, and where pages break."""

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
        self.points: list[int] = []  # where a Word template repeats a paragraph of its own for each open point
        self.pages: list[tuple[int, int]] = []  # from where to where there is a page for them
        self.tables: list[tuple[int, int]] = []
        self.breaks: list[int] = []
        self.headings: list[tuple[int, int]] = []  # of the contents: where, of which level
        self.contents = 0  # where they stand, 0 for nowhere
        self.signatures = 0
        self.drawer = Drawer(parts, faults)
        self.letter = False

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

    def _is_letter(self, place: int, arguments: list[str]) -> str:
        self.letter = True
        return ""

    def _contents(self, place: int, arguments: list[str]) -> str:
        self.contents = self.contents or place
        return ""

    def _heading(self, place: int, arguments: list[str]) -> str:
        self.headings.append((place, int(arguments[0])))
        return ""

    def _break(self, place: int, arguments: list[str]) -> str:
        self.breaks.append(place)
        return ""

    def _table(self, place: int, arguments: list[str]) -> str:
        self.tables.append((place, place))
        return ""

    def _table_end(self, place: int, arguments: list[str]) -> str:
        self.tables[-1] = (self.tables[-1][0], place)
        return ""

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
                self.parts[before] = head + start + wordml.kept(rest)
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
        """Put in what only the whole document knows."""
        self._fill_references()
        self._fill_open_points()
        if self.contents:
            self._fill_contents()
        for place in self.breaks:
            self.parts[place] = self._begin_page(place)
        for start, end in self.tables:
            table = _held("".join(self.parts[start + 1 : end]))
            self.parts[start + 1 : end] = [table, *[""] * (end - start - 2)]

    def _fill_references(self) -> None:
        for place, name, line, section in self.references:
            if name not in self.names and name not in self.clauses:
                self.faults.add(line, f"Der Verweis {{@{name}}} führt zu einem Abschnitt, der hier entfällt.")
            self.parts[place] = self.names.get(name) or self._clause_name(name, section)

    def _fill_open_points(self) -> None:
        points = "".join(
            f"<w:p>{wordml.properties('ListBullet')}<w:r>{wordml.OPEN_T}{label}{wordml.CLOSE_T}</w:r></w:p>"
            for label in self.open
        )
        for place in self.open_lists:
            self.parts[place] = points or wordml.paragraph(wordml.run(NOTHING_OPEN))
        for place in self.points:
            before, after = self.parts[place + 1], self.parts[place + 3]
            self.parts[place + 1 : place + 4] = ["", "", ""]
            self.parts[place] = "".join(before + label + after for label in self.open or (NOTHING_OPEN,))
        if not self.open:
            for start, end in self.pages:
                self.parts[start : end + 1] = [""] * (end + 1 - start)
                self.breaks = [one for one in self.breaks if not start < one < end]

    def _fill_contents(self) -> None:
        """List all headings of the level with which the document begins; the page of open points is none of it."""
        inside = [one for one in self.headings if not any(start < one[0] < end for start, end in self.pages)]
        level = next((level for _place, level in inside), 1)
        places = [place for place, of in inside if of == level]
        runs = [self._bookmarked(place, number) for number, place in enumerate(places, 1)]
        self.parts[self.contents] = contents.listed(level, runs)

    def _bookmarked(self, place: int, number: int) -> str:
        """Put a bookmark around the runs of a heading that begin behind `place`, and return them."""
        end = next(at for at in range(place + 1, len(self.parts)) if "</w:p>" in self.parts[at])
        last, close, behind = self.parts[end].partition("</w:p>")
        self.parts[place], after = contents.bookmark(number)
        self.parts[end] = last + after + close + behind
        return "".join(self.parts[place + 1 : end]) + last

    def _begin_page(self, place: int) -> str:
        """Let what follows `place` begin a page itself; return what else has to begin it, "" as a rule."""
        at = next((at for at in range(place + 1, len(self.parts)) if self.parts[at]), place)
        begins = _BEGINNING.match(self.parts[at])
        if begins is None:
            return wordml.PAGE_BREAK
        rest = self.parts[at][begins.end() :]
        if not rest.startswith("<w:pageBreakBefore"):
            end = "</w:pPr>" if begins[1] is None else ""
            self.parts[at] = f"<w:p><w:pPr>{begins[1] or ''}<w:pageBreakBefore/>{end}{rest}"
        return ""


_ROW_START = "<w:tr><w:trPr><w:cantSplit/></w:trPr>"

_REPLACE: dict[str, Callable[[_Marks, int, list[str]], str]] = {
    "S": _Marks._section,
    "C": _Marks._chapter,
    "A": _Marks._clause,
    "N0": _Marks._restart,
    "N": _Marks._item,
    "O": _Marks._open,
    "R": _Marks._reference,
    "open": _Marks._open_list,
    "letter": _Marks._is_letter,
    "contents": _Marks._contents,
    "heading": _Marks._heading,
    "break": _Marks._break,
    "table": _Marks._table,
    "/table": _Marks._table_end,
    "keep": _Marks._keep,
    "each": _Marks._each,
    "point": _Marks._nothing,
    "/each": _Marks._nothing,
    "page": _Marks._page,
    "/page": _Marks._page_end,
    "sigs": _Marks._signatures_start,
    "sig": _Marks._signature,
    "/sigs": _Marks._signatures_end,
}


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
