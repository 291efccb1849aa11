"""The inside of a paragraph: Markdown's inline tokens become runs with the Jinja tags back in place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ikz_workflow.documents import contents, wordml
from ikz_workflow.documents.source import SENTINEL, Faults, Scan, Tag

_DEEPEST = 6  # three places nest (page, block, paragraph); Python ends at twenty loops
# What a value's lines that begin with a dash, a bullet, a number become, by the style of its paragraphs.
_LINES = {"": "Line", "ClauseText": "ClauseLine", "TableText": "TableLine"}
# What a value's later paragraphs are, where it ends a paragraph that begins with other words.
_LATER = {"": "", "Absatz": "ClauseText", "ClauseText": "ClauseText"}
_BRACES = str.maketrans({"{": "&#123;", "}": "&#125;"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph: `kind` is text, print, control, mark, break or anchor; `content` its text or mark."""

    kind: str
    format: int = 0
    content: str = ""
    tag: Tag | None = None


class Balance:
    """The control tags still open in one place of a template; what does not match is noted as a fault."""

    def __init__(self, faults: Faults, place: str) -> None:
        """Begin with nothing open; `place` ends the sentence of a fault."""
        self._faults = faults
        self._place = place
        self._open: list[Tag] = []
        self._fields: list[int] = []

    @property
    def depth(self) -> int:
        """Return how many tags are open."""
        return len(self._open)

    def feed(self, tag: Tag, fields: int = 0) -> None:
        """Take the next control tag; `fields` counts Word's own fields that are open where it stands."""
        word = tag.keyword
        last = self._open[-1].keyword if self._open else ""
        if word in ("if", "for"):
            self._open.append(tag)
            self._fields.append(fields)
            if len(self._open) == _DEEPEST + 1:
                self._faults.add(tag.line, f"Bedingungen und Schleifen stehen höchstens {_DEEPEST}-mal ineinander.")
        elif word in ("endif", "endfor"):
            if last == word[3:]:
                self._open.pop()
                if self._fields.pop() != fields:
                    self._faults.add(tag.line, f"Zwischen „{word[3:]}“ und „{word}“ beginnt oder endet ein Word-Feld.")
            else:
                self._unmatched(tag, f"„{word}“ ohne „{word[3:]}“ davor{self._place}.")
        elif (word == "else" and not last) or (word == "elif" and last != "if"):
            self._unmatched(tag, f"„{word}“ ohne „if“ davor{self._place}.")

    def end(self) -> None:
        """Note what is still open where the place ends."""
        for tag in self._open:
            self._unmatched(tag, f"„{tag.keyword}“ ist nicht mit „end{tag.keyword}“ geschlossen{self._place}.")

    def _unmatched(self, tag: Tag, text: str) -> None:
        self._faults.unmatched.add(tag)
        self._faults.add(tag.line, text)


class Tags:
    """Writes tags so that every tag keeps its line: Jinja's own line numbers are then the template's."""

    def __init__(self) -> None:
        """Begin on line 1."""
        self._line = 1

    def control(self, tag: Tag) -> str:
        """Return a control tag, put on its own line."""
        return f"{{%{self._line_feeds(tag)} {tag.code} %}}"

    def printing(self, tag: Tag, filter_: str) -> str:
        """Return a print tag whose value goes through one of our filters."""
        return f"{{{{{self._line_feeds(tag)} ({tag.code})|{filter_} }}}}"

    def _line_feeds(self, tag: Tag) -> str:
        feeds = "\n" * (tag.line - self._line)
        self._line = max(self._line, tag.line) + tag.code.count("\n")
        return feeds


