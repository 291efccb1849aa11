"""Quoting the sentence around a fault, so that its author finds it by its words."""

from __future__ import annotations

import re

_TAG = re.compile(r"\{\{(?:(?!\{[{%]).)*?\}\}|\{%(?:(?!\{[{%]).)*?%\}", re.DOTALL)
_END = re.compile(r"(?<=[.!?])[ \u00a0\n]+(?=[^a-zäöüß])|\n+")
_MARKUP = re.compile(r"\{[#@][a-z0-9-]*\}|\(#\)|\*\*|^[#§\s]+|^::: ?")
_MOST = 160
_FAR = 600  # characters around a place that are looked at


def sentence(text: str, start: int, end: int) -> str:
    """Return the sentence in which `text[start:end]` stands, shortened around it where it is long."""
    before = max(0, start - _FAR)
    text, start, end = text[before : end + _FAR], start - before, end - before
    tags = [match.span() for match in _TAG.finditer(text)]
    begin, stop = 0, len(text)
    for match in _END.finditer(text):
        if any(first < match.start() < last for first, last in tags):
            continue
        if match.end() <= start:
            begin = match.end()
        elif match.start() >= end:
            stop = match.start()
            break
    if stop - begin > _MOST:
        room = max(0, _MOST - (end - start)) // 2
        first, last = max(begin, start - room), min(stop, max(end, start + _MOST // 2) + room)
        shown = " ".join(text[first:last].split())
        return f"{'… ' if first > begin else ''}{shown}{' …' if last < stop else ''}"
    return " ".join(text[begin:stop].split())


def heading(text: str) -> str:
    """Return a heading without the signs it is written with."""
    return " ".join(_MARKUP.sub("", text).split())


def heading_before(text: str, at: int) -> str:
    """Return the last heading of a text template before a place, "" for none."""
    found = [line for line in text[:at].split("\n") if re.match(r"#{1,4} ", line)]
    return heading(found[-1]) if found else ""


def words_of(line: str) -> str:
    """Return a line of a template as its author knows it, for a fault that is about the whole of it."""
    return sentence(line, 0, min(len(line), 1))


def told(quote: str, under: str = "") -> str:
    """Return the half sentence that says where something stands."""
    place = f" unter „{under}“" if under and under not in quote else ""
    return f" Die Stelle{place}: {quote}" if quote else ""
