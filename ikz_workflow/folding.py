"""Compare texts as a reader means them: without case, umlauts written either way, marks left out."""

from __future__ import annotations

import re
import unicodedata

Word = tuple[str, str]  # a text for comparison, as `folds` gives it
_MARKED = re.compile(r"[^\x00-\xbf\u2010-\u206f]")  # what may bear a mark: no ASCII, no quotation mark, no dash
_STEADY = re.compile(r"[^aouse\x80-\U0010ffff]+")  # ä, ö, ü and ß become these letters, some of them two
_ASCII = bytes(range(128))
# What else a German text is written with, in UTF-8: none of it becomes a letter other than a, o, u, s and e.
_PLAIN = re.compile(
    rb"(?:\xc2.|\xc3[\x84\x96\x9c\x9f\xa4\xb6\xbc]|\xe2\x80[\x90-\xbf]|\xe2\x81[\x80-\xaf]|\xe2\x82\xac)*", re.DOTALL
)
STRANGE = r"[^\u0001-\u00bf\u2010-\u206f€äöüÄÖÜß]"  # what is not plain, as a pattern that servers know too


def folds(text: str) -> Word:
    """Return a text for comparison twice: umlauts written as ae, oe, ue, and as bare letters."""
    if text.isascii():
        folded = text.lower()
        return folded, folded
    folded = unicodedata.normalize("NFC", text).casefold()
    spelled, bare = folded, folded
    for umlaut in "äöü":  # much faster than a translation, and often there is nothing else to translate
        spelled, bare = spelled.replace(umlaut, f"{_BARE[ord(umlaut)]}e"), bare.replace(umlaut, _BARE[ord(umlaut)])
    return spelled, bare.translate(_BARE) if _MARKED.search(bare) else bare


class _Bare(dict[int, str]):
    """Takes the marks off letters, each looked up once."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFD", chr(code))
        self[code] = bare = "".join(one for one in parts if not unicodedata.combining(one))
        return bare


_BARE = _Bare()


def holds(text: Word, word: Word) -> bool:
    """Tell whether a word occurs in a text."""
    return word[0] in text[0] or word[1] in text[1]


def steady(word: Word) -> str:
    """Return the longest part of a word that a plain text can hold only as it stands, but for its case."""
    return max(_STEADY.findall(word[1]), key=len, default="")


def may_mention(texts: bytes, *parts: str) -> bool:
    """Tell whether words with these steady parts can occur in texts (UTF-8): all that are not plain can hold them.

    A database asks this of every proposal, and folding takes ten times as long.
    """
    small = texts.lower()
    return all(part.encode() in small for part in parts) or not _PLAIN.fullmatch(texts.translate(None, _ASCII))
