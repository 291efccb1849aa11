"""What changed between two Word files, paragraph by paragraph and word by word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from msgspec import Struct

from ikz_workflow.documents.reading import paragraphs, what_counts
from ikz_workflow.documents.values import Line

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_BETWEEN_CELLS = " | "
_ALIKE = 0.4  # share of common words from which on a paragraph counts as changed, not as another
_MOST_PAIRS = 100_000  # in a larger block, paragraphs are held against each other in their order only
_MOST_TOKENS = 4_000  # more changed words than this are told as one piece
_POPULAR = 1_000  # from so many lines on, lines that come again and again are no landmarks

_MOST_TOLD = 40  # lines told of a difference in passing
_AROUND = 70  # characters shown on either side of a change
SIGNS = {"added": "+", "removed": "-", "changed": "~"}

Mark: TypeAlias = Literal["same", "gone", "new"]


class Piece(Struct, frozen=True):
    """Words of a paragraph that stayed, went or came."""

    mark: Mark
    text: str


class Change(Struct, frozen=True):
    """One paragraph or table row that came, went or changed, with the heading it stands under."""

    change: Literal["added", "removed", "changed"]
    heading: str
    kind: Literal["paragraph", "row"]
    before: str
    after: str
    pieces: tuple[Piece, ...]

    @property
    def marked(self) -> str:
        """Return the words with what went as `[-…-]` and what came as `{+…+}`."""
        return marked(self.pieces)


class _Seen(Struct, frozen=True):
    """A line that counts, with the heading above it."""

    line: Line
    heading: str
    counted: tuple[str, ...]
    words: Counter[str]


def marked(pieces: Sequence[Piece]) -> str:
    """Return words with what went as `[-…-]` and what came as `{+…+}`."""
    return "".join(_MARKS[piece.mark].format(piece.text) for piece in pieces)


_MARKS: dict[Mark, str] = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}


def changes(before: bytes, after: bytes) -> list[Change]:
    """Return what changed between two Word files, in the order of the text: nothing where the text hash is the same.

    Raise DocumentError as `paragraphs` does.
    """
    old, new = (list(_seen(paragraphs(data))) for data in (before, after))
    matcher = SequenceMatcher(
        None,
        [one.counted for one in old],
        [one.counted for one in new],
        autojunk=max(len(old), len(new)) > _POPULAR,
    )
    return [
        _change(was, now)
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
        for was, now in _paired(old[start:end], new[first:last])
    ]


def _seen(lines: list[Line]) -> Iterator[_Seen]:
    heading = ""
    for line, counted in what_counts(lines):
        yield _Seen(line, heading, counted, Counter(re.findall(r"\w+|[^\w\s]", " ".join(counted[1:]))))
        if line.style.startswith("Heading"):
            heading = " ".join(line.text.split())


def _paired(old: list[_Seen], new: list[_Seen]) -> Iterator[tuple[_Seen | None, _Seen | None]]:
    """Yield which line of a block became which, None for one that came or went; the order is kept on both sides."""
    partners = _partners(old, new)
    last = 0
    for place, was in enumerate(old):
        if place in partners:
            yield from ((None, now) for now in new[last : partners[place]])
            yield was, new[partners[place]]
            last = partners[place] + 1
        else:
            yield was, None
    yield from ((None, now) for now in new[last:])


def _partners(old: list[_Seen], new: list[_Seen]) -> dict[int, int]:
    """Return the place of the line that each line became, so that the likeness of all pairs is greatest."""
    if len(old) * len(new) > _MOST_PAIRS:
        return {place: place for place, (was, now) in enumerate(zip(old, new, strict=False)) if _likeness(was, now)}
    likeness = [[_likeness(was, now) for now in new] for was in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]  # what the lines from here on can reach
    for row in range(len(old) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            paired = likeness[row][column] and likeness[row][column] + best[row + 1][column + 1]
            best[row][column] = max(best[row + 1][column], best[row][column + 1], paired)
    found: dict[int, int] = {}
    row = column = 0
    while row < len(old) and column < len(new):
        here = best[row][column]
        if likeness[row][column] and here == likeness[row][column] + best[row + 1][column + 1]:
            found[row] = column
            row, column = row + 1, column + 1
        elif here == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return found


def _likeness(was: _Seen, now: _Seen) -> float:
    """Return the share of common words, 0 for lines that are not the same one changed."""
    if was.counted[0] != now.counted[0]:
        return 0
    share = 2 * (was.words & now.words).total() / (was.words.total() + now.words.total())
    return share if share >= _ALIKE else 0


def _change(was: _Seen | None, now: _Seen | None) -> Change:
    here = now or was
    if here is None:
        raise ValueError("neither line is there")
    kind: Literal["paragraph", "row"] = "row" if here.counted[0] == "row" else "paragraph"
    before, after = (_text(one.line) if one else "" for one in (was, now))
    if was is None:
        return Change("added", here.heading, kind, before, after, (Piece("new", after),))
    if now is None:
        return Change("removed", here.heading, kind, before, after, (Piece("gone", before),))
    return Change("changed", here.heading, kind, before, after, tuple(_joined(_by_cell(was.line, now.line))))


def _text(line: Line) -> str:
    return _BETWEEN_CELLS.join(_clean(cell) for cell in line.cells) if line.cells else _clean(line.text)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\u00ad", "")).strip()


def _by_cell(was: Line, now: Line) -> Iterator[Piece]:
    if len(was.cells) != len(now.cells):
        yield from _by_word(_text(was), _text(now))
        return
    for place, (old, new) in enumerate(zip(was.cells or (was.text,), now.cells or (now.text,), strict=True)):
        if place:
            yield Piece("same", _BETWEEN_CELLS)
        yield from _by_word(_clean(old), _clean(new))


def _by_word(before: str, after: str) -> Iterator[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > 2 * _MOST_TOKENS:
        yield from (Piece("gone", before), Piece("new", after))
        return
    was, now = ([" " if token.isspace() else token for token in tokens] for tokens in (old, new))
    for kind, start, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(new[first:last]))
        else:
            yield from (Piece("gone", "".join(old[start:end])), Piece("new", "".join(new[first:last])))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield the pieces with a blank between two changes drawn into both: „[-alte Fassung-]{+neue Form+}“."""
    gone = new = blank = ""
    for piece in pieces:
        if piece.mark == "same" and (gone or new) and piece.text.isspace():
            blank += piece.text
        elif piece.mark == "same":
            yield from _moved(gone, new, blank + piece.text)
            gone = new = blank = ""
        elif piece.text:
            gone, new, blank = gone + blank, new + blank, ""
            gone, new = (gone + piece.text, new) if piece.mark == "gone" else (gone, new + piece.text)
    yield from _moved(gone, new, blank)


