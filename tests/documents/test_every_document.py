"""Every kind of document, filled and empty, in our look and in another office's: whole, and readable by all."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import docx
import pytest
from homes import catalogue_texts, copy_of, started, workflow_text

from ikz_workflow import resources
from ikz_workflow.definition import Source, read
from ikz_workflow.documents import pdf
from ikz_workflow.documents.context import context_of
from ikz_workflow.documents.design import make_design
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import as_text, inspected
from ikz_workflow.documents.render import render
from ikz_workflow.documents.sample import trials
from ikz_workflow.services import designs, documents, guidelines, reports
from ikz_workflow.services import proposals as work
from ikz_workflow.services.home import Home

from .cases import CASES, material
from .conftest import STAMP
from .offices import COAT, second_design
from .structure import DECORATIVE, barriers, faults, parts_of
from .test_texts import shipped

DESIGNS = {"ours": make_design, "theirs": second_design}
PAPERS = ("approval-request", "council-paper", "guideline", "letter", "minutes", "partner-paper")
OVER_MANY = ("annual-report", "guidelines")  # they are made from a whole history
LETTERS = ("approval-request", "letter", "reply")


def everything(design: bytes, home: Home) -> dict[str, bytes]:
    """Return every document by a name that begins with its kind."""
    look = Design(design)
    found = {}

    def write(kind: str, name: str, of: object) -> None:
        template = shipped(kind)
        stamp = replace(STAMP, kind_label=template.label, sample="0" in name)
        found[f"{kind} {name}"] = render(template, context_of(of), stamp, look)  # type: ignore[arg-type]

    for name in CASES:
        case = material(name)
        write(getattr(case.circumstances.form, "document", ""), name, case)
        for kind in PAPERS:
            write(kind, name, case)
    for workflow in ("kooperation", "eingang"):
        definition = read(Source(f"{workflow}.toml", workflow_text(workflow), catalogue_texts()))
        for number, trial in enumerate(trials(definition)):
            for kind in definition.documents:
                if kind not in OVER_MANY:
                    write(kind, f"trial {workflow} {number}", trial)
    (home.path / "look.docx").write_bytes(design)
    designs.use(home, home.path / "look.docx")
    found["annual-report empty"] = reports.annual(home, "2026").content
    found["guidelines empty"] = guidelines.collect(home).content
    for title in ("Erstes", "Zweites mit einem Titel, der länger ist als eine Zeile im Inhaltsverzeichnis sein kann"):
        key = started(home, title)
        work.set_fields(home, key, ["summary=Worum es geht"])
        documents.create(home, key, "guideline")
    found["annual-report"] = reports.annual(home, "2026").content
    found["guidelines"] = guidelines.collect(home).content
    home.database.close()
    return found


@pytest.fixture(scope="module", params=DESIGNS)
def made(
    request: pytest.FixtureRequest, first_home: Home, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Return every document in one of the designs."""
    return everything(DESIGNS[request.param](), copy_of(first_home, tmp_path_factory.mktemp("look") / request.param))


def test_every_kind_there_is_a_template_for_is_among_them(made: dict[str, bytes]) -> None:
    kinds = {path.name.removesuffix(".md.j2") for path in resources.shipped("templates").glob("*.md.j2")}
    assert {name.split(" ")[0] for name in made} == kinds


def test_word_finds_every_document_whole(made: dict[str, bytes]) -> None:
    assert {name: found for name, content in made.items() if (found := faults(content))} == {}


def test_nothing_keeps_anybody_from_reading_a_document(made: dict[str, bytes]) -> None:
    assert {name: found for name, content in made.items() if (found := barriers(content))} == {}


def test_python_docx_opens_every_document_and_finds_the_proof_on_every_page(made: dict[str, bytes]) -> None:
    for name, content in made.items():
        assert docx.Document(BytesIO(content)).paragraphs, name
        footers = inspected(content).by_footers
        assert len(footers) == sum(part.startswith("word/footer") for part in parts_of(content)), name


def test_letters_bear_fold_marks_that_no_screen_reader_meets_and_nothing_else_does(made: dict[str, bytes]) -> None:
    for name, content in made.items():
        headers = [text for part, text in parts_of(content).items() if part.startswith("word/header")]
        marks = sum(text.count(b'name="Marke ') for text in headers)
        assert marks == (3 if name.startswith(LETTERS) and "letter-of" not in name else 0), name
        assert marks == sum(text.count(DECORATIVE.rsplit("}", 1)[-1].encode() + b" ") for text in headers)


def test_the_coat_of_arms_of_an_office_is_in_every_document(home: Home) -> None:
    for name, content in everything(second_design(), home).items():
        parts = parts_of(content)
        headers = b"".join(text for part, text in parts.items() if part.startswith("word/header"))
        assert COAT.encode() in headers, name
        assert any(part.startswith("word/media/") for part in parts), name
        assert b"DejaVu Serif" in parts["word/styles.xml"], name


def test_the_contents_name_every_section_and_leave_the_list_of_open_points_out(made: dict[str, bytes]) -> None:
    lines = as_text(made["statutes association"]).splitlines()
    entries = [line.removeprefix("Toc 2: ") for line in lines if line.startswith("Toc ")]
    assert entries == [line.removeprefix("Heading 2: ") for line in lines if line.startswith("Heading 2: ")]
    assert "Offene Punkte" not in [line[7:] for line in as_text(made["statutes trial kooperation 0"]).splitlines()]


def test_libreoffice_makes_a_tagged_pdf_of_every_kind_without_a_repair(made: dict[str, bytes], tmp_path: Path) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    for name in {name.split(" ")[0]: name for name in made}.values():
        (tmp_path / f"{name.split(' ')[0]}.docx").write_bytes(made[name])
    files = sorted(map(str, tmp_path.glob("*.docx")))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", pdf.FILTER, "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for file in files:
        written = Path(file).with_suffix(".pdf").read_bytes()
        for sign in (rb"/MarkInfo\s*<</Marked true>>", rb"/Lang\(de-DE\)", rb"/DisplayDocTitle true", rb"pdfuaid:part"):
            assert re.search(sign, written), (file, sign)
