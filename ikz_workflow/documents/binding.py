"""Bind documents into one file: a cover, the contents, each document a chapter."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

from ikz_workflow.documents import contents, wordml
from ikz_workflow.documents.charts import part_name
from ikz_workflow.documents.markdown import Template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import paragraphs
from ikz_workflow.documents.render import Context, body_of
from ikz_workflow.documents.values import Line, Stamp

_BODY = re.compile(r"<w:body>(.*?)(?:<w:sectPr\b(?:(?!<w:sectPr\b).)*</w:sectPr>)?</w:body>", re.DOTALL)
_HEADING = re.compile(r'<w:pStyle w:val="Heading([1-4])"/>')
_CHAPTER = '<w:pStyle w:val="Heading1"/>'
_ALONE = re.compile(
    "|".join(
        (
            contents.CONTROL.pattern,
            contents.BOOKMARK.pattern,
            "<w:pageBreakBefore/>",
            r'<w:p><w:pPr><w:pStyle w:val="Cover(?:Title|Subtitle)"/>.*?</w:p>',
        )
    ),
    re.DOTALL,
)
_TITLE = '<w:pStyle w:val="Title"/>'
_DEEPEST = 4
_NARROWEST, _WIDEST = 6, 60  # characters that decide how wide a column is
_LETTER, _MARGINS = 108, 130  # twentieths of a point: a letter of a table's text, the blank beside it
_STYLES = {
    "Title": "Subtitle",
    "Subtitle": "Subtitle",
    "List Bullet": "ListBullet",
    "List Bullet 2": "ListBullet2",
    "List Number": "ListNumber",
    "List Number 2": "ListNumber2",
    "Absatz": "Absatz",
    "Absatz Text": "ClauseText",
    "Hinweis": "Note",
}
_LEFT_OUT = ("Titel Deckblatt", "Untertitel Deckblatt", "Inhaltsüberschrift")
# Only charts of ours are drawn so: their parts are numbered as they stand in the text.
_CHART = re.compile(r'<w:drawing>(?:(?!</w:drawing>).)*r:id="rIdChart[0-9]+".*?</w:drawing>', re.DOTALL)
_CHART_NUMBER = re.compile(r'(<wp:docPr id="|(?<=[0-9]" )name="Diagramm |r:id="rIdChart)([0-9]+)(?=")')
_DRAWN = re.compile(r"\[(Bild|Diagramm|Grafik) [^\]]*\]")  # how the reading tells what is drawn
_BULLETS = ("•\t", "–\t")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One document to be bound; `ours` tells that it is as it was generated, so that its layout can be kept."""

    title: str
    note: str
    content: bytes
    ours: bool


def bind(cover: Template, context: Context, chapters: Sequence[Chapter], stamp: Stamp, design: Design) -> bytes:
    """Return the Word file of a cover and its chapters; the same arguments give the same bytes.

    A document edited by hand is set anew from its words: what another program made of its layout is not taken over.
    """
    made = body_of(cover, context)
    charts = design.drawn(made.charts)
    listed = contents.listed(1, [wordml.run(chapter.title) for chapter in chapters])
    bound = [_chapter(number, chapter, charts) for number, chapter in enumerate(chapters, 1)]
    return design.draft("".join([made.body, listed, *bound]), None, charts).sealed(stamp).content


def _chapter(number: int, chapter: Chapter, charts: list[str]) -> str:
    """Return a chapter; its charts go behind those there are already."""
    runs = wordml.run(chapter.title).join(contents.bookmark(number))
    heading = f"<w:p><w:pPr>{_CHAPTER}<w:pageBreakBefore/></w:pPr>{runs}</w:p>"
    note = wordml.paragraph(wordml.run(chapter.note), "Note")
    return heading + note + ((_kept(chapter.content, charts) if chapter.ours else "") or _set_anew(chapter.content))


def _kept(content: bytes, charts: list[str]) -> str:
    """Return the body of a generated document one level deeper, "" where it refers to parts other than charts."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        found = _BODY.search(archive.read(wordml.DOCUMENT).decode("utf-8"))
        if found is None or "r:id=" in (words := _CHART.sub("", found[1])) or "r:embed=" in words:
            return ""
        before, count = len(charts), len(_CHART.findall(found[1]))
        charts += [archive.read(part_name(number)).decode("utf-8") for number in range(1, count + 1)]

    def renumbered(drawing: re.Match[str]) -> str:
        return _CHART_NUMBER.sub(lambda one: f"{one[1]}{before + int(one[2])}", drawing[0])

    # Cover, contents, page breaks of its own are what a chapter does without.
    inside = _ALONE.sub("", _CHART.sub(renumbered, found[1]))
    deeper = _HEADING.sub(lambda one: f'<w:pStyle w:val="Heading{min(int(one[1]) + 1, _DEEPEST)}"/>', inside)
    return deeper.replace(_TITLE, '<w:pStyle w:val="Subtitle"/>')


def _set_anew(content: bytes) -> str:
    """Return the words of a document in our own layout: paragraphs, headings one level deeper, lists, tables."""
    out = []
    for columns, group in groupby(paragraphs(content), key=lambda line: len(line.cells)):
        lines = list(group)
        out.append(_table(lines, columns) if columns else "".join(_paragraph(line) for line in lines))
    return "".join(out)


def _paragraph(line: Line) -> str:
    if not line.text.strip() or line.style in _LEFT_OUT or line.style.startswith("Toc "):
        return ""
    heading = re.fullmatch(r"Heading ([1-9])", line.style)
    style = f"Heading{min(int(heading[1]) + 1, _DEEPEST)}" if heading else _STYLES.get(line.style, "")
    text = _DRAWN.sub("[\\1]", line.text)
    if style.startswith("ListBullet"):
        text = next((text.removeprefix(sign) for sign in _BULLETS if text.startswith(sign)), text)
    return wordml.paragraph(wordml.run(text), style)


def _widths(columns: Sequence[Sequence[str]]) -> list[int]:
    """Return the widths of columns: room for the longest word of each, what is left where the texts are long."""
    words = [max((len(word) for text in texts for word in text.split()), default=0) for texts in columns]
    needed = [max(word, _NARROWEST) * _LETTER + _MARGINS for word in words]
    left = wordml.TEXT_WIDTH - sum(needed)
    if left < 0:
        return wordml.shares(needed)
    more = wordml.shares([min(max(map(len, texts)), _WIDEST) + 1 for texts in columns], left)
    return [width + extra for width, extra in zip(needed, more, strict=True)]


def _table(lines: Sequence[Line], columns: int) -> str:
    widths = _widths([[line.cells[at] for line in lines] for at in range(columns)])
    header = columns > 2 and len(lines) > 1
    rows = []
    for number, line in enumerate(lines):
        first = header and number == 0
        style = "TableHead" if first else "TableText"
        cells = "".join(
            wordml.cell(
                "".join(wordml.paragraph(wordml.run(_DRAWN.sub("[\\1]", part)), style) for part in text.split("\n")),
                width,
            )
            for text, width in zip(line.cells, widths, strict=True)
        )
        rows.append(wordml.row(cells, header=first))
    return wordml.table_start("Ruled", widths, header=header) + "".join(rows) + wordml.TABLE_END
