"""A home that cannot be found or reached is told in one German sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from homes import CHECKOUT, DEPARTMENT, NOON, Clock, home_at

from ikz_workflow import german
from ikz_workflow.errors import NotFound, StorageError
from ikz_workflow.services import audit, proposals, registers, work
from ikz_workflow.services.home import Home, account
from ikz_workflow.services.records import read_file

posix = pytest.mark.skipif(os.name != "posix", reason="paths and rights as POSIX knows them")


def ikz(*arguments: str, before: str = "", stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, after a line of Python."""
    script = f"import os, sys; {before}\nsys.argv[0] = 'ikz'\nfrom ikz_workflow.cli.app import run\nrun()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100"},
        stdin=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def typing(answer: str | bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as `ikz` does, with somebody at the keyboard who types an answer."""
    import pty

    controller, terminal = pty.openpty()
    os.write(controller, answer if isinstance(answer, bytes) else answer.encode())
    try:
        return ikz(*arguments, stdin=terminal)
    finally:
        os.close(terminal)
        os.close(controller)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (1, 2)
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_who_renews_a_home_of_others_is_not_told_to_be_registered(home: Home) -> None:
    done = ikz("--home", str(home.path), "init")
    assert done.returncode == 0, done.stderr
    assert "ist nicht eingetragen" in done.stdout


@posix
def test_a_home_of_an_unknown_user_is_told() -> None:
    assert "Benutzerkonto" in said(ikz("--home", "~nosuchuser/x", "list"))


@posix
def test_a_working_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "weg"
    gone.mkdir()
    text = said(ikz("--home", "hier", "list", before=f"os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"))
    assert "nicht vorhanden" in text
    assert "Ordner wechseln" in text


@posix
@pytest.mark.parametrize("command", ["list", "init"])
def test_a_home_with_a_name_too_long_is_told(command: str, tmp_path: Path) -> None:
    assert "zu lang" in said(ikz("--home", str(tmp_path / ("x" * 300)), command))


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can become somebody else")
def test_a_home_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "zu"
    closed.mkdir(mode=0o700)
    # Imports what the command needs first: whoever it becomes may not read this machine's installation.
    become = (
        "import ikz_workflow.cli.app, ikz_workflow.cli.work, ikz_workflow.services.work; "
        "import ikz_workflow.storage.database; os.setuid(65534)"
    )
    assert "keine Berechtigung" in said(ikz("--home", str(closed / "heim"), "list", before=become))


def test_a_missing_file_is_told_even_where_its_neighbours_may_not_be_seen() -> None:
    with pytest.raises(NotFound):
        read_file(Path("/proc/1/fdinfo-gibt-es-nicht/x") if os.name == "posix" else Path("Q:/x/y"), 10)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT, errno.EISDIR, errno.ENOTDIR])
def test_what_the_operating_system_refuses_is_told_in_german(number: int) -> None:
    told = german.refusal(OSError(number, os.strerror(number)))
    assert told != os.strerror(number)
    assert "Fehler" not in told


def test_a_refusal_nobody_translated_is_told_by_its_number() -> None:
    assert german.refusal(OSError(4711, "odd")) == "Fehler 4711"
    assert german.refusal(OSError("odd")) == "unbekannter Fehler"
    assert german.refusal(ValueError("embedded null byte")) == "Name oder Wert unzulässig"


def test_no_sentence_shows_the_operating_systems_english() -> None:
    sources = (CHECKOUT / "ikz_workflow").rglob("*.py")
    assert [path.name for path in sources if "strerror" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    ("days", "is_doubted"), [(-2, True), (-0.9, False), (0, False), (365, False), (367, True), (20_000, True)]
)
def test_a_clock_a_day_behind_the_last_entry_or_a_year_ahead_is_doubted_once(
    home: Home, days: float, is_doubted: bool
) -> None:
    doubts: list[str] = []
    doubted = replace(home, now=Clock(NOON + timedelta(days=days, minutes=1)), doubt=doubts.append)
    key = proposals.new(doubted, "Bauhof", DEPARTMENT).key
    proposals.add_note(doubted, key, "Weiter")
    assert [said.endswith("der letzte Eintrag ist vom 22.11.2026.") for said in doubts] == [True] * is_doubted


def test_nothing_is_recorded_by_a_clock_that_is_found_wrong(home: Home) -> None:
    def refused(said: str) -> None:
        raise StorageError(said, "")

    before = audit.end(home)
    wrong = replace(home, now=Clock(NOON.replace(year=2081)), doubt=refused)
    with pytest.raises(StorageError, match=r"zeigt den 22\.11\.2081"):
        proposals.new(wrong, "Bauhof", DEPARTMENT)
    assert audit.end(home) == before


@pytest.fixture
def rested(tmp_path: Path) -> Home:
    """Return a home of ours that rested since 2020."""
    made = home_at(tmp_path / "home", account(), Clock(NOON.replace(year=2020)))
    registers.init(made)
    made.database.close()
    return made


def test_where_nobody_can_answer_a_doubtful_clock_is_told_and_work_goes_on(rested: Home) -> None:
    new = ("--home", str(rested.path), "new", "Bauhof", "--department", DEPARTMENT)
    first, second = ikz(*new), ikz(*new)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "der letzte Eintrag ist vom 22.11.2020. Stimmt das nicht: Bitte Datum und Uhrzeit" in first.stderr
    assert second.stderr == ""


@posix
@pytest.mark.parametrize(("answer", "recorded"), [("ja\n", 1), ("nein\n", 0), ("\n", 0)])
def test_on_a_terminal_a_doubtful_clock_is_asked_about_before_anything_is_recorded(
    rested: Home, answer: str, recorded: int
) -> None:
    done = typing(answer, "--home", str(rested.path), "new", "Bauhof", "--department", DEPARTMENT)
    assert "Stimmt das Datum? (ja/nein)" in done.stderr
    assert ("Nichts wurde festgehalten. Bitte Datum und Uhrzeit" in done.stderr) == (not recorded)
    assert (done.returncode == 0) == bool(recorded)
    assert len(work.listing(rested)) == recorded


@posix
@pytest.mark.parametrize(("answer", "code"), [(b"\x04", 130), (b"j\xe4\n", 1)], ids=["end", "latin-1"])
def test_who_answers_nothing_that_can_be_read_has_recorded_nothing(
    rested: Home, answer: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    done = typing(answer, "--home", str(rested.path), "new", "Bauhof", "--department", DEPARTMENT)
    assert (done.returncode, "Nichts wurde festgehalten." in done.stderr) == (code, True), done.stderr
    assert "gespeichert" not in done.stderr
    assert work.listing(rested) == []
