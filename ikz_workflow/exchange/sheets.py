"""Read tables that people keep in Excel or as CSV: the header by name, every cell as text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.errors import InvalidInput, TableRefused, near, suggestion
from ikz_workflow.exchange.doctype import has_doctype
from ikz_workflow.language import gettext as _

MAX_UNPACKED = 100 * 2**20  # bytes of a workbook once unpacked
MAX_ROWS = 100_000  # more than all German municipalities; a file may claim millions in a few bytes
_MAX_COLUMNS = 200
_HEADER_WITHIN = 20  # rows
_DELIMITERS = ";\t,"
_FOLDS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Column(Struct, frozen=True):
    """A column looked for: its name for the program, its German label, other headings it may bear."""

    name: str
    label: str
    also: tuple[str, ...] = ()
    needed: bool = False


class Line(Struct, frozen=True):
    """One row below the header: its number as Excel counts, its filled cells by the name of their column."""

    number: int
    cells: dict[str, str]


class Table(Struct, frozen=True):
    """What was read: the rows, the place of each column, headings nobody asked for, cells that cannot be read."""

    lines: tuple[Line, ...]
    letters: dict[str, str]
    labels: dict[str, str]
    ignored: tuple[str, ...]
    faults: tuple[str, ...]

    def place(self, number: int, column: str) -> str:
        """Return where a cell stands, as a person finds it."""
        letter, label = self.letters.get(column, ""), self.labels.get(column, column)
        where = _("Zeile {number}, Spalte {letter} („{label}“)") if letter else _("Zeile {number}, „{label}“")
        return where.format(number=number, letter=letter, label=label)


class _Unreadable(str):
    """A cell that cannot be read; the text is the reason."""


_Row = tuple[int, list[str]]


_UNREADABLE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, SyntaxError),
    *(TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)  # whatever openpyxl and the unpacking say of a broken file


def folded(text: str) -> str:
    """Return a heading for comparison: small letters and digits only, umlauts spelt out."""
    small = unicodedata.normalize("NFC", text).casefold().translate(_FOLDS)
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", small))


def read_table(name: str, content: bytes, columns: Sequence[Column]) -> Table:
    """Return the table of a workbook or CSV file whose header is found by name in one of the first rows.

    CSV: `;`, `,` or tab; UTF-8, UTF-16 with its mark, or cp1252. TableRefused if no row is the header, InvalidInput
    if the file is no table.
    """
    names = {folded(text): column.name for column in columns for text in (column.name, column.label, *column.also)}
    best: tuple[int, list[_Row], int] = (0, [], 0)
    for rows in _sheets(name, content):
        for position, (_number, cells) in enumerate(rows[:_HEADER_WITHIN]):
            found = len({names[folded(cell)] for cell in cells if folded(cell) in names})
            if found > best[0]:
                best = (found, rows, position)
    known = [names[folded(cell)] for cell in (best[1][best[2]][1] if best[1] else []) if folded(cell) in names]
    missing = [column.label for column in columns if column.needed and column.name not in known]
    if missing:
        raise TableRefused(name, [_no_header(missing, best)])
    twice = sorted({one for one in known if known.count(one) > 1})
    if twice:
        labels = ", ".join(column.label for column in columns if column.name in twice)
        raise TableRefused(name, [_("Zwei Spalten haben dieselbe Bedeutung: {labels}.").format(labels=labels)])
    return _table(best[1], best[2], names, {column.name: column.label for column in columns})


def _no_header(missing: Sequence[str], best: tuple[int, list[_Row], int]) -> str:
    """Return what the header lacks, with the headings that come near."""
    text = _("Keine der ersten {n} Zeilen ist eine Kopfzeile mit: {labels}.")
    told = text.format(n=_HEADER_WITHIN, labels=", ".join(f"„{one}“" for one in missing))
    given = [cell for _number, cells in best[1][best[2] : best[2] + 1] for cell in cells if cell.strip()]
    close = [near(label, given) for label in missing]
    return told + suggestion([names[0] for names in close if names])


def _table(rows: list[_Row], position: int, names: Mapping[str, str], labels: dict[str, str]) -> Table:
    number, header = rows[position]
    places = {index: names[folded(cell)] for index, cell in enumerate(header) if folded(cell) in names}
    letters = {name: _letter(index) for index, name in places.items()}
    ignored = tuple(cell.strip() for index, cell in enumerate(header) if cell.strip() and index not in places)
    told = {name: header[index].strip() for index, name in places.items()}
    table = Table((), letters, {**labels, **told}, ignored, ())
    lines, faults = [], []
    for number, cells in rows[position + 1 :]:
        filled = {places[i]: cell for i, cell in enumerate(cells) if i in places and (cell.strip() or _bad(cell))}
        faults += [f"{table.place(number, column)}: {cell}" for column, cell in filled.items() if _bad(cell)]
        if filled:
            lines.append(Line(number, {column: cell.strip() for column, cell in filled.items() if not _bad(cell)}))
    return Table(tuple(lines), letters, table.labels, ignored, tuple(faults))


def _bad(cell: str) -> bool:
    return isinstance(cell, _Unreadable)


def _letter(index: int) -> str:
    """Return the letters of a column counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheets(name: str, content: bytes) -> Iterator[list[_Row]]:
    """Yield the rows of every sheet; a CSV file is read with each delimiter, the header tells which is right."""
    if content.startswith(b"PK"):
        yield from _workbook(name, content)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        why = _("Das ist eine alte (.xls) oder verschlüsselte Excel-Datei. Bitte ohne Kennwort als .xlsx speichern.")
        raise InvalidInput(_("Datei"), name, why)
    else:
        text = decoded(name, content)
        for delimiter in _DELIMITERS:
            yield list(_csv(name, text, delimiter))


