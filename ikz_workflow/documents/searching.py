"""Find words in the bytes of any file: in Word and other office files behind their zip, else as they stand."""

from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator

MOST_BYTES = 200 * 2**20  # of what a file unpacks to; beyond, it counts as not searched
_LETTERS = 4  # a part with fewer says nothing by itself
_BLOCK = re.compile(r"</?(?:\w+:)?(?:p|br|cr|tab|tc|tr|row|c|si|is|title|creator)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_ENCODINGS = ("utf-8", "cp1252", "utf-16-le")


class Words:
    """Values that are looked for: each as a whole, and in files each of its lines and cells too.

    Several words are found whatever blanks and case, inside longer words too; a single one as a whole word, as written.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self.values = frozenset(value for value in values if value.strip())
        parts = {part for value in self.values for part in re.split(r"\s*[\n|]\s*", value)}
        telling = {part for part in parts if sum(map(str.isalpha, part)) >= _LETTERS}
        self._whole = _pattern(self.values)
        self._parts = _pattern(telling | {value for value in self.values if not _tells(value)})

    def in_text(self, text: str) -> bool:
        """Tell whether a text holds one of the values as a whole."""
        return bool(self.values) and self._whole.search(_composed(text)) is not None

    def in_file(self, content: bytes) -> bool | None:
        """Tell whether a file holds one of the values, or a line or cell of one; None if it cannot be searched whole.

        A picture, a scanned page and a PDF's compressed text cannot be.
        """
        texts = _texts(content)
        for text in texts or _plain(content):
            if self.values and self._parts.search(_composed(text)):
                return True
        return False if texts or _is_text(content) else None


def _tells(value: str) -> bool:
    return any(sum(map(str.isalpha, part)) >= _LETTERS for part in re.split(r"[\n|]", value))


def _pattern(values: Iterable[str]) -> re.Pattern[str]:
    alternatives = []
    for value in sorted(values, key=len, reverse=True):
        first, *others = [re.escape(word) for word in _composed(value).split()]
        joined = r"\s*".join([first, *others])
        alternatives.append(f"(?i:{joined})" if others else rf"(?<!\w){first}(?!\w)")
    return re.compile("|".join(alternatives) or r"(?!)")


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\u00ad", ""))


def _texts(content: bytes) -> list[str]:
    """Return the texts of a zipped file, each part as its reader sees it, and as it stands; [] for any other file."""
    if not content.startswith(b"PK\x03\x04"):
        return []
    found: list[str] = []
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for info in package.infolist():
                found.append(info.filename)
                with package.open(info) as stream:
                    part = stream.read(room + 1)
                room -= len(part)
                if room < 0:
                    return []
                found += _of_part(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        return []
    return found


def _of_part(part: bytes) -> Iterator[str]:
    """Yield a part's text with the words joined that formatting divides, and the part as it stands."""
    for raw in _plain(part):
        yield html.unescape(_TAG.sub("", _BLOCK.sub(" ", raw)))
        yield html.unescape(raw)


def _plain(content: bytes) -> Iterator[str]:
    """Yield bytes as text: once where they are text, else in each encoding that words in them might have."""
    for encoding in ("utf-8",) if _is_text(content) else _ENCODINGS:
        yield content.decode(encoding, errors="ignore")


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
