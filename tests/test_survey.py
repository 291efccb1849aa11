"""The departments' answers become proposals: all of them, once, or none."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from homes import BOERDE, head_of, proposal_of
from openpyxl import Workbook, load_workbook

from ikz_workflow.errors import InvalidInput, RoleRequired, TableRefused
from ikz_workflow.exchange.workbook import workbook
from ikz_workflow.services import audit, proposals, survey, timeline
from ikz_workflow.services.home import Home

HEADER = ["Titel", "OE", "Thema", "Mögliche Partner", "Schon angesprochen?", "Kurzbeschreibung", "Nutzen",
          "Ansprechpartner/in", "Hemmnisse"]  # fmt: skip
FULL = ["Fuhrpark für alle", "FB 23", "Vergabewesen", "Landkreis Börde; Landkreis Stendal", "ja",
        "Fahrzeuge teilen\nund warten", "Weniger Stillstand", "Frau Größe",
        "Kirchturmdenken; parochialism"]  # fmt: skip
BARE = ["Telefonie", "umweltamt", "", "Landkreis Jerichower Land", "nein", "", "", "", ""]


def csv(folder: Path, *rows: list[str], encoding: str = "utf-8-sig", delimiter: str = ";") -> Path:
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = folder / "antworten.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ";"), ("cp1252", ";"), ("utf-8", ","), ("utf-16", "\t")]
)
def test_answers_become_proposals_with_all_they_say(home: Home, tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = csv(tmp_path, ["Abfrage 2026"], HEADER, FULL, BARE, encoding=encoding, delimiter=delimiter)
    done = survey.take_over(home, path, on="2026-10")
    assert [title for _key, title in done.new] == ["Fuhrpark für alle", "Telefonie"]
    seen = proposals.view(home, done.new[0][0])
    proposal = seen.proposal
    assert (proposal.department, proposal.topic, proposal.stage_on) == ("fb-23", "procurement", "2026-10")
    assert seen.text(str(proposal.fields["summary"])) == "Fahrzeuge teilen\nund warten"
    assert [(one.organisation, one.standing) for one in proposal.parties] == [
        (BOERDE, "approached"), ("landkreis-stendal", "approached")
    ]  # fmt: skip
    assert [one.kind for one in proposal.obstacles] == ["parochialism"]
    first = timeline.history(home, proposal.key)[0]
    assert "aus der Abfrage übernommen" in first.sentence
    assert "Frau Größe" in first.note
    bare = proposals.view(home, done.new[1][0])
    assert not bare.proposal.parties, "who was not approached is no party yet"
    assert "Landkreis Jerichower Land" in bare.text(str(bare.proposal.fields["partner-analysis"]))
    audit.verify(home)


def test_importing_twice_makes_no_doubles_and_a_new_row_is_taken(home: Home, tmp_path: Path) -> None:
    [key, _bare] = [key for key, _title in survey.take_over(home, csv(tmp_path, HEADER, FULL, BARE)).new]
    head = head_of(home)
    again = survey.take_over(home, csv(tmp_path, HEADER, ["fuhrpark  FÜR alle", *FULL[1:]], BARE))
    assert (again.new, len(again.known), head_of(home)) == ((), 2, head)
    other = survey.take_over(home, csv(tmp_path, HEADER, FULL, [FULL[0], "FB 02", *FULL[2:]]))
    assert (len(other.new), other.known) == (1, (key,)), "the same title of another department is another answer"
    stored = proposal_of(home, key)
    assert "fingerprint" not in repr(stored)


def test_a_survey_with_five_faults_reports_five_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    head = head_of(home)
    rows = [
        ["", "FB 23", "", "", "", "", "", "", ""],
        ["A", "FB 99", "Vergabewesn", "", "", "", "", "", ""],
        ["B", "FB 23", "", "LK Börde", "vielleicht", "", "", "", ""],
    ]
    with pytest.raises(TableRefused) as caught:
        survey.take_over(home, csv(tmp_path, HEADER, FULL, *rows))
    places = ["Zeile 3, Spalte A", "Zeile 4, Spalte C", "Zeile 4, Spalte B", "Zeile 5, Spalte D", "Zeile 5, Spalte E"]
    assert [fault.split(" („")[0] for fault in caught.value.faults] == places
    assert "Meinten Sie „Vergabewesen“" in str(caught.value)
    assert "5 Fehler; nichts wurde übernommen" in str(caught.value)
    assert head_of(home) == head


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([HEADER], "kein Vorschlag"),
        ([["Was", "OE"], ["A", "FB 23"]], "„Titel“"),
        ([HEADER, FULL, FULL], "steht schon in Zeile 2"),
        ([HEADER, ["A", "", *BARE[2:]]], "--department"),
        ([HEADER, ["A", "FB 23", "", "", "ja", "", "", "", ""]], "Partner fehlen"),
        ([HEADER, ["A\u202e", "FB 23", *BARE[2:]]], "unsichtbare Zeichen"),
    ],
)
def test_what_cannot_be_taken_over_is_told(home: Home, tmp_path: Path, rows: list[list[str]], words: str) -> None:
    with pytest.raises(TableRefused, match=words):
        survey.take_over(home, csv(tmp_path, *rows))


def test_a_formula_counts_with_its_result_or_is_refused(home: Home, tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].append(["=1+1", "FB 23"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(TableRefused, match=r"Zeile 2, Spalte A.*Formel"):
        survey.take_over(home, tmp_path / "a.xlsx")


def test_a_dry_run_and_a_reader_write_nothing(home: Home, tmp_path: Path) -> None:
    path, head = csv(tmp_path, HEADER, FULL), head_of(home)
    assert len(survey.take_over(home, path, dry_run=True).new) == 1
    with pytest.raises(RoleRequired):
        survey.take_over(home.acting_as("gast"), path)
    with pytest.raises(InvalidInput):
        survey.take_over(home, path, on="morgen")
    assert head_of(home) == head


def test_the_same_form_and_the_same_list_are_the_same_bytes_whenever_and_wherever_they_are_written(home: Home) -> None:
    def written() -> tuple[bytes, bytes]:
        return survey.blank_form(home), workbook("Liste", ["Titel", "Tag"], [["Ä", "01.02.2026"], ["=1", ""]])

    first = written()
    assert written() == first
    for content in first:
        with ZipFile(io.BytesIO(content)) as package:
            parts = {(one.date_time, one.create_system, one.external_attr) for one in package.infolist()}
            assert parts == {((1980, 1, 1, 0, 0, 0), 0, 0o600 << 16)}
            assert b"created" not in package.read("docProps/core.xml")
            assert b"modified" not in package.read("docProps/core.xml")


def test_the_blank_form_filled_in_comes_back_as_proposals(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "formular.xlsx"
    path.write_bytes(survey.blank_form(home))
    with pytest.raises(TableRefused, match="kein Vorschlag"):
        survey.take_over(home, path)
    book = load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A8"
    assert len(sheet.data_validations.dataValidation) == 4
    lists = {str(cell.value) for column in book["Listen"].iter_cols() for cell in column}
    assert {"FB 23", "Vergabewesen", "ja", "Kirchturmdenken"} <= lists
    for column, text in enumerate(FULL, start=1):
        sheet.cell(9, column).value = text
    sheet.cell(8, 1).value, sheet.cell(8, 2).value = "Nur ein Titel", "Amt 30"
    book.save(path)
    assert [title for _key, title in survey.take_over(home, path).new] == ["Nur ein Titel", "Fuhrpark für alle"]
    audit.verify(home)
