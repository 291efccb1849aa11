"""Estimate how wide a text will be and break it into lines, where no font is at hand to ask."""

from __future__ import annotations

import unicodedata

# Widths of Helvetica (Arial and Liberation Sans share them) in thousandths of the font size.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 222),
    **dict.fromkeys(" !,./:;I[\\]ft", 278),
    **dict.fromkeys('"„“”‚‘’()-r{}*', 350),
    **dict.fromkeys("Jcksvxyz", 500),
    **dict.fromkeys("FTZß", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("mM→", 850),
    **dict.fromkeys("W%—…@", 1000),
}
_USUAL = 560
_BOLD = 1.07
_RESERVE = 1.04  # fonts that stand in for Helvetica are a little wider


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line in the unit of its font size."""
    letters = unicodedata.normalize("NFD", text)
    units = sum(_WIDTHS.get(letter, _USUAL) for letter in letters if not unicodedata.combining(letter))
    return units / 1000 * size * (_BOLD if bold else 1) * _RESERVE


def broken(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Return the text in lines no wider than the room; a word too long for a line is parted with a hyphen."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if width(joined, size, bold=bold) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        *parts, line = _parted(word, size, room, bold)
        lines += parts
    return [*lines, line] if line else lines


def _parted(word: str, size: float, room: float, bold: bool) -> list[str]:
    """Return a word in parts that fit, cut at its own hyphens where it has any."""
    parts: list[str] = []
    while width(word, size, bold=bold) > room and len(word) > 3:
        fitting = max(2, sum(width(word[: n + 1] + "-", size, bold=bold) <= room for n in range(len(word))))
        cut = word.rfind("-", 0, fitting) + 1 or word.rfind("/", 0, fitting) + 1
        parts.append(word[:cut] if cut > 1 else word[:fitting] + "-")
        word = word[cut if cut > 1 else fitting :]
    return [*parts, word]
