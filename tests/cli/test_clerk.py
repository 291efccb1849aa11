"""What a clerk stumbles over at her desk: every answer tells what it changed, and nothing of hers is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Ikz, data
from .test_commands import filled


@pytest.fixture
def voted(home: Ikz) -> tuple[Ikz, str]:
    """A home with a proposal on whose text a council has voted."""
    home("new", "Gemeinsamer Bauhof", "--department", "FB 23", "--topic", "depots-and-winter-service")
    key = data(home("list", "--format", "json"))[0]["key"]
    home("set", key, "direction=interkommunal", "legal-form=mandating-agreement")
    home("party", "add", key, "landkreis-boerde", "--standing", "joined")
    home("document", "create", key, "agreement")
    home("decide", key, "council", "landkreis-boerde", "adopted")
    return home, key


def test_another_legal_form_says_at_once_which_texts_and_votes_it_ends(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    told = home("set", key, "legal-form=Zweckverband").stdout
    lost = told.partition("Damit gelten nicht mehr:")[2]
    assert "Zweckvereinbarung, Fassung 1" in lost
    assert "Kreistag – Landkreis Börde" in lost
    assert "Damit gelten nicht mehr:" in home("history", key).stdout
    assert "gilt nicht mehr" in home("gates", key).stdout
    assert "Damit gelten" not in home("note", key, "Danach.").stdout


def test_the_history_calls_a_legal_form_as_the_law_of_today_does(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    assert "Rechtsform: Mandatierende Zweckvereinbarung" in home("history", key).stdout


def test_the_history_tells_fields_in_the_order_of_the_procedure(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    home("set", key, "goals=Z", "occasion=A", "summary=K")
    told = home("history", key).stdout
    assert told.index("Kurzbeschreibung:") < told.index("Anlass und") < told.index("Ziele:")


def test_a_report_can_be_read_as_it_stood_and_a_span_narrows_it(voted: tuple[Ikz, str], tmp_path: Path) -> None:
    home, _key = voted
    day = data(home("history", "--format", "json"))[0]["at"][:10]
    home("report", day[:4], "--at", day, "--output", str(tmp_path / "bericht.docx"))
    assert "1 Vorhaben" in home("report", "failures", "--at", day).stdout
    assert "0 von 0" in home("report", "failures", "--happened", "2003..2005").stdout
    assert home("report", "failures", "--at", "2001-01-01", code=2).stderr.startswith("--at:")
    assert "Nichts gefunden" in home("board", "--happened", "2003").stdout
    assert "Bauhof" in home("board", "--happened", f"{day[:4]}..").stdout


def test_the_legal_questions_come_as_data_too(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    home("check", key, "vat", "met", "--evidence", "Vermerk")
    found = {one["check"]: one for one in data(home("check", key, "--format", "json"))}
    assert (found["vat"]["result"], found["vat"]["evidence"], found["it"]["result"]) == ("met", "Vermerk", None)
    assert "Umsatzsteuer;erfüllt;Vermerk" in home("check", key, "--format", "csv").stdout


def test_a_form_that_somebody_has_filled_in_is_not_overwritten(home: Ikz, tmp_path: Path) -> None:
    form = tmp_path / "abfrage.xlsx"
    home("export", "survey-form", str(form))
    form.write_bytes(b"ausgefuellt")
    assert "bleibt stehen" in home("export", "survey-form", str(form), code=2).stderr
    assert form.read_bytes() == b"ausgefuellt"


def test_only_reasons_that_fit_the_ending_are_offered(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    told = home("advance", key, "fail", "--reason", "GRUND", code=2).stderr
    assert "no-result (Kein Ergebnis)" in told
    assert "completed" not in told


def test_an_inquiry_rests_only_until_a_day_too(home: Ikz) -> None:
    home("new", "Anfrage", "--department", "FB 23", "--workflow", "eingang")
    key = data(home("list", "--format", "json"))[0]["key"]
    assert "Wiedervorlage" in home("advance", key, "suspend", "--note", "x", code=4).stderr


def test_a_number_that_is_no_choice_is_answered_in_the_words_of_the_question(home: Ikz, tmp_path: Path) -> None:
    home("new", "Bauhof", "--department", "FB 23")
    key = data(home("list", "--format", "json"))[0]["key"]
    told = filled(key, tmp_path / "home", b"5\n.\n", "--field", "task-kind")
    assert "Art der Aufgabe: „5“ geht nicht. Bitte eine Nummer von 1 bis 3 eingeben." in " ".join(told.split())


def test_a_faulty_title_is_one_fault_and_an_unknown_direction_is_named_once(home: Ikz, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"Titel;OE\r\nA\x01B;FB 01\r\n")
    assert "ein Fehler" in home("import", "survey", str(tmp_path / "a.csv"), code=2).stderr
    assert "Möglich ist: interkommunal, intrakommunal, vertikal." in home("list", "--direction", "x", code=2).stderr


def test_words_and_short_names_stay_whole_in_a_table_of_80_columns(home: Ikz) -> None:
    told = home("topic", "list", COLUMNS="80", NO_COLOR="1").stdout
    assert "Ordnungswidrigkeitsverfahren" in told
    assert " FB 23 " in told


def test_no_list_of_commands_cuts_what_a_command_does(home: Ikz) -> None:
    for group in ("report", "person", "workflow", "organisation"):
        assert "..." not in home(group, "--help", COLUMNS="80").stdout


def test_a_long_legal_basis_is_wrapped_and_a_command_is_not(voted: tuple[Ikz, str]) -> None:
    home, key = voted
    told = home("status", key, COLUMNS="80", NO_COLOR="1").stdout
    assert all(len(line) <= 80 or "ikz --home" in line for line in told.splitlines())


def test_fields_and_transitions_are_known_by_their_labels_too(home: Ikz) -> None:
    home("new", "Bauhof", "--department", "FB 23")
    key = data(home("list", "--format", "json"))[0]["key"]
    home("set", key, "Ziele=Weniger Leerstand")
    assert data(home("show", key, "--format", "json"))["fields"]["goals"]["value"] == "Weniger Leerstand"
    home("advance", key, "ruhen lassen", "--until", "2099-03-01", "--note", "x")
    assert data(home("show", key, "--format", "json"))["suspended"]
    assert "Meinten Sie „goals“" in home("set", key, "gaols=x", code=3).stderr


def test_a_text_of_a_megabyte_goes_from_a_file_into_the_word_file_literally(home: Ikz, tmp_path: Path) -> None:
    home("new", "Bauhof", "--department", "FB 23")
    key = data(home("list", "--format", "json"))[0]["key"]
    line = "Ü🙂 <b>{{ x }}</b> # | * & [a](b) _c_ " * 10
    (tmp_path / "lang.txt").write_text((line.strip() + "\n") * 2_700, encoding="utf-8")
    assert (tmp_path / "lang.txt").stat().st_size > 1_000_000
    home("set", key, f"occasion=@{tmp_path / 'lang.txt'}")
    home("document", "create", key, "guideline")
    told = home("document", "show", key, "guideline", "--format", "json").stdout
    assert told.count("Ü🙂 <b>{{ x }}</b> # | * & [a](b) _c_") == 27_000
    (tmp_path / "lang.txt").write_bytes(b"x" * 5_000_000)
    assert "größer als 4,0 MiB" in home("set", key, f"occasion=@{tmp_path / 'lang.txt'}", code=2).stderr
