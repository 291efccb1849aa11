"""What `document diff` tells: everything the text hash tells apart, and nothing else."""

from __future__ import annotations

from io import BytesIO

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikz_workflow.documents.changes import changes, marked, shortened, told
from ikz_workflow.documents.reading import text_hash

Block = str | tuple[str, ...]  # a paragraph, or a table row


def document(*blocks: Block) -> bytes:
    """Return a Word file; a paragraph that begins with `#` is a heading."""
    made = docx.Document()
    for block in blocks:
        if isinstance(block, tuple):
            row = made.add_table(1, len(block)).rows[0]
            for cell, text in zip(row.cells, block, strict=True):
                cell.text = text
        elif block.startswith("#"):
            made.add_heading(block[1:], 1)
        else:
            made.add_paragraph(block)
    target = BytesIO()
    made.save(target)
    return target.getvalue()


_WORDS = st.lists(st.sampled_from(["die", "Kosten", "§ 3", "hälftig", "nach", "Fläche,", "1.250 Euro"]), max_size=6)
_PARAGRAPHS = _WORDS.map(" ".join)
_BLOCKS = st.lists(st.one_of(_PARAGRAPHS, st.tuples(_PARAGRAPHS, _PARAGRAPHS)), max_size=6)


@settings(max_examples=15)
@given(_BLOCKS, _BLOCKS)
def test_a_difference_is_told_exactly_where_the_text_hash_differs(old: list[Block], new: list[Block]) -> None:
    before, after = document(*old), document(*new)
    assert bool(changes(before, after)) == (text_hash(before) != text_hash(after))
    assert changes(before, before) == []


@settings(max_examples=15)
@given(_BLOCKS, _BLOCKS)
def test_the_marks_hold_every_word_of_both_versions(old: list[Block], new: list[Block]) -> None:
    for change in changes(document(*old), document(*new)):
        kept = {mark: "".join(p.text for p in change.pieces if p.mark in ("same", mark)) for mark in ("gone", "new")}
        assert kept["gone"].split() == change.before.split()
        assert kept["new"].split() == change.after.split()


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Es zahlt die Stadt allein.", "Es zahlt der Kreis allein.", "Es zahlt [-die Stadt-]{+der Kreis+} allein."),
        ("Fünf Jahre.", "Fünf volle Jahre.", "Fünf {+volle +}Jahre."),
        ("Das gilt nicht für Dritte.", "Das gilt für Dritte.", "Das gilt [-nicht -]für Dritte."),
    ],
)  # fmt: skip
def test_words_that_went_and_came_are_marked_without_colour(before: str, after: str, shown: str) -> None:
    (change,) = changes(document(before), document(after))
    assert (change.change, change.marked) == ("changed", shown)


def test_a_row_is_one_change_with_marks_in_its_cells_under_the_heading_above() -> None:
    old = ("# Kosten", ("Amt", "2025"), ("FB 23", "1.250 Euro"))
    new = ("# Kosten", ("Amt", "2025"), ("FB 23", "1.500 Euro"))
    (change,) = changes(document(*old), document(*new))
    assert (change.kind, change.heading) == ("row", "Kosten")
    assert change.marked == "FB 23 | 1.[-250-]{+500+} Euro"


def test_another_paragraph_is_no_change_of_the_one_it_replaced() -> None:
    found = changes(document("Die Stadt zahlt alles."), document("Streit schlichtet das Landesverwaltungsamt."))
    assert [change.change for change in found] == ["removed", "added"]


def test_what_moved_between_paragraphs_keeps_their_order() -> None:
    old = ("Eins bleibt hier stehen.", "Zwei geht bald weg.", "Drei bleibt da stehen.")
    new = ("Eins bleibt hier nun stehen.", "Neu kommt etwas ganz anderes.", "Drei bleibt da nun stehen.")
    found = changes(document(*old), document(*new))
    assert [change.change for change in found] == ["changed", "removed", "added", "changed"]


def test_a_long_paragraph_is_cut_down_to_what_stands_beside_a_change() -> None:
    long = "Die Beteiligten arbeiten auf Augenhöhe zusammen. " * 20
    (change,) = changes(document(f"{long}Ja. {long}"), document(f"{long}Nein. {long}"))
    shown = marked(shortened(change.pieces))
    assert "[-Ja-]{+Nein+}" in shown
    assert len(shown) < 200
    assert shown.startswith("…")
    assert shown.endswith("…")


def test_a_table_of_three_hundred_changed_rows_is_told_row_by_row_and_cut_in_passing() -> None:
    def table(change: int) -> bytes:
        made = docx.Document()
        sheet = made.add_table(300, 2)
        for number, row in enumerate(sheet._tbl.tr_lst):
            for cell, text in zip(row.tc_lst, (f"Maßnahme Nummer {number}", f"{number + change} Euro"), strict=True):
                cell.p_lst[0].add_r().text = text
        target = BytesIO()
        made.save(target)
        return target.getvalue()

    before, after = table(0), table(7000)
    assert [change.change for change in changes(before, after)] == ["changed"] * 300
    assert told(before, after)[-1] == "… und 260 weitere Absätze"
