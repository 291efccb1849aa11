"""Render a document, against docxtpl rendering the same template laid out in the same design."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.table import Table
from jinja2 import Environment
from lxml import etree

from benchmarks.measuring import in_turns
from benchmarks.table import Line, duration
from ikz_workflow import resources
from ikz_workflow.definition import Definition
from ikz_workflow.documents.context import context_of
from ikz_workflow.documents.markdown import compile_template
from ikz_workflow.documents.package import DOCUMENT, Design, Member, canonical_zip, member
from ikz_workflow.documents.render import render
from ikz_workflow.documents.sample import material
from ikz_workflow.documents.sandbox import AUTHORS
from ikz_workflow.documents.values import Stamp, short_hash
from ikz_workflow.services.cases import current
from ikz_workflow.services.home import Home

_PAGES = {"agreement": "four", "guideline": "ten"}  # with every field filled
_HASH = "0" * 64
_WHEN = datetime(2026, 11, 22, tzinfo=UTC)
_STAMP = Stamp("IKZ-2026-0001", "", "Handlungsleitfaden", 1, 1, short_hash(_HASH), _HASH, _WHEN, "Frau Muster", True)
_FOOTER = {"key": "IKZ-2026-0001", "kind": "Handlungsleitfaden", "position": 1, "hash": short_hash(_HASH)}
_CHANGING = re.compile(r"word/(document|(header|footer)\d*|charts/chart\d+)\.xml|docProps/(core|custom)\.xml")
_TABLE = """+++
label = "Tabelle"
kind = "table"
+++
| Maßnahme | Stelle | Kosten |
|---|---|---:|
{% for row in rows %}
| {{ row.name }} | {{ row.unit }} | {{ row.cost }} |
{% endfor %}
"""
_CONTROL = re.compile(r"\{% (.*) %\}")
_JINJA = Environment(autoescape=True)
_JINJA.filters |= AUTHORS.filters


class Rendering:
    """A document with every field filled: everything that is warm before it is made."""

    def __init__(self, folder: Path, kind: str = "guideline") -> None:
        self.source, self.design = _shipped(f"{kind}.md.j2").decode("utf-8"), _shipped("design.docx")
        self.context = context_of(material(_definition(folder), full=True))
        self.template, self.look = compile_template(self.source, kind), Design(self.design)

    def document(self, number: int = 0) -> bytes:
        """Return a document that no other number gives."""
        return render(self.template, self.context, replace(_STAMP, key=f"IKZ-2026-{number:04d}"), self.look)


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the lines of a long table, an agreement and a guideline."""
    yield _table_line(quick=quick)
    if find_spec("docxtpl") is None:
        print("document: left out, docxtpl is not installed (pip install docxtpl)", file=sys.stderr)
        return
    for kind, pages in _PAGES.items():
        rendering = Rendering(folder, kind)
        laid_out = _as_word(rendering.source, rendering.design)
        theirs_too = {**rendering.context, **_FOOTER, "author": "Frau Muster", "sample": "Beispiel"}
        ours, theirs = in_turns(
            rendering.document,
            lambda laid_out=laid_out, known=theirs_too: _by_docxtpl(laid_out, known),
            10 if quick else 50,
        )
        target = "≤ 1.5 ms for five, ≤ 1/10"
        what = f"{kind}, {pages} pages, warm"
        yield Line(what, "docxtpl, same template", ours, theirs, duration(ours.cpu), target)


def _table_line(*, quick: bool) -> Line:
    """Return the line of a table of 300 rows: against a tree that is there already, written out and zipped alike."""
    template, look = compile_template(_TABLE, "table"), Design(_shipped("design.docx"))
    rows = [{"name": f"Maßnahme {n}", "unit": "FB 23 & LK Börde", "cost": f"{n * 125},00 Euro"} for n in range(300)]
    context = {"rows": rows}
    made = render(template, context, _STAMP, look)
    changing, others = parts_of(made)
    tree = etree.fromstring(changing[DOCUMENT])
    ours, theirs = in_turns(
        lambda: render(template, context, _STAMP, look),
        lambda: zipped({**changing, DOCUMENT: etree.tostring(tree, encoding="UTF-8", standalone=True)}, others),
        10 if quick else 50,
    )
    return Line("table of 300 rows, warm", "lxml tree written, zip", ours, theirs, duration(ours.cpu), "≤ 3 ×")


def parts_of(made: bytes) -> tuple[dict[str, bytes], list[Member]]:
    """Return the parts of a Word file that no other document has, and the design's own, deflated already."""
    with zipfile.ZipFile(BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changing = {name: data for name, data in parts.items() if _CHANGING.match(name)}
    return changing, [member(name, data) for name, data in parts.items() if name not in changing]


def zipped(changing: dict[str, bytes], others: list[Member]) -> bytes:
    """Return the Word file of its parts: all that has to be done once everything is known."""
    return canonical_zip([*others, *(member(name, data) for name, data in changing.items())])


def _definition(folder: Path) -> Definition:
    return current(Home(folder, folder / "none.db", "bench"), "kooperation")[0]


def _shipped(name: str) -> bytes:
    return (resources.shipped("templates") / name).read_bytes()


def _by_docxtpl(template: bytes, context: dict[str, Any]) -> bytes:
    from docxtpl import DocxTemplate  # type: ignore[import-untyped]  # ships no types

    document = DocxTemplate(BytesIO(template))  # docxtpl's own documentation wants a new one for each rendering
    document.render(context, _JINJA)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _as_word(source: str, design: bytes) -> bytes:
    """Return our Markdown template as a Word file with docxtpl's tags, everything in its place."""
    document = docx.Document(BytesIO(design))
    table: Table | None = None
    for line in _body(source):
        control = _CONTROL.fullmatch(line)
        if control and table is not None:  # a tag between two rows takes a row of its own
            table = _row(document, table, [f"{{%tr {control[1]} %}}"])
            continue
        if " | " in line and not control:
            table = _row(document, table, [cell.strip() for cell in line.strip("|").split(" | ")])
            continue
        table = None
        if control:
            document.add_paragraph(f"{{%p {control[1]} %}}")
        elif line.startswith("#"):
            marks, _space, text = line.partition(" ")
            document.add_heading(text, len(marks))
        elif line.startswith("- "):
            document.add_paragraph(line[2:], style="List Bullet")
        elif line:
            document.add_paragraph(line)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _body(source: str) -> Iterator[str]:
    """Yield the template's lines without front matter and without what only our Markdown has."""
    for line in source.split("+++", 2)[2].split("\n"):
        if line.startswith(":::") or re.fullmatch(r"\|[-:| ]+\|", line):
            continue
        yield re.sub(r"\*\*|\(#\) | ?\{#[a-z]+\}", "", line).replace("{@pruefungen}", "Abschnitt 8")


def _row(document: Document, table: Table | None, cells: list[str]) -> Table:
    table = table or document.add_table(0, len(cells))
    row = table.add_row()
    for cell, text in zip(row.cells, cells, strict=False):
        cell.text = text
    return table
