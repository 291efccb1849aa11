"""Name every error a caller can meet.

IkzError
├── DefinitionError(problems)            a workflow or catalogue file is at fault, all faults at once
├── NotFound(kind, name, near)           an unknown key or name
├── NotAllowed                           what is asked cannot be done as things stand
│   ├── TransitionNotAllowed
│   │   ├── UnknownTransition(name, near, possible)
│   │   ├── WrongStage(name, stage, possible)
│   │   └── RequirementsUnmet(label, missing)  something is missing; all of it is named
│   ├── RoleRequired(what, roles)        the actor lacks the role
│   ├── Contradiction(text)              it contradicts what is recorded already
│   └── WouldOverwrite(text, difference) a document was edited by hand and would be lost
├── TableRefused(name, faults)           a table to be imported is at fault, all faults at once
├── InvalidInput(field, value, why)      a value cannot be taken as it is
├── ConcurrentUpdate(key, expected, found, changes)  somebody else was faster
├── AlreadyRecorded(subject, seq, at)    a repeated command was recorded the first time; nothing is wrong
├── DocumentError(template, problems)    a template or a Word file is at fault
├── HistoryBroken(row, what, expected, found, remedy)  the history contradicts itself
└── StorageError(what, remedy)           the database or a file cannot be used
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from ikz_workflow.language import gettext as _


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three of the known names that resemble the given one, the nearest first."""
    from difflib import get_close_matches

    by_fold: dict[str, str] = {}
    for candidate in known:
        by_fold.setdefault(candidate.casefold(), candidate)
    return tuple(by_fold[match] for match in get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.5))


def suggestion(names: Sequence[str]) -> str:
    """Return the half sentence that offers the nearest names, or nothing."""
    if not names:
        return ""
    return " " + _("Meinten Sie {names}?").format(names=" oder ".join(f"„{name}“" for name in names))


def readable(value: str, limit: int = 60) -> str:
    """Return a value short and without characters a terminal would obey, for use inside a sentence."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value[: limit + 1])
    return shown if len(value) <= limit else shown[:limit] + "…"


class Problem(NamedTuple):
    """One fault of a file: where it stands, its line (1-based, None if unknown), and what is wrong with it."""

    where: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """Return the fault as `file:line: text`."""
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{place}: {self.text}"


class IkzError(Exception):
    """Any error that is not a bug; its text is a German sentence with the remedy."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes it anew in another process: its text, and all it carries."""
        return __newobj__, (type(self), *self.args), self.__dict__


class DefinitionError(IkzError):
    """A workflow definition or a catalogue is at fault; carries every fault found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotFound(IkzError):
    """A key or name is unknown; the nearest known ones are offered."""

    def __init__(self, kind: str, name: str, near: Sequence[str] = (), remedy: str = "") -> None:
        self.kind, self.name, self.near = kind, name, tuple(near)
        text = _("{kind} „{name}“ gibt es nicht.").format(kind=kind, name=readable(name))
        super().__init__(text + suggestion(self.near) + (f" {remedy}" if remedy else ""))


class NotAllowed(IkzError):
    """What is asked cannot be done as things stand."""


class TransitionNotAllowed(NotAllowed):
    """A transition cannot happen now."""


class UnknownTransition(TransitionNotAllowed):
    """The definition has no transition of that name."""

    def __init__(self, name: str, near: Sequence[str], possible: Sequence[str]) -> None:
        self.name, self.near, self.possible = name, tuple(near), tuple(possible)
        text = _("Den Übergang „{name}“ gibt es nicht.").format(name=readable(name)) + suggestion(near)
        super().__init__(text + _possible(possible))


class WrongStage(TransitionNotAllowed):
    """The transition exists, but not from where the proposal stands."""

    def __init__(self, name: str, stage: str, possible: Sequence[str]) -> None:
        self.name, self.stage, self.possible = name, stage, tuple(possible)
        text = _("Der Übergang „{name}“ ist aus der Stufe „{stage}“ nicht möglich.").format(name=name, stage=stage)
        super().__init__(text + _possible(possible))


class RoleRequired(NotAllowed):
    """The actor holds none of the roles that may do this."""

    def __init__(self, what: str, roles: Sequence[str], remedy: str = "") -> None:
        self.what, self.roles = what, tuple(roles)
        if roles:
            text = _("Für „{what}“ braucht es die Rolle {roles}.")
        else:
            text = _("„{what}“ ist eingetragenen Personen vorbehalten.")
        text = text.format(what=what, roles=_(" oder ").join(f"„{role}“" for role in roles))
        super().__init__(text + (f" {remedy}" if remedy else ""))


class Contradiction(NotAllowed):
    """It contradicts what is recorded already; the text says how to correct."""


class WouldOverwrite(NotAllowed):
    """A document was edited by hand and would be lost; `difference` holds the paragraphs that differ."""

    def __init__(self, text: str, difference: Sequence[str]) -> None:
        self.difference = tuple(difference)
        super().__init__(text)


class RequirementsUnmet(TransitionNotAllowed):
    """Something is missing; `missing` holds every unmet requirement with its remedy."""

    def __init__(self, label: str, missing: Sequence[object]) -> None:
        self.label, self.missing = label, tuple(missing)
        count = len(self.missing)
        text = _("„{label}“ ist noch nicht möglich, ein Punkt fehlt.") if count == 1 else ""
        text = text or _("„{label}“ ist noch nicht möglich, {count} Punkte fehlen.")
        super().__init__(text.format(label=label, count=count))


class TableRefused(IkzError):
    """A table to be imported is at fault; carries every fault found, each with its row and column."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        self.name, self.faults = name, tuple(faults)
        count = len(self.faults)
        text = _("{name}: ein Fehler; nichts wurde übernommen.") if count == 1 else ""
        text = text or _("{name}: {count} Fehler; nichts wurde übernommen.")
        super().__init__("\n".join([text.format(name=readable(name), count=count), *(f"  {one}" for one in faults)]))


