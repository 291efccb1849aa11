"""Word templates for the tests: a small one with given paragraphs, in the shipped design."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from ikz_workflow.documents.wordcopy import word_copy

TEMPLATES = Path(__file__).parents[2] / "templates"
DESIGN = (TEMPLATES / "design.docx").read_bytes()
_SOURCE = '+++\ntitle = "TITEL"\nlabel = "Probe"\nkind = "probe"\n+++\n\nSTELLE\n'
_PLACE = '<w:p><w:r><w:t xml:space="preserve">STELLE</w:t></w:r></w:p>'


def shipped(kind: str, design: bytes = DESIGN) -> bytes:
    """Return the Word copy of a shipped template."""
    return word_copy((TEMPLATES / f"{kind}.md.j2").read_text(encoding="utf-8"), f"{kind}.docx", design)


def changed(data: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """Return a file with its parts changed, and with more parts."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return made.getvalue()


def paragraph(text: str, style: str = "") -> str:
    """Return a paragraph of one run; a text that is XML already stays it."""
    if text.startswith(("<w:p>", "<w:tbl>")):
        return text
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def row(*cells: str, style: str = "") -> str:
    """Return a table row."""
    return "<w:tr>" + "".join(f"<w:tc>{paragraph(cell, style)}</w:tc>" for cell in cells) + "</w:tr>"


def table(*rows: str) -> str:
    """Return a table of finished rows."""
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


_SMALL = word_copy(_SOURCE, "probe.docx", DESIGN)


def word_template(*body: str, title: str = "Probe", header: str = "", footer: str = "") -> bytes:
    """Return a Word template with these paragraphs (texts or XML); `header` and `footer` get a paragraph more."""

    def change(name: str, content: bytes) -> bytes:
        text = content.decode("utf-8") if name.endswith((".xml", ".rels")) else ""
        if name == "word/document.xml":
            start, end = text.index("<w:body>") + 8, text.rindex("<w:sectPr")
            return (text[:start] + "".join(map(paragraph, body)) + text[end:]).encode("utf-8")
        if name == "docProps/core.xml":
            return text.replace("TITEL", escape(title)).encode("utf-8")
        for part, words in (("header", header), ("footer", footer)):
            if name.startswith(f"word/{part}") and words:
                end_tag = text.rindex("</w:p>") + len("</w:p>")
                return (text[:end_tag] + paragraph(words) + text[end_tag:]).encode("utf-8")
        return content

    return changed(_SMALL, change)