class Pen(Tags):
    """Writes what Markdown says as runs and paragraphs."""

    def __init__(self, scan: Scan, faults: Faults, markdown: MarkdownIt) -> None:
        """Begin on line 1 of the file `scan` was taken from."""
        super().__init__()
        self.scan = scan
        self.faults = faults
        self.markdown = markdown
        self.references: list[tuple[str, int]] = []

    def parse(self, text: str) -> list[Piece]:
        """Return the pieces of one line of inline Markdown."""
        return self.pieces(self.markdown.parseInline(text, {})[0])

    def pieces(self, inline: Token) -> list[Piece]:
        """Return the pieces of one inline token."""
        pieces: list[Piece] = []
        format_ = 0
        for child in inline.children or []:
            if child.type in ("strong_open", "strong_close"):
                format_ ^= wordml.BOLD
            elif child.type in ("em_open", "em_close"):
                format_ ^= wordml.ITALIC
            elif child.type == "softbreak":
                pieces.append(Piece("text", format_, " "))
            elif child.type == "hardbreak":
                pieces.append(Piece("break", format_))
            else:
                pieces += self._split(child.content, format_)
        self._check(pieces)
        return pieces

    def _split(self, text: str, format_: int) -> list[Piece]:
        pieces: list[Piece] = []
        end = 0
        for match in SENTINEL.finditer(text):
            if match.start() > end:
                pieces.append(Piece("text", format_, text[end : match.start()]))
            end = match.end()
            tag = self.scan.tag(match[0])
            if tag.role == "reference":
                self.references.append((tag.code, tag.line))
                pieces.append(Piece("mark", format_, f"R {tag.code} {tag.line}"))
            else:
                pieces.append(Piece(tag.role, format_, tag=tag))
        if text[end:]:
            pieces.append(Piece("text", format_, text[end:]))
        return pieces

    def _check(self, pieces: list[Piece]) -> None:
        balance = Balance(self.faults, " im selben Absatz (allein auf einer Zeile gilt es für ganze Absätze)")
        for piece in pieces:
            if piece.kind == "control" and piece.tag:
                balance.feed(piece.tag)
        balance.end()

    def unless_empty(self, start: str, inside: str, end: str) -> str:
        """Return what stands around something, where there is something."""
        return f"{{% set _t %}}{inside}{{% endset %}}{{% if _t %}}{start}{{{{ _t }}}}{end}{{% endif %}}"

    def runs(self, pieces: list[Piece], ending: str = "") -> str:
        """Return finished runs; control tags stand between them. `ending` is the filter of the value they end with."""
        out: list[str] = []
        current: int | None = None
        for number, piece in enumerate(pieces, 1):
            format_ = None if piece.kind == "control" else piece.format
            if format_ != current:
                if current is not None:
                    out.append(f"{wordml.CLOSE_T}</w:r>")
                if format_ is not None:
                    out.append(f"<w:r>{wordml.RUN_PROPERTIES[format_]}{wordml.OPEN_T}")
                current = format_
            out.append(self._inside(piece, ending if number == len(pieces) else ""))
        if current is not None:
            out.append(f"{wordml.CLOSE_T}</w:r>")
        return "".join(out)

    def _inside(self, piece: Piece, ending: str) -> str:
        if piece.tag and piece.kind == "control":
            return self.control(piece.tag)
        if piece.tag and piece.kind == "print":
            return self.printing(piece.tag, ending or f"_{piece.format}")
        if piece.tag:
            self.faults.add(
                piece.tag.line, "Eine Marke {#…} gehört ans Ende einer Überschrift oder eines Absatzes mit § oder (#)."
            )
            return ""
        if piece.kind == "mark":
            return wordml.mark(piece.content)
        if piece.kind == "break":
            return f"{wordml.CLOSE_T}{wordml.BREAK}{wordml.OPEN_T}"
        return wordml.words(piece.content).translate(_BRACES)

    def paragraph(self, pieces: list[Piece], style: str = "", align: str = "", later_style: str | None = None) -> str:
        """Return a paragraph; a lone value may become several, the later ones in `later_style`; an empty one none."""
        content = [piece for piece in pieces if piece.kind != "mark" and piece.content != "\t"]
        properties = wordml.properties(style, align, keep=announces(pieces)) + contents.sign(style)
        if len(pieces) == 1 and pieces[0].kind == "print" and not pieces[0].format and pieces[0].tag:
            later = properties if later_style is None else wordml.properties(later_style, align)
            return self.printing(pieces[0].tag, f"_paragraphs('{properties}', '{later}', '{line_properties(style)}')")
        if _only_conditional(content):
            runs = self.runs(pieces)
            shown = f"<w:p>{properties}{{{{ _p }}}}</w:p>"
            return f"{{% set _p %}}{runs}{{% endset %}}{{% if _p|_words %}}{shown}{{% endif %}}"
        ends = bool(pieces) and pieces[-1].kind == "print" and not pieces[-1].format
        return f"<w:p>{properties}{self.runs(pieces, spreading(style) if ends else '')}</w:p>"

    def cell(self, pieces: list[Piece], style: str, align: str = "") -> str:
        """Return the paragraphs of a table cell: one at least."""
        properties = wordml.properties(style, align)
        if len(pieces) == 1 and pieces[0].kind == "print" and not pieces[0].format and pieces[0].tag:
            return self.printing(
                pieces[0].tag, f"_paragraphs('{properties}', '{properties}', '{line_properties(style)}', true)"
            )
        return f"<w:p>{properties}{self.runs(pieces)}</w:p>"


def line_properties(style: str) -> str:
    """Return the properties of a typed list's line where a value stands in a paragraph of that style, "" for none."""
    return wordml.properties(_LINES[style]) if style in _LINES else ""


def spreading(style: str, run: str = "''") -> str:
    """Return the filter for a value that ends a paragraph of a style, "" where it stays in it whatever it holds."""
    if style not in _LATER:
        return ""
    later = _LATER[style]
    return f"_spread('{wordml.properties(later)}', '{line_properties(later)}', {run})"


def _only_conditional(pieces: list[Piece]) -> bool:
    """Tell whether every word of a paragraph stands inside a control tag, so that it can end up empty."""
    depth = 0
    seen = False
    for piece in pieces:
        if piece.tag and piece.kind == "control":
            depth += {"if": 1, "for": 1, "endif": -1, "endfor": -1}.get(piece.tag.keyword, 0)
            seen = True
        elif depth == 0 and (piece.kind == "print" or piece.content.strip()):
            return False
    return seen


def announces(pieces: list[Piece]) -> bool:
    """Tell whether a paragraph ends with a colon: what it announces begins on its page."""
    return bool(pieces) and pieces[-1].kind == "text" and pieces[-1].content.endswith(":")


def stripped(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces without blanks at both ends, without empty texts."""
    kept = list(pieces)
    if kept and kept[0].kind == "text":
        kept[0] = replace(kept[0], content=kept[0].content.lstrip())
    if kept and kept[-1].kind == "text":
        kept[-1] = replace(kept[-1], content=kept[-1].content.rstrip())
    return [piece for piece in kept if piece.kind != "text" or piece.content]


def without_start(pieces: list[Piece], start: str) -> list[Piece] | None:
    """Return the pieces after the literal `start`, or None where they do not begin with it."""
    if not pieces or pieces[0].kind != "text" or not pieces[0].content.startswith(start):
        return None
    return stripped([replace(pieces[0], content=pieces[0].content[len(start) :]), *pieces[1:]])
