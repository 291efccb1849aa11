"""Read typed values out of a TOML table while collecting every fault with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, TypeVar

from ikz_workflow.definition.lines import Path, line_of, lines_of
from ikz_workflow.errors import Problem, near, suggestion

T = TypeVar("T")
_MISSING: Any = object()
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_TYPES = {str: "ein Text in Anführungszeichen", int: "eine ganze Zahl", bool: "true oder false"}
_TOML = {
    "Cannot overwrite a value": "Der Schlüssel steht zweimal hier.",
    "Cannot declare": "Die Tabelle steht zweimal hier.",
    "Invalid value": "Der Wert ist kein TOML; Texte gehören in Anführungszeichen.",
    "Unterminated string": "Dem Text fehlt das schließende Anführungszeichen.",
    "Illegal character": "Hier steht ein Zeichen, das in TOML nicht erlaubt ist.",
    "Expected '=' after a key": "Nach dem Schlüssel fehlt das Gleichheitszeichen.",
    "Expected ']' at the end of a table": "Der Tabelle in eckigen Klammern fehlt die schließende Klammer.",
    "Unclosed array": "Der Liste fehlt die schließende Klammer oder ein Komma.",
    "Unclosed inline table": "Der Tabelle in geschweiften Klammern fehlt die schließende Klammer oder ein Komma.",
    "Expected newline or end of document": "Hinter dem Wert steht noch etwas; je Zeile ein Schlüssel.",
    "Unescaped '\\'": "Ein umgekehrter Schrägstrich gehört verdoppelt oder der Text in einfache Anführungszeichen.",
    "Invalid statement": "Die Zeile ist weder Tabelle noch Schlüssel mit Wert.",
}


class Faults:
    """The faults of one file, found while it is read."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self._text = text

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return lines_of(self._text)  # only when there is a fault to place

    def add(self, path: Path, text: str) -> None:
        """Note a fault at the path."""
        problem = Problem(self.name, line_of(self._lines, path), text)
        if problem not in self.problems:
            self.problems.append(problem)

    def unknown(self, path: Path, kind: str, name: str, known: Iterable[str]) -> None:
        """Note that the name of that kind is not known, with the nearest."""
        self.add(path, f"{kind} „{name}“ ist nicht bekannt.{suggestion(near(name, known))}")

    def known(self, path: Path, kind: str, name: str, known: Collection[str]) -> bool:
        """Tell whether the name is known; note the fault if not."""
        if name not in known:
            self.unknown(path, kind, name, known)
        return name in known

    def table(self, parent: Any, path: Path) -> dict[str, Any]:
        """Return the sub-table the path ends with, empty if absent or at fault."""
        value = parent.get(path[-1], {})
        if isinstance(value, dict):
            return value
        self.add(path, f"„{path[-1]}“ muss eine Tabelle sein.")
        return {}

    def keys(self, table: dict[str, Any], path: Path, known: Collection[str]) -> None:
        """Note every key that is not known."""
        for key in table:
            if key not in known:
                self.unknown((*path, key), "Der Schlüssel", key, known)

    def take(self, table: dict[str, Any], path: Path, key: str, kind: type[T], default: T = _MISSING) -> T:
        """Return the value of a key; a missing or mistyped one is noted and replaced by the default or an empty one."""
        value = table.get(key, _MISSING)
        fallback: T = kind() if default is _MISSING else default
        if value is _MISSING:
            if default is _MISSING:
                self.add(path, f"Es fehlt der Schlüssel „{key}“.")
            return fallback
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.add((*path, key), f"„{key}“ muss {_TYPES.get(kind, 'anders geschrieben')} sein.")
            return fallback
        if kind is str and default is _MISSING and not str(value).strip():
            self.add((*path, key), f"„{key}“ ist leer.")
        return value

    def entries(self, parent: Any, path: Path) -> dict[str, Any]:
        """Return the sub-table of entries; names that a command line or the history could not hold are noted."""
        table = self.table(parent, path)
        for name in table:
            if not _NAME.fullmatch(name):
                self.add((*path, name), f"Der Name „{name}“ darf nur a–z, 0–9 und Bindestriche enthalten.")
        return table

    def names(self, table: dict[str, Any], path: Path, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty if absent; a fault is noted."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return tuple(value)
        self.add((*path, key), f"„{key}“ muss eine Liste von Texten sein.")
        return ()


def parse(name: str, text: str) -> tuple[dict[str, Any], Faults]:
    """Return the TOML as tables with a collector for its faults; what TOML itself refuses is the first of them."""
    text = text.removeprefix("\ufeff")
    faults = Faults(name, text)
    try:
        return tomllib.loads(text), faults
    except tomllib.TOMLDecodeError as error:
        faults.problems.append(_in_german(name, text, str(error)))
    except ValueError:
        faults.problems.append(Problem(name, None, "Die Datei enthält eine Zahl, die zu groß ist."))
    except RecursionError:
        faults.problems.append(Problem(name, None, "Die Datei ist zu tief verschachtelt."))
    return {}, faults


def _in_german(name: str, text: str, message: str) -> Problem:
    reason, _, place = message.partition(" (at ")
    number = re.match(r"line (\d+)", place)
    line = int(number.group(1)) if number else len(text.rstrip().split("\n"))
    sentence = next((german for english, german in _TOML.items() if reason.startswith(english)), "")
    if reason.startswith("Illegal character '\\n'"):
        sentence = _TOML["Unterminated string"]
    return Problem(name, line, sentence or f"Die Zeile ist kein gültiges TOML ({reason}).")
