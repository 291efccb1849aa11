"""Compiling the paragraphs, tables and text boxes of one part of a Word template into Jinja over XML."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from ikz_workflow.documents import contents, wordml
from ikz_workflow.documents.blocks import NO_NUMBERS
from ikz_workflow.documents.charts import BAR, COLUMN, MOST
from ikz_workflow.documents.inline import Balance, line_properties
from ikz_workflow.documents.numbering import W, value
from ikz_workflow.documents.source import SENTINEL, Faults, Tag
from ikz_workflow.documents.wordpen import WordPen, Words, literal, replaced, signs
from ikz_workflow.documents.wordtags import OBJECT
from ikz_workflow.documents.wordtree import as_xml, end_tag, start_tag, xml_text

# Where a table or a cell must end with a paragraph and none may be left.
TINY = (
    '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr>'
    "</w:pPr></w:p>"
)
_HEADING = re.compile("Heading([1-4])")
_SECTION = re.compile(r"\s*§\s+(?=\D)")
_COUNTED = re.compile(r"\s*\(#\)\s*")
_ITEM = re.compile(r"\s*#([.)])\s+")
_BULLETS = {"ListBullet": "ListContinue", "ListBullet2": "ListContinue2"}
_GOES_ON = ("ListBullet2", "ListContinue", "ListContinue2")
_CLOSING = ":::"
_BLOCKS = ("contents", "open", "open-page", "signatures", "signature", "chart", "column-chart")
_LOST = "Ein Steuerzeichen {sign} teilt {what} mit anderem Text; der Text ginge verloren. Es braucht {needs} für sich."
_IN_ROWS = " in derselben Tabelle"
_IN_CELL = (
    " in derselben Zelle (für ganze Zeilen steht das Steuerzeichen allein in einer eigenen Zeile davor, "
    "sein Ende in einer danach)"
)
_IN_PARAGRAPH = " im selben Absatz (allein in einem Absatz gilt es für ganze Absätze)"


class Flow:
    """Writes one part; `words` are its paragraphs, their tags already taken out."""

    def __init__(
        self,
        faults: Faults,
        words: dict[etree._Element, Words],
        tag_of: Callable[[str], Tag],
        spot: Callable[[Words], int],
        marks: bool,
    ) -> None:
        """Begin; `spot` gives a place without a tag a number, `marks` allows what is counted and listed."""
        self.faults = faults
        self.pen = WordPen(faults, tag_of, self.node)
        self.anchors: set[str] = set()
        self.references: list[tuple[str, int]] = []
        self._words, self._tag_of, self._spot, self._marks = words, tag_of, spot, marks

    # ------------------------------------------------------------------------------------------------------ containers
    def node(self, element: etree._Element) -> str:
        """Return an element as it is; the paragraphs in it are compiled."""
        if not isinstance(element.tag, str):
            return ""
        if element.tag == W + "tbl":
            return self._table(element)
        if _has_blocks(element):
            return start_tag(element) + self._blocks(element) + end_tag(element)
        if len(element) == 0:
            return as_xml(element)
        inside = xml_text(element.text or "")
        return start_tag(element) + inside + "".join(map(self.node, element)) + end_tag(element)

    def body(self, root: etree._Element) -> str:
        """Return what stands inside the root of a part."""
        return self._blocks(root) if _has_blocks(root) else "".join(map(self.node, root))

    def _blocks(self, element: etree._Element) -> str:
        balance = Balance(self.faults, " im selben Textfeld oder Bereich" if element.tag != W + "body" else "")
        needed = element.tag != W + "body" and len(element) == 1
        blocks = _Blocks(self, balance, needed)
        inside = blocks.write(list(element))
        balance.end()
        # A header, a note, a text box needs a paragraph in the end; the body ends with its page.
        return inside if blocks.ends_well or element.tag == W + "body" else inside + TINY

    def _table(self, table: etree._Element) -> str:
        balance = Balance(self.faults, _IN_ROWS)
        out: list[str] = []
        before = "".join(as_xml(child) for child in table if child.tag in (W + "tblPr", W + "tblGrid"))
        before, after = (before + wordml.mark("table"), wordml.mark("/table")) if _is_ruled(table) else (before, "")
        stays = [
            self._row_or_more(child, balance, out) for child in table if child.tag not in (W + "tblPr", W + "tblGrid")
        ]
        balance.end()
        rows = "".join(out)
        if any(stays):
            return start_tag(table) + before + rows + after + end_tag(table)
        whole = f"{start_tag(table)}{before}{{{{ _t }}}}{after}{end_tag(table)}"
        return f"{{% set _t %}}{rows}{{% endset %}}{{% if _t %}}{whole}{{% endif %}}"

    def _row_or_more(self, element: etree._Element, balance: Balance, out: list[str]) -> bool:
        """Write a row, or what stands around rows; tell whether a row stays whatever the values are."""
        if element.tag != W + "tr":
            inside: list[str] = []
            rows = [child for child in element if isinstance(child.tag, str)] if isinstance(element.tag, str) else []
            if not any(child.tag in (W + "tr", W + "sdtContent") for child in rows):
                out.append(as_xml(element))
                return False
            stays = [self._row_or_more(child, balance, inside) for child in rows]
            out += (start_tag(element), *inside, end_tag(element))
            return any(stays)
        paragraphs = [self._words[one] for one in element.iter(W + "p")]
        tags = [tag for one in paragraphs for tag in one.controls(self._tag_of)]
        levels = {level for one in paragraphs for level in one.levels}
        if tags and all(one.controls(self._tag_of) or not one.bare for one in paragraphs) and "p" not in levels:
            for tag in tags:
                balance.feed(tag, self.pen.fields)
                out.append(self.pen.control(tag))
            return False
        if "tr" in levels:
            for one in paragraphs:
                if "tr" in one.levels:
                    self.note(one, _LOST.format(sign="{%tr …%}", what="seine Zeile", needs="eine Zeile"))
                    for tag in one.tags:
                        if tag.role == "control":
                            balance.feed(tag, self.pen.fields)
                            out.append(self.pen.control(tag))
            return False
        cells = []
        for child in element:
            if child.tag == W + "tc":
                cells.append(self._cell(child))
            elif isinstance(child.tag, str):
                cells.append(self._around_cells(child))
        sign = wordml.ROW if _is_ruled(next(element.iterancestors(W + "tbl"))) else ""
        out.append(sign + start_tag(element) + "".join(cells) + end_tag(element))
        return balance.depth == 0

    def _around_cells(self, element: etree._Element) -> str:
        if next(element.iter(W + "tc"), None) is None:
            return as_xml(element)
        inside = "".join(
            self._cell(child) if child.tag == W + "tc" else self._around_cells(child)
            for child in element
            if isinstance(child.tag, str)
        )
        return start_tag(element) + inside + end_tag(element)

    def _cell(self, cell: etree._Element) -> str:
        balance = Balance(self.faults, _IN_CELL)
        properties = "".join(as_xml(child) for child in cell if child.tag == W + "tcPr")
        blocks = _Blocks(self, balance, needed=True)
        inside = blocks.write([child for child in cell if child.tag != W + "tcPr"])
        balance.end()
        return start_tag(cell) + properties + inside + ("" if blocks.ends_well else TINY) + end_tag(cell)

    # ------------------------------------------------------------------------------------------------------ paragraphs
    def words(self, element: etree._Element) -> Words:
        """Return the words of a paragraph."""
        return self._words[element]

    def controls(self, words: Words) -> list[Tag]:
        """Return the control tags of a paragraph that stands for them alone."""
        tags = words.controls(self._tag_of)
        if tags and words.element.find(f"{W}pPr/{W}sectPr") is not None:
            self.faults.add(
                tags[0].line, "In diesem Absatz steckt ein Abschnittswechsel; er braucht einen Absatz für sich."
            )
        if tags and words.levels & {"tr"}:
            self.faults.add(tags[0].line, "Ein Steuerzeichen {%tr …} steht allein in einer Zeile einer Tabelle.")
        return tags

    def misplaced(self, words: Words) -> list[Tag]:
        """Return the control tags of a paragraph that are meant for whole paragraphs and share theirs with text."""
        if not words.levels & {"p", "tr"}:
            return []
        self.note(words, _LOST.format(sign="{%p …%}", what="seinen Absatz", needs="einen Absatz"))
        return [tag for tag in words.tags if tag.role == "control"]

    def _number(self, words: Words) -> int:
        return words.tags[0].line if words.tags else self._spot(words)

    def note(self, words: Words, text: str) -> None:
        """Note a fault of a paragraph."""
        self.faults.add(self._number(words), text)

    def paragraph(self, words: Words, needed: bool, restart: Callable[[int], None]) -> tuple[str, bool]:
        """Return a paragraph with its tags back in place, and whether it stays whatever the values are."""
        element = words.element
        found = element.find(W + "pPr")
        style = value(found, "pStyle")
        if style == "Pagebreak" and not words.bare and self._marks and element.find(f"{W}pPr/{W}sectPr") is None:
            return wordml.mark("break"), True
        properties = (as_xml(found) if found is not None else "") + (contents.sign(style) if self._marks else "")
        self._put_marks(words, style, restart)
        lone = self._lone(words)
        if lone is not None and (found is None or found.find(W + "sectPr") is None):
            later = properties.replace(f'"{style}"', f'"{_BULLETS[style]}"') if style in _BULLETS else properties
            bearing = (one for one in element.iter(W + "r") if SENTINEL.search("".join(map(str, one.itertext()))))
            run = next((one.find(W + "rPr") for one in bearing), None)
            look = literal(as_xml(run)) if run is not None else "''"
            keep = "true" if needed else "false"
            line = literal(line_properties("" if style == "Normal" else style))  # as LibreOffice says what is plain
            filter_ = f"_paragraphs({literal(properties)}, {literal(later)}, {line}, {keep}, {look})"
            return self.pen.printing(lone, filter_), needed
        around = element.getparent()
        in_cell = around is not None and around.tag == W + "tc"
        self.pen.ending = None if in_cell else self._ending(element, style)
        balance = Balance(self.faults, _IN_CELL if in_cell else _IN_PARAGRAPH)
        runs = self.pen.inline(element, balance)
        balance.end()
        if not needed and self._is_conditional(words):
            shown = f"<w:p>{properties}{{{{ _p }}}}</w:p>"
            return f"{{% set _p %}}{runs}{{% endset %}}{{% if _p|_words %}}{shown}{{% endif %}}", False
        return f"<w:p>{properties}{runs}</w:p>", True

    def _ending(self, element: etree._Element, style: str) -> tuple[Tag, str] | None:
        """Return the tag of the value a paragraph ends with, and the style; None if it ends otherwise."""
        said = (one for one in reversed(element) if any(inside.tag != W + "rPr" for inside in one))
        last = next(said, None)  # behind it nothing is said: ends of bookmarks, runs without words
        is_run = last is not None and last.tag == W + "r" and last[-1].tag == W + "t"
        text = (last[-1].text or "") if last is not None and is_run else ""
        tag = self._tag_of(text[-1]) if SENTINEL.match(text[-1:]) else None
        if tag is None or tag.role != "print" or element.find(f"{W}pPr/{W}sectPr") is not None:
            return None
        return tag, "" if style == "Normal" else style

    def _lone(self, words: Words) -> Tag | None:
        bare = words.bare
        tag = self._tag_of(bare) if len(bare) == 1 and SENTINEL.match(bare) else None
        return tag if tag is not None and tag.role == "print" else None

    def _is_conditional(self, words: Words) -> bool:
        """Tell whether every word of a paragraph stands inside a control tag, so that it can end up empty."""
        depth, seen = 0, False
        for sign in words.bare:
            tag = self._tag_of(sign) if SENTINEL.match(sign) else None
            if tag is not None and tag.role == "control":
                depth += {"if": 1, "for": 1, "endif": -1, "endfor": -1}.get(tag.keyword, 0)
                seen = True
            elif depth == 0 or sign == OBJECT:
                return False
        return seen

    # ----------------------------------------------------------------------------------------------------------- marks
    def _put_marks(self, words: Words, style: str, restart: Callable[[int], None]) -> None:
        """Put marks in the place of „§“, (#), #. and of {#…}, {@…}, as in a text template."""
        text = words.text
        anchor = next((tag.code for tag in words.tags if tag.role == "anchor"), "")
        changes: list[tuple[int, int, str]] = []
        counted = self._counting(text, style, anchor, restart)
        if counted:
            changes.append(counted)
        if anchor and (counted is None or _ITEM.match(text)):
            why = "Eine Marke {#…} braucht eine gezählte Überschrift („§ …“, „(#) …“) oder einen Absatz mit (#)."
            self.note(words, why)
        for at, sign in enumerate(text):
            tag = self._tag_of(sign) if SENTINEL.match(sign) else None
            if tag is not None and tag.role == "reference":
                self.references.append((tag.code, tag.line))
                changes.append((at, at + 1, self.pen.mark(wordml.mark("R", tag.code, tag.line))))
            elif tag is not None and tag.role == "anchor":
                self.anchors.add(tag.code)
                if text[at + 1 :].strip():
                    self.note(words, "Eine Marke {#…} steht am Ende ihrer Überschrift oder ihres Absatzes.")
                changes.append((len(text[:at].rstrip()), at + 1, ""))
        if changes and not self._marks:
            self.note(words, "Gezählt und verwiesen wird nur im Text, nicht in Kopf- und Fußzeilen und Fußnoten.")
        elif changes:
            words.text = replaced(list(signs(words.element)), changes)

    def _counting(
        self, text: str, style: str, anchor: str, restart: Callable[[int], None]
    ) -> tuple[int, int, str] | None:
        heading = _HEADING.fullmatch(style)
        if heading and (start := _SECTION.match(text)):
            return 0, start.end(), self.pen.mark(wordml.mark("S", anchor)) + " "
        if start := _COUNTED.match(text):
            kind = f"C {heading[1]} {anchor}" if heading else f"A {anchor}"
            return 0, start.end(), self.pen.mark(wordml.mark(kind)) + self.pen.mark(_TAB)
        if start := _ITEM.match(text):
            depth = 1 if start[1] == "." else 2
            restart(depth)
            return 0, start.end(), self.pen.mark(wordml.mark("N", depth)) + self.pen.mark(_TAB)
        return None

    def open_points(self, words: Words) -> str:
        """Return the paragraph that is repeated for each open point."""
        found, run = words.element.find(W + "pPr"), words.element.find(f".//{W}r/{W}rPr")
        properties, look = (as_xml(one) if one is not None else "" for one in (found, run))
        shown = f"<w:r>{look}{wordml.OPEN_T}{wordml.mark('point')}{wordml.CLOSE_T}</w:r>"
        return f"{wordml.mark('each')}<w:p>{properties}{shown}</w:p>{wordml.mark('/each')}"

    def chart_line(self, words: Words) -> str:
        """Return a line of a chart as marks: its title with the names of the series, or a label with its numbers."""
        text = words.text.strip()
        kind = "title" if text.startswith("# ") else "row"
        parts = text.removeprefix("# ").split("|")
        if not 1 < len(parts) + (kind == "title") <= MOST + 2:
            why = f"Im Diagramm hat jede Zeile die Form „Bezeichnung | Zahl“ mit höchstens {MOST} Zahlen."
            self.note(words, why)
        balance = Balance(self.faults, _IN_PARAGRAPH)
        shown = wordml.mark("chart-next").join(self._plain(part.strip(), balance) for part in parts)
        balance.end()
        return wordml.mark(f"chart-{kind}", self._number(words)) + shown

    def _plain(self, text: str, balance: Balance) -> str:
        out = []
        for sign in text:
            tag = self._tag_of(sign) if SENTINEL.match(sign) else None
            if tag is None:
                out.append(xml_text(sign).replace('"', "&quot;"))  # it also becomes alternative text, an attribute
            elif tag.role == "control":
                balance.feed(tag)
                out.append(self.pen.control(tag))
            elif tag.role == "print":
                out.append(self.pen.printing(tag, "_escaped"))
            else:
                self.faults.add(tag.line, NO_NUMBERS)
        return "".join(out)


def _is_ruled(table: etree._Element) -> bool:
    """Tell whether a table is one of those that are to break well: ruled, no table around it or in it."""
    is_alone = next(table.iterancestors(table.tag), next(table.iterdescendants(table.tag), None)) is None
    return is_alone and value(table.find(W + "tblPr"), "tblStyle") == "Ruled"


def _has_blocks(element: etree._Element) -> bool:
    return any(child.tag in (W + "p", W + "tbl") for child in element)


class _Blocks:
    """Writes the paragraphs and tables of one place in their order."""

    def __init__(self, flow: Flow, balance: Balance, needed: bool) -> None:
        self._flow, self._needed = flow, needed
        self._balances = [balance]
        self._out: list[str] = []
        self._open: list[tuple[str, Words]] = []  # the blocks `::: name` around the present paragraph
        self._after_table = False
        self._first_of_signature = False
        self._content_end = 0  # where the last paragraph or closing tag ended, as in a text template
        self._ordered_before = 0
        self.ends_well = False

    def write(self, elements: list[etree._Element]) -> str:
        """Return everything written."""
        for element in elements:
            if element.tag == W + "p":
                self._paragraph(self._flow.words(element))
            elif element.tag == W + "tbl":
                self._table(element)
            else:
                if element.tag == W + "sectPr" and self._after_table:
                    self._out.append(TINY)  # Word wants a paragraph in the end
                self._put(self._flow.node(element), ends=False)
        for name, words in self._open:
            self._flow.note(words, f"Der Block „{name}“ ist nicht mit „:::“ geschlossen.")
            self._balances.pop().end()
        return "".join(self._out)

    def _put(self, xml: str, ends: bool, ordered: int = 0) -> None:
        self._out.append(xml)
        self._content_end, self._ordered_before = len(self._out), ordered
        self.ends_well = ends
        self._after_table = self._after_table and not ends

    def _restart(self, depth: int) -> None:
        if self._ordered_before < depth:
            # Before the control tags in front: a list inside a loop goes on counting from turn to turn.
            self._out.insert(self._content_end, wordml.mark("N0", depth))
        self._ordered_before = depth

    def _table(self, table: etree._Element) -> None:
        if self._after_table:
            self._out.append(TINY)  # else Word would let two tables grow together
        if any(name != "open-page" for name, _words in self._open):
            words = next(iter(self._flow.words(one) for one in table.iter(W + "p")))
            self._flow.note(words, "In diesem Block stehen nur Absätze, keine Tabellen.")
        self._put(self._flow.node(table), ends=False)
        self._after_table = True

    def _paragraph(self, words: Words) -> None:
        inside = self._open[-1][0] if self._open else ""
        if words.bare.startswith(_CLOSING):
            self._block(words, words.text.strip().removeprefix(_CLOSING).strip(), inside)
        elif tags := self._flow.controls(words) or self._flow.misplaced(words):
            self._control(words, tags)
        elif inside in ("chart", "column-chart"):
            self._out.append(self._flow.chart_line(words) if words.bare else "")
        else:
            needed = self._needed or self._first_of_signature
            xml, stays = self._flow.paragraph(words, needed, self._restart)
            style = value(words.element.find(W + "pPr"), "pStyle")
            goes_on = self._ordered_before if style in _GOES_ON or _ITEM_MARK in xml else 0
            self._put(xml, stays, goes_on)
            self._first_of_signature = False

    def _control(self, words: Words, tags: list[Tag]) -> None:
        if self._first_of_signature:
            self._flow.note(words, "Nach „::: signature“ steht zuerst ein Absatz, dann erst ein Steuerzeichen.")
        for tag in tags:
            if tag.keyword == "endfor" and self._after_table:
                self._put(TINY, ends=True)
            self._balances[-1].feed(tag, self._flow.pen.fields)
            self._out.append(self._flow.pen.control(tag))
            if tag.keyword not in ("if", "for", "set"):
                self._content_end = len(self._out)
        self.ends_well = False

    def _block(self, words: Words, name: str, inside: str) -> None:
        flow = self._flow
        if words.tags or (name and name not in _BLOCKS):
            known = ", ".join(_BLOCKS)
            flow.note(words, f"Den Block „{name}“ gibt es in Word-Vorlagen nicht (möglich: {known}).")
        elif not name:
            self._close(words, inside)
        elif name == "signature":
            if inside != "signatures":
                flow.note(words, "„::: signature“ steht nur zwischen „::: signatures“ und „:::“.")
            self._out.append(wordml.mark("sig"))
            self._first_of_signature = True
        elif name == "contents":
            self._put(wordml.mark("contents"), ends=False)
        elif name == "open":
            self._put(flow.open_points(words), ends=True)
        elif self._open or len(self._balances) > 1:
            flow.note(words, f"Der Block „{name}“ steht für sich, nicht in einem anderen.")
        else:
            self._open.append((name, words))
            self._balances.append(Balance(flow.faults, " im selben Block"))
            self._out.append(_STARTS[name])

    def _close(self, words: Words, inside: str) -> None:
        if not inside:
            self._flow.note(words, "„:::“ schließt einen Block, der nicht geöffnet ist.")
            return
        self._open.pop()
        self._balances.pop().end()
        if self._first_of_signature:
            self._flow.note(words, "Nach „::: signature“ fehlt der Absatz, der unterschrieben wird.")
        self._put(_ENDS[inside], ends=False)
        self._after_table = inside == "signatures"


_TAB = f"{wordml.CLOSE_T}<w:tab/>{wordml.OPEN_T}"
_ITEM_MARK = f"{wordml.MARK}N "
_STARTS = {
    "open-page": wordml.mark("page"),
    "signatures": wordml.mark("sigs"),
    "chart": wordml.mark("chart-start", BAR),
    "column-chart": wordml.mark("chart-start", COLUMN),
}
_CHART_END = wordml.mark("chart-end")
_ENDS = {
    "open-page": wordml.mark("/page"),
    "signatures": wordml.mark("/sigs"),
    "chart": _CHART_END,
    "column-chart": _CHART_END,
}
