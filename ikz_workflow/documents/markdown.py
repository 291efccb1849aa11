"""Compiling a template's source into Jinja over WordprocessingML, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from ikz_workflow.documents import blocks, sandbox, wordml
from ikz_workflow.documents.inline import Balance, Pen, Piece, stripped, without_start
from ikz_workflow.documents.source import (
    FIRST_SENTINEL,
    SENTINEL,
    Faults,
    Scan,
    Tag,
    Tame,
    normalised,
    read_front,
    scan,
)
from ikz_workflow.documents.tables import table

_DEEPEST_HEADING = 4
_LONGEST = 500_000
_FENCE = re.compile(r":::[ \t]*(\S*)[ \t]*$")
_MARKDOWN_RULES = ["table", "list", "heading", "hr", "emphasis", "newline", "escape", "backticks"]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template: `body` and `title` are Jinja texts whose line numbers are those of the source."""

    name: str
    kind: str
    label: str
    fields: tuple[str, ...]
    title: str
    body: str
    names: frozenset[str]
    source: str


@lru_cache(maxsize=64)
def compile_template(source: str, name: str = "Vorlage") -> Template:
    """Compile the source of a template called `name` in messages; raise DocumentError with every fault found."""
    draft = Draft(source, name)
    draft.faults.stop()
    front = draft.front
    names = sandbox.names_used(_tags_only(draft.title_scan) + _tags_only(draft.scan))
    return Template(
        name, front.kind, front.label, front.fields, draft.title, draft.body, frozenset(names), draft.source
    )


class Draft:
    """A text template being compiled: everything wrong with it in `faults`.

    `tame` gives a tag that is not to be run another form, or None where nothing shall be left of it.
    """

    def __init__(self, source: str, name: str, tame: Tame | None = None) -> None:
        self.name = name
        self.faults = Faults(name)
        self.source = normalised(source)
        if len(self.source) > _LONGEST:
            self.faults.add(None, f"Die Vorlage ist zu lang ({len(self.source)} Zeichen, höchstens {_LONGEST}).")
            self.faults.stop()
        self.front = read_front(self.source, self.faults)
        self.text = "\n".join(self.source.split("\n")[self.front.lines :])
        self.title_scan = scan(self.front.title, _title_line(self.source), self.faults)
        self.scan = scan(self.text, self.front.lines + 1, self.faults)
        for scanned in (self.title_scan, self.scan):
            self._check(scanned, tame)
        self.body = Writer(self.scan, self.faults).write()
        self.title = _title(self.title_scan, self.faults)

    def _check(self, scanned: Scan, tame: Tame | None) -> None:
        """Note what is wrong with each tag on its own, and give it the form it is to be run in."""
        for number, tag in enumerate(scanned.tags):
            fault = sandbox.syntax_fault(tag.role, tag.code) if tag.role in ("print", "control") else None
            if fault:
                self.faults.add(tag.line, fault)
            if tame is not None:
                tamed = tame(tag, bool(fault))
                scanned.tags[number] = tamed or tag
                if tamed is None:
                    scanned.text = scanned.text.replace(chr(FIRST_SENTINEL + number), "")


def undeclared(source: str, name: str = "Vorlage") -> set[str]:
    """Return the dotted names a template takes from its context, such as `f` or `f.summary`."""
    return set(compile_template(source, name).names)


def _title_line(source: str) -> int:
    lines = source.split("\n")
    return next((number for number, line in enumerate(lines, 1) if re.match(r"\s*title\b", line)), 1)


def _title(scanned: Scan, faults: Faults) -> str:
    pen = Pen(scanned, faults, MarkdownIt("zero"))
    balance = Balance(faults, " im Titel")
    out: list[str] = []
    for sign in scanned.text.replace("{", "").replace("}", ""):
        tag = scanned.tag(sign) if SENTINEL.match(sign) else None
        if tag is None:
            out.append(sign)
        elif tag.role == "control":
            balance.feed(tag)
            out.append(pen.control(tag))
        elif tag.role == "print":
            out.append(pen.printing(tag, "_title"))
        else:
            faults.add(tag.line, "Im Titel gibt es keine Marken oder Verweise.")
    balance.end()
    return "".join(out)


