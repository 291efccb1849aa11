"""Whether a reader can see the words of a run as they stand: hidden, struck, or all but invisible."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TypeAlias

from lxml import etree

from ikz_workflow.documents.numbering import W, children_of, number, place_of, value

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
_RUN_PROPERTIES, _PROPERTIES, SHADE = W + "rPr", W + "pPr", W + "shd"
_DELETED, _SPACING, _VALUE = W + "del", W + "spacing", W + "val"
_OFF = ("0", "false", "off")
_MOST = 500  # wordings kept in mind: an honest document has a few dozen
Look: TypeAlias = tuple[str, str]
Ground: TypeAlias = tuple[str, ...]  # colours
_Wording: TypeAlias = tuple[object, ...]
Said: TypeAlias = dict[object, etree._Element]  # what properties hold, by kind, the first of each
PAPER: Ground = ("FFFFFF",)
_NOTHING: tuple[list[Said], list[Said]] = ([], [])


class Paragraph:
    """What properties of a paragraph say, worked out once for all paragraphs that say the same on the same ground."""

    __slots__ = ("ground", "is_deleted", "is_listed", "known", "name", "place", "plain", "properties", "style")

    def __init__(self, properties: etree._Element | None, ground: Ground, styles: Styles) -> None:
        """Take the properties, if there are any, the colour behind the paragraph, and the styles of the document."""
        self.properties = _by_kind(deepcopy(properties))  # by itself: the tree it stands in is not kept
        self.ground = ground
        style = _value(self.properties, "pStyle")
        self.style = style or styles.normal
        self.name = styles.name(style)
        self.place = place_of(properties, self.style, styles.by_id)
        self.is_listed = self.place[0] != "0"
        # What was deleted is its end: it runs on into the next.
        self.is_deleted = _DELETED in _by_kind(self.properties.get(_RUN_PROPERTIES))
        self.known: dict[_Wording | None, Look] = {}
        self.plain = styles.look(None, self)  # the look of a run that says nothing of itself


class Styles:
    """The styles of one document, with the looks they give."""

    def __init__(self, styles: etree._Element | None) -> None:
        """Take the part with the styles, if there is one."""
        found = styles.iter(W + "style") if styles is not None else ()
        self.by_id = {str(style.get(W + "styleId")): style for style in found}
        self.normal = next((id_ for id_, style in self.by_id.items() if _is_plain(style)), "")
        defaults = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if styles is not None else None
        self._defaults = _by_kind(defaults)
        self._said: dict[str, tuple[list[Said], list[Said]]] = {}
        self._chains: dict[str, tuple[etree._Element, ...]] = {}
        self._tables: dict[str, Ground] = {}
        self._paragraphs: dict[tuple[_Wording | None, Ground], Paragraph] = {}

    def name(self, id_: str) -> str:
        """Return the name of a style, as Word writes it."""
        name = value(self.by_id.get(id_ or self.normal), "name", id_ or "Normal")
        return name[:1].upper() + name[1:]  # Word writes "heading 1", other programs "Heading 1"

    def paragraph(self, properties: etree._Element | None, ground: Ground) -> Paragraph:
        """Return what the properties of a paragraph say."""
        said = _wording(properties), ground
        found = self._paragraphs.get(said)
        if found is None:
            if len(self._paragraphs) == _MOST:
                self._paragraphs.clear()
            found = self._paragraphs[said] = Paragraph(properties, ground, self)
        return found

    def look(self, own: etree._Element | None, paragraph: Paragraph) -> Look:
        """Return what keeps a reader from a run's words ("" if nothing), with the ground they stand on if faint."""
        said = _wording(own)
        found = paragraph.known.get(said)
        if found is None:
            if len(paragraph.known) == _MOST:
                paragraph.known.clear()
            found = paragraph.known[said] = self._look(own, paragraph)
        return found

    def ground(self, element: etree._Element, around: Ground) -> Ground:
        """Return the colour in a table or cell, several where the table's style decides it cell by cell."""
        if element.tag == _CELL:
            return shaded(_by_kind(element.find(_CELL_PROPERTIES)).get(SHADE)) or around
        return self._of_table(_by_kind(element.find(_TABLE_PROPERTIES))) or around

    def _look(self, own: etree._Element | None, paragraph: Paragraph) -> Look:
        said = _by_kind(own)
        by_run, _none = self._said_by(_value(said, "rStyle")) if own is not None else _NOTHING
        by_paragraph, below = self._said_by(paragraph.style)
        if any(self._is_on(name, said, by_run, by_paragraph) for name in ("vanish", "specVanish")):
            return HIDDEN, ""
        if any(self._is_on(name, said, by_run, by_paragraph) for name in ("strike", "dstrike")):
            return STRUCK, ""
        nearest = [said, *by_run, *by_paragraph, self._defaults]
        around = [paragraph.properties, *below]
        if _is_tiny(nearest) or _is_flat(around):
            return FAINT, ""
        grounds = _grounds(nearest, around) or paragraph.ground
        colours = _colours(nearest)
        faint = [ground for ground in grounds if any(_near(colour, ground) for colour in colours)]
        return (FAINT, " ".join(grounds)) if faint else ("", "")

    def _said_by(self, style: str) -> tuple[list[Said], list[Said]]:
        """Return what a style and those it is based on say of runs, and of paragraphs, nearest first."""
        if style not in self.by_id:
            return _NOTHING
        if style not in self._said:
            chain = self._chain(style)
            runs, paragraphs = ([_by_kind(one.find(name)) for one in chain] for name in (_RUN_PROPERTIES, _PROPERTIES))
            self._said[style] = runs, paragraphs
        return self._said[style]

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

    def _is_on(self, name: str, own: Said, by_run: list[Said], by_paragraph: list[Said]) -> bool:
        said = _switched(own, name)
        if said is not None:
            return said
        # A look given by two kinds of style cancels out (ISO 29500-1, 17.7.3); a default always counts.
        levels = (next((is_on for one in chain if (is_on := _switched(one, name)) is not None), False)
                  for chain in (by_run, by_paragraph))  # fmt: skip
        return bool(_switched(self._defaults, name)) or sum(levels) == 1

    def _of_table(self, said: Said) -> Ground:
        """Return the colours a table says itself or by its style, nothing where it says nothing."""
        if own := shaded(said.get(SHADE)):
            return own
        style = _value(said, "tblStyle")
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


