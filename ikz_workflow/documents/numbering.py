"""The numbers and bullets Word computes in front of paragraphs, computed for our reading."""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _LIST = W + "val", W + "numPr"
_LEVELS = 9
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


class Numbering:
    """The lists of one document; `marker` must be asked paragraph by paragraph, in order."""

    def __init__(self, numbering: etree._Element | None, styles: dict[str, etree._Element]) -> None:
        """Take the numbering part, if there is one, and the styles by id."""
        self._styles = styles
        self._lists: dict[str, str] = {}
        self._levels: dict[tuple[str, int], etree._Element] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        self._places: dict[str, tuple[str, int]] = {}
        for abstract in numbering.iter(W + "abstractNum") if numbering is not None else ():
            for level in abstract.findall(W + "lvl"):
                self._levels[str(abstract.get(W + "abstractNumId")), number(str(level.get(W + "ilvl")))] = level
        for instance in numbering.iter(W + "num") if numbering is not None else ():
            id_ = str(instance.get(W + "numId"))
            self._lists[id_] = value(instance, "abstractNumId")
            for override in instance.findall(W + "lvlOverride"):
                start = value(override, "startOverride")
                if start:
                    self._restarts[id_, number(str(override.get(W + "ilvl")))] = number(start)

    def marker(self, properties: etree._Element | None, style: str) -> str:
        """Return the number or bullet of a paragraph with these properties, empty where it has none."""
        id_, depth = self._place(properties, style)
        abstract = self._lists.get(id_, "")
        level = self._levels.get((abstract, depth))
        if level is None or id_ == "0":
            return ""
        counts = self._counts.setdefault(abstract, [None] * _LEVELS)
        if id_ not in self._begun:
            self._begun.add(id_)
            for at in range(_LEVELS):
                if (id_, at) in self._restarts:
                    counts[at] = self._restarts[id_, at] - 1
        before = counts[depth]
        counts[depth] = (self._start(abstract, depth) - 1 if before is None else before) + 1
        counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)
        return self._text(abstract, depth, level, counts)

    def counts(self) -> Counts:
        """Return how far all lists have counted, to `go_back` to."""
        return {id_: list(at) for id_, at in self._counts.items()}, set(self._begun)

    def go_back(self, counts: Counts) -> None:
        """Count on from what `counts` returned."""
        self._counts, self._begun = {id_: list(at) for id_, at in counts[0].items()}, set(counts[1])

    def _place(self, properties: etree._Element | None, style: str) -> tuple[str, int]:
        """Return list and depth: what the paragraph says first, then its style, then the styles below that."""
        place = properties.find(_LIST) if properties is not None else None
        if place is not None:
            return self._searched(place, style)
        if style not in self._places:
            self._places[style] = self._searched(None, style)
        return self._places[style]

    def _searched(self, place: etree._Element | None, style: str) -> tuple[str, int]:
        id_, depth = "", ""
        seen: set[str] = set()
        while True:
            id_ = id_ or value(place, "numId")
            depth = depth or value(place, "ilvl")
            if id_ or style in seen or style not in self._styles:
                return id_ or "0", min(number(depth), _LEVELS - 1)
            seen.add(style)
            properties = self._styles[style].find(W + "pPr")
            place = properties.find(_LIST) if properties is not None else None
            style = value(self._styles[style], "basedOn")

    def _start(self, abstract: str, depth: int) -> int:
        return number(value(self._levels.get((abstract, depth)), "start", "1"), 1)

    def _text(self, abstract: str, depth: int, level: etree._Element, counts: list[int | None]) -> str:
        if value(level, "numFmt") == "bullet":
            return "•"  # which sign it is depends on fonts, changes from program to program
        text = value(level, "lvlText")
        for at in range(depth + 1):
            count = counts[at]
            shown = self._start(abstract, at) if count is None else count
            text = text.replace(
                f"%{at + 1}", _written(shown, value(self._levels.get((abstract, at)), "numFmt", "decimal"))
            )
        return text


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
