"""Today, board, list and calendar as their users meet them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest

from .conftest import Ikz, data

OLD = (date.today() - timedelta(days=365)).isoformat()
LATER = (date.today() + timedelta(days=5)).isoformat()


@pytest.fixture
def desk(home: Ikz) -> Ikz:
    """A home with one proposal long overdue and one that rests for five days more."""
    home("new", '=Bauhof; mit "Börde"', "--department", "FB 23", "--on", OLD)
    home("new", "Musikschule", "--department", "FB 02")
    key = data(home("list", "--format", "json"))[1]["key"]
    home("advance", key, "suspend", "--until", LATER, "--note", "Ferien")
    return home


def test_today_fits_80_columns_marks_what_is_overdue_and_names_the_review(desk: Ikz) -> None:
    told = desk("today", COLUMNS="80", NO_COLOR="1").stdout
    assert "Überfällig: 1\n! IKZ-" in told
    assert "Tagen überfällig: Handlungsleitfaden erarbeiten" in told
    assert "Bald fällig (in 14 Tagen): 1\n  IKZ-" in told
    assert "noch 5 Tage: Wiedervorlage" in told
    assert all(len(line) <= 80 for line in told.splitlines() if "ikz --home" not in line)
    assert "Nichts." in desk("today", "--department", "I/01").stdout
    key = data(desk("list", "--format", "json"))[1]["key"]
    german = ".".join(reversed(LATER.split("-")))
    assert f"Wiedervorlage: {german}" in desk("show", key).stdout
    assert f"Bis {german}: Wiedervorlage" in desk("status", key).stdout
    refused = desk("advance", data(desk("list", "--format", "json"))[0]["key"], "suspend", "--note", "x", code=4).stderr
    assert "Wiedervorlage" in refused
    assert "suspend --until JJJJ-MM-TT" in refused


def test_the_board_stands_side_by_side_where_there_is_room_and_in_sections_where_not(desk: Ikz) -> None:
    wide, narrow = (desk("board", COLUMNS=width, NO_COLOR="1").stdout for width in ("120", "36"))
    assert "2 Vorhaben, überfällig: 1" in wide
    for told in (wide, narrow):
        assert "Idee (2)" in told
        assert "! IKZ-" in told
        assert "Leer: " in told
    key = data(desk("list", "--format", "json"))[0]["key"]
    desk("advance", key, "fail", "--reason", "no-result", "--note", "x")
    columns = next(line for line in desk("board", COLUMNS="120").stdout.splitlines() if "Idee (1)" in line)
    assert "Beendet (1)" in columns
    assert "Beendet" not in desk("board", "--open", COLUMNS="120").stdout.split("Leer:")[0]
    assert data(desk("board", "--format", "json"))[0]["columns"][0]["lines"][0]["title"] == "Musikschule"


def test_tasks_and_list_come_as_json_csv_that_excel_takes_for_text_and_calendar(desk: Ikz, tmp_path: Path) -> None:
    tasks = data(desk("today", "--format", "json"))
    assert [(task["urgency"], task["kind"]) for task in tasks] == [("overdue", "stage"), ("soon", "review")]
    for command in ("today", "list", "board"):
        written = desk(command, "--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";"))
        assert rows[0]["Titel"] == '\'=Bauhof; mit "Börde"'
    assert desk("list", "--text", "boerde", "--overdue", "--format", "csv").stdout.count("\n") == 2
    assert data(desk("list", "--ended", "--format", "json")) == []

    path = tmp_path / "fristen.ics"
    assert "2 Einträge" in desk("calendar", str(path)).stdout
    events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert {event.decoded("dtstart") for event in events} >= {date.fromisoformat(LATER)}
    assert any(str(event["summary"]).endswith('– =Bauhof; mit "Börde"') for event in events)
    assert ".ics" in desk("calendar", str(tmp_path / "fristen.txt"), code=2).stderr
