"""The table of contents of a long document: its headings, linked, ready to be renewed by Word."""

from __future__ import annotations

import re

from ikz_workflow.documents import wordml

MARK = "<#contents>"
TITLE = "Inhalt"
# Set by `with_contents` alone; nothing else in our documents is a content control or a bookmark.
CONTROL = re.compile(r"<w:sdt>.*?</w:sdt>", re.DOTALL)
BOOKMARK = re.compile(r"<w:bookmark(?:Start|End)\b[^>]*/>")
_HEADING = '<w:p><w:pPr><w:pStyle w:val="Heading{}"/>'
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


def with_contents(body: str) -> str:
    """Return a body with the contents in place of their mark: all headings of the level with which it begins.

    Page numbers are what only a program that sets the pages knows: Word adds them when it renews the field (F9). It is
    not asked to do so on opening, for it would put a question to everybody who opens the file.
    """
    starts = {level: _HEADING.format(level) for level in ("1", "2")}
    found = {level: place for level, start in starts.items() if (place := body.find(start)) >= 0}
    level = min(found, key=lambda level: found[level], default="1")
    # Cut at the headings: a pattern would look at every character of a long text.
    pieces = body.split(starts[level])
    entries: list[str] = []
    for number, piece in enumerate(pieces[1:], 1):
        properties, _, rest = piece.partition("</w:pPr>")
        runs, _, after = rest.partition("</w:p>")
        name = f"_Toc{_FIRST + number}"
        entries.append(f'<w:hyperlink w:anchor="{name}" w:history="1">{runs}</w:hyperlink>')
        mark = f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'
        pieces[number] = f"{properties}</w:pPr>{mark}</w:p>{after}"
    body = starts[level].join(pieces)
    if entries:
        entries[0] = _FIELD_START.format(code=f'TOC \\o "{level}-{level}" \\h \\z') + entries[0]
    shown = "".join(wordml.paragraph(entry, f"TOC{level}") for entry in entries)
    title = wordml.paragraph(wordml.run(TITLE), "ContentsTitle")
    control = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{title}{shown}{_LIST_END}</w:sdtContent></w:sdt>"
    )
    return body.replace(MARK, control if entries else "", 1).replace(MARK, "")


def with_page_fields(document: str) -> str:
    """Return the XML of a document whose contents ask for each page by itself: LibreOffice renews these, no lists."""
    if not _LIST.search(document):
        return document

    def asking(match: re.Match[str]) -> str:
        page = _FIELD_START.format(code=f"PAGEREF {match[2]} \\h") + wordml.run("0") + _FIELD_END
        return f"{match[1]}<w:r><w:tab/></w:r>{page}</w:hyperlink>"

    plain = _WRAPPING.sub("", _LIST.sub("", document)).replace(_LIST_END, "", 1)
    return _ENTRY.sub(asking, plain)
