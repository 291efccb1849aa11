"""Find the line of each table and key in a TOML text, which tomllib does not tell."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_TOKEN = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|[\[\]{}#]")

Path = tuple[str, ...]


def lines_of(text: str) -> dict[Path, int]:
    """Map the path of each table and key to its line (1-based); keys of inline tables share their key's line."""
    found: dict[Path, int] = {}
    table: Path = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not quote and depth == 0:
            if header := _HEADER.match(line):
                table = _parts(header.group(1))
                found.setdefault(table, number)
                continue
            if key := _KEY.match(line):
                found.setdefault((*table, *_parts(key.group(1))), number)
        depth, quote = _scan(line, depth, quote)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Return the line of the path, or of the nearest table around it that has one."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _parts(dotted: str) -> Path:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Return bracket depth and open multi-line quote after the line."""
    position = 0
    while position < len(line):
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, ""
            continue
        token = _TOKEN.search(line, position)
        if token is None or token.group() == "#":
            return depth, ""
        if token.group() in ('"""', "'''"):
            quote = token.group()
        elif token.group() in "[{":
            depth += 1
        elif token.group() in "]}":
            depth -= 1
        position = token.end()
    return depth, quote
