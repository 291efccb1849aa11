"""The plain values the documents room takes from its callers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from ikz_workflow.errors import InvalidInput

# What XML 1.0 cannot hold: control characters, lone surrogates, U+FFFE/U+FFFF.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOK_ALIKES = str.maketrans("OIL", "011", "- \u00a0\u2010\u2011")
_SYMBOLS = 26  # 26 symbols of 5 bits: 130 bits
_GROUP = 4
_SLIPS = 6  # symbols forgotten or typed twice


@dataclass(frozen=True, slots=True)
class Open:
    """Stand for optional information that is still missing: false, empty, printed as „[noch zu klären: …]“."""

    label: str

    def __bool__(self) -> bool:
        """Be false: a condition on missing information does not hold."""
        return False

    def __len__(self) -> int:
        """Be empty."""
        return 0

    def __iter__(self) -> Iterator[object]:
        """Be empty for loops."""
        return iter(())

    def __str__(self) -> str:
        """Return the words a reader sees."""
        return f"[noch zu klären: {self.label}]"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Say which event made a document; printed in its footer, kept in its properties.

    `title` serves as document title where the template has none; `kind_label` is the German name of the document;
    `position` is the sequence number in the history; `full_hash` is 64 hex digits; `created` must be aware (UTC).
    """

    key: str
    title: str
    kind_label: str
    version: int
    position: int
    short_hash: str
    full_hash: str
    created: datetime
    author: str
    sample: bool


@dataclass(frozen=True, slots=True)
class StampRead:
    """Say what a file tells about its own origin; `full_hash` is empty where only the footer was left to read."""

    key: str
    kind_label: str
    version: int
    position: int
    short_hash: str
    full_hash: str


class Line(Struct, frozen=True):
    """One paragraph, or one row of a table (then `cells` holds its texts), as a reader sees it."""

    style: str
    text: str
    cells: tuple[str, ...] = ()


def refuse_unprintable(field: str, value: str) -> None:
    """Raise InvalidInput when `value` holds a character that no Word file can keep."""
    if value.isprintable():  # the common case, three times faster than the search
        return
    found = UNPRINTABLE.search(value)
    if found:
        around = value[max(0, found.start() - 20) : found.start() + 20]
        why = f"Das Zeichen U+{ord(found[0]):04X} (Stelle {found.start() + 1}) kann kein Dokument aufnehmen."
        raise InvalidInput(field, around, why)


def short_hash(full_hash: str) -> str:
    """Return the first 130 bits of a SHA-256 (64 hex digits) for people: Crockford base 32, grouped, check symbol last.

    The check symbol follows ISO 7064 (hybrid, modulus 33,32) and finds every single wrong symbol.
    """
    if not re.fullmatch("[0-9a-fA-F]{64}", full_hash):
        raise InvalidInput("hash", full_hash, "Erwartet wird ein SHA-256: 64 Hexadezimalziffern.")
    bits = int(full_hash, 16) >> (256 - 5 * _SYMBOLS)
    symbols = "".join(_ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
    symbols += _ALPHABET[_check(symbols)]
    return "-".join(symbols[start : start + _GROUP] for start in range(0, len(symbols), _GROUP))


def short_hash_ok(text: str) -> bool:
    """Tell whether `text`, as a person typed it, is a short hash without a typing error."""
    return not _typing_error(symbols_of(text))


def symbols_of(text: str) -> str:
    """Return the symbols of a short hash as a person typed it: capitals, no hyphens, look-alikes read as meant."""
    return text.strip().upper().translate(_LOOK_ALIKES)


def resembles_short_hash(text: str) -> bool:
    """Tell whether somebody who typed this meant a short hash."""
    symbols = symbols_of(text)
    return symbols.isalnum() and symbols.isascii() and abs(len(symbols) - _SYMBOLS - 1) <= _SLIPS


def hashes_of(short: str) -> tuple[str, str]:
    """Return the lowest and the highest SHA-256 (64 hex digits) with this short hash. InvalidInput if mistyped."""
    symbols = symbols_of(short)
    if why := _typing_error(symbols):
        raise InvalidInput("Kurze Prüfsumme", short.strip(), why)
    bits = 0
    for symbol in symbols[:-1]:
        bits = bits << 5 | _ALPHABET.index(symbol)
    rest = 256 - 5 * _SYMBOLS
    return f"{bits << rest:064x}", f"{(bits + 1 << rest) - 1:064x}"


def _typing_error(symbols: str) -> str:
    strange = sorted(set(symbols) - set(_ALPHABET))
    if strange:
        return f"Das Zeichen „{strange[0]}“ kommt in einer kurzen Prüfsumme nicht vor; bitte noch einmal abtippen."
    if len(symbols) != _SYMBOLS + 1:
        return f"Es sind {len(symbols)} Zeichen statt {_SYMBOLS + 1}; bitte noch einmal abtippen."
    if _ALPHABET[_check(symbols[:-1])] != symbols[-1]:
        return "Ein Zeichen ist vertippt oder zwei sind vertauscht (Prüfzeichen); bitte noch einmal abtippen."
    return ""


def _check(symbols: str) -> int:
    product = 32
    for symbol in symbols:
        product = ((product + _ALPHABET.index(symbol)) % 32 or 32) * 2 % 33
    return (33 - product) % 32