def _wording(properties: etree._Element | None) -> _Wording | None:
    """Return what properties say, to be told from others: all but the text in them, which says nothing."""
    if properties is None:
        return None
    said: list[object] = []
    for one in children_of(properties):
        said.append(one.tag)
        said.extend(one.items())
        if len(one):
            said.append((_wording(one),))
    return tuple(said)


def _by_kind(properties: etree._Element | None) -> Said:
    """Return what properties hold: to ask a dictionary takes a tenth of the time of lxml's search."""
    return {one.tag: one for one in reversed(children_of(properties))} if properties is not None else {}


def _value(said: Said, name: str) -> str:
    one = said.get(W + name)
    return str(one.get(_VALUE, "")) if one is not None else ""


def _grounds(nearest: list[Said], paragraph: list[Said]) -> Ground:
    """Return the colour that run, paragraph or their styles put behind the words, nothing where they say nothing."""
    for said in nearest:
        highlight = _HIGHLIGHTS.get(_value(said, "highlight"))
        if highlight or (shade := shaded(said.get(SHADE))):
            return (highlight,) if highlight else shade
    return next((shade for said in paragraph if (shade := shaded(said.get(SHADE)))), ())


def _is_plain(style: etree._Element) -> bool:
    return style.get(W + "default") in ("1", "true") and style.get(W + "type") == "paragraph"


def _switched(said: Said, name: str) -> bool | None:
    found = said.get(W + name)
    return None if found is None else str(found.get(_VALUE, "1")) not in _OFF


def _first(nearest: list[Said], name: str) -> etree._Element | None:
    return next((said[name] for said in nearest if name in said), None)


def _is_tiny(nearest: list[Said]) -> bool:
    size, width = (_first(nearest, W + name) for name in ("sz", "w"))
    return (size is not None and number(str(size.get(_VALUE)), 99) < _SMALLEST) or (
        width is not None and number(str(width.get(_VALUE)).removesuffix("%"), 100) < _NARROWEST
    )


def _is_flat(paragraph: list[Said]) -> bool:
    """Tell whether a line's exact height cuts the words off."""
    spacings = [said[_SPACING] for said in paragraph if _SPACING in said]
    spacing = next((one for one in spacings if one.get(W + "line") is not None), None)
    return (
        spacing is not None
        and spacing.get(W + "lineRule") == "exact"
        and number(str(spacing.get(W + "line")).lstrip("-"), 240) < _LOWEST_LINE
    )


def _colours(nearest: list[Said]) -> list[str]:
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
        said = str(colour.get(_VALUE, ""))
        light = colour.get(W + "themeColor") in _LIGHT_THEME
        found += ["FFFFFF"] if light else [said] if _COLOUR.fullmatch(said) else []
    return found


def _fill_of(shade: etree._Element) -> str:
    solid = shade.get(_VALUE) == "solid"  # then the pattern's colour covers the fill
    said = str(shade.get(W + ("color" if solid else "fill"), ""))
    return said.upper() if _COLOUR.fullmatch(said) else "000000" if solid else ""


def _near(colour: str, ground: str) -> bool:
    return sum(abs(int(colour[at : at + 2], 16) - int(ground[at : at + 2], 16)) for at in (0, 2, 4)) < _NEAREST
