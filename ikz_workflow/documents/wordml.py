"""The few shapes of WordprocessingML our documents are made of, as text."""

from __future__ import annotations

import re

from ikz_workflow.documents.values import refuse_unprintable

DOCUMENT = "word/document.xml"
RELATIONS = "word/_rels/document.xml.rels"
CORE = "docProps/core.xml"
CUSTOM = "docProps/custom.xml"
CONTENT_TYPES = "[Content_Types].xml"
MARGIN = re.compile(r"word/(header|footer)\d*\.xml")

TEXT_WIDTH = 9355  # twentieths of a point: A4 (210 mm) less margins of 25 mm and 20 mm
OPEN_T = '<w:t xml:space="preserve">'
CLOSE_T = "</w:t>"
BREAK = "<w:br/>"

# What the finished text has something else in place of; no value and no template can hold these characters.
MARK, MARK_END, ROW = "\x01", "\x02", "\x03"
ANY_MARK = re.compile(f"{MARK}([^{MARK_END}]*){MARK_END}")
KEEP = "<w:keepNext/>"

BOLD, ITALIC = 1, 2
# Index is the sum of BOLD, ITALIC.
RUN_PROPERTIES = ("", "<w:rPr><w:b/></w:rPr>", "<w:rPr><w:i/></w:rPr>", "<w:rPr><w:b/><w:i/></w:rPr>")

# The style carries the meaning; the highlight stands in the run, for Word ignores it in a style.
OPEN_RUN = '<w:rPr><w:rStyle w:val="Offen"/><w:highlight w:val="yellow"/></w:rPr>'

# What cannot stand as it is: markup, breaks, what no XML holds; and digits, to which a sign may have to be tied.
_NOTABLE = re.compile("[\x00-\x1f&<>0-9\ud800-\udfff\ufffe\uffff]")
# Sign and number stay on one line: § 2b, Abs. 3, FB 02.
_SIGNS = (
    "Abs.", "Anl.", "Art.", "Buchst.", "Nr.", "Nrn.", "S.",
    "Absatz", "Anlage", "Artikel", "FB", "Amt", "Nummer", "Satz",
)  # fmt: skip
_STYLE = re.compile(r'<w:pPr>(?:<w:pStyle w:val="[^"]*"/>)?')
_BEFORE = r"(?<=\b{} )"
# Begins with what is rare, a blank before a digit, and looks back only there: ten times as fast as the other way round.
_TIED = re.compile(f" (?=[0-9])(?:{'|'.join(['(?<=§ )', *(_BEFORE.format(re.escape(sign)) for sign in _SIGNS)])})")


def escape(text: str) -> str:
    """Return `text` fit for XML content and attributes. InvalidInput for a character that XML cannot hold."""
    refuse_unprintable("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def words(text: str) -> str:
    """Return `text` as the inside of an open `w:t`: escaped, breaks and tabs as elements, „§ 2b“ held together.

    Raise InvalidInput for a character that XML cannot hold.
    """
    if not _NOTABLE.search(text):  # as most are
        return text
    refuse_unprintable("", text)
    is_one_line = text.isprintable()
    if " " in text:
        text = _TIED.sub("\u00a0", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if is_one_line:
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", f"{CLOSE_T}{BREAK}{OPEN_T}")
    return text.replace("\t", f"{CLOSE_T}<w:tab/>{OPEN_T}")


def mark(*words: object) -> str:
    """Return a mark: its kind, then what it needs to know."""
    return f"{MARK}{' '.join(map(str, words))}{MARK_END}"


def properties(style: str = "", align: str = "", *, keep: bool = False) -> str:
    """Return the paragraph properties for a style id and an alignment, empty for the plain paragraph."""
    inside = f'<w:pStyle w:val="{style}"/>' if style else ""
    if keep:
        inside += KEEP
    if align:
        inside += f'<w:jc w:val="{align}"/>'
    return f"<w:pPr>{inside}</w:pPr>" if inside else ""


def paragraph(runs: str, style: str = "", align: str = "", *, keep: bool = False) -> str:
    """Return one paragraph around finished runs."""
    return f"<w:p>{properties(style, align, keep=keep)}{runs}</w:p>"


def kept(inside: str) -> str:
    """Return the inside of a paragraph, or its properties, so that it stands on the page of what follows it."""
    style = _STYLE.match(inside)
    if style is None:
        return f"<w:pPr>{KEEP}</w:pPr>{inside}"
    end = style.end()
    return inside if inside.startswith("<w:keepNext", end) else f"{inside[:end]}{KEEP}{inside[end:]}"


PAGE_BREAK = paragraph("", "Pagebreak")


def run(text: str, format_: int = 0) -> str:
    """Return one run of literal text."""
    return f"<w:r>{RUN_PROPERTIES[format_]}{OPEN_T}{words(text)}{CLOSE_T}</w:r>"


def table_start(style: str, widths: list[int], *, header: bool = False, first_column: bool = False) -> str:
    """Return the start of a table of fixed column widths (twentieths of a point)."""
    look = f'w:firstRow="{int(header)}" w:firstColumn="{int(first_column)}" w:noVBand="1" w:noHBand="1"'
    value = f"{0x0600 + 0x20 * header + 0x80 * first_column:04X}"
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="{value}" {look}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


# The paragraph keeps two tables from growing together, gives the space after the table.
TABLE_END = "</w:tbl>" + paragraph("", "TableEnd")


def row(cells: str, *, header: bool = False, height: str = "") -> str:
    """Return one table row, never split over pages; `height` is a ready `w:trHeight`."""
    repeated = "<w:tblHeader/>" if header else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>{cells}</w:tr>"


def cell(paragraphs: str, width: int) -> str:
    """Return one table cell; `paragraphs` must hold at least one paragraph."""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraphs}</w:tc>'


def shares(weights: list[int], total: int = TEXT_WIDTH) -> list[int]:
    """Return `total` divided in proportion to `weights`, without a remainder."""
    whole = sum(weights)
    widths = [total * weight // whole for weight in weights]
    widths[-1] += total - sum(widths)
    return widths
