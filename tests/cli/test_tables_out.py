"""Tables leave the program as files that Excel opens as they are meant."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from cli.conftest import KEY, Ikz
from ikz_workflow.errors import InvalidInput
from ikz_workflow.exchange import workbook as exchange
from ikz_workflow.exchange.workbook import workbook

FORMULAS = ('=HYPERLINK("http://x";"y")', "+1+1", "-1", "@SUM(A1)")


def sheet_of(content: bytes, folder: Path) -> Worksheet:
    path = folder / "a.xlsx"
    path.write_bytes(content)
    return load_workbook(path).worksheets[0]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_never_a_formula_in_a_workbook(text: str, tmp_path: Path) -> None:
    cell = sheet_of(workbook("t", ["A"], [[text]]), tmp_path)["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_a_column_of_dates_gets_dates_and_a_text_that_looks_like_one_stays_text(tmp_path: Path) -> None:
    rows = [["2026-11-22", "2026-11-22", "01.02.2003", 7], ["2003", "kein Datum", "unbekannt", 8], ["", None, "", None]]
    sheet = sheet_of(workbook("t", ["am", "Text", "seit", "Zahl"], rows), tmp_path)
    assert [cell.value for cell in sheet[2]] == [datetime(2026, 11, 22), "2026-11-22", datetime(2003, 2, 1), 7]
    assert [cell.value for cell in sheet[3]] == ["2003", "kein Datum", "unbekannt", 8]
    assert [cell.value for cell in sheet[4]] == [None] * 4


def test_the_header_stays_in_sight_and_is_printed_on_every_page(tmp_path: Path) -> None:
    sheet = sheet_of(workbook("Liste: [a/b]", ["Nummer"], [["x"]]), tmp_path)
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.title) == ("A2", "$1:$1", "Liste   a b ")
    assert sheet["A1"].font.bold


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    text = sheet_of(workbook("t", ["A"], [["x" * 40_000]]), tmp_path)["A2"].value
    assert len(str(text)) == 32_767
    assert str(text).endswith("[gekürzt]")


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_ROWS", 1)
    with pytest.raises(InvalidInput, match="--format csv"):
        workbook("t", ["A"], [["1"], ["2"]])


def test_every_list_can_be_had_as_a_file(home: Ikz, tmp_path: Path) -> None:
    home("new", "=1+1", "--department", "FB 23")
    target = tmp_path / "liste.xlsx"
    assert "Geschrieben" in home("list", "--format", "xlsx", "--output", str(target)).stdout
    sheet = load_workbook(target).worksheets[0]
    assert [cell.value for cell in sheet[1]][:2] == ["Nummer", "Titel"]
    assert (sheet["A2"].value, sheet["B2"].value, sheet["B2"].data_type) == (KEY, "=1+1", "s")
    home("list", "--format", "csv", "--output", str(tmp_path / "l.csv"))
    lines = (tmp_path / "l.csv").read_text("utf-8-sig").splitlines()
    assert next(csv.DictReader(lines, delimiter=";"))["Titel"] == "'=1+1"
    home("list", "--format", "json", "--output", str(tmp_path / "l.json"))
    assert json.loads((tmp_path / "l.json").read_text("utf-8"))[0]["title"] == "=1+1"
    home("verify", "--format", "xlsx", "--output", str(target))
    assert load_workbook(target).worksheets[0]["A2"].value == "Einträge des Verlaufs"
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".ikz-")]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--format", "xlsx"), 2, "--output DATEI.xlsx"),
        (("--output", "a.txt"), 2, "für den Bildschirm"),
        (("--format", "xlsx", "--output", "gibt/es/nicht.xlsx"), 1, "lässt sich nicht schreiben"),
    ],
)
def test_a_file_that_cannot_be_is_told_in_a_sentence(
    home: Ikz, arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert words in " ".join(home("list", *arguments, code=code).stderr.split())