def decoded(name: str, content: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without a mark), UTF-16 with its mark, or else cp1252."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidInput(_("Datei"), name, _("Das ist keine Tabelle. Möglich sind .xlsx und .csv."))


def _csv(name: str, text: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        for number, cells in enumerate(reader, start=1):
            _check_rows(name, number)
            if not (number == 1 and cells and cells[0].startswith("sep=")):  # a hint of Excel's for itself
                yield number, cells[:_MAX_COLUMNS]
    except csv.Error as error:
        why = _("Zeile {n} ist nicht lesbar ({why}).").format(n=reader.line_num, why=error)
        raise InvalidInput(_("Datei"), name, why) from None


def _check_rows(name: str, number: int) -> None:
    if number > MAX_ROWS:
        why = _("Die Tabelle hat mehr als {n} Zeilen. Bitte auch leere Zeilen unter den Daten löschen.")
        raise InvalidInput(_("Datei"), name, why.format(n=german.number(str(MAX_ROWS))))


def _workbook(name: str, content: bytes) -> Iterator[list[_Row]]:
    from openpyxl import load_workbook

    why = _("Die Arbeitsmappe ist nicht lesbar. Bitte in Excel öffnen und neu als .xlsx speichern.")
    try:
        _check_packed(name, content)
        with _quiet():
            values = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            formulas = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        for sheet in values.worksheets:
            with _quiet():
                rows = zip(_rows(sheet), _rows(formulas[sheet.title]), strict=False)
                read = [(number, list(map(_text, row, typed))) for number, row, typed in _counted(name, rows)]
            yield read
    except _UNREADABLE:
        raise InvalidInput(_("Datei"), name, why) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep openpyxl from printing, in English, what it leaves out of a workbook: pictures, styles, broken names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a sheet; what the sheet says of its own size is not believed."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_col=_MAX_COLUMNS)
    return rows


def _counted(name: str, rows: Iterator[tuple[Any, Any]]) -> Iterator[tuple[int, Any, Any]]:
    """Yield the rows that hold anything, with their numbers. InvalidInput where there are too many."""
    for number, (row, typed) in enumerate(rows, start=1):
        _check_rows(name, number)
        if any(cell.value is not None for cell in typed):
            yield number, row, typed


def _check_packed(name: str, content: bytes) -> None:
    """Refuse what would be too large unpacked, and parts with a document type, which Excel never writes."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
            why = _("Die Arbeitsmappe ist ausgepackt größer als {n} MiB.").format(n=MAX_UNPACKED // 2**20)
            raise InvalidInput(_("Datei"), name, why)
        for part in packed.namelist():
            if has_doctype(packed.read(part)):
                raise InvalidInput(_("Datei"), name, _("In der Arbeitsmappe steht eine Dokumenttyp-Angabe (DTD)."))


def _text(cell: Any, typed: Any) -> str:
    """Return a cell's value as text; a formula counts with its last result."""
    value = cell.value
    if typed.data_type == "f" and value is None:
        return _Unreadable(_("Die Formel hat kein gespeichertes Ergebnis; bitte als Wert einfügen."))
    if cell.data_type == "e":
        return _Unreadable(_("In der Zelle steht ein Fehler ({value}).").format(value=value))
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if isinstance(value, datetime | date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value).replace(".", ",")
    return "" if value is None else str(value)
