"""Judge a long history in several processes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection, wait
from typing import cast

from msgspec import Struct

from ikz_workflow.errors import IkzError
from ikz_workflow.history import Head
from ikz_workflow.services.helpers import hear, helping, say
from ikz_workflow.services.proving import Judge, Verdict, definitions_of
from ikz_workflow.services.registers_then import RegistersThen
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.parts import Range

Gathering = Callable[[Callable[[int], None]], Verdict | None]


class Sharing(Struct, frozen=True):
    """How many processes share a proof, and how each opens the database anew at the same moment."""

    processes: int
    again: Callable[[], Database]
    now: datetime


class Basis(Struct, frozen=True):
    """What is judged by, and the end of the history that every process must see."""

    head: Head
    definitions: list[tuple[str, str, bytes]]
    registers: RegistersThen


@contextmanager
def together(sharing: Sharing, basis: Basis, ranges: Sequence[Range]) -> Iterator[Gathering]:
    """Start processes that judge all ranges, and give what gathers their verdict; it tells how much each step judged.

    There is none where a process failed, or saw another end of the history: then nobody is to be believed.
    """
    count = sharing.processes
    with helping(_judge, [(sharing, basis, ranges[number::count]) for number in range(count)]) as pipes:
        yield lambda told: _gathered(pipes, told)


def _gathered(pipes: Sequence[Connection], told: Callable[[int], None]) -> Verdict | None:
    found, waiting = Verdict(), set(pipes)
    while waiting:
        for pipe in cast("list[Connection]", wait(waiting)):
            said = hear(pipe)
            if said is None:
                return None
            if isinstance(said, Verdict):
                found.add(said)
                waiting.discard(pipe)
            else:
                told(said)
    return found


def _judge(pipe: Connection, sharing: Sharing, basis: Basis, ranges: Sequence[Range]) -> None:
    """Judge ranges, telling after each how many events it held, and then the verdict; None if that cannot be done."""
    found, judge = Verdict(), Judge(basis.registers, definitions_of(basis.definitions))
    try:
        with sharing.again().reading(sharing.now) as tx:
            if tx.head != basis.head:
                say(pipe, None)
                return
            for one in ranges:
                part = tx.parts().part(one)
                found.add(judge.judge(part, found.lie))
                say(pipe, len(part.events))
        say(pipe, found)
    except IkzError:
        say(pipe, None)
