"""Which Word files from outside are let in."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from ikz_workflow.documents import guard as door
from ikz_workflow.documents.reading import guard
from ikz_workflow.errors import DocumentError

RELATIONS = "word/_rels/document.xml.rels"
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


@pytest.mark.parametrize("target", ["https://example.org", "HTTP://example.org", "mailto:a@b.de"])
def test_links_to_web_pages_and_mail_are_let_in(good: bytes, target: str) -> None:
    guard(repacked(good, {RELATIONS: relation("hyperlink", target)}), "brief.docx")


@pytest.mark.parametrize("part", ["../x.xml", "/x.xml", "word/../../x.xml", "c:x"])
def test_unsafe_names_are_refused(good: bytes, part: str) -> None:
    assert "unsicherem Namen" in refusal(repacked(good, extra={part: b"<a/>"}))


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
