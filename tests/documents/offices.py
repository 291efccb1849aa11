"""Another office's look, as its Word would have saved it: other fonts and colours, a coat of arms, names in German."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO

import docx
from docx.shared import Mm, Pt, RGBColor

from ikz_workflow.documents.design import make_design

GREEN = "1E5631"
COAT = "Wappen: ein Turm über einem Fluss"
# How a German Word calls what English names stand for, where it writes identifiers.
_GERMAN = {"Heading1": "berschrift1", "Heading2": "berschrift2", "Title": "Titel", "Normal": "Standard",
           "ListBullet": "Aufzhlungszeichen", "TableHead": "Tabellenkopf", "Offen": "OffenZchn"}  # fmt: skip


def coat_of_arms() -> bytes:
    """Return a small PNG: a tower over a river."""
    wide, high = 48, 56
    rows = []
    for y in range(high):
        line = bytearray(b"\0")
        for x in range(wide):
            tower = 14 <= x < 34 and 10 <= y < 40 and not (y < 16 and (x - 14) // 4 % 2)
            river = y >= 42 and (x // 4 + y // 4) % 2 == 0
            line += b"\x1e\x56\x31" if tower else b"\x2f\x6d\xb5" if river else b"\xf4\xe9\xc9"
        rows.append(bytes(line))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def second_design() -> bytes:
    """Return the design of an office that took ours and made it its own."""
    document = docx.Document(BytesIO(make_design()))
    for style in document.styles:
        if style.type in (1, 2) and style.element.rPr is not None:
            for colour in style.element.rPr.iter("{*}color"):
                if str(colour.get(_W + "val")) == "1F3A5F":
                    colour.set(_W + "val", GREEN)
    for name in ("Title", "heading 1", "heading 2", "Titel Deckblatt"):
        document.styles[name].font.name = "DejaVu Serif"
    document.styles["Normal"].font.name = "Liberation Serif"
    document.styles["Normal"].font.size = Pt(12)
    document.styles["Offen"].font.color.rgb = RGBColor(0x60, 0x30, 0x00)
    letters, others = document.sections
    others.different_first_page_header_footer = True
    others.first_page_header.is_linked_to_previous = False
    others.first_page_footer.is_linked_to_previous = True
    _arms(others.first_page_header.paragraphs[0])
    _arms(letters.first_page_header.paragraphs[0])
    made = BytesIO()
    document.save(made)
    return _as_word_saves(made.getvalue())


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _arms(paragraph: object) -> None:
    for text in () if paragraph.runs else ("{{ author }}\t{{ sample }}",):  # type: ignore[attr-defined]
        paragraph.add_run(text)  # type: ignore[attr-defined]
    run = paragraph.add_run()  # type: ignore[attr-defined]
    run.add_picture(BytesIO(coat_of_arms()), height=Mm(14))
    run._r.xpath(".//wp:docPr")[0].set("descr", COAT)


def _as_word_saves(data: bytes) -> bytes:
    """Return a design with German identifiers, a torn placeholder, and without the part that was empty."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "docProps/custom.xml":
                continue
            if name in ("[Content_Types].xml", "_rels/.rels"):
                content = re.sub(rb"<(Override|Relationship) [^>]*custom[^>]*/>", b"", content)
            if re.fullmatch(r"word/[a-z]+\d*\.xml", name):
                for ours, theirs in _GERMAN.items():
                    named = rb'(styleId=|<w:(?:pStyle|rStyle|basedOn|next|link) w:val=)"%b"' % ours.encode()
                    content = re.sub(named, rb'\1"%b"' % theirs.encode(), content)
            content = content.replace(b"{{ key }}", b'{{ </w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr>'
                                      b'<w:lang w:val="de-DE"/></w:rPr><w:t>key }}')  # fmt: skip
            target.writestr(name, content)
    return out.getvalue()