def _moved(gone: str, new: str, after: str) -> Iterator[Piece]:
    """Yield a change and what follows; words that only went or came take the blank behind them, not that before."""
    alone = gone or new
    if not (gone and new) and alone[:1].isspace() and after[:1] == alone[:1]:
        blank, after = after[0], after[1:]
        yield Piece("same", blank)
        gone, new = (text and text[1:] + blank for text in (gone, new))
    made: tuple[tuple[Mark, str], ...] = (("gone", gone), ("new", new), ("same", after))
    yield from (Piece(mark, text) for mark, text in made if text)


def told(before: bytes, after: bytes) -> tuple[str, ...]:
    """Return what changed between two Word files in lines for people: gone `- `, new `+ `, changed `~ `."""
    lines: list[str] = []
    heading = ""
    found = changes(before, after)
    for number, change in enumerate(found):
        if len(lines) >= _MOST_TOLD:
            return (*lines, f"… und {len(found) - number} weitere Absätze")
        if change.heading != heading:
            lines.append(f"Unter „{change.heading}“:" if change.heading else "Am Anfang:")
        heading = change.heading
        text = marked(shortened(change.pieces)) if change.change == "changed" else change.before or change.after
        lines.append(f"{SIGNS[change.change]} {' '.join(text.split())}")
    return tuple(lines)


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces of a paragraph with long stretches that stayed cut down to what stands beside a change."""
    shown = []
    for place, piece in enumerate(pieces):
        head = piece.text[:_AROUND].rstrip() + " " if place else ""
        tail = " " + piece.text[-_AROUND:].lstrip() if place < len(pieces) - 1 else ""
        is_long = piece.mark == "same" and len(piece.text) > len(head) + len(tail) + 3
        shown.append(Piece("same", f"{head}…{tail}") if is_long else piece)
    return shown
