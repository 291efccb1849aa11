"""Running a template to its end whatever is missing: every absent name is noted, with its line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ikz_workflow.documents import sandbox


@dataclass(frozen=True, slots=True)
class Absence:
    """A name a template used that was not there: the line, and the names there were beside it."""

    line: int
    name: str
    beside: tuple[str, ...]
    text: str


absences: ContextVar[list[Absence]] = ContextVar("absences")


_Missing: Any = sandbox.Missing  # whose methods never return, for mypy


class Noted(_Missing):  # type: ignore[misc]
    """A missing name in a trial: its use is noted, then it is empty, so that one trial finds all of them."""

    def _note(self) -> None:
        beside = tuple(map(str, self._undefined_obj)) if isinstance(self._undefined_obj, dict) else ()
        absences.get().append(Absence(running_line(), str(self._undefined_name), beside, self._undefined_message))

    def __str__(self) -> str:
        self._note()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._note()
        return iter(())

    def __bool__(self) -> bool:
        self._note()
        return False

    def __len__(self) -> int:
        self._note()
        return 0

    def __eq__(self, other: object) -> bool:
        self._note()
        return False

    def __ne__(self, other: object) -> bool:
        self._note()
        return True

    def __lt__(self, other: object) -> bool:
        self._note()
        return False

    __gt__ = __le__ = __ge__ = __contains__ = __lt__

    def __hash__(self) -> int:
        return id(type(self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._note()
        return self


def running_line() -> int:
    """Return the line of the template that is running now, 0 for none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == sandbox.TEMPLATE_CODE:
            return int(frame.f_globals["__jinja_template__"].get_corresponding_lineno(frame.f_lineno))
        frame = frame.f_back
    return 0


TRYING = sandbox.environment(sandbox.RUNNING_FILTERS, Noted)
