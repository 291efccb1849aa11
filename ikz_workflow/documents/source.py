"""Reading a template's source text: its front matter on top, its Jinja tags taken out of the Markdown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field

from ikz_workflow.documents.values import UNPRINTABLE
from ikz_workflow.errors import DocumentError, Problem

# Every tag becomes one character of this private plane while Markdown is parsed: for Markdown it is a letter.
FIRST_SENTINEL = 0xF0000
SENTINEL = re.compile("[\U000f0000-\U000ffffd]")
_COMMENT = "\U0010fffd"
_RESERVED = re.compile("[\U000f0000-\U0010ffff]")

_QUOTED = r""""[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'"""
_TAG = re.compile(
    rf"(?P<blank>[ \t]*(?=\{{[{{%]-))?(?:"
    rf"\{{\{{-?(?P<print>(?:{_QUOTED}|(?!-?\}}\}}|\{{[{{%]|\n[ \t]*\n)[^\"'])*+)(?:-\}}\}}[ \t]*|\}}\}})"
    rf"|\{{%-?(?P<control>(?:{_QUOTED}|(?!-?%\}}|\{{[{{%]|\n[ \t]*\n)[^\"'])*+)(?:-%\}}[ \t]*|%\}})"
    rf"|\{{\#(?P<anchor>[a-z][a-z0-9-]*)\}}"
    rf"|\{{@(?P<reference>[a-z][a-z0-9-]*)\}}"
    rf"|(?P<comment>\{{\#.*?\#\}}))",
    re.DOTALL,
)
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|\{@")

_TEXT_KEYS = ("title", "label", "kind")
_REQUIRED = ("label", "kind")
_NO_CONTROL = "Die Zeile enthält ein Zeichen, das in Vorlagen nicht erlaubt ist (Steuerzeichen)."


@dataclass(frozen=True, slots=True)
class Front:
    """What a template says about itself; `title` may hold Jinja tags; `lines` counts the lines it takes."""

    title: str
    label: str
    kind: str
    fields: tuple[str, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of the template: `role` is print, control, anchor or reference; `line` counts from 1 in the file."""

    role: str
    code: str
    line: int
    at: int = 0  # where it begins in the text it was taken from
    end: int = 0

    @property
    def keyword(self) -> str:
        """Return the first word: if, for, set …"""
        return self.code.split(None, 1)[0] if self.code.strip() else ""


# Gives a tag, faulty or not, the form it is to be run in; None where nothing of it is run.
Tame = Callable[[Tag, bool], Tag | None]


@dataclass(slots=True)
class Scan:
    """The Markdown with sentinels for tags; `lines[i]` is the line in the file of its line i."""

    text: str
    lines: list[int]
    tags: list[Tag] = field(default_factory=list)

    def tag(self, sentinel: str) -> Tag:
        """Return the tag a sentinel stands for."""
        return self.tags[ord(sentinel) - FIRST_SENTINEL]


class Faults:
    """The faults found so far in one template, raised together."""

    def __init__(self, template: str) -> None:
        """Begin without faults; `template` is the name messages give."""
        self.template = template
        self.unmatched: set[Tag] = set()  # control tags without their counterpart
        self._found: dict[Problem, None] = {}

    def add(self, line: int | None, text: str) -> None:
        """Note one fault; the same fault twice counts once."""
        self._found[Problem(self.template, line, text)] = None

    def __bool__(self) -> bool:
        """Tell whether there is a fault."""
        return bool(self._found)

    def sorted(self) -> list[Problem]:
        """Return all faults in the order of their lines."""
        return sorted(self._found, key=lambda problem: problem.line or 0)

    def stop(self) -> None:
        """Raise DocumentError with all faults in the order of their lines, if there are any."""
        if self._found:
            raise DocumentError(self.template, tuple(self.sorted()))


def normalised(source: str) -> str:
    """Return the source without byte order mark, with plain line feeds."""
    return source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_front(source: str, faults: Faults) -> Front:
    """Read the TOML between the two `+++` lines; what is wrong with it is noted in `faults`."""
    lines = normalised(source).split("\n")
    if lines[0].rstrip() != "+++":
        faults.add(1, "Die Vorlage muss mit einer Zeile +++ und dem Vorspann (label, kind) beginnen.")
        return Front("", "", "", (), 0)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "+++"), None)
    if end is None:
        faults.add(1, "Der Vorspann ist nicht mit einer zweiten Zeile +++ geschlossen.")
        return Front("", "", "", (), len(lines))
    entries = _entries("\n".join(lines[1:end]), faults)
    where = {key: _line_of(key, lines[:end]) for key in entries}
    for key in entries.keys() - {*_TEXT_KEYS, "fields"}:
        faults.add(where[key], f"„{key}“ ist im Vorspann nicht vorgesehen (möglich: title, label, kind, fields).")
    for key in _TEXT_KEYS:
        value = entries.get(key, "")
        if not isinstance(value, str) or (key in _REQUIRED and entries and not value.strip()):
            faults.add(where.get(key, 1), f"Im Vorspann muss „{key}“ ein Text sein.")
        elif UNPRINTABLE.search(value):
            faults.add(where[key], _NO_CONTROL)
    fields = entries.get("fields", [])
    if not isinstance(fields, list) or any(not isinstance(name, str) for name in fields):
        faults.add(where["fields"], "Im Vorspann muss „fields“ eine Liste von Feldnamen sein.")
        fields = []
    title, label, kind = (str(entries.get(key, "")) for key in _TEXT_KEYS)
    return Front(title, label, kind, tuple(fields), end + 1)


def _entries(text: str, faults: Faults) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) + 1 if found else None
        faults.add(line, "Der Vorspann ist kein gültiges TOML (Texte brauchen Anführungszeichen, jede Angabe ein =).")
        return {}


def _line_of(key: str, lines: list[str]) -> int:
    return next((number for number, line in enumerate(lines, 1) if re.match(rf'\s*"?{re.escape(key)}\b', line)), 1)


def scan(text: str, first_line: int, faults: Faults) -> Scan:
    """Take the tags out of `text`, whose first line is line `first_line` of the file."""
    for number, content in enumerate(text.split("\n"), first_line):
        if _RESERVED.search(content) or UNPRINTABLE.search(content):
            faults.add(number, _NO_CONTROL)
            return Scan("", [])
    pieces: list[str] = []
    tags: list[Tag] = []
    lines = [first_line]
    line, end = first_line, 0
    for match in _TAG.finditer(text):
        line = _plain(text[end : match.start()], line, pieces, lines, faults)
        end = match.end()
        role = match.lastgroup or ""
        if role == "comment":
            pieces.append(_COMMENT)
        else:
            pieces.append(chr(FIRST_SENTINEL + len(tags)))
            tags.append(Tag(role, match[role].strip(), line, match.start(), end))
        line += match[0].count("\n")
    _plain(text[end:], line, pieces, lines, faults)
    return _without_comments(Scan("".join(pieces), lines, tags))


def _plain(text: str, line: int, pieces: list[str], lines: list[int], faults: Faults) -> int:
    pieces.append(text)
    for number, content in enumerate(text.split("\n"), line):
        if number > line:
            lines.append(number)
        stray = _STRAY.search(content)
        if stray:
            faults.add(number, f"„{stray[0]}“ ohne Gegenstück: Die Klammer ist nicht geöffnet oder nicht geschlossen.")
    return line + text.count("\n")


def _without_comments(scanned: Scan) -> Scan:
    if _COMMENT not in scanned.text:
        return scanned
    # A line that holds nothing but a comment goes altogether: left blank, it would end a paragraph or a table.
    kept = [
        (content.replace(_COMMENT, ""), line)
        for content, line in zip(scanned.text.split("\n"), scanned.lines, strict=True)
        if _COMMENT not in content or content.replace(_COMMENT, "").strip()
    ]
    return Scan("\n".join(content for content, _ in kept), [line for _, line in kept], scanned.tags)
