"""The look of documents and their PDF, as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import copy_of, started

from cli.conftest import Typed
from ikz_workflow.documents import pdf
from ikz_workflow.services import documents
from ikz_workflow.services.home import Home


@pytest.fixture
def place(first_home: Home, tmp_path: Path) -> Home:
    """Return a home of its own."""
    return copy_of(first_home, tmp_path / "place")


def test_without_libreoffice_nothing_is_recorded_and_one_sentence_says_how_to_get_it(
    place: Home, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = started(place)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "_FOLDERS", ())
    for line in (
        f"ikz document create {key} guideline --pdf",
        "ikz report 2026 --pdf",
        "ikz export guidelines a.docx --pdf",
    ):
        code, said = typed(place.path, line)
        assert code == 1
        assert " ".join(said.split()).startswith("Für PDF-Dateien wird LibreOffice gebraucht")
    assert documents.versions(place, key) == []


def test_a_design_goes_out_and_comes_back(place: Home, typed: Typed, tmp_path: Path) -> None:
    target = tmp_path / "gestaltung.docx"
    code, said = typed(place.path, f"ikz template design export {target}")
    assert (code, "ikz" in said) == (0, True)
    code, said = typed(place.path, f"ikz template design use {target}")
    assert (code, "Die Gestaltung gilt von nun an" in said) == (0, True)
    target.write_bytes(b"nichts")
    code, said = typed(place.path, f"ikz template design use {target}")
    assert (code, "keine Word-Datei" in said) == (1, True)
