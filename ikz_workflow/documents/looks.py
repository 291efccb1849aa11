"""Whether a reader can see the words of a run as they stand: hidden, struck, or all but invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TypeAlias

from lxml import etree

from ikz_workflow.documents.numbering import W, number, place_of, value

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
_RUN_PROPERTIES, _PARAGRAPH_PROPERTIES, SHADE = W + "rPr", W + "pPr", W + "shd"
_DELETED = W + "del"
_OFF = ("0", "false", "off")
_MOST = 500  # wordings kept in mind: an honest document has a few dozen
Look: TypeAlias = tuple[str, str]
Ground: TypeAlias = tuple[str, ...]  # colours
PAPER: Ground = ("FFFFFF",)


class Paragraph:
    """What properties of a paragraph say, worked out once for all paragraphs that say the same."""

    __slots__ = ("is_deleted", "known", "name", "place", "properties", "style")

    def __init__(self, properties: etree._Element | None, styles: Styles) -> None:
        """Take the properties, if there are any, and the styles of the document."""
        self.properties = deepcopy(properties)  # by itself: the tree it stands in is not kept
        self.style = value(properties, "pStyle") or styles.normal
        self.name = styles.name(value(properties, "pStyle"))
        self.place = place_of(properties, self.style, styles.by_id)
        marked = properties.find(_RUN_PROPERTIES) if properties is not None else None
        self.is_deleted = marked is not None and marked.find(_DELETED) is not None  # its end: it runs on into the next
        self.known: dict[tuple[bytes, Ground], Look] = {}


class Styles:
    """The styles of one document, with the looks they give."""

    def __init__(self, styles: etree._Element | None) -> None:
        """Take the part with the styles, if there is one."""
        found = styles.iter(W + "style") if styles is not None else ()
        self.by_id = {str(style.get(W + "styleId")): style for style in found}
        self.normal = next((id_ for id_, style in self.by_id.items() if _is_plain(style)), "")
        self._defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if styles is not None else None
        self._chains: dict[str, tuple[etree._Element, ...]] = {}
        self._tables: dict[str, Ground] = {}
        self._paragraphs: dict[bytes, Paragraph] = {}

    def name(self, id_: str) -> str:
        """Return the name of a style, as Word writes it."""
        name = value(self.by_id.get(id_ or self.normal), "name", id_ or "Normal")
        return name[:1].upper() + name[1:]  # Word writes "heading 1", other programs "Heading 1"

    def paragraph(self, properties: etree._Element | None) -> Paragraph:
        """Return what the properties of a paragraph say."""
        said = _said_by(properties)
        if said not in self._paragraphs:
            if len(self._paragraphs) == _MOST:
                self._paragraphs.clear()
            self._paragraphs[said] = Paragraph(properties, self)
        return self._paragraphs[said]

    def look(self, own: etree._Element | None, paragraph: Paragraph, around: Ground) -> Look:
        """Return what keeps a reader from a run's words ("" if nothing), with the ground they stand on if faint."""
        key = (_said_by(own), around)
        if key not in paragraph.known:
            if len(paragraph.known) == _MOST:
                paragraph.known.clear()
            paragraph.known[key] = self._look(own, paragraph, around)
        return paragraph.known[key]

    def ground(self, element: etree._Element, around: Ground) -> Ground:
        """Return the colour in a table or cell, several where the table's style decides it cell by cell."""
        if element.tag == _CELL:
            properties = element.find(_CELL_PROPERTIES)
            return (shaded(properties.find(SHADE)) if properties is not None else ()) or around
        return self._of_table(element.find(_TABLE_PROPERTIES)) or around

    def _look(self, own: etree._Element | None, paragraph: Paragraph, around: Ground) -> Look:
        by_run = self._chain(value(own, "rStyle")) if own is not None else ()
        by_paragraph = self._chain(paragraph.style)
        if self._is_on("vanish", own, by_run, by_paragraph) or self._is_on("specVanish", own, by_run, by_paragraph):
            return HIDDEN, ""
        if self._is_on("strike", own, by_run, by_paragraph) or self._is_on("dstrike", own, by_run, by_paragraph):
            return STRUCK, ""
        nearest = [*([own] if own is not None else []), *_of(_RUN_PROPERTIES, (*by_run, *by_paragraph))]
        if self._defaults is not None:
            nearest.append(self._defaults)
        said = [one for one in (paragraph.properties, *_of(_PARAGRAPH_PROPERTIES, by_paragraph)) if one is not None]
        if _is_tiny(nearest) or _is_flat(said):
            return FAINT, ""
        grounds = _grounds(nearest, said) or around
        colours = _colours(nearest)
        faint = [ground for ground in grounds if any(_near(colour, ground) for colour in colours)]
        return (FAINT, " ".join(grounds)) if faint else ("", "")

    def _chain(self, style: str) -> tuple[etree._Element, ...]:
        """Return a style with those it is based on, nearest first."""
        if style not in self.by_id:
            return ()
        if style not in self._chains:
            found: list[etree._Element] = []
            at = style
            while at in self.by_id and self.by_id[at] not in found:
                found.append(self.by_id[at])
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
        levels = (next((s for p in _of(_RUN_PROPERTIES, chain) if (s := _said(p, name)) is not None), False)
                  for chain in (by_run, by_paragraph))  # fmt: skip
        return bool(_said(self._defaults, name)) or sum(levels) == 1

    def _of_table(self, properties: etree._Element | None) -> Ground:
        """Return the colours a table says itself or by its style, nothing where it says nothing."""
        if fill := _fill(properties):
            return (fill,)
        style = value(properties, "tblStyle")
        return self._shades(style) if style else ()

    def _shades(self, table_style: str) -> Ground:
        if table_style not in self.by_id:
            return PAPER
        if table_style not in self._tables:
            shades = (shade for one in self._chain(table_style) for shade in one.iter(W + "shd"))
            fills = {fill for shade in shades if (fill := _fill_of(shade))}
            self._tables[table_style] = tuple(sorted({"FFFFFF", *fills}))
        return self._tables[table_style]


