"""All guidelines are bound into one document: those generated as they are, those edited by hand in their words."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import edited, started

from ikz_workflow.documents.reading import as_text, guard
from ikz_workflow.services import documents, proposals
from ikz_workflow.services.guidelines import collect
from ikz_workflow.services.home import Home


@pytest.fixture
def three(home: Home, tmp_path: Path) -> Home:
    """Return a home with a generated guideline, one edited by hand, and a proposal that has none."""
    for title in ("Erstes", "Zweites " + "mit langem Titel " * 8):
        key = started(home, title)
        proposals.set_fields(home, key, ["summary=Worum es geht"])
        documents.create(home, key, "guideline")
    started(home, "Ohne")
    file = edited(home, "IKZ-2026-0002", "guideline", "Von Hand dazu.", home.path)
    documents.file_edited(home, "IKZ-2026-0002", "guideline", file)
    return home


def test_every_newest_guideline_is_a_chapter_named_in_the_contents(three: Home) -> None:
    made = collect(three)
    text = as_text(made.content)

    assert (made.count, made.edited) == (2, ("IKZ-2026-0002",))
    assert "Toc 1: Erstes\n" in text
    assert "Heading 1: Erstes\nHinweis: IKZ-2026-0001, FB\u00a023, Fassung 1" in text
    assert "Heading 2: 1\tAnlass und Ausgangslage\n" in text
    assert text.count("Normal: Worum es geht") == 2
    assert "List Bullet: •\tOhne (IKZ-2026-0003, FB 23)" in text.replace("\u00a0", " ")


def test_what_was_edited_by_hand_stands_there_in_its_words_and_says_so(three: Home) -> None:
    chapter = as_text(collect(three).content).split("Heading 1: Zweites")[1]

    assert "Fassung 2" in chapter
    assert "wiedergegeben ist der Wortlaut" in chapter
    assert "Von Hand dazu." in chapter
    assert "Tabellenzeile: Kennzahl | Stand heute" in chapter


def test_the_same_history_gives_the_same_bytes(three: Home) -> None:
    content = collect(three).content

    assert content == collect(three).content
    guard(content, "sammlung.docx")


def test_without_guidelines_there_is_a_cover_that_says_so(home: Home) -> None:
    assert "Es gibt noch keinen Handlungsleitfaden." in as_text(collect(home).content)
