"""Which Word files from outside are let in."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from ikz_workflow.documents import guard as door
from ikz_workflow.documents.reading import guard, text_hash
from ikz_workflow.errors import DocumentError

RELATIONS = "word/_rels/document.xml.rels"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def repacked(
    data: bytes, changes: dict[str, Callable[[bytes], bytes]] | None = None, extra: dict[str, bytes] | None = None
) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in archive.namelist():
            content = archive.read(name)
            target.writestr(name, changes[name](content) if changes and name in changes else content)
        for name, content in (extra or {}).items():
            target.writestr(name, content)
    return out.getvalue()


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return change


def relation(kind: str, target: str) -> Callable[[bytes], bytes]:
    entry = f'<Relationship Id="rIdX" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    return replaced(b"</Relationships>", entry.encode())


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        guard(data, "brief.docx")
    return str(caught.value)


@pytest.fixture(scope="module")
def good(make: Callable[..., bytes]) -> bytes:
    return make("# Titel\n\nText\n")


def test_our_own_file_is_let_in(good: bytes) -> None:
    guard(good, "brief.docx")


@pytest.mark.parametrize("data", [b"", b"kein Zip", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert "keine Word-Datei" in refusal(data)


def test_a_zip_that_is_no_word_file_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "keine Word-Datei" in refusal(out.getvalue())


def test_a_damaged_zip_is_refused(good: bytes) -> None:
    assert "beschädigt" in refusal(good[:200] + bytes(50) + good[250:])


def test_a_file_too_large_is_refused(good: bytes) -> None:
    assert "zu groß" in refusal(good + bytes(20_000_000))


def test_a_bomb_is_refused_while_unpacking(good: bytes) -> None:
    assert "Entpackt" in refusal(repacked(good, extra={"word/media/x.bin": bytes(door.MOST_UNPACKED + 1)}))


def test_too_many_parts_are_refused(good: bytes) -> None:
    assert "zu viele Teile" in refusal(
        repacked(good, extra={f"word/media/{n}.bin": b"" for n in range(door.MOST_PARTS)})
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"vnd.ms-word.document.macroEnabled.main+xml",
            "Makros",
        ),
        (b"wordprocessingml.document.main+xml", b"wordprocessingml.template.main+xml", "Vorlage"),
        (b"wordprocessingml.document.main+xml", b"spreadsheetml.sheet.main+xml", "keine Word-Datei"),
    ],
)
def test_other_kinds_of_file_are_refused(good: bytes, old: bytes, new: bytes, words: str) -> None:
    assert words in refusal(repacked(good, {"[Content_Types].xml": replaced(old, new)}))


@pytest.mark.parametrize(
    ("part", "words"),
    [("word/vbaProject.bin", "Makros"), ("word/embeddings/a.xlsx", "eingebettete"), ("word/activeX/a.bin", "ActiveX")],
)
def test_parts_that_act_are_refused(good: bytes, part: str, words: str) -> None:
    assert words in refusal(repacked(good, extra={part: b"x"}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_definition_is_refused(good: bytes, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert "Dokumenttyp" in refusal(repacked(good, extra={"customXml/item1.xml": text.encode(encoding)}))


@pytest.mark.parametrize("start", [b"<!DOCTYPE a>", b"<!doctype a>", "<!DOCTYPE a>".encode("utf-16")])
def test_a_document_type_definition_is_named_before_the_part_is_opened(good: bytes, start: bytes) -> None:
    assert "Dokumenttyp-Definition" in refusal(repacked(good, extra={"word/x.xml": start + b"<a>"}))


def test_broken_xml_is_refused(good: bytes) -> None:
    assert "beschädigt" in refusal(repacked(good, {"word/document.xml": replaced(b"</w:body>", b"")}))


def test_an_embedded_document_is_refused(good: bytes) -> None:
    assert "anderes Dokument" in refusal(
        repacked(good, {"word/document.xml": replaced(b"<w:body>", b"<w:body><w:altChunk/>")})
    )


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        ("attachedTemplate", "http://x/a.dotm", "Vorlagendatei"),
        ("image", "http://x/a.png", "nach außen"),
        ("hyperlink", "file:///etc/passwd", "nach außen"),
        ("hyperlink", "javascript:alert(1)", "nach außen"),
        ("oleObject", "http://x/a", "bindet andere Dateien ein"),
    ],
)
def test_relations_to_the_outside_are_refused(good: bytes, kind: str, target: str, words: str) -> None:
    assert words in refusal(repacked(good, {RELATIONS: relation(kind, target)}))


def inserted(data: bytes, xml: str, part: str = "word/document.xml") -> bytes:
    return repacked(data, {part: replaced(b"</w:p>", xml.encode() + b"</w:p>")})


def field(*instruction: str) -> str:
    """Return a field whose instruction is split over runs."""
    runs = "".join(f"<w:r><w:instrText>{text}</w:instrText></w:r>" for text in instruction)
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f"{begin}{runs}{end}"


FETCHING = ["DDE", "DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "LINK", "IMPORT", "INCLUDE", "EMBED", "DATABASE"]
ACTING = ["QUOTE", "IF", "SET", "ASK", "FILLIN", "MACROBUTTON", "GOTOBUTTON", "EQ", "SYMBOL", "AUTOTEXT", "Unfug"]


@pytest.mark.parametrize("name", [*FETCHING, *ACTING])
def test_fields_that_fetch_act_or_write_by_themselves_are_refused(good: bytes, name: str) -> None:
    assert f"Feld {name.upper()} ist nicht zulässig" in refusal(inserted(good, field(f" {name[:2]}", f"{name[2:]} x")))
    assert f"Feld {name.upper()}" in refusal(inserted(good, f'<w:fldSimple w:instr="{name.lower()} x"/>'))


@pytest.mark.parametrize(
    "xml",
    [
        field(field("REF a"), ' cmd "/c calc"'),
        field("DD", field("REF a"), "E x"),
        "<w:r><w:instrText>DDEAUTO x</w:instrText></w:r>",
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE x</w:instrText></w:r>',
        f"<w:del>{field('PAGE').replace('instrText', 'delInstrText').replace('PAGE', 'DDE x')}</w:del>",
    ],
)
def test_a_field_in_disguise_is_refused(good: bytes, xml: str) -> None:
    assert "ist nicht zulässig" in refusal(inserted(good, xml))


@pytest.mark.parametrize(
    "code", ["PAGE", " NUMPAGES ", "page \\* roman", 'TOC \\o "1-3"', "REF a \\h", "SEQ Abbildung", "=SUM(ABOVE)"]
)
def test_fields_that_count_and_refer_are_let_in(good: bytes, code: str) -> None:
    guard(inserted(good, field(code.replace("\\\\", "\\"))), "brief.docx")


def test_a_field_that_changes_by_itself_may_stand_in_the_footer_alone(good: bytes) -> None:
    assert "ändert den Text von selbst" in refusal(inserted(good, field("DATE \\@ dd.MM.yyyy")))
    guard(inserted(good, field("DATE"), "word/footer1.xml"), "brief.docx")


@pytest.mark.parametrize("name", ["word/header9.xml", "word/footer.xml"])
def test_the_text_is_the_text_whatever_its_part_is_called(good: bytes, name: str) -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(inserted(good, field("DATE")))) as archive, zipfile.ZipFile(out, "w") as target:
        for part in archive.namelist():
            content = archive.read(part).replace(b"word/document.xml", name.encode())
            renamed = part.replace("word/document.xml", name).replace("document.xml.rels", f"{name[5:]}.rels")
            target.writestr(renamed, content)
    assert refusal(out.getvalue()).count(f"Das Feld DATE ändert den Text von selbst ({name})") == 1
    assert "nicht zulässig" in refusal(inserted(good, field("DDE x"), "word/footer1.xml"))


@pytest.mark.parametrize(
    ("code", "is_safe"),
    [
        ("HYPERLINK &quot;https://example.org/a b&quot;", True),
        ("HYPERLINK \\l &quot;Ziel&quot;", True),
        ("HYPERLINK https://example.org \\o Hinweis", True),
        ("HYPERLINK &quot;file:///etc/passwd&quot;", False),
        ("HYPERLINK \\\\server\\x", False),
        ("HYPERLINK calc.exe", False),
    ],
)
def test_a_link_in_a_field_leads_to_the_web_or_into_the_document(good: bytes, code: str, is_safe: bool) -> None:
    file = inserted(good, field(code.replace("\\\\", "\\")))
    if is_safe:
        guard(file, "brief.docx")
    else:
        assert "Ein Link führt zu etwas anderem" in refusal(file)


@pytest.mark.parametrize("prefix", ["w", "w15"])
def test_a_content_control_that_shows_hidden_data_is_refused(good: bytes, prefix: str) -> None:
    bound = f"<w:sdt><w:sdtPr><{prefix}:dataBinding xmlns:w15='http://schemas.microsoft.com/office/word/2012/wordml'/>"
    assert "verborgenen Daten" in refusal(inserted(good, f"{bound}</w:sdtPr><w:sdtContent/></w:sdt>"))


def renamed(data: bytes, old: str, new: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            target.writestr(name.replace(old, new), archive.read(name))
    return out.getvalue()


def test_capital_letters_hide_nothing(good: bytes) -> None:
    bad = repacked(good, {RELATIONS: relation("image", "http://x/a.png")})
    assert "nach außen" in refusal(renamed(bad, "document.xml.rels", "DOCUMENT.XML.RELS"))
    bad = inserted(good, field("DDE x"))
    assert "nicht zulässig" in refusal(renamed(bad, "document.xml", "Document.XML"))
    shouting = repacked(good, {"[Content_Types].xml": replaced(b"wordprocessingml.document.main", b"X")})
    assert "keine Word-Datei" in refusal(shouting)


def test_a_file_whose_parts_are_written_in_capitals_reads_the_same(good: bytes) -> None:
    assert text_hash(renamed(good, "styles.xml", "Styles.XML")) == text_hash(good)


def test_a_part_that_is_xml_by_its_type_is_looked_through(good: bytes) -> None:
    types = replaced(b"</Types>", b'<Override PartName="/word/x.dat" ContentType="Application/X+XML"/></Types>')
    bad = repacked(good, {"[Content_Types].xml": types}, {"word/x.dat": b"<!DOCTYPE a><a/>"})
    assert "Dokumenttyp" in refusal(bad)


def test_another_dialect_of_the_format_is_refused(good: bytes) -> None:
    strict = replaced(b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/x")
    assert "Strict Open XML" in refusal(repacked(good, {"word/document.xml": strict}))


def test_two_sets_of_styles_are_refused(good: bytes) -> None:
    entry = f'<Relationship Id="rIdY" Type="{OFFICE}/Styles" Target="styles2.xml"/></Relationships>'.encode()
    assert "doppelt" in refusal(repacked(good, {RELATIONS: replaced(b"</Relationships>", entry)}))


@pytest.mark.parametrize("target", ["https://example.org", "HTTP://example.org", "mailto:a@b.de"])
def test_links_to_web_pages_and_mail_are_let_in(good: bytes, target: str) -> None:
    guard(repacked(good, {RELATIONS: relation("hyperlink", target)}), "brief.docx")


@pytest.mark.parametrize("part", ["../x.xml", "/x.xml", "word/../../x.xml", "c:x"])
def test_unsafe_names_are_refused(good: bytes, part: str) -> None:
    assert "unsicherem Namen" in refusal(repacked(good, extra={part: b"<a/>"}))


def test_a_part_whose_name_is_nothing_is_refused(good: bytes) -> None:
    nameless = repacked(good, extra={"#.xml": b"<a/>"}).replace(b"#.xml", b"\0.xml")  # a name ends at its first zero
    assert "unsicherem Namen" in refusal(nameless)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("part", ["word/document.xml", "WORD/Document.xml"])
def test_a_part_that_stands_twice_is_refused(good: bytes, part: str) -> None:
    assert "doppelt" in refusal(repacked(good, extra={part: b"<a/>"}))


def test_several_reasons_are_all_named(good: bytes) -> None:
    bad = repacked(good, {RELATIONS: relation("image", "http://x/a.png")}, {"word/vbaProject.bin": b"x"})
    with pytest.raises(DocumentError) as caught:
        guard(bad, "brief.docx")
    assert len(caught.value.problems) == 2


def test_noise_never_breaks_the_guard(good: bytes) -> None:
    noise = random.Random(17)
    for place in range(0, len(good), 97):
        broken = good[:place] + noise.randbytes(3) + good[place + 3 :]
        try:
            guard(broken, "brief.docx")
        except DocumentError:
            continue


def test_what_is_refused_once_is_refused_again(good: bytes) -> None:
    bad = repacked(good, {RELATIONS: relation("image", "http://x/b.png")})
    assert refusal(bad) == refusal(bad)


def test_what_may_stand_in_a_footer_may_not_stand_in_the_text_with_the_same_bytes(good: bytes) -> None:
    date = f'<w:ftr xmlns:w="{WORD}"><w:p><w:fldSimple w:instr="DATE"/></w:p></w:ftr>'.encode()
    guard(repacked(good, extra={"word/footer9.xml": date}), "brief.docx")
    assert "Das Feld DATE" in refusal(repacked(good, extra={"word/footer9.xml": date, "word/notes9.xml": date}))


def test_more_parts_than_are_remembered_are_looked_into_all_the_same(good: bytes) -> None:
    many = {f"word/part{number}.xml": f"<a>{number}</a>".encode() for number in range(100)}
    for _time in range(2):
        guard(repacked(good, extra=many), "brief.docx")
        assert "beschädigt" in refusal(repacked(good, extra={**many, "word/part200.xml": b"<a>"}))
