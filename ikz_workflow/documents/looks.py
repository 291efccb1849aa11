"""Whether a reader can see the words of a run as they stand: hidden, struck, or all but invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from ikz_workflow.documents.numbering import W, number, value

HIDDEN, STRUCK, FAINT = "hidden", "struck", "faint"

_SMALLEST = 6  # half points: three points are a speck
_NARROWEST = 20  # per cent of the letters' width
_NEAREST = 96  # sum of the differences of red, green and blue: less cannot be told apart
_LOWEST_LINE = 60  # twentieths of a point
_LIGHT_THEME = frozenset({"background1", "background2", "light1", "light2", "bg1", "bg2", "lt1", "lt2"})
_HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "000080", "darkCyan": "008080",
    "darkGray": "808080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000",
    "green": "00FF00", "lightGray": "C0C0C0", "magenta": "FF00FF", "red": "FF0000", "white": "FFFFFF",
    "yellow": "FFFF00",
}  # fmt: skip
_COLOUR = re.compile("[0-9A-Fa-f]{6}")
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_CELL, _CELL_PROPERTIES, _TABLE_PROPERTIES = W + "tc", W + "tcPr", W + "tblPr"
_PARENTS = (_CELL, W + "tbl")
_RUN_PROPERTIES, _PARAGRAPH_PROPERTIES, _SHADE = W + "rPr", W + "pPr", W + "shd"
_OFF = ("0", "false", "off")


class Looks:
    """The looks that the styles of one document give its runs."""

    def __init__(self, styles: dict[str, etree._Element], defaults: etree._Element | None, normal: str) -> None:
        """Take the styles by id, the document's default run properties, and the id of the plain paragraph's style."""
        self._styles = styles
        self._defaults = defaults
        self._normal = normal
        self._chains: dict[str, tuple[etree._Element, ...]] = {}
        self._tables: dict[str, tuple[str, ...]] = {}
        self._at: etree._Element | None = None
        self._place: tuple[bytes, tuple[str, ...]] = (b"", ())
        self._known: dict[tuple[bytes, bytes, tuple[str, ...]], tuple[str, str]] = {}

    def of(self, run: etree._Element, paragraph: etree._Element | None) -> tuple[str, str]:
        """Return what keeps a reader from the run's words ("" if nothing), with the ground they stand on if faint."""
        own = run.find(_RUN_PROPERTIES)
        if paragraph is None or paragraph is not self._at:
            said = _said_by(paragraph.find(_PARAGRAPH_PROPERTIES)) if paragraph is not None else b""
            self._at, self._place = paragraph, (said, self._around(paragraph))
        # Runs that say the same of themselves at places that say the same look the same.
        key = (_said_by(own), *self._place)
        if key not in self._known:
            self._known[key] = self._look(own, paragraph, self._place[1])
        return self._known[key]

    def _look(
        self, own: etree._Element | None, paragraph: etree._Element | None, around: tuple[str, ...]
    ) -> tuple[str, str]:
        style = value(paragraph.find(W + "pPr"), "pStyle") if paragraph is not None else ""
        by_run = self._chain(value(own, "rStyle")) if own is not None else ()
        by_paragraph = self._chain(style or self._normal)
        if self._is_on("vanish", own, by_run, by_paragraph) or self._is_on("specVanish", own, by_run, by_paragraph):
            return HIDDEN, ""
        if self._is_on("strike", own, by_run, by_paragraph) or self._is_on("dstrike", own, by_run, by_paragraph):
            return STRUCK, ""
        nearest = [*([own] if own is not None else []), *_run_properties(by_run), *_run_properties(by_paragraph)]
        if self._defaults is not None:
            nearest.append(self._defaults)
        if _is_tiny(nearest) or _is_flat(paragraph, by_paragraph):
            return FAINT, ""
        grounds = _grounds(nearest, paragraph, by_paragraph) or around
        colours = _colours(nearest)
        faint = [ground for ground in grounds if any(_near(colour, ground) for colour in colours)]
        return (FAINT, " ".join(grounds)) if faint else ("", "")

    def _chain(self, style: str) -> tuple[etree._Element, ...]:
        """Return a style with those it is based on, nearest first."""
        if style not in self._chains:
            found: list[etree._Element] = []
            at = style
            while at in self._styles and self._styles[at] not in found:
                found.append(self._styles[at])
                at = value(found[-1], "basedOn")
            self._chains[style] = tuple(found)
        return self._chains[style]

    def _is_on(
        self,
        name: str,
        own: etree._Element | None,
        by_run: Sequence[etree._Element],
        by_paragraph: Sequence[etree._Element],
    ) -> bool:
        said = _said(own, name)
        if said is not None:
            return said
        # A look given by two kinds of style cancels out (ISO 29500-1, 17.7.3); a default always counts.
        levels = (next((s for p in _run_properties(chain) if (s := _said(p, name)) is not None), False)
                  for chain in (by_run, by_paragraph))  # fmt: skip
        return bool(_said(self._defaults, name)) or sum(levels) == 1

    def _around(self, paragraph: etree._Element | None) -> tuple[str, ...]:
        """Return the colour of the table around a paragraph, several where its style decides it cell by cell; white
        where there is none."""
        for around in paragraph.iterancestors(*_PARENTS) if paragraph is not None else ():
            if around.tag == _CELL:
                if fill := _fill(around.find(_CELL_PROPERTIES)):
                    return (fill,)
            elif found := self._of_table(around.find(_TABLE_PROPERTIES)):
                return found
        return ("FFFFFF",)

    def _of_table(self, properties: etree._Element | None) -> tuple[str, ...]:
        """Return the colours a table says itself or by its style, nothing where it says nothing."""
        if fill := _fill(properties):
            return (fill,)
        style = value(properties, "tblStyle")
        return self._shades(style) if style else ()

    def _shades(self, table_style: str) -> tuple[str, ...]:
        if table_style not in self._tables:
            shades = (shade for one in self._chain(table_style) for shade in one.iter(W + "shd"))
            fills = {fill for shade in shades if (fill := _fill_of(shade))}
            self._tables[table_style] = tuple(sorted({"FFFFFF", *fills}))
        return self._tables[table_style]