def shaded(shade: etree._Element | None) -> Ground:
    """Return the colour of a shade, nothing where it has none."""
    fill = _fill_of(shade) if shade is not None else ""
    return (fill,) if fill else ()


def _said_by(properties: etree._Element | None) -> bytes:
    return b"" if properties is None else etree.tostring(properties, with_tail=False)


def _grounds(nearest: Sequence[etree._Element], paragraph: Sequence[etree._Element]) -> Ground:
    """Return the colour that run, paragraph or their styles put behind the words, nothing where they say nothing."""
    for properties in nearest:
        highlight = _HIGHLIGHTS.get(value(properties, "highlight"))
        if highlight or (fill := _fill(properties)):
            return (highlight or fill,)
    return next(((fill,) for properties in paragraph if (fill := _fill(properties))), ())


def _of(name: str, styles: Sequence[etree._Element]) -> Iterator[etree._Element]:
    return (properties for style in styles if (properties := style.find(name)) is not None)


def _is_plain(style: etree._Element) -> bool:
    return style.get(W + "default") in ("1", "true") and style.get(W + "type") == "paragraph"


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


def _is_flat(paragraph: Sequence[etree._Element]) -> bool:
    """Tell whether a line's exact height cuts the words off."""
    spacings = (properties.find(W + "spacing") for properties in paragraph)
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
    shade = properties.find(SHADE) if properties is not None else None
    return _fill_of(shade) if shade is not None else ""


def _fill_of(shade: etree._Element) -> str:
    solid = shade.get(W + "val") == "solid"  # then the pattern's colour covers the fill
    said = str(shade.get(W + ("color" if solid else "fill"), ""))
    return said.upper() if _COLOUR.fullmatch(said) else "000000" if solid else ""


def _near(colour: str, ground: str) -> bool:
    return sum(abs(int(colour[at : at + 2], 16) - int(ground[at : at + 2], 16)) for at in (0, 2, 4)) < _NEAREST
