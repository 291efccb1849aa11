"""The numbers and bullets Word computes in front of paragraphs, computed for our reading."""

from __future__ import annotations

from operator import itemgetter
from typing import TypeAlias

from lxml import etree
from msgspec import Struct

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _LIST = W + "val", W + "numPr"
_LEVELS = 9
children_of = itemgetter(slice(None))  # of an element; `list` takes three times as long
Counts: TypeAlias = tuple[dict[str, list[int | None]], set[str]]
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def value(element: etree._Element | None, name: str, default: str = "") -> str:
    """Return the `w:val` of a child element, or `default`."""
    if element is None:
        return default
    child = element.find(W + name)
    return str(child.get(_VALUE, default)) if child is not None else default


def number(text: str, default: int = 0) -> int:
    """Return a number of the file, `default` where it is none: files from outside may say anything."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


class Level(Struct, frozen=True):
    """One level of a list: the number it starts with, how numbers are written, the text they stand in."""

    start: int = 1
    form: str = "decimal"
    text: str = ""


_PLAIN = Level()


class Lists:
    """The lists a document's numbering part describes."""

    def __init__(self, numbering: etree._Element | None) -> None:
        """Take the numbering part, if there is one."""
        self.abstract: dict[str, str] = {}
        self.levels: dict[tuple[str, int], Level] = {}
        self.restarts: dict[str, dict[int, int]] = {}
        for abstract in numbering.iter(W + "abstractNum") if numbering is not None else ():
            for level in abstract.findall(W + "lvl"):
                place = str(abstract.get(W + "abstractNumId")), number(str(level.get(W + "ilvl")))
                start, form = number(value(level, "start", "1"), 1), value(level, "numFmt", "decimal")
                self.levels[place] = Level(start, form, value(level, "lvlText"))
        for instance in numbering.iter(W + "num") if numbering is not None else ():
            id_ = str(instance.get(W + "numId"))
            self.abstract[id_] = value(instance, "abstractNumId")
            for override in instance.findall(W + "lvlOverride"):
                start_again = value(override, "startOverride")
                if start_again:
                    depth = number(str(override.get(W + "ilvl")))
                    self.restarts.setdefault(id_, {})[depth] = number(start_again)


class Numbering:
    """The counters of one document's lists; `marker` must be asked paragraph by paragraph, in order."""

    def __init__(self, lists: Lists) -> None:
        """Take the lists."""
        self._lists = lists
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()

    def marker(self, id_: str, depth: int) -> str:
        """Return the number or bullet of the next paragraph of a list, empty where there is no such list."""
        abstract = self._lists.abstract.get(id_, "")
        level = self._lists.levels.get((abstract, depth))
        if level is None or id_ == "0":
            return ""
        counts = self._counts.setdefault(abstract, [None] * _LEVELS)
        if id_ not in self._begun:
            self._begun.add(id_)
            for at, start in self._lists.restarts.get(id_, {}).items():
                if at < _LEVELS:
                    counts[at] = start - 1
        before = counts[depth]
        counts[depth] = (level.start - 1 if before is None else before) + 1
        counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)
        return self._text(abstract, depth, level, counts)

    def counts(self) -> Counts:
        """Return how far all lists have counted, to `go_back` to."""
        return {id_: list(at) for id_, at in self._counts.items()}, set(self._begun)

    def go_back(self, counts: Counts) -> None:
        """Count on from what `counts` returned."""
        self._counts, self._begun = {id_: list(at) for id_, at in counts[0].items()}, set(counts[1])

    def _text(self, abstract: str, depth: int, level: Level, counts: list[int | None]) -> str:
        if level.form == "bullet":
            return "•"  # which sign it is depends on fonts, changes from program to program
        text = level.text
        for at in range(depth + 1):
            above, count = self._lists.levels.get((abstract, at), _PLAIN), counts[at]
            text = text.replace(f"%{at + 1}", _written(above.start if count is None else count, above.form))
        return text


def place_of(properties: etree._Element | None, style: str, styles: dict[str, etree._Element]) -> tuple[str, int]:
    """Return list and depth of a paragraph: what it says first, then its style, then the styles below that."""
    place = properties.find(_LIST) if properties is not None else None
    id_, depth = "", ""
    seen: set[str] = set()
    while True:
        id_ = id_ or value(place, "numId")
        depth = depth or value(place, "ilvl")
        if id_ or style in seen or style not in styles:
            return id_ or "0", min(number(depth), _LEVELS - 1)
        seen.add(style)
        properties = styles[style].find(W + "pPr")
        place = properties.find(_LIST) if properties is not None else None
        style = value(styles[style], "basedOn")


def _written(count: int, form: str) -> str:
    if form in ("none", ""):
        return ""
    if form in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        text = ""
        for size, sign in _ROMAN:
            text += sign * (count // size)
            count %= size
        return text if form == "lowerRoman" else text.upper()
    return str(count)
