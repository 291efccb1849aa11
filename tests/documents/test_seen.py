"""What a reader does not see as it stands is not the same text."""

from __future__ import annotations

from io import BytesIO

import docx
import pytest

from ikz_workflow.documents.reading import text_hash


def saved(look: str) -> bytes:
    document = docx.Document()
    run = document.add_paragraph("Die Laufzeit beträgt ").add_run("fünf Jahre")
    if look:
        setattr(run.font, look, True)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("look", ["hidden", "strike", "double_strike"])
def test_a_hidden_or_struck_word_changes_the_text_hash(look: str) -> None:
    assert text_hash(saved(look)) != text_hash(saved(""))


def test_a_bold_word_does_not_change_the_text_hash() -> None:
    assert text_hash(saved("bold")) == text_hash(saved(""))
