"""Say a sentence in the language chosen at the start."""

from __future__ import annotations

import gettext as catalogues
from functools import cache


@cache
def gettext(sentence: str) -> str:
    """Return the sentence from the catalogue, itself where there is none.

    The standard library looks for the catalogue's file at every call (25 µs); a sentence is looked up once.
    """
    return catalogues.gettext(sentence)