def _tags_only(scanned: Scan) -> str:
    shapes = {"print": "{{{{ {} }}}}", "control": "{{% {} %}}"}
    return "".join(shapes[tag.role].format(tag.code) for tag in scanned.tags if tag.role in shapes)


def _control_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Recognise a line of control tags; it ends paragraphs and lists, but not tables: there it repeats rows."""
    text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not blocks.controls(state.env["pen"], text):
        return False
    if not silent:
        token = state.push("control", "", 0)
        token.content = "".join(text.split())
        state.line = start + 1
    return True


def _block_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Recognise `::: name` … `:::`."""
    if state.is_code_block(start) or not (match := _fence(state, start)):
        return False
    if silent:
        return True
    name = match[1]
    close = _closing(state, start, end)
    void = name in blocks.VOID_BLOCKS
    if void and (close is None or "".join(state.getLines(start + 1, close, 0, False).split())):
        close = start
    token = state.push("block_open", "", 1)
    token.info, token.map = name, [start, start + 1 if close is None else close]
    token.meta = {"closed": close is not None}
    if name in blocks.PARAGRAPH_BLOCKS and close is not None:
        line_max, state.lineMax = state.lineMax, close
        state.md.block.tokenize(state, start + 1, close)
        state.lineMax = line_max
    state.push("block_close", "", -1)
    state.line = (start if close is None else close) + 1
    return True


def _fence(state: StateBlock, line: int) -> re.Match[str] | None:
    return _FENCE.match(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]])


