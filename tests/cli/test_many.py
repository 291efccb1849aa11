"""Many documents or files at once, as their users meet them: progress, exit codes, an interruption."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from homes import copy_of, edited, started

from ikz_workflow.services import documents, registers
from ikz_workflow.services.home import Home, account

from .conftest import Ikz, Typed, environment


@pytest.fixture
def desk(first_home: Home, tmp_path: Path) -> Home:
    """Return a home with whoever runs the tests registered in it."""
    home = copy_of(first_home, tmp_path / "home")
    registers.add_person(home, "I. Ich", account(), ["clerk"])
    return home


def test_many_are_created_again_without_a_new_version_and_what_is_left_out_is_named(
    desk: Home, typed: Typed, tmp_path: Path
) -> None:
    first, _second = started(desk), started(desk)
    code, said = typed(desk.path, "ikz document create --all guideline --stage Idee")
    assert (code, "2 erzeugt, 0 schon aktuell, 0 ausgelassen" in said) == (0, True)
    documents.file_edited(desk, first, "guideline", edited(desk, first, "guideline", "Von Hand.", tmp_path))
    code, said = typed(desk.path, "ikz document create --all Handlungsleitfaden --department 'FB 23'")
    assert (code, "0 erzeugt, 1 schon aktuell, 1 ausgelassen" in said) == (4, True)
    assert f"  {first}: Handlungsleitfaden, Fassung 2 wurde von Hand bearbeitet" in said
    (desk.path / "documents" / f"{first}-handlungsleitfaden-v2.docx").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ikz document create", "Es fehlen NUMMER und ART"),
        ("ikz document create IKZ-2026-0001 guideline --stage idea", "Eine Auswahl gilt nur mit --all"),
        ("ikz document create IKZ-2026-0001 --all guideline", "Entweder NUMMER und ART"),
        ("ikz document create --all guideline --replace", "werden einzeln ersetzt"),
    ],
)
def test_one_or_many_but_not_both(desk: Home, typed: Typed, line: str, sentence: str) -> None:
    started(desk)
    code, said = typed(desk.path, line)
    assert (code, sentence in said) == (2, True)


def test_nothing_to_create_is_no_fault(desk: Home, typed: Typed) -> None:
    assert typed(desk.path, "ikz document create --all guideline") == (0, "Nichts gefunden.\n")


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(desk: Home, typed: Typed, tmp_path: Path) -> None:
    for number in range(40):
        started(desk, f"Vorhaben {number}")
    desk.database.close()
    folder = tmp_path / "aus"
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(desk.path), "document", "create"]
    command += ["--all", "guideline", "--output", str(folder)]
    run = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    while not (folder.exists() and list(folder.glob("*.docx"))) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    said, told = run.communicate(timeout=60)
    assert run.returncode == 130, said + told
    assert "Fortsetzen: denselben Befehl wiederholen" in told
    assert "Traceback" not in told
    assert not list(folder.glob(".ikz-*"))
    whole = len(list(folder.glob("*.docx")))
    assert 0 < whole < 40
    code, said = typed(desk.path, f"ikz document create --all guideline --output {folder}")
    assert code == 0
    assert len(list(folder.glob("*.docx"))) == 40
    assert typed(desk.path, "ikz verify")[0] == 0


def test_a_folder_gives_a_row_for_each_file_a_summary_and_exit_code_6(desk: Home, typed: Typed, tmp_path: Path) -> None:
    key = started(desk)
    folder = tmp_path / "akte"
    documents.export(documents.create(desk, key, "guideline"), folder)
    assert typed(desk.path, f"ikz document verify {folder}")[0] == 0
    (folder / "kaputt.docx").write_bytes(b"kein Word")
    code, said = typed(desk.path, f"ikz document verify {folder}")
    assert code == 6
    assert "2 Dateien: 1 unverändert, 1 nicht lesbar. Anzusehen: 1." in said
    code, said = typed(desk.path, f"ikz document verify {folder} --format json")
    assert code == 6
    assert {row["file"]: row["status"] for row in json.loads(said)} == {
        f"{key}-handlungsleitfaden-v1.docx": "exact",
        "kaputt.docx": "unreadable",
    }
    empty = tmp_path / "leer"
    empty.mkdir()
    code, said = typed(desk.path, f"ikz document verify {empty}")
    assert code == 6
    assert "geprüft wurde nichts" in said
    code, said = typed(desk.path, f"ikz document verify {empty} --format json")
    assert code == 6
    assert "[]" in said


def test_an_import_shows_how_far_it_is_as_every_long_command_does(ikz: Ikz, tmp_path: Path) -> None:
    (tmp_path / "neu.csv").write_text("Name\nAdorf\nBdorf\n", encoding="utf-8")
    ikz("init")
    main, side = pty.openpty()
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), "organisation", "import"]
    done = subprocess.run(
        [*command, str(tmp_path / "neu.csv")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=side
    )
    os.close(side)
    shown = os.read(main, 4096).decode()
    os.close(main)
    assert done.stdout.decode() == "2 neu, 0 geändert, 0 unverändert.\n"
    assert shown.startswith("\rOrganisationen werden eingetragen: 50 %\r")
    assert shown.rstrip("\r").endswith("\r" + " " * 40), "the line is taken away at the end"


def test_progress_is_shown_on_a_terminal_and_colours_are_left_out_where_they_are_not_wanted(
    desk: Home, tmp_path: Path
) -> None:
    key = started(desk)
    documents.create(desk, key, "guideline")
    documents.file_edited(desk, key, "guideline", edited(desk, key, "guideline", "Von Hand.", tmp_path))
    desk.database.close()
    started_command = [sys.executable, "-m", "ikz_workflow", "--home", str(desk.path)]

    def seen(*arguments: str, **changes: str) -> str:
        main, side = pty.openpty()
        run = subprocess.Popen(
            [*started_command, *arguments], stdin=side, stdout=side, stderr=side, env=environment(**changes)
        )
        os.close(side)
        heard = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:
                break
            if not part:
                break
            heard += part
        os.close(main)
        assert run.wait() == 0, heard.decode()
        return heard.decode()

    for number in range(2):
        documents.export(documents.read(desk, key, "guideline", number + 1), tmp_path / "akte")
    assert "Dateien werden geprüft: 50 %" in seen("document", "verify", str(tmp_path / "akte"), TERM="xterm")
    coloured = seen("document", "diff", key, "guideline", TERM="xterm-256color")
    plain = seen("document", "diff", key, "guideline", TERM="xterm-256color", NO_COLOR="1")
    assert "\x1b[32mVon Hand.\x1b[0m" in coloured
    assert "\x1b[32m" not in plain
    assert "+ Von Hand." in plain


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("ikz report 2026 --output {folder}/bericht.txt", "bericht.docx"),
        ("ikz export guidelines {folder}/sammlung", "sammlung.docx"),
        ("ikz template design export {folder}/gestaltung.pdf", "gestaltung.docx"),
        ("ikz export survey-form {folder}/formular.docx", "formular.xlsx"),
    ],
)
def test_no_office_file_is_written_under_a_name_that_no_program_opens(
    line: str, better: str, desk: Home, typed: Typed, tmp_path: Path
) -> None:
    folder = tmp_path / "raus"
    folder.mkdir()
    code, said = typed(desk.path, line.format(folder=folder))
    assert code == 2
    assert better in said
    assert list(folder.iterdir()) == []