def _said_by(properties: etree._Element | None) -> bytes:
    return b"" if properties is None else etree.tostring(properties, with_tail=False)


def _grounds(
    nearest: Sequence[etree._Element], paragraph: etree._Element | None, by_paragraph: Sequence[etree._Element]
) -> tuple[str, ...]:
    """Return the colour that run, paragraph or their styles put behind the words, nothing where they say nothing."""
    for properties in nearest:
        highlight = _HIGHLIGHTS.get(value(properties, "highlight"))
        if highlight or (fill := _fill(properties)):
            return (highlight or fill,)
    for owner in (paragraph, *by_paragraph) if paragraph is not None else ():
        if fill := _fill(owner.find(W + "pPr")):
            return (fill,)
    return ()


def _run_properties(styles: Sequence[etree._Element]) -> Iterator[etree._Element]:
    return (properties for style in styles if (properties := style.find(W + "rPr")) is not None)


def _said(properties: etree._Element | None, name: str) -> bool | None:
    found = properties.find(W + name) if properties is not None else None
    return None if found is None else str(found.get(W + "val", "1")) not in _OFF


def _first(nearest: Sequence[etree._Element], name: str) -> etree._Element | None:
    return next((found for properties in nearest if (found := properties.find(name)) is not None), None)


def _is_tiny(nearest: Sequence[etree._Element]) -> bool:
    size, width = (_first(nearest, W + name) for name in ("sz", "w"))
    return (size is not None and number(str(size.get(W + "val")), 99) < _SMALLEST) or (
        width is not None and number(str(width.get(W + "val")).removesuffix("%"), 100) < _NARROWEST
    )


def _is_flat(paragraph: etree._Element | None, by_paragraph: Sequence[etree._Element]) -> bool:
    """Tell whether a line's exact height cuts the words off."""
    owners = (paragraph, *by_paragraph) if paragraph is not None else by_paragraph
    spacings = (properties.find(W + "spacing") for one in owners if (properties := one.find(W + "pPr")) is not None)
    spacing = next((one for one in spacings if one is not None and one.get(W + "line") is not None), None)
    return (
        spacing is not None
        and spacing.get(W + "lineRule") == "exact"
        and number(str(spacing.get(W + "line")).lstrip("-"), 240) < _LOWEST_LINE
    )


def _colours(nearest: Sequence[etree._Element]) -> list[str]:
    """Return the colours a program may give the letters: newer ones know a filling beside the colour."""
    found = []
    filling = _first(nearest, _W14 + "textFill")
    if filling is not None:
        names = {str(one.get(_W14 + "val", "")) for one in filling.iter()}
        if next(filling.iter(_W14 + "noFill"), None) is not None or names & _LIGHT_THEME:
            found.append("FFFFFF")
        found += [name for name in names if _COLOUR.fullmatch(name)]
    colour = _first(nearest, W + "color")
    if colour is not None:
        said = str(colour.get(W + "val", ""))
        light = colour.get(W + "themeColor") in _LIGHT_THEME
        found += ["FFFFFF"] if light else [said] if _COLOUR.fullmatch(said) else []
    return found


def _fill(properties: etree._Element | None) -> str:
    shade = properties.find(_SHADE) if properties is not None else None
    return _fill_of(shade) if shade is not None else ""


def _fill_of(shade: etree._Element) -> str:
    solid = shade.get(W + "val") == "solid"  # then the pattern's colour covers the fill
    said = str(shade.get(W + ("color" if solid else "fill"), ""))
    return said.upper() if _COLOUR.fullmatch(said) else "000000" if solid else ""


def _near(colour: str, ground: str) -> bool:
    return sum(abs(int(colour[at : at + 2], 16) - int(ground[at : at + 2], 16)) for at in (0, 2, 4)) < _NEAREST
