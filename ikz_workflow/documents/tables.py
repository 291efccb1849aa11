"""Markdown tables as Word tables whose rows can be repeated by control tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token

from ikz_workflow.documents import wordml
from ikz_workflow.documents.blocks import controls
from ikz_workflow.documents.inline import Balance, Pen, stripped
from ikz_workflow.documents.source import Tag

_PLAIN_DASHES = 3  # a separator of `---` everywhere says nothing about widths
_NARROWEST, _WIDEST = 6, 30  # characters a heading counts for, where headings decide
_ENDS = ("endif", "endfor", "else", "elif")


@dataclass(frozen=True, slots=True)
class _Cell:
    inline: Token
    align: str


def table(pen: Pen, tokens: list[Token]) -> tuple[str, list[Tag]]:
    """Return the table, and the control tags that follow it without a blank line and belong behind it."""
    rows = _rows(tokens)
    widths = _widths(pen, tokens[0], rows[0])
    xml = [
        wordml.table_start("Ruled", widths, header=True),
        wordml.mark("table"),
        _row(pen, rows[0], widths, header=True),
    ]
    balance = Balance(pen.faults, " in derselben Tabelle")
    following: list[Tag] = []
    for cells in rows[1:]:
        tags = _control_row(pen, cells)
        if following and not tags:
            pen.faults.add(
                following[0].line, "Nach diesem Steuerzeichen geht die Tabelle weiter; bitte eine Zeile frei lassen."
            )
            break
        if not tags:
            xml.append(_row(pen, cells, widths))
        elif following or (balance.depth == 0 and tags[0].keyword in _ENDS):
            following += tags
        else:
            for tag in tags:
                balance.feed(tag)
                xml.append(pen.control(tag))
    balance.end()
    return "".join((*xml, wordml.mark("/table"), wordml.TABLE_END)), following


def _rows(tokens: list[Token]) -> list[list[_Cell]]:
    rows: list[list[_Cell]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            style = str(before.attrs.get("style", ""))
            align = {"text-align:right": "right", "text-align:center": "center"}.get(style, "")
            rows[-1].append(_Cell(token, align))
    return rows


def _control_row(pen: Pen, cells: list[_Cell]) -> list[Tag]:
    """Return the control tags of a row that holds nothing else."""
    text = cells[0].inline.content
    if any(cell.inline.content.strip() for cell in cells[1:]) or not controls(pen, text):
        return []
    return [pen.scan.tag(sign) for sign in "".join(text.split())]


def _row(pen: Pen, cells: list[_Cell], widths: list[int], header: bool = False) -> str:
    style = "TableHead" if header else "TableText"
    written = (
        wordml.cell(pen.cell(stripped(pen.pieces(cell.inline)), style, cell.align), width)
        for cell, width in zip(cells, widths, strict=True)
    )
    return wordml.ROW + wordml.row("".join(written), header=header)


def _widths(pen: Pen, token: Token, header: list[_Cell]) -> list[int]:
    """Return column widths in proportion to the dashes of the separator, or else to the headings."""
    separator = pen.scan.text.split("\n")[(token.map or [0])[0] + 1]
    dashes = [len(part) for part in re.findall("-+", separator)]
    if max(dashes) > _PLAIN_DASHES:
        return wordml.shares(dashes)
    return wordml.shares([min(max(len(cell.inline.content), _NARROWEST), _WIDEST) for cell in header])
