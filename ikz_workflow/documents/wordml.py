"""The few shapes of WordprocessingML our documents are made of, as text."""

from __future__ import annotations

import re

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

BOLD, ITALIC = 1, 2
# Index is the sum of BOLD, ITALIC.
RUN_PROPERTIES = ("", "<w:rPr><w:b/></w:rPr>", "<w:rPr><w:i/></w:rPr>", "<w:rPr><w:b/><w:i/></w:rPr>")

# The style carries the meaning; the highlight stands in the run, for Word ignores it in a style.
OPEN_RUN = '<w:rPr><w:rStyle w:val="Offen"/><w:highlight w:val="yellow"/></w:rPr>'

_NOTABLE = re.compile("[&<>\n\t\r]| [0-9]")
# Sign and number stay on one line: § 2b, Abs. 3, FB 02.
_TIED = re.compile(r"(§|\b(?:Abs|Anl|Art|Buchst|Nr|Nrn|S)\.|\b(?:Absatz|Anlage|Artikel|FB|Amt|Nummer|Satz)) (?=[0-9])")
_CHARACTERS = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "\n": f"{CLOSE_T}{BREAK}{OPEN_T}",
        "\t": f"{CLOSE_T}<w:tab/>{OPEN_T}",
    }
)


def escape(text: str) -> str:
    """Return `text` fit for XML content and attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def words(text: str) -> str:
    """Return `text` as the inside of an open `w:t`: escaped, breaks and tabs as elements, „§ 2b“ held together."""
    if not _NOTABLE.search(text):  # as most are
        return text
    text = _TIED.sub("\\1\u00a0", text)
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CHARACTERS)


def properties(style: str = "", align: str = "") -> str:
    """Return the paragraph properties for a style id and an alignment, empty for the plain paragraph."""
    inside = f'<w:pStyle w:val="{style}"/>' if style else ""
    if align:
        inside += f'<w:jc w:val="{align}"/>'
    return f"<w:pPr>{inside}</w:pPr>" if inside else ""


def paragraph(runs: str, style: str = "", align: str = "") -> str:
    """Return one paragraph around finished runs."""
    return f"<w:p>{properties(style, align)}{runs}</w:p>"


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
