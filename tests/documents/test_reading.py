"""What is read back from a Word file, ours or edited elsewhere."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from ikz_workflow.documents.reading import as_text, file_hash, inspected, paragraphs, text_hash
from ikz_workflow.documents.values import Open, StampRead

from .conftest import FULL_HASH, STAMP

Make = Callable[..., bytes]
BODY = """::: title
Vereinbarung
über {{ t }}
:::

::: address
Absender: Stadt
Landkreis
:::
::: information
Datum: heute
:::

::: facts
Nr. | 17
:::

# (#) Anlass

{{ t }}

## § Kosten {#kosten}

(#) Nach {@kosten} zahlt **A** {{ o }}.

- Punkt
  - Unterpunkt

1. erstens
   1. tief

| Jahr | Betrag |
|---|---:|
{% for y in years %}
| {{ y }} | 1.000,00 € |
{% endfor %}

::: note
Hinweis
:::

::: signatures
A | B | C
D | E | F
G
:::

::: pagebreak

::: open
"""
CONTEXT: dict[str, object] = {
    "t": "Fälle  &\tmehr\nneue Zeile\n\nneuer Absatz",
    "o": Open("Betrag"),
    "years": [2026, 2027],
}


def changed(data: bytes, old: str, new: str, part: str = "word/document.xml") -> bytes:
    """Return the file with a piece of XML replaced in one part."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            content = archive.read(name).decode()
            assert name != part or old in content
            target.writestr(name, content.replace(old, new, 1) if name == part else content)
    return out.getvalue()


@pytest.fixture(scope="module")
def ours(make: Make) -> bytes:
    return make(BODY, CONTEXT)


@pytest.fixture(scope="module")
def saved(ours: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return our file opened and saved by LibreOffice."""
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("office")
    (folder / "ours.docx").write_bytes(ours)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        program,
        profile,
        "--headless",
        "--convert-to",
        "docx",
        "--outdir",
        f"{folder}/out",
        f"{folder}/ours.docx",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (folder / "out" / "ours.docx").read_bytes()


def test_saving_in_libreoffice_keeps_text_hash_and_proof(ours: bytes, saved: bytes) -> None:
    assert as_text(saved) == as_text(ours)
    assert text_hash(saved) == text_hash(ours)
    assert file_hash(saved) != file_hash(ours)
    assert inspected(saved).stamp == inspected(ours).stamp


def test_the_proof_is_read_from_the_properties(ours: bytes) -> None:
    assert inspected(ours).stamp == StampRead("IKZ-2026-0017", "Zweckvereinbarung", 3, 128, STAMP.short_hash, FULL_HASH)


def test_without_properties_the_proof_is_read_from_the_footer(ours: bytes) -> None:
    bare = changed(ours, 'name="ikz-key"', 'name="other"', "docProps/custom.xml")
    assert inspected(bare).stamp == StampRead("IKZ-2026-0017", "Zweckvereinbarung", 3, 128, STAMP.short_hash, "")


def test_a_foreign_file_has_no_proof(make: Make) -> None:
    foreign = changed(make("Text\n"), 'name="ikz-key"', 'name="other"', "docProps/custom.xml")
    assert inspected(changed(foreign, " · Fassung ", " ", "word/footer1.xml")).stamp is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">Hinweis<", ">Hinweise<"),
        (">2027<", ">2028<"),
        ("1.000,00 €", "1.000,01 €"),
        (">1.<", ">2.<"),
        ("§\u00a01", "§\u00a02"),
        ('<w:pStyle w:val="ListBullet"/>', ""),
        ("<w:tr>", "<w:tr><w:tc><w:p/></w:tc>"),
    ],
)
def test_one_change_of_the_words_changes_the_text_hash(ours: bytes, old: str, new: str) -> None:
    assert text_hash(changed(ours, old, new)) != text_hash(ours)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<w:pStyle w:val="Note"/>', ""),
        (">Hinweis<", ">Hin\u00adweis<"),
        ("<w:body>", "<w:body><w:p/>"),
        ("Fälle  &amp;", "Fa\u0308lle &amp;"),
        (
            ">Hinweis<",
            (
                '>Hin</w:t></w:r><w:bookmarkStart w:id="1" w:name="x"/><w:ins w:id="2"><w:r><w:t>weis</w:t>'
                "</w:r></w:ins><w:r><w:t><"
            ),
        ),
        (">Hinweis<", '>Hinweis</w:t></w:r><w:del w:id="2"><w:r><w:delText>weg</w:delText></w:r></w:del><w:r><w:t><'),
        ("<w:tbl>", "<w:sdt><w:sdtPr/><w:sdtContent><w:p><w:r><w:t> </w:t></w:r></w:p></w:sdtContent></w:sdt><w:tbl>"),
    ],
)
def test_form_and_accepted_revisions_do_not_change_the_text_hash(ours: bytes, old: str, new: str) -> None:
    assert text_hash(changed(ours, old, new)) == text_hash(ours)


def test_another_stamp_does_not_change_the_text_hash(make: Make, ours: bytes) -> None:
    later = make(BODY, CONTEXT, replace(STAMP, version=4, position=999, sample=True))
    assert later != ours
    assert text_hash(later) == text_hash(ours)


def test_a_deleted_paragraph_end_joins_two_paragraphs(make: Make) -> None:
    two = make("eins\n\nzwei\n")
    mark = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    joined = changed(two, "<w:p>", mark)
    assert [line.text for line in paragraphs(joined)] == ["einszwei"]


def test_a_deleted_row_and_moved_text_are_gone(make: Make) -> None:
    table = make("| A |\n|---|\n| b |\n\nText\n")
    gone = changed(
        table, "<w:tr><w:trPr><w:cantSplit/></w:trPr>", '<w:tr><w:trPr><w:cantSplit/><w:del w:id="1"/></w:trPr>'
    )
    gone = changed(
        gone,
        '<w:r><w:t xml:space="preserve">Text</w:t></w:r>',
        '<w:moveFrom w:id="3"><w:r><w:t>Text</w:t></w:r></w:moveFrom>',
    )
    assert as_text(gone) == "Tabellenzeile: A\n"


def test_automatic_numbers_of_an_edited_file_are_read(make: Make) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for depth, (start, form, text) in enumerate(
            [(3, "decimal", "%1."), (1, "lowerRoman", "%1.%2)"), (1, "upperLetter", "%3")]
        )
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum><w:num w:numId="8">'
        '<w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="9"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        "</w:numbering>"
    )
    file = changed(make("a\n\nb\n\nc\n\nd\n\ne\n"), "</w:numbering>", numbering, "word/numbering.xml")
    for list_, depth in ((8, 0), (8, 1), (8, 1), (8, 0), (9, 0)):
        properties = f'<w:p ><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_}"/></w:numPr></w:pPr>'
        file = changed(file, "<w:p>", properties)
    assert [line.text for line in paragraphs(file)] == ["3.\ta", "3.i)\tb", "3.ii)\tc", "4.\td", "1.\te"]


def test_pictures_text_boxes_and_fields_are_read(make: Make) -> None:
    drawing = (
        "<w:r><w:drawing>"
        '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:embed="rId99"/></w:drawing>'
        "<w:txbxContent><w:p><w:r><w:t>Kasten</w:t></w:r></w:p></w:txbxContent></w:r>"
        '<w:fldSimple w:instr="REF x"><w:r><w:t>heute</w:t></w:r></w:fldSimple><w:r><w:instrText>'
        "PAGE</w:instrText></w:r></w:p>"
    )
    file = changed(make("Bild: \n"), "</w:p>", drawing)
    relation = '<Relationship Id="rId99" Type="http://x/image" Target="media/a.png"/></Relationships>'
    file = changed(file, "</Relationships>", relation, "word/_rels/document.xml.rels")
    out = BytesIO(file)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/media/a.png", b"PNG")
    picture = hashlib.sha256(b"PNG").hexdigest()
    assert [line.text for line in paragraphs(out.getvalue())] == [f"Bild:[Bild {picture}]heute", "Kasten"]


def test_a_footnote_counts_as_text(make: Make) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    file = changed(make("Text\n"), "</w:p>", '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>')
    relation = '<Relationship Id="rId98" Type="http://x/footnotes" Target="footnotes.xml"/></Relationships>'
    file = changed(file, "</Relationships>", relation, "word/_rels/document.xml.rels")
    out = BytesIO(file)
    with zipfile.ZipFile(out, "a") as archive:
        note = (
            f'<w:footnotes {w}><w:footnote w:id="2"><w:p><w:r><w:t>klein</w:t></w:r></w:p></w:footnote></w:footnotes>'
        )
        archive.writestr("word/footnotes.xml", note)
    assert [line.text for line in paragraphs(out.getvalue())] == ["Text[Fußnote]", "Fußnote: klein"]


def test_the_file_hash_is_the_sha256_of_the_bytes() -> None:
    assert file_hash(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_the_shipped_look_is_there(ours: bytes) -> None:
    assert {line.style for line in paragraphs(ours)} >= {
        "Title",
        "Subtitle",
        "Heading 1",
        "Heading 2",
        "Absatz",
        "Hinweis",
    }


CONTENTS = "::: title\nT\n:::\n\n::: contents\n\n# (#) Eins\n\na\n\n# (#) Zwei\n\nb\n"


def test_contents_renewed_by_word_are_the_same_text_and_other_words_in_them_are_not(make: Make) -> None:
    ours = make(CONTENTS)
    entry = '<w:t xml:space="preserve">Eins</w:t></w:r></w:hyperlink>'
    page = entry.replace("</w:hyperlink>", "<w:r><w:tab/><w:t>12</w:t></w:r></w:hyperlink>")
    other = entry.replace("Eins", "Eins, nicht verbindlich")
    assert "Toc 1: 1\tEins\n" in as_text(ours)
    assert text_hash(changed(ours, entry, page, "word/document.xml")) == text_hash(ours)
    assert text_hash(changed(ours, entry, other, "word/document.xml")) != text_hash(ours)


def test_contents_saved_in_libreoffice_are_the_same_text(make: Make, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "ours.docx").write_bytes(make(CONTENTS))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        program,
        profile,
        "--headless",
        "--convert-to",
        "docx",
        "--outdir",
        f"{tmp_path}/out",
        f"{tmp_path}/ours.docx",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert text_hash((tmp_path / "out" / "ours.docx").read_bytes()) == text_hash(make(CONTENTS))
