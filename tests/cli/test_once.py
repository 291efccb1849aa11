"""Repeat a command after a crash: what it says, and with which exit code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ikz_workflow.cli import app

from .conftest import KEY, Ikz, Typed

WORD = "5e0b-1f9c"


def test_a_command_that_is_repeated_answers_as_if_it_had_just_succeeded(
    home: Ikz, tmp_path: Path, typed: Typed
) -> None:
    def ikz(line: str) -> tuple[int, str]:
        return typed(tmp_path / "home", line)

    new = f'ikz new Bauhof --department "FB 23" --once {WORD}'
    assert ikz(new)[0] == 0
    code, said = ikz(new)
    assert code == 0
    first = rf"{KEY}: bereits festgehalten: Eintrag \d+ vom \d\d\.\d\d\.\d{{4}}, \d\d:\d\d Uhr\.\n  .*Bauhof.*\n"
    assert re.fullmatch(first, said)

    for line in (
        f"ikz set {KEY} summary=Hof --once {WORD}",
        f"ikz note {KEY} Anruf --once {WORD}",
        f"ikz advance {KEY} suspend --note x --until 01.03.2027 --once {WORD}",
        f"ikz advance {KEY} resume --note x --once {WORD}2",
        f'ikz topic add neu "Neues" --once {WORD}',
    ):
        first, second = ikz(line), ikz(line)
        assert (first[0], second[0]) == (0, 0)
        assert "bereits festgehalten" not in first[1]
        assert "bereits festgehalten: Eintrag" in second[1]
    said = ikz(f"ikz history {KEY}")[1]
    assert said.count("Anruf") == 1
    assert "unversehrt" in ikz("ikz verify")[1]


def test_a_word_given_again_for_something_else_is_refused_with_what_it_was_given_for(
    home: Ikz, tmp_path: Path, typed: Typed
) -> None:
    def ikz(line: str) -> tuple[int, str]:
        return typed(tmp_path / "home", line)

    file = tmp_path / "text.txt"
    file.write_text("Ein Hof")
    lines = (
        ('ikz new Bauhof --department "FB 23"', 'ikz new Bauhof --department "FB 02"', "Bauhof"),
        (f"ikz note {KEY} Anruf", f"ikz note {KEY} Absage", "Notiz. Anruf"),
        (f"ikz note {KEY} Anruf --on 2025", f"ikz note {KEY} Anruf --on 2024", "Notiz. Anruf"),
        (f"ikz advance {KEY} suspend --note x --until 01.03.2099", f"ikz advance {KEY} resume", "Ruhen lassen"),
        ("ikz topic add neu Neues", "ikz topic add neu Altes", "topic/neu"),
    )
    for number, (line, other, told) in enumerate(lines):
        assert ikz(f"{line} --once {WORD}{number}")[0] == 0
        code, said = ikz(f"{other} --once {WORD}{number}")
        assert code == 2
        assert f"--once: „{WORD}{number}“ geht nicht. Mit diesem Zeichen wurde etwas anderes festgehalten" in said
        assert f"{told}" in said
        code, said = ikz(f"{line} --once {WORD}{number}")
        assert code == 0
        assert "bereits festgehalten" in said
    line = f"ikz set {KEY} summary=@{file} --once {WORD}"
    assert [ikz(line)[0], ikz(line)[0]] == [0, 0]
    file.write_text("Zwei Höfe")
    assert ikz(line)[0] == 2, "a file counts by what it holds"
    assert ikz(f"ikz note {KEY} Anruf --once {WORD}1 --expect 1")[0] == 0, "how it is asked is not what is asked for"
    for missing, code in (("nicht-da.txt", 3), ("x" * 5000, 2), ("../" * 2000, 2)):
        assert ikz(f"ikz set {KEY} goals=@{missing} --once {WORD}")[0] == code, (
            "a file that cannot be read is told as ever"
        )
    assert "unversehrt" in ikz("ikz verify")[1]


def test_a_document_that_was_recorded_but_not_written_is_written_by_the_repeated_command(
    home: Ikz, tmp_path: Path, typed: Typed
) -> None:
    place = tmp_path / "home"
    typed(place, 'ikz new Bauhof --department "FB 23"')
    line = f"ikz document create {KEY} guideline --output {tmp_path} --once {WORD}"
    assert typed(place, line)[0] == 0
    [file] = tmp_path.glob("*.docx")
    content = file.read_bytes()
    file.unlink()
    code, said = typed(place, line)
    assert (code, file.read_bytes()) == (0, content)
    assert "Fassung 1 ist aktuell" in said
    assert typed(place, f"ikz document create --all guideline --once {WORD}")[0] == 2
    assert typed(place, "ikz document create --all guideline --expect 1")[0] == 2


@pytest.mark.parametrize("word", ["kurz", "mit Leerzeichen", "Ümlaute-sind-keine", "x" * 101, ""])
def test_what_is_no_word_for_it_is_refused(home: Ikz, tmp_path: Path, typed: Typed, word: str) -> None:
    code, said = typed(tmp_path / "home", f'ikz note {KEY} x --once "{word}"')
    assert code == 2
    assert "Buchstaben" in said


def test_a_version_that_is_no_more_is_told_with_what_happened_since(home: Ikz, tmp_path: Path, typed: Typed) -> None:
    place = tmp_path / "home"
    typed(place, 'ikz new Bauhof --department "FB 23"')
    typed(place, f"ikz note {KEY} Anruf --expect 1")
    code, said = typed(place, f"ikz set {KEY} summary=Hof --expect 1")
    assert code == 5
    assert "Stand 2 statt 1" in said
    assert "Stand 2: Notiz" in said
    assert typed(place, f"ikz set {KEY} summary=Hof --expect 2")[0] == 0
    assert typed(place, f"ikz advance {KEY} --dry-run --expect 2")[0] == 5


def test_every_command_that_records_about_a_proposal_takes_both(tmp_path: Path, typed: Typed) -> None:
    """A command with `--on` records; what names a proposal's number is about one."""
    typed(tmp_path, "ikz --version")  # whoever ran once has declared all

    def all_commands(group: object, name: str = "") -> list[tuple[str, set[str], set[str | None]]]:
        found = []
        for word, command in getattr(group, "commands", {}).items():
            options = {option for one in command.params for option in one.opts}
            found.append((f"{name} {word}".strip(), options, {one.metavar for one in command.params}))
            found += all_commands(command, f"{name} {word}".strip())
        return found

    for name, options, arguments in all_commands(app.cli):
        if "--on" in options and name != "import survey":
            assert "--once" in options, name
            about_one = arguments & {"NUMMER", "[NUMMER]"} and name != "new"
            assert ("--expect" in options) == bool(about_one), name
