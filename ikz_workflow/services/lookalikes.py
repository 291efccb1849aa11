"""Find letters that look like others, so that a name is not taken for the one it only looks like."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from ikz_workflow.errors import readable
from ikz_workflow.language import gettext as _

# The scripts whose letters can be taken for Latin ones, by the first word of a letter's Unicode name.
_SCRIPTS = {
    "ARMENIAN": "armenisch",
    "CHEROKEE": "Cherokee",
    "COPTIC": "koptisch",
    "CYRILLIC": "kyrillisch",
    "FULLWIDTH": "vollbreit",
    "GREEK": "griechisch",
    "LISU": "Lisu",
    "MATHEMATICAL": "mathematisch",
}


def told(texts: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each text that holds a letter of another script, about the first such letter."""
    for text in texts:
        for place, letter in enumerate(text, start=1):
            if letter > "\x7f" and (script := _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0])):
                sentence = _(
                    "In „{text}“ ist das Zeichen an Stelle {place} kein lateinisches (U+{code:04X}, {script}); der "
                    "Name kann wie ein anderer aussehen, ohne es zu sein."
                )
                yield sentence.format(text=readable(text), place=place, code=ord(letter), script=_(script))
                break
