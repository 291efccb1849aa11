"""Making `templates/design.docx`: `python -m ikz_workflow.documents.design templates/design.docx`."""

from __future__ import annotations

import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.section import Section
from docx.shared import Mm, Twips

from ikz_workflow.documents import package, styles

_CUSTOM_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_STAMPED = datetime(2025, 1, 1)  # naive: python-docx takes it for UTC
_EXPLANATIONS = (
    "Diese Datei bestimmt das Aussehen aller Dokumente: Formatvorlagen, Seite, Kopf- und Fußzeile; ihr Text wird "
    "ersetzt. Dieser erste Abschnitt gilt für Briefe. Seine erste Seite trägt Falt- und Lochmarken nach DIN 5008, "
    "Form B.",
    "Dieser zweite Abschnitt gilt für alle anderen Dokumente. In Kopf- und Fußzeilen stehen Platzhalter in doppelten "
    "geschweiften Klammern; sie bleiben stehen und werden in jedem Dokument gefüllt.",
)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_CHOICES = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_SHAPE = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_DECORATIVE = "http://schemas.microsoft.com/office/drawing/2017/decorative"
_MARKS = ((105, 5), (148.5, 7), (210, 5))  # fold, hole, fold: millimetres from the upper edge, length
_FIRST_MARK = 9000  # ids of drawings are unique in a document; its charts count from 1
_NOT_OURS = (
    RELATIONSHIP_TYPE.THEME,
    RELATIONSHIP_TYPE.WEB_SETTINGS,
    RELATIONSHIP_TYPE.CUSTOM_XML,
    RELATIONSHIP_TYPE.THUMBNAIL,
)


def make_design() -> bytes:
    """Return the bytes of the design; they are the same in every run."""
    document = docx.Document()
    _strip(document)
    _dress(document)
    _page(document.sections[0])
    document.add_paragraph(_EXPLANATIONS[0])
    document.add_section(WD_SECTION.NEW_PAGE)
    document.add_paragraph(_EXPLANATIONS[1])
    letters, others = document.sections
    letters.different_first_page_header_footer = True
    others.different_first_page_header_footer = False
    _header(letters.header)
    _footer(letters.footer)
    _header(letters.first_page_header)
    _fold_marks(letters.first_page_header)
    _footer(letters.first_page_footer)
    _properties(document)
    made = BytesIO()
    document.save(made)
    with ZipFile(made) as archive:
        return package.canonical_zip(package.member(name, archive.read(name), 9) for name in archive.namelist())


def _strip(document: Document) -> None:
    """Drop the parts of python-docx's own template that say nothing here."""
    for owner in (document.part, document.part.package):
        for number, relation in list(owner.rels.items()):
            if relation.reltype in _NOT_OURS or "stylesWithEffects" in relation.reltype:
                del owner.rels[number]


def _dress(document: Document) -> None:
    made = {
        RELATIONSHIP_TYPE.STYLES: styles.styles_xml(),
        RELATIONSHIP_TYPE.NUMBERING: styles.numbering_xml(),
        RELATIONSHIP_TYPE.SETTINGS: styles.settings_xml(),
    }
    for relation in list(document.part.rels.values()):
        if relation.reltype in made:
            element = relation.target_part._element
            fresh = parse_xml(made[relation.reltype])
            for child in list(element):
                element.remove(child)
            element.extend(list(fresh))
        elif relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            relation.target_part._blob = styles.fonts_xml().encode("utf-8")


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.header_distance, section.footer_distance = Mm(11), Mm(9)
    section.gutter = Twips(0)


def _header(header: Any) -> None:
    paragraph = header.paragraphs[0]
    paragraph.style = "Header"
    paragraph.add_run("{{ author }}")
    paragraph.add_run("\t")
    paragraph.add_run("{{ sample }}", style="Beispiel")


def _fold_marks(header: Any) -> None:
    """Draw the marks of DIN 5008, form B: lines behind the text, in the header, decorative to a screen reader."""
    run = header.paragraphs[0].add_run()
    for number, (millimetres, length) in enumerate(_MARKS, 1):
        run._r.append(parse_xml(_mark(number, Mm(millimetres), Mm(length))))


def _mark(number: int, top: int, length: int) -> str:
    return (
        f'<mc:AlternateContent xmlns:mc="{_CHOICES}" {styles.NAMESPACE} xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
        f' xmlns:a="{_DRAWING}/main" xmlns:wps="{_SHAPE}"><mc:Choice Requires="wps"><w:drawing>'
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="0" behindDoc="1" locked="0"'
        ' layoutInCell="0" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="page"><wp:posOffset>{Mm(5)}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{length}" cy="0"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        f'<wp:docPr id="{_FIRST_MARK + number}" name="Marke {number}" descr=""><a:extLst>'
        f'<a:ext uri="{{C183D7F6-B498-43B3-948B-1728B52AA6E4}}"><adec:decorative xmlns:adec="{_DECORATIVE}" val="1"/>'
        f'</a:ext></a:extLst></wp:docPr><wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{_SHAPE}">'
        '<wps:wsp><wps:cNvCnPr/><wps:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{length}" cy="0"/></a:xfrm><a:prstGeom prst="line"><a:avLst/></a:prstGeom>'
        f'<a:ln w="6350"><a:solidFill><a:srgbClr val="{styles.GREY}"/></a:solidFill></a:ln></wps:spPr><wps:bodyPr/>'
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent>"
    )


def _footer(footer: Any) -> None:
    first = footer.paragraphs[0]
    first.style = "Footer"
    first.paragraph_format.space_before = Twips(60)
    _rule_above(first)
    first.add_run("{{ key }} · {{ kind }} · Fassung {{ version }}\tSeite ")
    _field(first, "PAGE")
    first.add_run(" von ")
    _field(first, "NUMPAGES")
    footer.add_paragraph("Stand nach Eintrag {{ position }} des Verlaufs · {{ hash }}", style="Footer")


def _rule_above(paragraph: object) -> None:
    border = f'<w:pBdr {styles.NAMESPACE}><w:top w:val="single" w:sz="4" w:space="4" w:color="{styles.RULE}"/></w:pBdr>'
    properties = paragraph._p.get_or_add_pPr()  # type: ignore[attr-defined]
    # After the style, before tabs, spacing: the order the schema asks for.
    properties.insert(1 if properties.pStyle is not None else 0, parse_xml(border))


def _field(paragraph: object, name: str) -> None:
    field = f'<w:fldSimple {styles.NAMESPACE} w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    paragraph._p.append(parse_xml(field))  # type: ignore[attr-defined]


def _properties(document: Document) -> None:
    core = document.core_properties
    core.title, core.language, core.author, core.comments = "Gestaltung der Dokumente", "de-DE", "", ""
    core.created = core.modified = _STAMPED
    core.revision, core.last_modified_by, core.keywords = 1, "", ""
    custom = Part(PackURI("/docProps/custom.xml"), _CUSTOM_CONTENT, _empty_properties(), document.part.package)
    document.part.package.relate_to(custom, _CUSTOM_RELATION)


def _empty_properties() -> bytes:
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="{namespace}"/>'.encode()


def main(target: str) -> None:
    """Write the design to the file `target`."""
    Path(target).write_bytes(make_design())


if __name__ == "__main__":
    main(sys.argv[1])
