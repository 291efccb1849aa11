"""The words of one Word paragraph: its tags taken out, its runs written with the tags back in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from ikz_workflow.documents import wordml
from ikz_workflow.documents.inline import Balance, Tags, spreading
from ikz_workflow.documents.numbering import W
from ikz_workflow.documents.source import SENTINEL, Faults, Tag
from ikz_workflow.documents.wordtags import OBJECT
from ikz_workflow.documents.wordtree import as_xml, end_tag, start_tag, xml_text

Sign = tuple[etree._Element, str]  # where a character stands, and which it is

TEXT_BOX = W + "txbxContent"
_SIGNS = {
    W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "\u2011", W + "softHyphen": "\u00ad",
}  # fmt: skip
_AROUND = frozenset(W + name for name in ("r", "hyperlink", "sdt", "sdtContent", "smartTag", "customXml", "bdo", "dir"))
_SILENT = frozenset(W + name for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "bookmarkStart", "bookmarkEnd"))
FIRST_LITERAL = 0x100000
SENTINEL_OR_LITERAL = re.compile("[\U000f0000-\U0010fffd]")


@dataclass(slots=True)
class Words:
    """One paragraph: `text` holds a sentinel for each tag, `levels` what its control tags say they are for."""

    element: etree._Element
    shown: str  # as its author sees it
    heading: str  # the heading it stands under
    text: str = ""
    tags: list[Tag] = field(default_factory=list)
    levels: set[str] = field(default_factory=set)

    @property
    def bare(self) -> str:
        """Return the text without blanks."""
        return "".join(self.text.split())

    def controls(self, tag_of: Callable[[str], Tag]) -> list[Tag]:
        """Return the control tags of a paragraph that holds nothing else."""
        found = [tag_of(sign) for sign in self.bare if SENTINEL.match(sign)]
        if len(found) != len(self.bare) or any(tag.role != "control" for tag in found):
            return []
        return found


def signs(parent: etree._Element) -> Iterator[Sign]:
    """Yield the characters of a paragraph in their order; what is no text yields `OBJECT`; text boxes stay apart."""
    for child in parent:
        tag = child.tag
        if tag in _SILENT or not isinstance(tag, str):
            continue
        if tag == W + "t":
            for character in child.text or "":
                yield child, character
        elif tag in _SIGNS and child.get(W + "type") in (None, "textWrapping"):
            yield child, _SIGNS[tag]
        elif tag in _AROUND:
            yield from signs(child)
        elif tag == W + "fldSimple":
            yield child, OBJECT
            yield from signs(child)
            yield child, OBJECT
        else:
            yield child, OBJECT


def replaced(found: list[Sign], changes: list[tuple[int, int, str]]) -> str:
    """Put other words in the place of some; `changes` are in order: from, to, the new words. Return the new text."""
    new = [character for _element, character in found]
    for start, end, words in changes:
        new[start:end] = [words, *[""] * (end - start - 1)]
        at = next((at for at in range(start, end) if found[at][0].tag == W + "t"), start)
        if at != start:
            new[start], new[at] = "", words
    texts: dict[etree._Element, list[str]] = {}
    for (element, character), said in zip(found, new, strict=True):
        if element.tag == W + "t":
            texts.setdefault(element, []).append(said)
        elif not said and character != OBJECT and (parent := element.getparent()) is not None:
            parent.remove(element)
    for element, pieces in texts.items():
        element.text = "".join(pieces)
    return "".join(new)


def literal(text: str) -> str:
    """Return a text as Jinja writes it in an expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class WordPen(Tags):
    """Writes the paragraphs of one part; every tag bears a number of its own as its line."""

    def __init__(self, faults: Faults, tag_of: Callable[[str], Tag], node: Callable[[etree._Element], str]) -> None:
        """Begin a part; `tag_of` knows the tag of a sentinel, `node` writes what is no run."""
        super().__init__()
        self.faults = faults
        self.fields = 0  # Word's fields that are open here
        self.ending: tuple[Tag, str] | None = None  # the value a paragraph ends with, and the paragraph's style
        self._tag_of, self._node = tag_of, node
        self._literals: list[str] = []

    def mark(self, xml: str) -> str:
        """Return a character that stands for a piece of XML inside a text."""
        self._literals.append(xml)
        return chr(FIRST_LITERAL + len(self._literals) - 1)

    def inline(self, parent: etree._Element, balance: Balance) -> str:
        """Return everything in a paragraph behind its properties."""
        out = []
        for child in parent:
            if child.tag == W + "r":
                out.append(self._run(child, balance))
            elif child.tag in _AROUND or child.tag == W + "fldSimple":
                inside = Balance(self.faults, " im selben Link, Feld oder Inhaltssteuerelement")
                out += (start_tag(child), self.inline(child, inside), end_tag(child))
                inside.end()
            elif child.tag != W + "pPr":
                out.append(self._node(child))
        return "".join(out)

    def _run(self, run: etree._Element, balance: Balance) -> str:
        found = run.find(W + "rPr")
        properties = as_xml(found) if found is not None else ""
        out = [f"<w:r>{properties}"]
        for child in run:
            if child.tag == W + "t":
                out += (wordml.OPEN_T, self._words(child.text or "", properties, balance), wordml.CLOSE_T)
            elif child.tag != W + "rPr":
                if child.tag == W + "fldChar":
                    self.fields += {"begin": 1, "end": -1}.get(str(child.get(W + "fldCharType")), 0)
                out.append(self._node(child))
        return "".join((*out, "</w:r>"))

    def _words(self, text: str, properties: str, balance: Balance) -> str:
        out: list[str] = []
        end = 0
        for match in SENTINEL_OR_LITERAL.finditer(text):
            out.append(xml_text(text[end : match.start()]))
            end = match.end()
            sign = match[0]
            if ord(sign) >= FIRST_LITERAL:
                out.append(self._literals[ord(sign) - FIRST_LITERAL])
                continue
            tag = self._tag_of(sign)
            if tag.role == "control":
                balance.feed(tag, self.fields)
                out.append(f"{wordml.CLOSE_T}</w:r>{self.control(tag)}<w:r>{properties}{wordml.OPEN_T}")
            else:
                ends = self.ending is not None and self.ending[0] is tag
                spread = spreading(self.ending[1], literal(properties)) if self.ending is not None and ends else ""
                out.append(self.printing(tag, spread or f"_run({literal(properties)})"))
        out.append(xml_text(text[end:]))
        return "".join(out)
