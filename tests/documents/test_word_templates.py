"""A department's own Word template reads as the text template would, and loses no word."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from ikz_workflow.documents.context import context_of
from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import Counted, as_text, counted, inspected, open_points, text_hash
from ikz_workflow.documents.render import Context, render
from ikz_workflow.documents.render import draft as text_draft
from ikz_workflow.documents.values import Open
from ikz_workflow.documents.word import WordDraft, compile_word, render_word
from ikz_workflow.documents.wordcopy import word_copy
from ikz_workflow.errors import DocumentError

from .cases import CASES, material
from .conftest import STAMP
from .offices import second_design
from .structure import faults as faults_of
from .structure import parts_of
from .word_files import DESIGN, TEMPLATES, changed, paragraph, row, shipped, table, word_template

KINDS = ("guideline", "letter", "agreement", "council-paper", "approval-request", "minutes", "letter-of-intent",
         "cooperation-agreement", "administrative-agreement", "partner-paper", "statutes")  # fmt: skip


def read(*body: str, context: Context | None = None) -> str:
    return as_text(render_word(compile_word(word_template(*body), "probe.docx"), context or {}, STAMP))


def faults(*body: str, **more: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        compile_word(word_template(*body, **more), "probe.docx")
    return [problem.text for problem in caught.value.problems]


def of_text(kind: str, context: Context, design: Design) -> bytes:
    source = (TEMPLATES / f"{kind}.md.j2").read_text(encoding="utf-8")
    return render(compile_template(source, f"{kind}.md.j2"), context, STAMP, design)


@pytest.mark.parametrize("look", [DESIGN, second_design()], ids=["ours", "theirs"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_word_copy_of_a_shipped_template_reads_like_it(kind: str, look: bytes, design: Design) -> None:
    template = compile_word(shipped(kind, look), f"{kind}.docx")
    for name in CASES if os.environ.get("IKZ_ALL_TEXTS") else ("delegating", "vertical"):
        context = context_of(material(name))
        made = render_word(template, context, STAMP)
        assert as_text(made) == as_text(of_text(kind, context, design))


@pytest.mark.parametrize("kind", KINDS)
def test_the_word_copy_of_a_shipped_template_breaks_its_pages_like_it(kind: str, design: Design) -> None:
    context = context_of(material("delegating"))

    def signs(content: bytes) -> list[int]:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            xml = archive.read("word/document.xml").decode()
        return [xml.count(sign) for sign in ("<w:keepNext/>", "<w:pageBreakBefore/>", "Pagebreak", "<w:bookmarkStart")]

    made = render_word(compile_word(shipped(kind), f"{kind}.docx"), context, STAMP)
    assert signs(made) == signs(of_text(kind, context, design))


@pytest.mark.parametrize("key", ["title", "label"])
def test_what_word_takes_for_no_property_of_a_file_is_told_before_a_copy_is_made(key: str) -> None:
    said = {"title": "T", "label": "L", "kind": "k"}

    def copied(value: str) -> None:
        front = "".join(f'{name} = "{one}"\n' for name, one in {**said, key: value}.items())
        word_copy(f"+++\n{front}+++\nText\n", "probe.docx", DESIGN)

    copied("x" * 255)
    with pytest.raises(DocumentError, match=f"„{key}“ im Vorspann zu lang"):
        copied("x" * 256)
    with pytest.raises(DocumentError, match="Steuerzeichen"):
        copied(r"\u0001")


def test_a_table_in_a_table_is_left_as_it_is() -> None:
    look = '<w:tblPr><w:tblStyle w:val="Ruled"/></w:tblPr><w:tblGrid/>'
    held = "".join(row(f"{n}", style="TableText") for n in range(4))
    inner = f"<w:tbl>{look}{held}</w:tbl>"
    alone = render_word(compile_word(word_template(inner, "Ende"), "probe.docx"), {}, STAMP)
    around = f"<w:tbl>{look}<w:tr><w:tc>{inner}{paragraph('x', 'TableText')}</w:tc></w:tr>{held}</w:tbl>"
    nested = render_word(compile_word(word_template(around, "Ende"), "probe.docx"), {}, STAMP)

    with zipfile.ZipFile(BytesIO(alone)) as one, zipfile.ZipFile(BytesIO(nested)) as two:
        kept = [made.read("word/document.xml").decode().count("<w:keepNext/>") for made in (one, two)]
    assert kept == [2, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_counts_is_the_same_before_a_document_is_a_file_and_after(kind: str, design: Design) -> None:
    text = compile_template((TEMPLATES / f"{kind}.md.j2").read_text(encoding="utf-8"), f"{kind}.md.j2")
    for name in ("delegating", "vertical"):
        context = context_of(material(name))
        for draft in (text_draft(text, context, design), WordDraft(compile_word(shipped(kind), "own.docx"), context)):
            made = draft.sealed(STAMP)
            found = inspected(made.content)
            assert counted(made.parts) == Counted(found.text_hash, found.open)


def test_a_copy_saved_by_libreoffice_still_reads_like_the_text_template(tmp_path: Path, design: Design) -> None:
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    kinds = ("agreement", "letter")
    for kind in kinds:
        (tmp_path / f"{kind}.docx").write_bytes(shipped(kind))
    files = [str(tmp_path / f"{kind}.docx") for kind in kinds]
    command = [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "docx"]
    subprocess.run([*command, "--outdir", f"{tmp_path}/out", *files], check=True, capture_output=True, timeout=120)
    for kind in kinds:
        template = compile_word((tmp_path / "out" / f"{kind}.docx").read_bytes(), f"{kind}.docx")
        for name in ("delegating", "association"):
            context = context_of(material(name))
            made = render_word(template, context, STAMP)
            assert open_points(made) == open_points(of_text(kind, context, design))
            assert text_hash(made) == text_hash(of_text(kind, context, design))
            assert inspected(made).stamp is not None


def test_the_same_values_give_the_same_bytes_with_proof_and_properties() -> None:
    template = compile_word(word_template("{{ t }}", title="Zu {{ t }}"), "probe.docx")
    made = render_word(template, {"t": "A & B"}, STAMP)
    assert made == render_word(template, {"t": "A & B"}, STAMP)
    stamp = inspected(made).stamp
    assert stamp is not None
    assert (stamp.key, stamp.version, stamp.full_hash) == (STAMP.key, STAMP.version, STAMP.full_hash)
    document = Document(BytesIO(made))
    assert document.core_properties.title == "Zu A & B"
    assert document.core_properties.language == "de-DE"
    footer = "\n".join(one.text for one in document.sections[0].footer.paragraphs)
    assert STAMP.key in footer
    assert STAMP.short_hash in footer


def test_open_information_is_highlighted_and_listed() -> None:
    body = ("Bis {{ f.x }}.", "::: open-page", "Offen ist:", "– ::: open", "::: open", ":::")
    text = read(*body, context={"f": {"x": Open("die Frist")}})
    assert text.splitlines() == ["Normal: Bis [noch zu klären: die Frist].", "Normal: Offen ist:",
                                 "Normal: – ::: open", "Normal: die Frist"]  # fmt: skip
    assert read(*body, context={"f": {"x": "morgen"}}) == "Normal: Bis morgen.\n"


def test_rows_repeat_and_a_table_without_rows_goes() -> None:
    body = ("vorn", table(row("{%tr for r in rows %}"), row("{{ r.a }}", "{{ r.b }}"), row("{% endfor %}")), "hinten")
    rows: list[dict[str, str]] = [{"a": "1", "b": "x"}, {"a": "2", "b": ""}]
    told = read(*body, context={"rows": rows})
    assert told == "Normal: vorn\nTabellenzeile: 1 | x\nTabellenzeile: 2 | \nNormal: hinten\n"
    assert read(*body, context={"rows": []}) == "Normal: vorn\nNormal: hinten\n"


def test_what_word_does_to_a_tag_is_mended() -> None:
    split = (
        "<w:p><w:r><w:t>Es gilt {</w:t></w:r><w:proofErr w:type='spellStart'/><w:r><w:rPr><w:b/></w:rPr>"
        "<w:t>{ x|def</w:t></w:r><w:bookmarkStart w:id='7' w:name='_GoBack'/><w:bookmarkEnd w:id='7'/>"
        "<w:r><w:t>ault(„a</w:t></w:r>"
        "<w:r><w:noBreakHyphen/><w:t>b“)\u00a0}</w:t></w:r><w:r><w:t>}.</w:t></w:r></w:p>"
    )
    assert read(split, context={"x": None}) == "Normal: Es gilt a‑b.\n"
    minus = "<w:p><w:r><w:t>{{ n</w:t><w:noBreakHyphen/><w:t>1 }}</w:t></w:r></w:p>"
    assert read(minus, context={"n": 3}) == "Normal: 2\n"
    for marks in ("„{}“", "‚{}‘", "“{}”", "‘{}’", "»{}«", "«{}»", "›{}‹", '"{}”', "'{}’"):
        assert (
            read(f"{{% if x == {marks.format('ja')} %}}stimmt{{% endif %}}", context={"x": "ja"}) == "Normal: stimmt\n"
        )


def test_no_text_beside_a_control_tag_is_lost() -> None:
    (fault,) = faults("Wichtig {%p if x %} auch dies", "{%p endif %}")[:1]
    assert "der Text ginge verloren" in fault
    assert "Wichtig {%p if x %} auch dies" in fault
    assert "der Text ginge verloren" in " ".join(
        faults(table(row("{%tr for r in x %}", "Wichtig"), row("{%tr endfor %}")))
    )
    assert "in derselben Zelle" in " ".join(faults(table(row("{% for r in x %}{{ r }}", "{% endfor %}"))))
    assert "im selben Absatz" in " ".join(faults("Text {% if x %} offen", "{% endif %}"))


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>x</w:t></w:r></w:ins></w:p>', "nicht entschieden"),
        ('<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>x</w:delText></w:r></w:del></w:p>', "nicht entschieden"),
        ('<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>REF {{ x }}</w:instrText>'
         '<w:fldChar w:fldCharType="end"/></w:r></w:p>', "nicht in Links, Feldern"),
        ('<w:p><w:hyperlink w:anchor="{{ x }}"><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>', "nicht in Links, Feldern"),
        ("<w:p><w:r><w:t>{{ x</w:t><w:drawing/><w:t>y }}</w:t></w:r></w:p>", "Bild, ein Feld oder eine Fußnote"),
        ("<w:p><w:r><w:t>{{r x }}</w:t></w:r></w:p>", "gibt es hier nicht"),
        ("<w:p><w:r><w:t>{%tc for x in y %}</w:t></w:r></w:p>", "lassen sich nicht wiederholen"),
        ("<w:p><w:r><w:t>\U000f0000</w:t></w:r></w:p>", "nicht erlaubt"),
        ("<w:p><w:pPr><w:sectPr/></w:pPr><w:r><w:t>{% set a = 1 %}</w:t></w:r></w:p>", "Abschnittswechsel"),
        ("<w:p><w:r><w:t>{{ x</w:t></w:r></w:p><w:p><w:r><w:t>}}</w:t></w:r></w:p>", "ohne Gegenstück im selben"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_with_a_reason(xml: str, words: str) -> None:
    assert words in " ".join(faults(xml))


def test_a_header_without_its_proof_is_refused() -> None:
    bare = changed(
        word_template("x"), lambda name, data: data.replace(b"{{ hash }}", b"") if "footer" in name else data
    )
    with pytest.raises(DocumentError, match=re.escape("fehlt „{{ hash }}“")):
        compile_word(bare, "probe.docx")


@pytest.mark.parametrize("value", ["", "a\n\nb", Open("x"), "{{ t }}"])
def test_every_cell_header_and_table_stays_whole_whatever_the_value(value: object) -> None:
    cell = f"<w:tr><w:tc>{paragraph('{% if t %}')}{paragraph('{{ t }}')}{paragraph('{% endif %}')}</w:tc></w:tr>"
    body = ("{% for n in many %}", table(row("{{ t }}"), cell), "{% endfor %}", table(row("{{ t }}")))
    data = word_template(*body, header="{{ t }}", footer="{% if t %}x{% endif %}")
    made = render_word(compile_word(data, "probe.docx"), {"t": value, "many": [1, 2]}, STAMP)
    document = Document(BytesIO(made))
    assert len(document.tables) == 3
    for one in document.tables:
        for cells in one.rows:
            assert all(cell._tc[-1].tag.endswith("}p") for cell in cells.cells)
        assert one._tbl.getnext().tag.endswith("}p")


def test_a_template_for_docxtpl_reads_the_same_here() -> None:
    docxtpl = pytest.importorskip("docxtpl")
    body = (
        "Betreff {{ t }} und {{ d.a|upper }}.", "{%p if d.yes %}", "Dies gilt für {{ t }}.", "{%p else %}", "Nie.",
        "{%p endif %}", "{%p for r in rows %}", "Zeile {{ r.a }}{% if not loop.last %};{% endif %}", "{%p endfor %}",
        table(row("A", "B"),
              row("{%tr for r in rows %}"), row("{{ r.a }}", "{{ r.b }}"), row("{%tr endfor %}")), "Ende",
    )  # fmt: skip
    context: Context = {"t": "A & B <c>", "d": {"a": "x", "yes": True},
                        "rows": [{"a": "1", "b": "ä"}, {"a": "2", "b": "\n".join("uv")}]}  # fmt: skip
    data = word_template(*body)
    theirs = docxtpl.DocxTemplate(BytesIO(data))
    theirs.render(
        context | dict.fromkeys(("key", "kind", "version", "position", "hash", "author", "sample"), "x"),
        autoescape=True,
    )
    saved = BytesIO()
    theirs.save(saved)
    ours = render_word(compile_word(data, "probe.docx"), context, STAMP)
    assert [line for line in as_text(ours).splitlines() if line != "Normal: "] == as_text(saved.getvalue()).splitlines()


def test_comments_of_the_template_do_not_reach_the_document() -> None:
    data = shipped("letter")
    assert len(list(Document(BytesIO(data)).comments)) > 3
    made = render_word(compile_word(data, "letter.docx"), context_of(material("delegating")), STAMP)
    assert len(list(Document(BytesIO(made)).comments)) == 0


def test_the_copy_is_made_alike_every_time() -> None:
    assert shipped("letter") == shipped("letter")


@pytest.mark.parametrize(("value", "pages"), [("fertig", 0), (Open("Frist"), 1)])
def test_the_contents_leave_out_a_page_of_open_points_with_its_headings(value: object, pages: int) -> None:
    page = ("::: open-page", paragraph("Offen", "Heading1"), "::: open", ":::")
    text = read("::: contents", paragraph("Eins", "Heading1"), "{{ x }}", *page, context={"x": value})

    assert text.count("Toc 1: Eins\n") == 1
    assert text.count("Heading 1: Offen\n") == pages
    assert "Toc 1: Offen" not in text


@pytest.mark.parametrize(
    ("properties", "after"),
    [
        ("", "<w:pageBreakBefore/>"),
        ("<w:keepLines/>", "<w:keepLines/><w:pageBreakBefore/>"),
        ('<w:keepNext w:val="true"/><w:keepLines/>', '<w:keepNext w:val="true"/><w:keepLines/><w:pageBreakBefore/>'),
        ("<w:pageBreakBefore/>", "<w:pageBreakBefore/>"),
        ('<w:jc w:val="center"/>', '<w:pageBreakBefore/><w:jc w:val="center"/>'),
    ],
)
def test_a_page_break_leaves_the_properties_of_what_follows_in_their_order(properties: str, after: str) -> None:
    following = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/>{properties}</w:pPr><w:r><w:t>Eins</w:t></w:r></w:p>'
    template = word_template("Davor", '<w:p><w:pPr><w:pStyle w:val="Pagebreak"/></w:pPr></w:p>', following)
    made = render_word(compile_word(template, "probe.docx"), {}, STAMP)

    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert f'<w:pPr><w:pStyle w:val="Heading1"/>{after}</w:pPr>' in archive.read("word/document.xml").decode()


def test_a_value_that_announces_something_keeps_what_the_template_says_of_its_paragraph() -> None:
    said = '<w:p><w:pPr><w:keepNext w:val="0"/></w:pPr><w:r><w:t>{{ x }}</w:t></w:r></w:p>'
    made = render_word(compile_word(word_template(said), "probe.docx"), {"x": "Es gilt:"}, STAMP)

    with zipfile.ZipFile(BytesIO(made)) as archive:
        assert archive.read("word/document.xml").decode().count("<w:keepNext") == 1


def test_a_design_saved_by_libreoffice_gives_word_copies_that_pass_the_check() -> None:
    """It writes the kind of a relation in small letters; python-docx then adds the part a second time."""

    kind = b"openxmlformats.org/package/2006/relationships/metadata"

    def small(name: str, content: bytes) -> bytes:
        return content.replace(kind, kind.replace(b"package", b"officedocument")) if name == "_rels/.rels" else content

    copied = shipped("letter", changed(DESIGN, small))

    assert "docProps/core.xml" in parts_of(copied)
    assert compile_word(copied, "letter.docx").label == "Anschreiben"


@pytest.mark.parametrize("value", ["Eins.\n\nZwei:\n- a\n- b", "1. a\n2. b"])
def test_a_paragraph_said_to_be_plain_is_plain(value: str) -> None:
    said, silent = (read(paragraph("{{ x }}", style), context={"x": value}) for style in ("Normal", ""))
    assert said == silent
    assert said.count("\n") > 1


def test_an_empty_paragraph_that_breaks_the_page_is_known_whatever_a_program_adds_to_it() -> None:
    added = '<w:p><w:pPr><w:pStyle w:val="Pagebreak"/><w:rPr/></w:pPr><w:r><w:rPr/></w:r></w:p>'
    made = render_word(compile_word(word_template("Davor", added, "Danach"), "probe.docx"), {}, STAMP)

    with zipfile.ZipFile(BytesIO(made)) as archive:
        xml = archive.read("word/document.xml").decode()
    assert ("Pagebreak" in xml, xml.count("<w:pageBreakBefore/>")) == (False, 1)


_SPREAD = """+++
label = "Probe"
kind = "probe"
+++
## § Kosten

