"""What a reader sees decides the text: nothing is shown that is not hashed, nothing unseen passes for read."""

from __future__ import annotations

import hashlib
import unicodedata
import zipfile
from collections.abc import Callable
from io import BytesIO
from itertools import product

import docx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ikz_workflow.documents.reading import as_text, paragraphs, text_hash
from ikz_workflow.documents.seen import folded

Make = Callable[..., bytes]

NAMES = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:lc="http://schemas.openxmlformats.org/drawingml/2006/lockedCanvas"'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PLAIN = "Die Laufzeit beträgt fünf Jahre."


def saved(look: str) -> bytes:
    document = docx.Document()
    run = document.add_paragraph("Die Laufzeit beträgt ").add_run("fünf Jahre")
    if look:
        setattr(run.font, look, True)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("look", ["hidden", "strike", "double_strike"])
def test_a_hidden_or_struck_word_changes_the_text_hash(look: str) -> None:
    assert text_hash(saved(look)) != text_hash(saved(""))


def test_a_bold_word_does_not_change_the_text_hash() -> None:
    assert text_hash(saved("bold")) == text_hash(saved(""))


def with_parts(data: bytes, changes: dict[str, tuple[str, str]], extra: dict[str, str] | None = None) -> bytes:
    """Return the file with one replacement in each of the named parts, and with more parts."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name in changes:
                old, new = changes[name]
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(name, content)
        for name, text in (extra or {}).items():
            target.writestr(name, text)
    return out.getvalue()


@pytest.fixture(scope="module")
def plain(make: Make) -> bytes:
    return make(f"{PLAIN}\n\nEnde.\n")


def body(data: bytes, old: str, new: str) -> bytes:
    document = {"word/document.xml": (old, new)}
    return with_parts(with_parts(data, document), {"word/document.xml": ("<w:document ", f"<w:document {NAMES} ")})


def beside(data: bytes, drawn: str) -> bytes:
    """Return the file with a drawing at the end of its first paragraph."""
    return body(data, "</w:p>", f"<w:r>{drawn}</w:r></w:p>")


def branches(choice: str, fallback: str) -> str:
    box = "<w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent>"
    return (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{box.format(choice)}</mc:Choice>'
        f"<mc:Fallback><w:pict>{box.format(fallback)}</w:pict></mc:Fallback></mc:AlternateContent>"
    )


def test_a_text_box_written_for_old_and_new_programs_counts_once(plain: bytes) -> None:
    once = beside(plain, "<w:txbxContent><w:p><w:r><w:t>Kasten</w:t></w:r></w:p></w:txbxContent>")
    assert text_hash(beside(plain, branches("Kasten", "Kasten"))) == text_hash(once)


def test_what_only_an_older_or_a_newer_program_shows_counts(plain: bytes) -> None:
    files = [beside(plain, branches(*texts)) for texts in (("A", "A"), ("A", "B"), ("B", "A"), ("B", "B"))]
    assert len({text_hash(file) for file in files}) == 4
    assert "A" in as_text(files[1])
    assert "B" in as_text(files[1])


def test_a_paragraph_with_a_text_box_before_alternatives_keeps_its_lines(plain: bytes) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>erst</w:t></w:r></w:p></w:txbxContent>"
    assert as_text(beside(plain, box + branches("dann", "dann"))).splitlines()[1:3] == ["Normal: erst", "Normal: dann"]


def test_numbered_alternatives_count_once(plain: bytes) -> None:
    paragraph = '<w:p><w:pPr><w:pStyle w:val="ListNumber"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>'
    both = f"<mc:AlternateContent><mc:Choice>{paragraph}</mc:Choice><mc:Fallback>{paragraph}</mc:Fallback>"
    file = body(plain, "<w:body>", f"<w:body>{both}</mc:AlternateContent>")
    assert text_hash(file) == text_hash(body(plain, "<w:body>", f"<w:body>{paragraph}"))


@pytest.mark.parametrize("wrapper", ["mc:AlternateContent", "w:moveTo", "w:customXml"])
def test_a_table_row_counts_whatever_it_is_wrapped_in(make: Make, wrapper: str) -> None:
    table = make("| A |\n|---|\n| b |\n")
    inside = "<mc:Choice>{}</mc:Choice>" if wrapper.startswith("mc") else "{}"
    row = "<w:tr><w:tc><w:p><w:r><w:t>neu</w:t></w:r></w:p></w:tc></w:tr>"
    assert "neu" in as_text(body(table, "</w:tbl>", f"<{wrapper}>{inside.format(row)}</{wrapper}></w:tbl>"))


@pytest.mark.parametrize(
    "drawn",
    [
        '<w:pict><v:shape><v:textpath string="Entwurf"/></v:shape></w:pict>',
        "<w:drawing><lc:lockedCanvas><a:t>Entwurf</a:t></lc:lockedCanvas></w:drawing>",
        "<w:dayLong/>",
        '<w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar>',
        '<w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:listEntry w:val="ja"/></w:ddList></w:ffData>'
        "</w:fldChar>",
    ],
)
def test_words_that_stand_in_no_run_count(plain: bytes, drawn: str) -> None:
    assert text_hash(beside(plain, drawn)) != text_hash(plain)


def chart(*, value: str = "120", title: str = "Kosten", kind: str = "barChart", colour: str = "204A87") -> str:
    return (
        f"<c:chartSpace {NAMES}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>{title}</a:t></a:r></a:p></c:rich>"
        f'</c:tx></c:title><c:plotArea><c:{kind}><c:ser><c:spPr><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
        f'</c:spPr><c:val><c:numLit><c:pt idx="0"><c:v>{value}</c:v></c:pt></c:numLit></c:val></c:ser></c:{kind}>'
        "</c:plotArea></c:chart></c:chartSpace>"
    )


def with_part(plain: bytes, drawn: str, kind: str, content: str, name: str = "charts/chart1.xml") -> bytes:
    relation = f'<Relationship Id="rId90" Type="{OFFICE}/{kind}" Target="{name}"/></Relationships>'
    relations = {"word/_rels/document.xml.rels": ("</Relationships>", relation)}
    return with_parts(beside(plain, drawn), relations, {f"word/{name}": content})


def charted(plain: bytes, content: str) -> bytes:
    drawn = '<w:drawing><a:graphic><a:graphicData><c:chart r:id="rId90"/></a:graphicData></a:graphic></w:drawing>'
    return with_part(plain, drawn, "chart", content)


@pytest.mark.parametrize("change", [{"value": "121"}, {"title": "Erträge"}, {"kind": "pieChart"}])
def test_a_chart_counts_with_its_figures_words_and_kind(plain: bytes, change: dict[str, str]) -> None:
    assert text_hash(charted(plain, chart(**change))) != text_hash(charted(plain, chart()))


def test_a_chart_is_read_in_words_and_its_colours_do_not_count(plain: bytes) -> None:
    assert "[Diagramm Kosten · barChart · ser · val · 120]" in as_text(charted(plain, chart()))
    assert text_hash(charted(plain, chart(colour="FF0000"))) == text_hash(charted(plain, chart()))


def test_a_picture_in_another_kind_of_drawing_counts(plain: bytes) -> None:
    drawn = '<w:drawing><a:graphicData><dgm:relIds r:dm="rId90"/></a:graphicData></w:drawing>'
    data = with_part(plain, drawn, "diagramData", f"<dgm:dataModel {NAMES}/>", "diagrams/data1.xml")
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/image" Target="../media/a.png"/>'
    relations = f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>'
    files = [
        with_parts(data, {}, {"word/diagrams/_rels/data1.xml.rels": relations, "word/media/a.png": picture})
        for picture in ("eins", "zwei", "eins")
    ]
    assert text_hash(files[0]) == text_hash(files[2]) != text_hash(files[1])


def test_a_chart_tells_of_its_axes_and_of_kinds_newer_programs_know(plain: bytes) -> None:
    more = '<c:min val="-5"/><c:formatCode>0%</c:formatCode><n:sunChart xmlns:n="urn:n"/></c:plotArea>'
    content = chart(kind="pieChart").replace("</c:plotArea>", more)
    told = "[Diagramm Kosten · pieChart · ser · val · 120 · min=-5 · 0% · {urn:n}sunChart]"
    assert told in as_text(charted(plain, content))


def test_another_kind_of_drawing_counts_by_its_content(plain: bytes) -> None:
    drawn = '<w:drawing><a:graphicData><dgm:relIds r:dm="rId90"/></a:graphicData></w:drawing>'
    files = [
        with_part(plain, drawn, "diagramData", f"<dgm:dataModel {NAMES}>{text}</dgm:dataModel>", "diagrams/data1.xml")
        for text in ("<a:t>ja</a:t>", "<a:t>nein</a:t>", "<a:t >ja</a:t>")
    ]
    assert text_hash(files[0]) != text_hash(files[1])
    assert text_hash(files[0]) == text_hash(files[2])


RUN = '<w:r><w:t xml:space="preserve">Ende.</w:t></w:r>'


def ending(plain: bytes, run: str = "", paragraph: str = "", style: str = "") -> bytes:
    """Return the file with run properties, paragraph properties, or styles given to its last paragraph."""
    properties = f"<w:pPr>{paragraph}</w:pPr>" if paragraph else ""
    new = f"{properties}<w:r><w:rPr>{run}</w:rPr><w:t>Ende.</w:t></w:r>"
    styles = {"word/styles.xml": ("</w:styles>", f"{style}</w:styles>")}
    return with_parts(body(plain, RUN, new), styles)


BLACK_ON_BLACK = '<w:color w:val="000000"/><w:shd w:val="clear" w:fill="101010"/>'


@pytest.mark.parametrize(
    ("run", "paragraph"),
    [
        ('<w:color w:val="FFFFFF"/>', ""),
        ('<w:color w:val="FDFDFD"/>', ""),
        ('<w:color w:val="000000" w:themeColor="background1"/>', ""),
        ('<w:color w:val="000000"/><w14:textFill><w14:noFill/></w14:textFill>', ""),
        ('<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>', ""),
        (BLACK_ON_BLACK, ""),
        ('<w:sz w:val="2"/>', ""),
        ('<w:w w:val="1"/>', ""),
        ("", '<w:spacing w:line="1" w:lineRule="exact"/>'),
    ],
)
def test_words_nobody_can_see_are_another_text(plain: bytes, run: str, paragraph: str) -> None:
    file = ending(plain, run, paragraph)
    assert text_hash(file) != text_hash(plain)
    assert "[kaum sichtbar" in as_text(file)


@pytest.mark.parametrize(
    "run",
    [
        '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="204A87"/>',
        '<w:color w:val="C00000"/>',
        '<w:sz w:val="12"/>',
    ],
)
def test_words_that_can_be_seen_are_the_same_text(plain: bytes, run: str) -> None:
    assert text_hash(ending(plain, run)) == text_hash(plain)


def test_the_ground_decides_whether_white_words_can_be_seen(make: Make) -> None:
    table = make("| A |\n|---|\n| weiß |\n")
    start = '<w:r><w:t xml:space="preserve">weiß'
    white = body(table, start, start.replace("<w:r>", '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr>'))
    content = zipfile.ZipFile(BytesIO(white)).read("word/document.xml").decode()
    before = content[: content.index("weiß")].rpartition("</w:tcPr>")[2]
    shade = '<w:shd w:val="clear" w:fill="204A87"/></w:tcPr>'
    dark = with_parts(white, {"word/document.xml": (f"</w:tcPr>{before}weiß", f"{shade}{before}weiß")})
    assert text_hash(dark) == text_hash(table)
    assert text_hash(white) != text_hash(table)


def style(name: str, look: str, kind: str = "character", based: str = "") -> str:
    below = f'<w:basedOn w:val="{based}"/>' if based else ""
    return f'<w:style w:type="{kind}" w:styleId="{name}">{below}<w:rPr>{look}</w:rPr></w:style>'


@pytest.mark.parametrize("look", ["<w:vanish/>", "<w:strike/>", "<w:dstrike/>", '<w:color w:val="FFFFFF"/>'])
def test_a_look_that_comes_from_styles_counts(plain: bytes, look: str) -> None:
    by_run = ending(plain, '<w:rStyle w:val="B"/>', "", style("A", look) + style("B", "", based="A"))
    by_paragraph = ending(plain, "", '<w:pStyle w:val="P"/>', style("P", look, "paragraph"))
    by_default = with_parts(plain, {"word/styles.xml": ("<w:rPrDefault><w:rPr>", f"<w:rPrDefault><w:rPr>{look}")})
    assert text_hash(plain) not in {text_hash(by_run), text_hash(by_paragraph), text_hash(by_default)}


def test_a_look_switched_off_in_the_run_itself_does_not_count(plain: bytes) -> None:
    off = '<w:vanish w:val="0"/><w:strike w:val="false"/>'
    styles = style("P", "<w:vanish/><w:strike/>", "paragraph")
    assert text_hash(ending(plain, off, '<w:pStyle w:val="P"/>', styles)) == text_hash(plain)


@pytest.mark.parametrize("height", ['<w:trHeight w:val="1" w:hRule="exact"/>', "<w:hidden/>"])
def test_a_row_too_low_to_be_seen_is_another_text(make: Make, height: str) -> None:
    table = make("| A |\n|---|\n| b |\n")
    low = body(table, "<w:tr><w:trPr><w:cantSplit/></w:trPr>", f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>")
    assert "[unsichtbar: b]" in as_text(low)


# ------------------------------------------------------------------------------------- what is remembered, read quickly
ROW = "<w:tr>{}<w:tc>{}<w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>"
HIDDEN_ROW = "<w:trPr><w:hidden/></w:trPr>"
DELETED_CELL = "<w:tcPr><w:cellDel/></w:tcPr>"


def table(row: str = "", cell: str = "") -> str:
    return f"<w:tbl>{ROW.format(row, cell)}</w:tbl>"


@pytest.mark.parametrize(
    ("row", "cell", "shown"),
    [
        (HIDDEN_ROW, "", "[unsichtbar: b]"),
        ("<w:trPr/>" + HIDDEN_ROW, "", "b"),
        ('<w:trPr><w:hidden w:val="0"/><w:hidden/></w:trPr>', "", "b"),
        ("<w:trPr><w:ins><w:hidden/></w:ins></w:trPr>", "", "b"),
        ("<w:tcPr><w:hidden/></w:tcPr>", "", "b"),
        ("", DELETED_CELL, ""),
        ("", "<w:tcPr/>" + DELETED_CELL, "b"),
        ("", "<w:trPr><w:cellDel/></w:trPr>", "b"),
    ],
)
def test_the_first_properties_of_a_row_or_cell_decide(plain: bytes, row: str, cell: str, shown: str) -> None:
    assert as_text(body(plain, "<w:body>", f"<w:body>{table(row, cell)}")).startswith(
        f"Tabellenzeile: {shown}\n" if shown else f"Normal: {PLAIN}"
    )


def noted(plain: bytes, inside: str) -> bytes:
    """Return the file with a footnote at the end of its first paragraph."""
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="7">{inside}</w:footnote></w:footnotes>'
    return with_part(plain, '<w:footnoteReference w:id="7"/>', "footnotes", notes, "footnotes.xml")


def test_a_table_in_a_note_is_read_as_one_in_the_text(plain: bytes) -> None:
    assert "Fußnote: Fußnote: b\n" in as_text(noted(plain, table()))
    assert "Fußnote: Fußnote: [unsichtbar: b]\n" in as_text(noted(plain, table(HIDDEN_ROW)))


@pytest.mark.parametrize("holder", ["tcPr", "tblPr", "trPr", "sectPr"])
def test_words_where_no_words_belong_count(plain: bytes, holder: str) -> None:
    paragraph = "<w:p><w:r><w:t>fremd</w:t></w:r></w:p>"
    place = {"tcPr": "<w:tc>", "tblPr": "<w:tc>", "trPr": "<w:tc>", "sectPr": "<w:body>"}[holder]
    file = body(plain, "<w:body>", f"<w:body>{table()}")
    assert "fremd" in as_text(
        with_parts(file, {"word/document.xml": (place, f"{place}<w:{holder}>{paragraph}</w:{holder}>")})
    )


FAINT = "[kaum sichtbar auf FFFFFF: "
# What a run says of itself, what is told before its words on white paper.
RUN_LOOKS = {
    "": "",
    "<w:rPr/>": "",
    "<w:rPr><w:strike/></w:rPr>": "[gestrichen: ",
    '<w:rPr><w:strike/><w:strike w:val="0"/></w:rPr>': "[gestrichen: ",
    '<w:rPr><w:strike w:val="0"/><w:strike/></w:rPr>': "",
    "<w:rPr><w:vanish/></w:rPr>": None,
    "<w:rPr><w:specVanish/></w:rPr>": None,
    '<w:rPr><w:vanish w:val="0"/></w:rPr>': "",
    '<w:rPr><w:rStyle w:val="Leise"/></w:rPr>': None,
    '<w:rPr><w:color w:val="FFFFFF"/></w:rPr>': FAINT,
    '<w:rPr><w:color w:val="000000"/></w:rPr>': "",
    '<w:rPr><w:color w:themeColor="FFFFFF"/></w:rPr>': "",
    '<w:rPr><w:highlight w:val="black"/><w:color w:val="FFFFFF"/></w:rPr>': "",
    "<w:rPr><w14:textFill><w14:noFill/><w14:a/></w14:textFill></w:rPr>": FAINT,
    '<w:rPr><w14:textFill w14:noFill="{http://schemas.microsoft.com/office/word/2010/wordml}a"/></w:rPr>': "",
    "<w:rPr><w14:textFill/><w14:noFill/></w:rPr>": "",
}
# What a paragraph says of itself, what is told before white words in it.
PARAGRAPH_LOOKS = {
    "": FAINT,
    "<w:pPr/>": FAINT,
    '<w:pPr><w:shd w:val="clear" w:fill="000000"/></w:pPr>': "",
    '<w:pPr><w:pStyle w:val="Klein"/></w:pPr>': "[kaum sichtbar: ",
    '<w:pPr><w:pStyle w:val="Dunkel"/></w:pPr>': "",
    '<w:pPr><w:spacing w:line="1" w:lineRule="exact"/></w:pPr>': "[kaum sichtbar: ",
    '<w:pPr><w:spacing w:lineRule="exact"/></w:pPr>': FAINT,
    '<w:pPr><w:pStyle w:val="Flach"/><w:spacing w:lineRule="exact"/></w:pPr>': "[kaum sichtbar: ",
}
GROUNDS = ["", '<w:shd w:val="clear" w:fill="000000"/>', '<w:shd w:val="clear" w:fill="FFFFFF"/>']
LOOK_STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="normal"/></w:style>'
    '<w:style w:type="character" w:styleId="Leise"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Schwarz"><w:rPr><w:color w:val="000000"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Weiß"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Klein"><w:rPr><w:sz w:val="2"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Grund"><w:pPr><w:shd w:val="clear" w:fill="000000"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Flach"><w:pPr><w:spacing w:line="1" w:lineRule="exact"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Dunkel"><w:basedOn w:val="Grund"/></w:style>'
)
# What is based on nothing is based on it: then even properties that say nothing say something.
NAMELESS = '<w:style w:type="character" w:styleId=""><w:rPr><w:strike/></w:rPr></w:style>'


def looking(blocks: list[str], more: str = "") -> bytes:
    """Return a file of these blocks, with more in its part of styles."""
    out = BytesIO()
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(
            "[Content_Types].xml",
            f'<Types><Override PartName="/word/document.xml" ContentType="{types}.document.main+xml"/></Types>',
        )
        for part, kind, to in (("", "officeDocument", "word/document.xml"), ("word/", "styles", "styles.xml")):
            name = f"{part}_rels/{'document.xml' if part else ''}.rels"
            relation = f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{to}"/>'
            target.writestr(name, f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>')
        target.writestr("word/styles.xml", f'<w:styles xmlns:w="{WORD}">{LOOK_STYLES}{more}</w:styles>')
        inside = "".join(blocks)
        target.writestr(
            "word/document.xml", f'<w:document xmlns:w="{WORD}" {NAMES}><w:body>{inside}</w:body></w:document>'
        )
    return out.getvalue()


def looks(beside_the_words: str = "") -> list[str]:
    """Return a block for every look of run, paragraph and ground, each with its own words."""
    return [
        f"<w:tbl><w:tr><w:tc><w:tcPr>{ground}</w:tcPr><w:p>{paragraph}<w:r>{run}<w:t>Wort {number}</w:t>"
        f"{beside_the_words}</w:r></w:p></w:tc></w:tr></w:tbl>"
        for number, (run, paragraph, ground) in enumerate(product(RUN_LOOKS, PARAGRAPH_LOOKS, GROUNDS))
    ]


@pytest.mark.parametrize("more", ["", NAMELESS])
def test_what_is_remembered_of_one_paragraph_tells_nothing_of_another(more: str) -> None:
    # With styles of its own, a file finds nothing remembered.
    files = (looking([block], f"{more}<!--{number}-->") for number, block in enumerate(looks()))
    assert paragraphs(looking(looks(), more)) == [line for file in files for line in paragraphs(file)]


@pytest.mark.parametrize(("run", "told"), RUN_LOOKS.items())
def test_what_a_run_says_of_itself_is_told(run: str, told: str | None) -> None:
    text = paragraphs(looking([f"<w:p><w:r>{run}<w:t>Wort</w:t></w:r></w:p>"]))[0].text
    assert text == ("" if told is None else f"{told}Wort{']' if told else ''}")


@pytest.mark.parametrize(("run", "told"), [("", "[gestrichen: Wort]"), ("<w:rPr/>", "Wort")])
def test_properties_that_say_nothing_are_not_taken_for_none(run: str, told: str) -> None:
    file = looking([f"<w:p><w:r><w:t>erst</w:t></w:r></w:p><w:p><w:r>{run}<w:t>Wort</w:t></w:r></w:p>"], NAMELESS)
    assert paragraphs(file)[1].text == told


@pytest.mark.parametrize(("paragraph", "told"), PARAGRAPH_LOOKS.items())
def test_what_a_paragraph_says_of_itself_is_told(paragraph: str, told: str) -> None:
    white = '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>Wort</w:t></w:r>'
    assert paragraphs(looking([f"<w:p>{paragraph}{white}</w:p>"]))[0].text == f"{told}Wort{']' if told else ''}"


def test_the_style_of_a_run_goes_before_that_of_its_paragraph() -> None:
    run = "<w:r>{}<w:t>Wort</w:t></w:r>"
    both = run.format("") + run.format('<w:rPr><w:rStyle w:val="Schwarz"/></w:rPr>')
    assert (
        paragraphs(looking([f'<w:p><w:pPr><w:pStyle w:val="Weiß"/></w:pPr>{both}</w:p>']))[0].text
        == f"{FAINT}Wort]Wort"
    )


def test_the_colour_of_a_cell_ends_with_it() -> None:
    white = '<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>Wort</w:t></w:r></w:p>'
    dark, other = f"<w:tc><w:tcPr>{GROUNDS[1]}</w:tcPr>{white}</w:tc>", f"<w:tc>{white}</w:tc>"
    lines = paragraphs(looking([f"<w:tbl><w:tr>{dark}{other}</w:tr><w:tr>{other}</w:tr></w:tbl>{white}"]))
    assert [line.text for line in lines] == [f"Wort | {FAINT}Wort]", f"{FAINT}Wort]", f"{FAINT}Wort]"]


def test_a_run_of_plain_words_is_read_as_one_that_holds_more() -> None:
    assert paragraphs(looking(looks())) == paragraphs(looking(looks("<w:lastRenderedPageBreak/>")))
    assert paragraphs(looking(looks("<w:t> und mehr</w:t>")))[0].text == "Wort 0 und mehr"


@given(st.text(st.sampled_from("aä \u0308\u00a0\u2003\u00ad\t\n\u212b\u1fef")))
@example("zwei  Blanks")
@example(" am Rand ")
@example("zerlegt: a\u0308")
@example("weich\u00ade Trennung")
def test_texts_are_compared_in_one_form_with_single_blanks(text: str) -> None:
    assert folded(text) == " ".join(unicodedata.normalize("NFC", text.replace("\u00ad", "")).split())


def test_the_text_hash_is_made_as_it_always_was() -> None:
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in ("b", "c"))
    file = looking([f"<w:p><w:r><w:t>Ä{chr(0xA0)} a</w:t></w:r></w:p><w:p/><w:tbl><w:tr>{cells}</w:tr></w:tbl>"])
    made = "ikz-text-v2\nparagraph\x1fÄ a\x1erow\x1fb\x1fc\x1e"
    assert text_hash(file) == hashlib.sha256(made.encode()).hexdigest()