def _closing(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line of the closing fence; another block's opening in between means there is none."""
    for line in range(start + 1, end):
        fence = _fence(state, line)
        if fence:
            return None if fence[1] else line
    return None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(_MARKDOWN_RULES)
    parser.block.ruler.before("table", "control", _control_rule, {"alt": ["paragraph", "list"]})
    parser.block.ruler.before("control", "block", _block_rule, {"alt": ["paragraph", "list", "blockquote"]})
    return parser


_PARSER = _parser()


class Writer:
    """Writes the tokens of one template, in their order."""

    def __init__(self, scanned: Scan, faults: Faults, pen: type[Pen] = Pen) -> None:
        self.scan = scanned
        self.faults = faults
        self.pen = pen(scanned, faults, _PARSER)
        self.out: list[str] = []
        self.anchors: set[str] = set()
        self.lists: list[str] = []  # the kinds of the lists around the present token
        self.item_begins = False
        self.style = ""  # of plain paragraphs: a block may set it
        self.in_clause = False  # what follows a numbered paragraph stands under its words
        self.balances = [Balance(faults, "")]
        # Where the last block or closing tag ended, and of which depth the last block was if an ordered list.
        self.content_end = 0
        self.ordered_before = 0

    def write(self) -> str:
        """Return the whole body."""
        tokens = _PARSER.parse(self.scan.text, {"pen": self.pen})
        position = 0
        while position < len(tokens):
            token = tokens[position]
            handle = getattr(self, f"_{token.type}", None)
            position = handle(tokens, position) if handle else position + 1
        self.balances[0].end()
        for name, line in self.pen.references:
            if name not in self.anchors:
                self.faults.add(
                    line, f"Der Verweis {{@{name}}} führt zu keiner Überschrift und keinem Absatz mit {{#{name}}}."
                )
        return "".join(self.out)

    def _line(self, token: Token) -> int:
        return self.scan.lines[token.map[0]] if token.map else 0

    def _put(self, xml: str, ordered: int = 0) -> None:
        self.out.append(xml)
        self.content_end = len(self.out)
        self.ordered_before = ordered

    def _control(self, tokens: list[Token], position: int) -> int:
        for sign in tokens[position].content:
            self._tag(self.scan.tag(sign))
        return position + 1

    def _tag(self, tag: Tag) -> None:
        self.balances[-1].feed(tag)
        self.out.append(self.pen.control(tag))
        if tag.keyword not in ("if", "for", "set"):
            self.content_end = len(self.out)  # what stands behind else or endif is not said where those are skipped

    def _hr(self, tokens: list[Token], position: int) -> int:
        self.faults.add(
            self._line(tokens[position]), "Eine Linie gibt es nicht; für einen Seitenwechsel: ::: pagebreak"
        )
        return position + 1

    def _heading_open(self, tokens: list[Token], position: int) -> int:
        token = tokens[position]
        level = int(token.tag[1:])
        line = self._line(token)
        if level > _DEEPEST_HEADING:
            self.faults.add(line, "Überschriften gibt es in vier Stufen: # bis ####.")
        if len(self.balances) > 1:
            self.faults.add(line, "In diesem Block stehen nur Absätze.")
        pieces, anchor = self._anchored(self.pen.pieces(tokens[position + 1]))
        section, chapter = without_start(pieces, "§ "), without_start(pieces, "(#) ")
        if section is not None:
            pieces = [Piece("mark", 0, f"S {anchor}"), Piece("text", 0, " "), *section]
        elif chapter is not None:
            pieces = [Piece("mark", 0, f"C {level} {anchor}"), Piece("text", 0, "\t"), *chapter]
        elif anchor:
            self.faults.add(line, "Eine Marke {#…} braucht eine gezählte Überschrift: „# § …“ oder „# (#) …“.")
        self.in_clause = False
        self._put(self.pen.paragraph(pieces, f"Heading{level}"))
        return position + 3

    def _anchored(self, pieces: list[Piece]) -> tuple[list[Piece], str]:
        """Return the pieces without the anchor at their end, with its name ("" for none)."""
        anchor = next((piece.tag.code for piece in pieces[-1:] if piece.kind == "anchor" and piece.tag), "")
        if not anchor:
            return pieces, ""
        self.anchors.add(anchor)
        return stripped(pieces[:-1]), anchor

    def _paragraph_open(self, tokens: list[Token], position: int) -> int:
        pieces = self.pen.pieces(tokens[position + 1])
        if self.lists:
            self._item_paragraph(pieces)
            return position + 3
        numbered = without_start(pieces, "(#)")
        if numbered is not None:
            numbered, anchor = self._anchored(numbered)
            marked = [Piece("mark", 0, f"A {anchor}"), Piece("text", 0, "\t"), *numbered]
            self.in_clause = True
            self._put(self.pen.paragraph(marked, "Absatz"))
        else:
            self._put(self.pen.paragraph(pieces, self.style or ("ClauseText" if self.in_clause else "")))
        return position + 3

    def _item_paragraph(self, pieces: list[Piece]) -> None:
        depth = len(self.lists)
        place = "Clause" if self.in_clause else "List"
        suffix = "" if depth == 1 else str(depth)
        # A bullet inside a numbered point does not end the counting of the points.
        counted = max((level for level, kind in enumerate(self.lists, 1) if kind == "number"), default=0)
        if not self.item_begins:
            self._put(self.pen.paragraph(pieces, f"{place}Continue{suffix}"), counted)
        elif counted == depth:
            marked = [Piece("mark", 0, f"N {depth}"), Piece("text", 0, "\t"), *pieces]
            self._put(self.pen.paragraph(marked, f"{place}Number{suffix}"), counted)
        else:
            first, later = f"{place}Bullet{suffix}", f"{place}Continue{suffix}"
            self._put(self.pen.paragraph(pieces, first, later_style=later), counted)
        self.item_begins = False

    def _bullet_list_open(self, tokens: list[Token], position: int) -> int:
        return self._list("bullet", tokens[position], position)

    def _ordered_list_open(self, tokens: list[Token], position: int) -> int:
        depth = len(self.lists) + 1
        if self.ordered_before < depth:
            # Before the control tags in front: a list inside a loop goes on counting from turn to turn.
            self.out.insert(self.content_end, wordml.mark("N0", depth))
        return self._list("number", tokens[position], position)

    def _list(self, kind: str, token: Token, position: int) -> int:
        self.lists.append(kind)
        if len(self.lists) > 2:
            self.faults.add(self._line(token), "Listen gibt es in zwei Ebenen.")
        if len(self.balances) > 1:
            self.faults.add(self._line(token), "In diesem Block stehen nur Absätze.")
        return position + 1

    def _bullet_list_close(self, tokens: list[Token], position: int) -> int:
        self.lists.pop()
        return position + 1

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, tokens: list[Token], position: int) -> int:
        self.item_begins = True
        return position + 1

    def _block_open(self, tokens: list[Token], position: int) -> int:
        token = tokens[position]
        name, line = token.info, self._line(token)
        self.in_clause = False
        if not name:
            self.faults.add(line, "„:::“ schließt einen Block, der nicht geöffnet ist.")
        elif name not in blocks.NAMES:
            known = ", ".join(sorted(blocks.NAMES))
            self.faults.add(line, f"Den Block „{name}“ gibt es nicht (möglich: {known}).")
        elif not token.meta["closed"]:
            self.faults.add(line, f"Der Block „{name}“ ist nicht mit „:::“ geschlossen.")
        elif len(self.balances) > 1 or self.lists:
            self.faults.add(line, "Ein Block steht für sich, nicht in einer Liste oder einem anderen Block.")
        elif name in blocks.PARAGRAPH_BLOCKS:
            self.style = blocks.PARAGRAPH_BLOCKS[name]
            self.balances.append(Balance(self.faults, " im selben Block"))
        elif name in blocks.LETTER_BLOCKS:
            return self._letter(tokens, position)
        elif name in blocks.VOID_BLOCKS:
            self._put(blocks.VOID_BLOCKS[name])
        else:
            self._put(blocks.LINE_BLOCKS[name](self.pen, self._inside(token)))
        return position + 1

    def _block_close(self, tokens: list[Token], position: int) -> int:
        if self.style:
            self.style = ""
            self.balances.pop().end()
        return position + 1

    def _letter(self, tokens: list[Token], position: int) -> int:
        """Write address and information as one head when they follow each other."""
        first = tokens[position]
        following = tokens[position + 2] if position + 2 < len(tokens) else None
        parts = {first.info: self._inside(first)}
        end = position + 2
        if following and following.type == "block_open" and following.meta["closed"]:
            other = blocks.LETTER_BLOCKS[first.info == blocks.LETTER_BLOCKS[0]]
            if following.info == other:
                parts[other] = self._inside(following)
                end = position + 4
        address_first = first.info == "address"
        self._put(blocks.letter_head(self.pen, parts.get("address"), parts.get("information"), address_first))
        return end

    def _inside(self, token: Token) -> blocks.Lines:
        start, close = token.map or [0, 0]
        texts = self.scan.text.split("\n")
        return [(texts[number], self.scan.lines[number]) for number in range(start + 1, close)]

    def _table_open(self, tokens: list[Token], position: int) -> int:
        end = next(at for at in range(position, len(tokens)) if tokens[at].type == "table_close")
        if len(self.balances) > 1 or self.lists:
            line = self._line(tokens[position])
            self.faults.add(line, "Eine Tabelle steht für sich, nicht in einer Liste oder einem Block.")
        xml, following = table(self.pen, tokens[position : end + 1])
        self._put(xml)
        for tag in following:
            self._tag(tag)
        return end + 1