(#) {{ x }}

(#) Es gilt: {{ x }}

Vorweg {{ x }}

Danach **{{ x }}**.
"""


@pytest.mark.parametrize(
    ("value", "clause"),
    [
        ("Eins", "Absatz: (1)\tEins\n"),
        ("Eins\nzwei", "Absatz: (1)\tEins\nzwei\n"),
        ("Eins\n\nZwei", "Absatz: (1)\tEins\nAbsatz Text: Zwei\n"),
        (
            "Eins:\n- a\n- b\nEnde",
            "Absatz: (1)\tEins:\nAbsatz Aufzählungszeile: -\ta\nAbsatz Aufzählungszeile: -\tb\nAbsatz Text: Ende\n",
        ),
        ("a) x\nb) y", "Absatz: (1)\t\nAbsatz Aufzählungszeile: a)\tx\nAbsatz Aufzählungszeile: b)\ty\n"),
        (Open("Kosten"), "Absatz: (1)\t[noch zu klären: Kosten]\n"),
        ("", "Absatz: (1)\t\n"),
    ],
)
def test_a_value_at_the_end_of_a_paragraph_is_set_as_it_is_typed(value: object, clause: str, design: Design) -> None:
    made = render(compile_template(_SPREAD, "probe.md.j2"), {"x": value}, STAMP, design)
    copied = render_word(compile_word(word_copy(_SPREAD, "probe.docx", DESIGN), "probe.docx"), {"x": value}, STAMP)

    assert clause in as_text(made)
    assert as_text(copied) == as_text(made)
    assert faults_of(made) == []


def test_what_a_value_in_a_paragraph_announces_stands_on_its_page(design: Design) -> None:
    made = render(compile_template(_SPREAD, "probe.md.j2"), {"x": "Eins:\n\nZwei"}, STAMP, design)
    kept = {one.text: one.paragraph_format.keep_with_next for one in Document(BytesIO(made)).paragraphs}

    assert kept["(1)\tEins:"] is kept["Vorweg Eins:"] is True
    assert kept["Zwei"] is None
