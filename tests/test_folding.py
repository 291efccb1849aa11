"""Texts are compared without case and marks, umlauts either way; what a database leaves out, no text holds."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ikz_workflow.folding import STRANGE, folds, holds, may_mention, steady

GERMAN = "aAeoOuUsSbnBNk äÄöÖüÜß„“–§€"
MARKED = "éÉçØøłŁſKﬁﬃŒœÅåÀñµªİıẞ\u0308\u0301\u0327ÞæÆ字"
TEXTS = st.text(st.sampled_from(GERMAN + MARKED) | st.characters(codec="utf-8"), max_size=12)
WORDS = st.text(st.sampled_from((GERMAN + MARKED).replace(" ", "")), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Kämmerei", "KAEMMEREI"),
        ("Kaemmerei", "kämmer"),
        ("Kämmerei", "kammer"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("Ersatzpﬂanzung", "pflanz"),
        ("Dvořák", "dvorak"),
        ("Ka\u0308mmerei", "kämmerei"),
        ("K\u212anig", "kknig"),
        ("100 % (netto)", "%"),
        ("a_b", "_"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, word: str) -> None:
    assert holds(folds(text), folds(word))
    assert may_mention(text.encode(), steady(folds(word)))


@given(before=TEXTS, word=WORDS, after=TEXTS, change=st.sampled_from(["same", "upper", "lower", "NFD", "ae", "bare"]))
def test_no_text_that_holds_a_word_is_left_out_by_a_database(before: str, word: str, after: str, change: str) -> None:
    written = {
        "same": word,
        "upper": word.upper(),
        "lower": word.lower(),
        "NFD": unicodedata.normalize("NFD", word),
        "ae": folds(word)[0],
        "bare": folds(word)[1],
    }[change]
    text = f"{before}{written}{after}".replace("\0", "")
    part = steady(folds(word))
    if holds(folds(text), folds(word)):
        assert may_mention(text.encode(), part)
        small = "".join(one.lower() if one.isascii() else one for one in text)  # as a server folds by the rules of C
        assert part in small or re.search(STRANGE, text)


def test_a_plain_text_without_the_word_need_not_be_read() -> None:
    text = "Die Kämmerei prüft „Straßen“ – für 100 € nach § 3, größer als Öl und Ärger über Übermaß…"
    assert not may_mention(text.encode(), steady(folds("unauffindbar")))
    assert not re.search(STRANGE, text)
    assert may_mention(text.encode(), steady(folds("Kaemmerei")), steady(folds("strassen")))
