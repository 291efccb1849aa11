"""A home that cannot be found or reached is told in one German sentence."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from homes import CHECKOUT

from ikz_workflow import german
from ikz_workflow.errors import NotFound
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file

posix = pytest.mark.skipif(os.name != "posix", reason="paths and rights as POSIX knows them")


def ikz(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, after a line of Python."""
    script = f"import os, sys; {before}\nsys.argv[0] = 'ikz'\nfrom ikz_workflow.cli.app import run\nrun()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )


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
