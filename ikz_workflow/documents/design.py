"""Making `templates/design.docx`: `python -m ikz_workflow.documents.design templates/design.docx`."""

from __future__ import annotations

import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm, Twips

from ikz_workflow.documents import package, styles

_CUSTOM_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_STAMPED = datetime(2025, 1, 1)  # naive: python-docx takes it for UTC
_EXPLANATION = (
    "Diese Datei bestimmt das Aussehen aller Dokumente: Formatvorlagen, Seite, Kopf- und Fußzeile. "
    "Ihr Text wird ersetzt. In Kopf- und Fußzeile stehen Platzhalter in doppelten geschweiften Klammern; "
    "sie müssen am Stück geschrieben bleiben."
)
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
    _page(document)
    _header(document)
    _footer(document)
    document.add_paragraph(_EXPLANATION)
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


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    section.header_distance, section.footer_distance = Mm(11), Mm(9)
    section.gutter = Twips(0)


def _header(document: Document) -> None:
    paragraph = document.sections[0].header.paragraphs[0]
    paragraph.add_run("{{ author }}")
    paragraph.add_run("\t")
    paragraph.add_run("{{ sample }}", style="Beispiel")


def _footer(document: Document) -> None:
    footer = document.sections[0].footer
    first = footer.paragraphs[0]
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
