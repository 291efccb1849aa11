"""Today, board, list and calendar as their users meet them."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
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
    assert "suspend --until TT.MM.JJJJ" in refused


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


# ---------------------------------------------------------------------------------------------------------------- pages
YEAR = date.today().year


def test_a_list_that_is_cut_says_so_and_names_the_command_that_goes_on(home: Ikz) -> None:
    for title in ("Erstes", "Zweites", "Drittes", "Viertes"):
        home("new", title, "--department", "fb-23")
    whole = home("list").stdout
    assert "Viertes" in whole
    assert "Es folg" not in whole
    first = home("list", "--text", "es", "--department", "FB 23", "--limit", "2").stdout
    assert "Drittes" not in first
    told, _colon, command = first.splitlines()[-1].partition(": ")
    assert told == "Es folgen weitere"
    assert (
        command.endswith(f"list --department 'FB 23' --text es --limit 2 --start-after IKZ-{YEAR}-0002")
        or os.name == "nt"
    )
    second = home(*shlex.split(command)[3:]).stdout
    assert "Zweites" not in second
    assert "Viertes" in second
    assert "Es folg" not in second
    assert home("list", "--limit", "3").stdout.splitlines()[-1].startswith("Es folgt noch eines: ikz ")
    assert home("list", "--limit", "1").stdout.splitlines()[-1].startswith("Es folgen noch 3: ikz ")


def test_a_list_for_a_file_is_whole_unless_a_limit_is_asked_for(home: Ikz) -> None:
    for number in range(3):
        home("new", f"Vorhaben {number}", "--department", "fb-23")
    assert len(json.loads(home("list", "--format", "json").stdout)) == 3
    assert len(json.loads(home("list", "--format", "json", "--limit", "2").stdout)) == 2
    printed = home("list", "--format", "json").stdout
    assert printed == json.dumps(json.loads(printed), ensure_ascii=False, indent=2) + "\n"
    assert home("list", "--ended", "--format", "json").stdout == "[]\n"
    rest = json.loads(home("list", "--format", "json", "--start-after", f"IKZ-{YEAR}-0002").stdout)
    assert [one["key"] for one in rest] == [f"IKZ-{YEAR}-0003"]
    assert f"IKZ-{YEAR}-0009" in home("list", "--start-after", f"IKZ-{YEAR}-0009", code=3).stderr


def test_a_history_that_is_cut_says_so_and_goes_on_as_if_it_were_whole(home: Ikz) -> None:
    home("new", "Leitstelle", "--department", "fb-23")
    home("new", "Bauhof", "--department", "fb-23")
    key = f"IKZ-{YEAR}-0001"
    home("set", key, "summary=Erst so")
    home("note", f"IKZ-{YEAR}-0002", "dazwischen")
    home("set", key, "summary=Dann so")
    whole = json.loads(home("history", "--format", "json").stdout)
    pages, after = [], 0
    while page := json.loads(home("history", "--format", "json", "--limit", "7", "--start-after", str(after)).stdout):
        pages += page
        after = page[-1]["seq"]
    assert pages == whole
    assert whole[-1]["changes"][0]["before"] == "Erst so"
    last = len(whole)
    told, _colon, command = home("history", "--limit", "2").stdout.splitlines()[-1].partition(": ")
    assert told == f"Es folgen noch {last - 2}"
    assert command.endswith("history --limit 2 --start-after 2")
    told, _colon, command = home("history", key, "--limit", "2").stdout.splitlines()[-1].partition(": ")
    assert told == "Es folgt noch einer"
    rest = home(*shlex.split(command)[3:]).stdout
    assert "Dann so" in rest
    assert "angelegt" not in rest
    year = ("--happened", str(YEAR), "--limit", "1")
    assert home("history", *year).stdout.splitlines()[-1].startswith("Es folgen weitere: ")
    assert "Nichts gefunden" in home("history", "--happened", "1999").stdout


def test_the_most_urgent_are_shown_and_all_are_counted(desk: Ikz) -> None:
    for title in ("Drittes", "Viertes"):
        desk("new", title, "--department", "fb-23")
    everything = ("today", "--all", "--days", "3000")
    whole = json.loads(desk(*everything, "--format", "json").stdout)
    assert len(whole) > 3
    assert json.loads(desk(*everything, "--format", "json", "--limit", "2").stdout) == whole[:2]
    shown = desk(*everything, "--limit", "2").stdout
    soon = sum(one["urgency"] == "soon" for one in whole)
    assert f"Bald fällig (in 3000 Tagen): {soon}" in shown
    assert f"Es folgen noch {len(whole) - 2}: " in shown
    assert "today --all --days 3000 --limit 0" in shown


def test_where_nothing_is_recorded_yet_every_stage_and_workflow_finds_nothing(home: Ikz) -> None:
    for option in (("--stage", "Idee"), ("--workflow", "kooperation")):
        assert "Nichts gefunden" in home("list", *option).stdout
    home("new", "Leitstelle", "--department", "I/01", "--workflow", "nacherfassung")
    assert "Nichts gefunden" in home("list", "--workflow", "kooperation").stdout  # no proposal follows it yet
    assert "Nichts gefunden" in home("list", "--stage", "Handlungsleitfaden erarbeitet").stdout
    refused = home("list", "--workflow", "koperation", code=2).stderr
    assert "kooperation" in refused
    assert "nacherfassung" in refused
    assert "--stage: „Quatsch“ geht nicht" in home("list", "--stage", "Quatsch", code=2).stderr
    refused = home("document", "create", f"IKZ-{YEAR}-0001", "guideline", code=3).stderr
    assert "hat keine Dokumente" in refused


def test_a_board_that_is_cut_counts_all_and_names_the_command_for_the_rest(home: Ikz) -> None:
    for number in range(3):
        home("new", f"Vorhaben {number}", "--department", "fb-23")
    shown = home("board", "--limit", "2").stdout
    assert "Idee (3)" in shown
    assert "Vorhaben 2" not in shown
    assert "und 1 mehr: ikz" in " ".join(shown.split())
    assert "Vorhaben 2" in home("board").stdout
    chosen = " ".join(home("board", "--limit", "1", "--department", "fb-23", "--open").stdout.split())
    assert "list --stage idea --department fb-23 --open" in chosen
    assert "--limit" not in chosen
