"""The named blocks `::: name`: what a letter or a contract needs, which Markdown cannot say."""

from __future__ import annotations

from collections.abc import Callable

from ikz_workflow.documents import wordml
from ikz_workflow.documents.charts import BAR, COLUMN, MOST, NOT_A_NUMBER, is_number
from ikz_workflow.documents.inline import Balance, Pen, Piece, stripped, without_start
from ikz_workflow.documents.source import SENTINEL

Lines = list[tuple[str, int]]  # the text of a line with sentinels, its line in the file

_FACT_WIDTHS = [2750, wordml.TEXT_WIDTH - 2750]
# DIN 5008, form B: the information block begins at 125 mm and is 75 mm wide; it reaches 10 mm into the margin.
_LETTER_WIDTHS = [5669, 4252]
# From the top margin (25 mm) to the end of the address field with the space below it (98.46 mm, form B).
_LETTER_HEIGHT = '<w:trHeight w:val="4165" w:hRule="atLeast"/>'
_LETTER = wordml.mark("letter")
_SENDER = "Absender:"
NO_NUMBERS = "Im Diagramm gibt es keine Marken oder Verweise."


def controls(pen: Pen, text: str) -> bool:
    """Tell whether a line holds control tags and nothing else."""
    bare = "".join(text.split())
    return bool(bare) and all(SENTINEL.match(sign) and pen.scan.tag(sign).role == "control" for sign in bare)


def each(pen: Pen, lines: Lines, write: Callable[[str, int], str]) -> str:
    """Return every line written, the control tags between them, and note what is not balanced."""
    balance = Balance(pen.faults, " im selben Block")
    out: list[str] = []
    for text, line in lines:
        if controls(pen, text):
            for sign in "".join(text.split()):
                balance.feed(pen.scan.tag(sign))
                out.append(pen.control(pen.scan.tag(sign)))
        elif text.strip():
            out.append(write(text.strip(), line))
    balance.end()
    return "".join(out)


def parts_of(pen: Pen, text: str, mark: str, most: int) -> list[list[Piece]]:
    """Return the pieces of each part of a line, at most so many parts."""
    return [stripped(pen.parse(part.strip())) if part.strip() else [] for part in text.split(mark, most - 1)]


def title(pen: Pen, lines: Lines, styles: tuple[str, str] = ("Title", "Subtitle")) -> str:
    """Return the document's title, marked with `# ` or else the first line; the other lines are subtitles."""
    titles = [line for text, line in lines if text.lstrip().startswith("# ")]
    if not titles:
        titles = [line for text, line in lines if text.strip() and not controls(pen, text)][:1]

    def write(text: str, line: int) -> str:
        if line in titles:
            return pen.paragraph(pen.parse(text.removeprefix("# ")), styles[0])
        return pen.paragraph(pen.parse(text), styles[1])

    return each(pen, lines, write)


def subject(pen: Pen, lines: Lines) -> str:
    """Return the subject of a letter."""
    return each(pen, lines, lambda text, line: pen.paragraph(pen.parse(text), "Subject"))


def closing(pen: Pen, lines: Lines) -> str:
    """Return the end of a letter on one page with the words before it: greeting, space to sign, at last the name."""
    last = max((line for text, line in lines if text.strip() and not controls(pen, text)), default=0)

    def write(text: str, line: int) -> str:
        return pen.paragraph(pen.parse(text), "ClosingName" if line == last else "Closing")

    return wordml.mark("keep") + each(pen, lines, write)


def _address_cell(pen: Pen, lines: Lines) -> str:
    def write(text: str, line: int) -> str:
        pieces = pen.parse(text)
        sender = without_start(pieces, _SENDER)
        if sender is not None:
            return pen.paragraph(sender, "Sender")
        return pen.paragraph(pieces, "Address")

    lead = "" if any(text.startswith(_SENDER) for text, _ in lines) else wordml.paragraph("", "Sender")
    return lead + each(pen, lines, write)


def _information_cell(pen: Pen, lines: Lines) -> str:
    def write(text: str, line: int) -> str:
        parts = parts_of(pen, text, ":", 2)
        if len(parts) < 2:
            return pen.paragraph(parts[0], "Information")
        return pen.paragraph([*parts[0], Piece("text", 0, ":\t"), *parts[1]], "Information")

    return wordml.paragraph("", "InformationTop") + each(pen, lines, write)


def letter_head(pen: Pen, address: Lines | None, information: Lines | None, address_first: bool = True) -> str:
    """Return address field and information block side by side, where DIN 5008 form B wants them."""
    parts = [("address", address), ("information", information)]
    # Written in the order of the template, so that tags keep their lines.
    written: dict[str, str] = {}
    for name, lines in parts if address_first else parts[::-1]:
        make = _address_cell if name == "address" else _information_cell
        written[name] = make(pen, lines) if lines is not None else ""
    cells = "".join(
        wordml.cell(written[name] + wordml.paragraph("", "CellEnd"), width)
        for (name, _), width in zip(parts, _LETTER_WIDTHS, strict=True)
    )
    height = _LETTER_HEIGHT if address is not None else ""
    end = "</w:tbl>" + wordml.paragraph("", "LetterEnd")
    return _LETTER + wordml.table_start("Bare", _LETTER_WIDTHS) + wordml.row(cells, height=height) + end


