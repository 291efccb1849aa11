"""A PDF is made by a LibreOffice of one's own, whole or not at all."""

from __future__ import annotations

import re
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ikz_workflow.documents import pdf
from ikz_workflow.documents.contents import with_page_fields
from ikz_workflow.errors import StorageError
from ikz_workflow.services import pdf as writing

from .structure import parts_of

Make = Callable[..., bytes]
BODY = "::: title\nTitel\n:::\n\n::: contents\n\n::: pagebreak\n\n# (#) Eins\n\na\n\n# (#) Zwei\n\nb\n"

needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


@needs_office
def test_a_pdf_says_its_title_and_language_and_is_tagged(make: Make) -> None:
    made = pdf.pdf_of(make(BODY))
    assert re.search(rb"/MarkInfo\s*<</Marked true>>", made)
    assert b"/Lang(de-DE)" in made
    assert b"pdfuaid:part" in made
    assert "Gemeinsame Vergabestelle".encode("utf-16-be").hex().upper().encode() in made


def test_the_contents_ask_for_their_pages_only_in_what_becomes_a_pdf(make: Make) -> None:
    document = parts_of(make(BODY))["word/document.xml"].decode()
    asking = with_page_fields(document)
    assert "PAGEREF" not in document
    assert asking.count("PAGEREF _Toc") == 2
    assert " TOC " not in asking
    assert with_page_fields("<w:p/>") == "<w:p/>"


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@on_posix
def test_a_program_that_hangs_is_ended_with_all_it_started(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait", monkeypatch)
    with pytest.raises(StorageError, match="abgebrochen"):
        pdf.pdf_of(make("a\n"), seconds=1)
    child = Path("/proc") / (tmp_path / "child").read_text().strip()
    assert not child.exists() or "zombie" in (child / "status").read_text()


@on_posix
@pytest.mark.parametrize("script", ["echo kaputt >&2; exit 1", "exit 0"])
def test_a_program_that_makes_nothing_leaves_nothing(
    script: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, script, monkeypatch)
    target = tmp_path / "a.docx"
    target.write_bytes(make("a\n"))
    with pytest.raises(StorageError, match="keine PDF-Datei"):
        writing.beside(target)
    assert not target.with_suffix(".pdf").exists()


@on_posix
def test_a_pdf_that_lies_there_stays(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "exit 1", monkeypatch)
    (tmp_path / "a.docx").write_bytes(make("a\n"))
    (tmp_path / "a.pdf").write_bytes(b"signed")
    assert writing.beside(tmp_path / "a.docx") == (tmp_path / "a.pdf", False)
    assert (tmp_path / "a.pdf").read_bytes() == b"signed"
