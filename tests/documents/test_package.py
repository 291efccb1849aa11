"""The file around the text: canonical bytes, properties, the proof on every page."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from lxml import etree

from ikz_workflow.documents.design import make_design
from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.render import render, title_of
from ikz_workflow.errors import DocumentError, InvalidInput

from .conftest import STAMP

Make = Callable[..., bytes]


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_arguments_give_the_same_bytes(make: Make) -> None:
    assert make("# A\n\n{{ x }}\n", {"x": "y"}) == make("# A\n\n{{ x }}\n", {"x": "y"})


def test_the_zip_is_canonical(make: Make) -> None:
    with zipfile.ZipFile(BytesIO(make("Text\n"))) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == ["[Content_Types].xml", *sorted(names[1:])]
    assert {(entry.date_time, entry.create_system) for entry in entries} == {((1980, 1, 1, 0, 0, 0), 0)}


def test_every_part_is_well_formed_xml_that_python_docx_opens(make: Make) -> None:
    made = make("# A\n\n| a |\n|---|\n| b |\n")
    for content in parts(made).values():
        etree.fromstring(content)
    assert [table.rows[0].cells[0].text for table in Document(BytesIO(made)).tables] == ["a"]


def test_core_properties_say_title_language_author_and_time(design: Design) -> None:
    source = '+++\nlabel = "Probe"\nkind = "probe"\ntitle = "Über {% if x %}{{ x }}{% endif %} & mehr"\n+++\nText\n'
    template = compile_template(source, "probe.md.j2")
    core = Document(BytesIO(render(template, {"x": "<A>"}, STAMP, design))).core_properties
    assert (core.title, core.language, core.author) == ("Über <A> & mehr", "de-DE", "Stadt A & Partner")
    assert core.created == core.modified == STAMP.created
    assert (core.revision, core.comments) == (1, "")
    assert title_of(template, {"x": "<A>"}) == "Über <A> & mehr"


def test_a_template_without_title_takes_that_of_the_stamp(make: Make) -> None:
    assert Document(BytesIO(make("Text\n"))).core_properties.title == STAMP.title


def test_the_footer_carries_the_proof_and_the_page(make: Make) -> None:
    footer = Document(BytesIO(make("Text\n"))).sections[0].footer
    assert [paragraph.text for paragraph in footer.paragraphs] == [
        "IKZ-2026-0017 · Zweckvereinbarung · Fassung 3\tSeite  von ",
        f"Stand nach Eintrag 128 des Verlaufs · {STAMP.short_hash}",
    ]
    assert b'w:instr=" PAGE "' in parts(make("Text\n"))["word/footer1.xml"]
    assert b'w:instr=" NUMPAGES "' in parts(make("Text\n"))["word/footer1.xml"]


def test_the_header_names_the_author_and_marks_a_sample(make: Make) -> None:
    def header(sample: bool) -> str:
        made = make("Text\n", {}, replace(STAMP, sample=sample))
        return Document(BytesIO(made)).sections[0].header.paragraphs[0].text

    assert header(False) == "Stadt A & Partner\t"
    assert header(True) == "Stadt A & Partner\tBeispiel"


@pytest.mark.parametrize("change", [{"author": "a\x00"}, {"title": "\ud800"}, {"created": datetime(2026, 1, 1)}])
def test_a_stamp_that_cannot_be_printed_is_refused(make: Make, change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        make("Text\n", {}, replace(STAMP, **change))  # type: ignore[arg-type]


def test_the_shipped_design_is_what_its_program_makes() -> None:
    shipped = (Path(__file__).parents[2] / "templates" / "design.docx").read_bytes()
    assert parts(make_design()) == parts(shipped)
    assert make_design() == make_design()


def test_a_design_that_lacks_something_is_refused_with_every_reason() -> None:
    made = BytesIO()
    Document().save(made)
    with pytest.raises(DocumentError) as caught:
        Design(made.getvalue(), "eigene.docx")
    assert "fehlen Formatvorlagen" in str(caught.value)
    assert "fehlt „{{ key }}“" in str(caught.value)
    with pytest.raises(DocumentError):
        Design(b"nichts", "eigene.docx")


def test_a_design_whose_placeholders_are_torn_is_refused() -> None:
    torn = BytesIO()
    with zipfile.ZipFile(torn, "w") as archive:
        for name, content in parts(make_design()).items():
            archive.writestr(
                name, content.replace(b"{{ key }}", b"{{ ke</w:t><w:t>y }}").replace(b"{{ hash }}", b"{{ sum }}")
            )
    with pytest.raises(DocumentError) as caught:
        Design(torn.getvalue(), "eigene.docx")
    assert len(caught.value.problems) == 3