class InvalidInput(IkzError):
    """A value cannot be taken as it is; `why` says the reason and the form expected."""

    def __init__(self, field: str, value: str, why: str) -> None:
        self.field, self.value, self.why = field, value, why
        given = _(": „{value}“ geht nicht. ").format(value=readable(value)) if value else ": "
        super().__init__(f"{field}{given}{why}")


class ConcurrentUpdate(IkzError):
    """Somebody else changed the same entry meanwhile; nothing was written."""

    def __init__(self, key: str, expected: int, found: int, changes: Sequence[str] = ()) -> None:
        self.key, self.expected, self.found, self.changes = key, expected, found, tuple(changes)
        text = _("{key} wurde inzwischen geändert (Stand {found} statt {expected}); nichts wurde geschrieben.")
        lines = [text.format(key=key, expected=expected, found=found), *(f"  {change}" for change in changes)]
        lines.append(_("Bitte den Stand ansehen: ikz show {key}, dann den Befehl wiederholen.").format(key=key))
        super().__init__("\n".join(lines))


class AlreadyRecorded(IkzError):
    """A command that is repeated with the same `--once` was recorded the first time; nothing is recorded again.

    `what` says what was recorded then; `is_other` that something else was asked for then.
    """

    def __init__(self, subject: str, seq: int, at: str, what: str = "", *, is_other: bool = False) -> None:
        from datetime import datetime

        self.subject, self.seq, self.at, self.is_other = subject, seq, at, is_other
        when = datetime.fromisoformat(at).astimezone().strftime("%d.%m.%Y, %H:%M")
        text = _("{subject}: bereits festgehalten: Eintrag {seq} vom {when} Uhr.").format(
            subject=subject, seq=seq, when=when
        )
        super().__init__(f"{text}\n  {what}" if what else text)


class DocumentError(IkzError):
    """A template or a Word file is at fault; carries every fault found."""

    def __init__(self, template: str, problems: Sequence[Problem]) -> None:
        self.template, self.problems = template, tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class HistoryBroken(IkzError):
    """The history contradicts itself; `row` names the first entry that lies."""

    def __init__(self, row: str, what: str, expected: str = "", found: str = "", remedy: str = "") -> None:
        self.row, self.what, self.expected, self.found = row, what, expected, found
        self.remedy = remedy or _("Bitte eine Sicherung zurückspielen.")
        text = f"{row}: {what}"
        if expected or found:
            text += _(" Erwartet: {expected}; gefunden: {found}.").format(
                expected=readable(str(expected), 80), found=readable(str(found), 80)
            )
        super().__init__(f"{text} {self.remedy}")


class StorageError(IkzError):
    """The database or a file cannot be used; says what happened and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what} {remedy}")


def _possible(names: Sequence[str]) -> str:
    if not names:
        return ""
    return " " + _("Möglich ist jetzt: {names}.").format(names=", ".join(names))
