"""Finding the tags in the words of a Word paragraph, and mending what Word's autocorrection did to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

OBJECT = "\ufffc"  # stands for what is no text: a picture, a field, a note

_OPENING = re.compile(r"\{[{%#@]|[}%#]\}")
_LONGEST = 2_000  # no tag is longer
_CLOSING = re.compile(r"[}%]\}")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_ROLES = {"{{": "print", "{%": "control"}
_DOUBLE, _SINGLE = '"„“”‟«»', "'‚‘’‛‹›"
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\t\n"), " ")
_GONE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_DASHES = {ord("\u2010"): "-", ord("\u2011"): "-", ord("\u2012"): "-", ord("\u2013"): "-", ord("\u2212"): "-"}
_MENDING = _BLANKS | _GONE | _DASHES
# As docxtpl writes it: {%p …} for a paragraph, {%tr …} for a row, {%tc …} for a cell, {{r …}} for a run.
_LEVELS = {
    "control": re.compile(r"(p|tr|tc|r)\s+"),
    "print": re.compile(r"(p|tr|tc|r)\s+(?!(?:if|else|in|is|and|or|not)\b)(?=[\w(\"'\[])"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One tag in a text: where it begins and ends, its role as in `source.Tag`, its code, its level ("" for none).

    A `fault` says why it cannot be read; then the code is empty.
    """

    start: int
    end: int
    role: str
    code: str = ""
    level: str = ""
    fault: str = ""


def tags_in(text: str) -> Iterator[Found]:
    """Yield the tags of one paragraph in their order; brackets without their counterpart come as faults."""
    at = 0
    while opening := _OPENING.search(text, at):
        found = _found(text, opening.start(), opening[0])
        at = found.end
        yield found


def _found(text: str, start: int, sign: str) -> Found:
    inside = start + len(sign)
    if sign in ("{#", "{@"):
        name = _NAME.match(text, inside)
        if name and text.startswith("}", name.end()):
            return Found(start, name.end() + 1, "anchor" if sign == "{#" else "reference", name[0])
    if sign == "{#":
        end = text.find("#}", inside)
        return Found(start, end + 2, "comment") if end >= 0 else _stray(start, sign)
    if sign not in _ROLES:
        return _stray(start, sign)
    end = _end(text[inside : inside + _LONGEST], 0, _ENDS[sign])
    if end < 0:
        return _stray(start, sign)
    end += inside
    code, stop = text[inside:end], end + 2
    if code.startswith("-"):  # takes the blanks before the tag away
        code, start = code[1:], len(text[:start].rstrip(" \t"))
    if code.endswith("-"):
        code, stop = code[:-1], len(text) - len(text[stop:].lstrip(" \t"))
    if OBJECT in code:
        why = "Mitten in diesen Klammern steht ein Bild, ein Feld oder eine Fußnote; bitte dort entfernen."
        return Found(start, stop, _ROLES[sign], fault=why)
    code = mended(code).strip()
    level = _LEVELS[_ROLES[sign]].match(code)
    if level:
        code = code[level.end() :]
    return Found(start, stop, _ROLES[sign], code, level[1] if level else "")


def _stray(start: int, sign: str) -> Found:
    why = (
        f"„{sign}“ ohne Gegenstück im selben Absatz: Die Klammer ist nicht geöffnet oder nicht geschlossen, "
        "oder ein Anführungszeichen darin ist nicht geschlossen."
    )
    return Found(start, start + len(sign), "stray", fault=why)


def _end(text: str, at: int, end: str) -> int:
    """Return where a tag's closing brackets stand, those inside quotation marks left out; -1 for nowhere."""
    while at < len(text):
        if text.startswith(end, at):
            return at
        if text.startswith(("{{", "{%"), at):
            return -1
        at = _after_quoted(text, at) if text[at] in _DOUBLE + _SINGLE else at + 1
        if at < 0:
            return -1
    return -1


def _after_quoted(text: str, at: int) -> int:
    """Return the place behind a text in quotation marks that begins at `at`; -1 where it does not end."""
    if text[at] in "\"'":  # the same straight mark ends it, where there is one before the tag ends
        straight, closing = text.find(text[at], at + 1), _CLOSING.search(text, at)
        if at < straight and (closing is None or straight < closing.start()):
            return straight + 1
    marks = _DOUBLE if text[at] in _DOUBLE else _SINGLE
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in marks:
            return at + 1
        at += 1
    return -1


def mended(code: str) -> str:
    """Return the code of a tag with straight quotation marks, plain blanks and hyphens, as Jinja wants them.

    What stands inside quotation marks stays as it is written, but for the marks around it.
    """
    out: list[str] = []
    at = 0
    while at < len(code):
        if code[at] not in _DOUBLE + _SINGLE:
            out.append(code[at].translate(_MENDING))
            at += 1
            continue
        end = _after_quoted(code, at)
        mark = '"' if code[at] in _DOUBLE else "'"
        inside = code[at + 1 : end - 1] if end > 0 else code[at + 1 :]
        # A straight mark of the other kind may stand inside; one of the same kind has ended the text.
        out.append(f"{mark}{inside}{mark if end > 0 else ''}")
        at = end if end > 0 else len(code)
    return "".join(out)
