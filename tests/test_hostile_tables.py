"""A table from outside may claim anything; it is read or refused in a sentence, in little time and memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from ikz_workflow.errors import InvalidInput, TableRefused
from ikz_workflow.exchange import sheets
from ikz_workflow.exchange.survey_form import COLUMNS

SHEET = "xl/worksheets/sheet1.xml"
DTD = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (["Titel", "OE"], ["Bauhof", "FB 23"], ["Leitstelle", "FB 37"]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def titles(content: bytes, name: str = "antworten.xlsx") -> list[str]:
    return [line.cells["title"] for line in sheets.read_table(name, content, COLUMNS).lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_a_workbook_with_a_document_type_is_refused_in_whatever_encoding(part: str, encoding: str) -> None:
    def declared(xml: bytes) -> bytes:
        text = xml.decode()
        text = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
        return f'<?xml version="1.0" encoding="{encoding}"?><!-- {"x" * 100_000} -->{DTD}{text}'.encode(encoding)

    with pytest.raises(InvalidInput, match="DTD"):
        titles(with_part(part, declared))


@pytest.mark.parametrize("row", [b"1048576", b"99999999999999"])
def test_a_row_that_claims_to_stand_far_below_is_refused(row: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 1_000)  # the true limit takes two seconds to reach
    with pytest.raises(InvalidInput, match="mehr als"):
        titles(with_part(SHEET, lambda xml: xml.replace(b'<row r="3"', b'<row r="%s"' % row)))


def test_a_workbook_that_lies_about_its_size_loses_no_row() -> None:
    for claimed in (b"A1:B1", b"A1:XFD1048576", b"A1"):
        lied = with_part(SHEET, lambda xml, claimed=claimed: xml.replace(b'ref="A1:B3"', b'ref="%s"' % claimed))  # type: ignore[misc]
        assert titles(lied) == ["Bauhof", "Leitstelle"]


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 2**20)
    with pytest.raises(InvalidInput, match="ausgepackt größer"):
        titles(with_part("docProps/app.xml", lambda xml: xml + b" " * 2**20))


def test_millions_of_empty_lines_are_refused() -> None:
    with pytest.raises(InvalidInput, match="mehr als"):
        titles(b"Titel;OE\n" + b"\n" * sheets.MAX_ROWS, "antworten.csv")


def test_a_line_of_millions_of_cells_is_read_as_far_as_a_table_goes() -> None:
    assert titles(b"Titel;OE\nBauhof;FB 23" + b";" * 100_000, "antworten.csv") == ["Bauhof"]


@pytest.mark.parametrize(
    "content",
    [b"PK", b"PK\x03\x04" + b"\0" * 60, workbook()[:-30], b"PK\x05\x06" + b"\0" * 18, b"\xff\xfe\x00", b"\x00"],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises((InvalidInput, TableRefused)):
        titles(content)
