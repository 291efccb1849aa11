"""Write rows as an Excel workbook in which text stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | None

MAX_ROWS = 1_048_575  # what one sheet holds below its header
_MAX_TEXT = 32_767  # characters in one cell
_WIDEST = 60
_HEAD_COLOUR = "1F3864"
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_TIMES = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", re.DOTALL)
_PARTIAL = re.compile(r"\d{4}(-\d{2})?|(\d{2}\.)?\d{4}|unbekannt", re.ASCII)


def workbook(title: str, labels: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """Return a workbook of one sheet: a header that stays in sight, then the rows.

    A column whose values are all dates (some of them whole ones) gets real dates; every other text is a text cell,
    whatever it begins with. InvalidInput if a sheet cannot hold the rows.
    """
    from openpyxl import Workbook

    if len(rows) > MAX_ROWS:
        why = _("Ein Tabellenblatt fasst {limit} Zeilen, es wären {count}. Bitte --format csv nehmen.")
        raise InvalidInput("--format", "xlsx", why.format(limit=MAX_ROWS, count=len(rows)))
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "ikz"
    dated = [_is_dated([row[column] for row in rows]) for column in range(len(labels))]
    for row_number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            _fill(cell_of(sheet, row_number, column), value, is_date=dated[column - 1])
    head(sheet, 1, labels)
    for column, label in enumerate(labels, start=1):
        texts = [label, *(str(row[column - 1] or "") for row in rows)]
        longest = max(len(line) for text in texts for line in text.split("\n"))
        sheet.column_dimensions[letter(column)].width = min(_WIDEST, longest + 3)
    sheet.auto_filter.ref = f"A1:{letter(max(1, len(labels)))}{len(rows) + 1}"
    return saved(book)


def head(sheet: Worksheet, row: int, labels: Sequence[str]) -> None:
    """Write a header row, keep it in sight and on every printed page."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.properties import PageSetupProperties

    for column, label in enumerate(labels, start=1):
        cell = cell_of(sheet, row, column)
        put_text(cell, label)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_HEAD_COLOUR)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.freeze_panes = f"A{row + 1}"
    sheet.print_title_rows = f"{row}:{row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    cast(Any, sheet.oddFooter).right.text = _("Seite &P von &N")


def put_text(cell: Cell, text: str) -> None:
    """Set a cell to text that no spreadsheet takes for a formula, not even when it is edited."""
    mark = _(" [gekürzt]")
    cell.value = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - len(mark)] + mark
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook; the same cells give the same bytes."""
    from openpyxl.writer.excel import ExcelWriter

    target = BytesIO()
    book.properties.creator = "ikz"
    with _Package(target, "w") as package:
        ExcelWriter(book, package).save()
    return target.getvalue()


class _Package(ZipFile):
    """A package in which nothing depends on the clock or the system that wrote it."""

    def writestr(self, zinfo_or_arcname: str | ZipInfo, data: Any, *_how: Any, **_more: Any) -> None:
        """Add a part."""
        name = zinfo_or_arcname
        part = ZipInfo(name if isinstance(name, str) else name.filename)
        part.compress_type, part.create_system, part.external_attr = ZIP_DEFLATED, 0, 0o600 << 16
        content = data.encode() if isinstance(data, str) else data
        super().writestr(part, _TIMES.sub(b"", content) if part.filename == "docProps/core.xml" else content)

    def write(self, filename: Any, arcname: Any = None, *_how: Any, **_more: Any) -> None:
        """Add a part that openpyxl wrote into a file."""
        self.writestr(str(arcname), Path(filename).read_bytes())


def cell_of(sheet: Worksheet, row: int, column: int) -> Cell:
    """Return the cell at a row and column, both counted from 1."""
    return cast("Cell", sheet.cell(row, column))


def letter(column: int) -> str:
    """Return the letters of a column counted from 1, such as `C`."""
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)


def _fill(cell: Cell, value: Value, *, is_date: bool) -> None:
    from openpyxl.styles import Alignment

    day = _day(value) if is_date and isinstance(value, str) else None
    if day is not None:
        cell.value, cell.number_format = day, "DD.MM.YYYY"
    elif isinstance(value, str) and value:
        put_text(cell, value)
    elif value != "":
        cell.value = value
    cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str) and len(value) > _WIDEST)


def _is_dated(values: Sequence[Value]) -> bool:
    """Tell whether a column holds dates only, at least one of them a whole one."""
    given = [value for value in values if value not in (None, "")]
    days = [isinstance(value, str) and _day(value) is not None for value in given]
    partial = [isinstance(value, str) and bool(_PARTIAL.fullmatch(value)) for value in given]
    return any(days) and all(day or part for day, part in zip(days, partial, strict=True))


def _day(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year >= 1900 else None  # Excel's calendar begins there
