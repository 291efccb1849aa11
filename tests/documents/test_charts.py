"""Charts are drawn by Word from figures that stand in the document."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.shared import RGBColor
from lxml import etree

from ikz_workflow.documents.adoption import ink_of
from ikz_workflow.documents.binding import Chapter, bind
from ikz_workflow.documents.charts import Ink
from ikz_workflow.documents.context import context_of
from ikz_workflow.documents.design import make_design
from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import as_text, guard, text_hash
from ikz_workflow.documents.render import render
from ikz_workflow.documents.word import compile_word, render_word
from ikz_workflow.documents.wordcopy import word_copy
from ikz_workflow.errors import DocumentError

from .cases import material
from .conftest import FRONT, STAMP
from .offices import GREEN, second_design
from .structure import faults
from .test_texts import shipped
from .word_files import word_template

Make = Callable[..., bytes]
BODY = """::: chart
# Nach {{ t }}
{% for row in rows %}
{{ row.label }} | {{ row.count }}
{% endfor %}
:::
"""
ROWS = [{"label": 'Idee <&> "x" {{ y }}', "count": 12}, {"label": "Übergang", "count": 0}]
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_chart_holds_its_figures_and_says_them_in_words(make: Make) -> None:
    content = make(BODY, {"t": "Stufe", "rows": ROWS})
    found = parts(content)

    chart = etree.fromstring(found["word/charts/chart1.xml"])
    assert [one.text for one in chart.iter(_C + "v")] == [ROWS[0]["label"], "Übergang", "12", "0"]
    (told,) = etree.fromstring(found["word/document.xml"]).iter(_WP + "docPr")
    assert told.get("descr") == f"Nach Stufe. {ROWS[0]['label']}: 12; Übergang: 0"
    assert as_text(content).startswith("Diagrammtitel: Nach Stufe")
    guard(content, "probe.docx")
    docx.Document(BytesIO(content))


def test_the_same_figures_give_the_same_bytes_and_other_figures_another_text(make: Make) -> None:
    first, again = (make(BODY, {"t": "Stufe", "rows": ROWS}) for _ in range(2))
    other = make(BODY, {"t": "Stufe", "rows": [{"label": "Idee", "count": 1}]})

    assert first == again
    assert text_hash(first) != text_hash(other)


def test_several_series_have_names_and_a_chart_without_rows_leaves_nothing(make: Make) -> None:
    two = parts(make("::: column-chart\n# T | gut | schlecht\n2026 | 3 | 1\n:::\n"))["word/charts/chart1.xml"]
    nothing = make(BODY, {"t": "Stufe", "rows": []})

    assert "<c:legend>" in two.decode()
    assert "<c:v>gut</c:v>" in two.decode()
    assert 'barDir val="col"' in two.decode()
    assert "word/charts/chart1.xml" not in parts(nothing)
    assert as_text(nothing) == ""


def test_charts_are_numbered_in_their_order(make: Make) -> None:
    found = parts(make(BODY + "\n" + BODY, {"t": "Stufe", "rows": ROWS}))

    assert {name for name in found if "chart" in name} == {"word/charts/chart1.xml", "word/charts/chart2.xml"}
    assert found["word/_rels/document.xml.rels"].count(b"rIdChart") == 2


@pytest.mark.parametrize("line", ["Idee | viele", "Idee | 1,5", "Idee | --1", "Idee | ²"])
def test_what_is_no_whole_number_is_told_with_its_line(make: Make, line: str) -> None:
    with pytest.raises(DocumentError) as caught:
        make(f"::: chart\n# T\n{line}\n:::\n")
    assert caught.value.problems[0].line == 7


def test_values_below_zero_are_drawn_below_the_axis_and_grouped_as_in_german(make: Make) -> None:
    below = parts(make("::: column-chart\n# T\n0 | -45000\n1 | 1234567\n:::\n"))
    above = parts(make("::: column-chart\n# T\n0 | 0\n1 | 5\n:::\n"))

    assert b"<c:v>-45000</c:v>" in below["word/charts/chart1.xml"]
    assert b'<c:min val="0"/>' not in below["word/charts/chart1.xml"]
    assert b'<c:min val="0"/>' in above["word/charts/chart1.xml"]
    (told,) = etree.fromstring(below["word/document.xml"]).iter(_WP + "docPr")
    assert told.get("descr") == "T. 0: -45.000; 1: 1.234.567"


def test_a_line_without_a_number_is_a_fault_of_the_template(make: Make) -> None:
    with pytest.raises(DocumentError, match="Diagramm"):
        make("::: chart\n# T\nIdee\n:::\n")


def test_nothing_in_a_chart_is_counted_or_leads_anywhere(make: Make) -> None:
    for line in ("Siehe {@a} | 3", "Idee {#b} | 3"):
        with pytest.raises(DocumentError, match="Im Diagramm gibt es keine Marken"):
            make(f"# § A {{#a}}\n\n::: chart\n{line}\n:::\n")
        with pytest.raises(DocumentError, match="Im Diagramm gibt es keine Marken"):
            compile_word(word_template("::: chart", line, ":::"), "eigene.docx")


def test_bound_documents_keep_their_charts_and_those_edited_by_hand_say_where_one_stood(design: Design) -> None:
    guideline = render(shipped("guideline"), context_of(material("delegating")), STAMP, design)
    context = {"own": {"name": "Stadt"}, "day": "heute", "position": 1, "count": 3, "missing": []}
    chapters = [Chapter(f"Kapitel {n}", "", guideline, ours=n < 3) for n in (1, 2, 3)]
    bound = bind(shipped("guidelines"), context, chapters, STAMP, design)
    found = parts(bound)
    assert {name for name in found if "charts/" in name} == {f"word/charts/chart{n}.xml" for n in (1, 2, 3, 4)}
    assert found["word/charts/chart3.xml"] == found["word/charts/chart1.xml"]
    assert re.findall(rb'<wp:docPr id="(\d)" name="Diagramm (\d)"', found["word/document.xml"]) == [
        (b"1", b"1"), (b"2", b"2"), (b"3", b"3"), (b"4", b"4"),
    ]  # fmt: skip
    assert re.findall(rb'r:id="rIdChart(\d)"', found["word/document.xml"]) == [b"1", b"2", b"3", b"4"]
    by_hand = as_text(bound).split("Heading 1: Kapitel 3")[1]
    assert by_hand.count("[Diagramm]") == 2
    assert by_hand.count("Kurzfassung") == 1
    assert faults(bound) == []


def _coloured(colour: str, font: str = "Arial") -> bytes:
    """Return a design whose headings have a colour and whose text has a font."""
    document = docx.Document(BytesIO(make_design()))
    document.styles["heading 1"].font.color.rgb = RGBColor.from_string(colour)
    document.styles["Normal"].font.name = font
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _drawn(design: bytes) -> tuple[list[str], set[str]]:
    """Return the colours of the bars and the fonts of a chart of three series in a design."""
    template = compile_template(FRONT + "::: chart\n# T | a | b | c\nEins | 1 | 2 | 3\n:::\n", "probe.md.j2")
    chart = etree.fromstring(parts(render(template, {}, STAMP, Design(design)))["word/charts/chart1.xml"])
    colours = [bar.find(f"{_C}spPr/{{*}}solidFill/{{*}}srgbClr") for bar in chart.iter(_C + "ser")]
    fonts = {str(one.get("typeface")) for one in chart.iter("{*}latin")}
    return [str(one.get("val")) for one in colours if one is not None], fonts


def test_a_chart_has_the_colour_and_the_font_of_the_design() -> None:
    assert _drawn(_coloured("1E5631", "DejaVu Serif & Söhne")) == (
        ["1E5631", "A5BBAD", "688E75"],
        {"DejaVu Serif & Söhne"},
    )


def test_a_colour_too_light_for_three_tints_gives_way_to_ours() -> None:
    assert _drawn(_coloured("FFD500")) == _drawn(make_design())


def test_a_word_template_draws_its_charts_in_its_own_look() -> None:
    copied = word_copy(shipped("council-paper").source, "council-paper.md.j2", second_design())
    made = render_word(compile_word(copied, "eigene.docx"), context_of(material("delegating")), STAMP)

    assert f'<a:srgbClr val="{GREEN}"/>' in parts(made)["word/charts/chart1.xml"].decode()


def test_what_stands_in_a_chart_of_a_word_template_is_read_as_it_stands() -> None:
    said = 'Die "große" & <kleine> Zahl'
    template = word_template("::: chart", f"# {said}", f"{said} | 3", ":::")
    made = render_word(compile_word(template, "eigene.docx"), {}, STAMP)

    assert faults(made) == []
    (told,) = etree.fromstring(parts(made)["word/document.xml"]).iter(_WP + "docPr")
    assert (told.get("title"), told.get("descr")) == (said, f"{said}. {said}: 3")
    assert etree.fromstring(parts(made)["word/charts/chart1.xml"]).findtext(f".//{_C}cat//{_C}v") == said


def test_the_heading_is_known_however_a_program_writes_its_name() -> None:
    styles = parts(_coloured("1E5631"))["word/styles.xml"]

    assert ink_of({"word/styles.xml": styles.replace(b'"heading 1"', b'"Heading 1"')}) == Ink("1E5631", "Arial")
    assert ink_of({}) == Ink()


@pytest.mark.parametrize("row", ["a | 1,5", "{{ t }} | viel", "a | 1 | x{# #}"])
def test_a_number_that_is_none_is_found_where_it_stands_before_anything_is_printed(row: str) -> None:
    with pytest.raises(DocumentError, match="wo eine ganze Zahl stehen muss") as caught:
        compile_template(f"{FRONT}Text {{{{ t }}}}\n\n::: chart\n# T\n{row}\n:::\n", "probe.md.j2")
    assert [problem.line for problem in caught.value.problems] == [9]