def facts(pen: Pen, lines: Lines) -> str:
    """Return a table of `Label | value` lines; no table where no line is left."""

    def write(text: str, line: int) -> str:
        parts = parts_of(pen, text, "|", 2)
        if len(parts) < 2:
            pen.faults.add(line, "Im Block facts hat jede Zeile die Form „Bezeichnung | Wert“.")
            return ""
        styles = ("FactLabel", "TableText")
        columns = zip(parts, styles, _FACT_WIDTHS, strict=True)
        return wordml.row("".join(wordml.cell(pen.cell(part, style), width) for part, style, width in columns))

    rows = each(pen, lines, write)
    start = wordml.table_start("Facts", _FACT_WIDTHS, first_column=True)
    return pen.unless_empty(start, rows, wordml.TABLE_END)


def signatures(pen: Pen, lines: Lines) -> str:
    """Return one signature field per `Party | name | function | seal` line; how they stand is decided when finished."""

    def write(text: str, line: int) -> str:
        parts = parts_of(pen, text, "|", 4)
        party, name, function, seal = parts + [[] for _ in range(4 - len(parts))]
        if not seal:
            seal = [Piece("text", 0, "(Siegel)")]
        elif [piece.content for piece in seal] == ["-"]:
            seal = []
        below = [pieces for pieces in (name, function) if pieces]
        return (
            wordml.mark("sig")
            + pen.paragraph(party, "SignatureParty")
            + wordml.paragraph(wordml.run("\t"), "SignatureLine")
            + wordml.paragraph(wordml.run("Ort, Datum"), "SignatureCaption")
            + wordml.paragraph(wordml.run("\t"), "SignatureLine")
            + "".join(pen.cell(pieces, "SignatureName") for pieces in below)
            + (pen.paragraph(seal, "SignatureCaption") if seal else "")
        )

    return wordml.mark("sigs") + each(pen, lines, write) + wordml.mark("/sigs")


def chart(pen: Pen, lines: Lines, direction: str) -> str:
    """Return a chart of `# title | series…` and `label | number…` lines as marks; it is drawn when finished."""

    def write(text: str, line: int) -> str:
        kind = "title" if text.startswith("# ") else "row"
        parts = parts_of(pen, text.removeprefix("# "), "|", MOST + 2)
        if not 1 < len(parts) + (kind == "title") <= MOST + 2:
            why = f"Im Diagramm hat jede Zeile die Form „Bezeichnung | Zahl“ mit höchstens {MOST} Zahlen."
            pen.faults.add(line, why)
        for part in parts[1:] if kind == "row" else ():
            said = "".join(piece.content for piece in part)
            if not any(piece.tag for piece in part) and not is_number(said):
                pen.faults.add(line, NOT_A_NUMBER.format(said))
        # What a tag prints is known when all is finished; in a trial, tags have numbers of their own for lines.
        tag = next((piece.tag for part in parts for piece in part if piece.tag), None)
        return wordml.mark(f"chart-{kind}", tag.line if tag else line) + wordml.mark("chart-next").join(
            _plain(pen, part, line) for part in parts
        )

    return wordml.mark("chart-start", direction) + each(pen, lines, write) + wordml.mark("chart-end")


def _plain(pen: Pen, pieces: list[Piece], line: int) -> str:
    """Return the pieces of a line as text without runs."""
    out = []
    for piece in pieces:
        if piece.tag and piece.kind == "control":
            out.append(pen.control(piece.tag))
        elif piece.tag and piece.kind == "print":
            out.append(pen.printing(piece.tag, "_escaped"))
        elif piece.kind in ("mark", "anchor"):
            pen.faults.add(line, NO_NUMBERS)
        else:
            out.append(wordml.escape(piece.content).replace("{", "&#123;").replace("}", "&#125;"))
    return "".join(out)


_OPEN_TITLE = "Offene Punkte"
_OPEN_HINT = "Diese Seite gehört nicht zum Dokument; sie wird vor der Verwendung entfernt."
_OPEN_LIST = wordml.mark("open")
_OPEN_PAGE = (
    wordml.mark("page")
    + wordml.mark("break")
    + wordml.paragraph(wordml.run(_OPEN_TITLE), "Heading1")
    + wordml.paragraph(wordml.run(_OPEN_HINT))
    + _OPEN_LIST
    + wordml.mark("/page")
)

LINE_BLOCKS: dict[str, Callable[[Pen, Lines], str]] = {
    "title": title,
    "cover": lambda pen, lines: title(pen, lines, ("CoverTitle", "CoverSubtitle")),
    "closing": closing,
    "subject": subject,
    "facts": facts,
    "signatures": signatures,
    "chart": lambda pen, lines: chart(pen, lines, BAR),
    "column-chart": lambda pen, lines: chart(pen, lines, COLUMN),
}
LETTER_BLOCKS = ("address", "information")
VOID_BLOCKS = {
    "contents": wordml.mark("contents"),
    "open": _OPEN_LIST,
    "open-page": _OPEN_PAGE,
    "pagebreak": wordml.mark("break"),
}
PARAGRAPH_BLOCKS = {"note": "Note", "recital": "Recital"}
NAMES = (*LINE_BLOCKS, *LETTER_BLOCKS, *VOID_BLOCKS, *PARAGRAPH_BLOCKS)
