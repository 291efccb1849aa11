"""The table of contents of a long document: its headings, linked, ready to be renewed by Word."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ikz_workflow.documents import wordml

TITLE = "Inhalt"
# Nothing else in our documents is a content control or a bookmark.
CONTROL = re.compile(r"<w:sdt>.*?</w:sdt>", re.DOTALL)
BOOKMARK = re.compile(r"<w:bookmark(?:Start|End)\b[^>]*/>")
_LISTED = ("Heading1", "Heading2")
_WRAPPING = re.compile(r"<w:sdt><w:sdtPr>.*?</w:sdtPr><w:sdtContent>|</w:sdtContent></w:sdt>")
_FIRST = 100_000
_ENTRY = re.compile(r'(<w:hyperlink w:anchor="(_Toc\d+)" w:history="1">.*?)</w:hyperlink>', re.DOTALL)
_FIELD_START = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
_FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
_LIST = re.compile(re.escape(_FIELD_START).replace(re.escape("{code}"), r'TOC \\o "[12]-[12]" \\h \\z'))
_LIST_END = wordml.paragraph(_FIELD_END, "TableEnd")


def sign(style: str) -> str:
    """Return the mark behind the properties of a paragraph that the contents may list, "" for any other."""
    return wordml.mark("heading", style[-1]) if style in _LISTED else ""


def bookmark(number: int) -> tuple[str, str]:
    """Return what stands around the runs of the heading of a number, so that the contents lead there."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{_name(number)}"/>', f'<w:bookmarkEnd w:id="{number}"/>'


def listed(level: int, headings: Sequence[str]) -> str:
    """Return the contents: the runs of the headings of one level, numbered from 1; "" where there are none.

    Page numbers are what only a program that sets the pages knows: Word adds them when it renews the field (F9). It is
    not asked to do so on opening, for it would put a question to everybody who opens the file.
    """
    if not headings:
        return ""
    entries = [
        f'<w:hyperlink w:anchor="{_name(number)}" w:history="1">{runs}</w:hyperlink>'
        for number, runs in enumerate(headings, 1)
    ]
    entries[0] = _FIELD_START.format(code=f'TOC \\o "{level}-{level}" \\h \\z') + entries[0]
    shown = "".join(wordml.paragraph(entry, f"TOC{level}") for entry in entries)
    title = wordml.paragraph(wordml.run(TITLE), "ContentsTitle")
    return (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{title}{shown}{_LIST_END}</w:sdtContent></w:sdt>"
    )


def _name(number: int) -> str:
    return f"_Toc{_FIRST + number}"


def with_page_fields(document: str) -> str:
    """Return the XML of a document whose contents ask for each page by itself: LibreOffice renews these, no lists."""
    if not _LIST.search(document):
        return document

    def asking(match: re.Match[str]) -> str:
        page = _FIELD_START.format(code=f"PAGEREF {match[2]} \\h") + wordml.run("0") + _FIELD_END
        return f"{match[1]}<w:r><w:tab/></w:r>{page}</w:hyperlink>"

    plain = _WRAPPING.sub("", _LIST.sub("", document)).replace(_LIST_END, "", 1)
    return _ENTRY.sub(asking, plain)
