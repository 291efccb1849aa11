"""Create one kind of document for many proposals, each in a transaction of its own, in several processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.errors import HistoryBroken, IkzError, NotAllowed, StorageError
from ikz_workflow.services import documents
from ikz_workflow.services.files import sweep
from ikz_workflow.services.helpers import hear, helping, processors, say
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter, select
from ikz_workflow.services.work import asked_of

SHARED_FROM = 100  # documents; they take a second, and so does starting a process that is no fork


class Outcome(Struct, frozen=True):
    """What became of one proposal: the document that was made or found current, by its label; or the error that kept it
    from being made."""

    key: str
    label: str = ""
    is_new: bool = False
    error: IkzError | None = None

    @property
    def is_refused(self) -> bool:
        """Tell whether it may not be done as things stand, such as over a version edited by hand."""
        return isinstance(self.error, NotAllowed)


def chosen(home: Home, kind: str, wanted: Filter) -> list[str]:
    """Return the keys of the proposals asked for whose workflow knows the document. NotFound if none does."""
    keys: list[str] = []
    another = None  # a workflow without it
    with home.ready.reading(home.now()) as tx:
        for one in select(tx, asked_of(tx, home, wanted), home.today):
            definition = one.case.definition
            if documents.knows(definition, kind):
                keys.append(one.case.proposal.key)
            else:
                another = another or definition
    if not keys and another is not None:
        documents.known_kind(another, kind)
    return keys


def create_each(
    home: Home,
    kind: str,
    keys: Sequence[str],
    folder: Path,
    *,
    on: str | None = None,
    note: str | None = None,
    processes: int | None = None,
) -> Generator[Outcome, None, None]:
    """Create the document of each proposal and write its file; yield what became of it, in the order they are done.

    A proposal that refuses does not stop the rest. StorageError and HistoryBroken do: the next would fare alike.
    `processes` share the work; None stands for one each processor where it is much, else for this one alone.
    """
    batch = _Batch(home, kind, folder, on, note)
    count = min(len(keys) - 1, processes or (processors() if len(keys) >= SHARED_FROM else 1))
    left = keys
    if count > 1:
        yield batch.create(keys[0])  # loads what every document needs: forks have it then
        left = yield from _shared(batch, keys[1:], count)
    for key in left:
        yield batch.create(key)


class _Batch(Struct, frozen=True):
    """What is created for each proposal, and into which folder."""

    home: Home
    kind: str
    folder: Path
    on: str | None
    note: str | None

    def create(self, key: str) -> Outcome:
        """Create the document of one. StorageError, HistoryBroken where the next would fare alike."""
        try:
            made = documents.create(self.home, key, self.kind, on=self.on, note=self.note)
            documents.export(made, self.folder)
        except (StorageError, HistoryBroken):
            raise
        except IkzError as error:
            return Outcome(key, error=error)
        return Outcome(key, made.label, made.is_new)


def _shared(batch: _Batch, keys: Sequence[str], count: int) -> Generator[Outcome, None, list[str]]:
    """Let helpers create the documents, each one after the other; return the keys of which nobody knows what became.

    Those are what a helper had in hand that was killed, and all that was still to be done if none is left.
    """
    waiting, in_hand, left = deque(keys), dict[Connection, str](), list[str]()

    def hand(pipe: Connection) -> None:
        if waiting:
            in_hand[pipe] = waiting.popleft()
            with suppress(OSError):  # whoever is gone will not answer
                pipe.send(in_hand[pipe])

    def done() -> Iterator[Outcome]:
        while in_hand:
            for pipe in cast("list[Connection]", wait(in_hand)):
                key, said = in_hand.pop(pipe), hear(pipe)
                if isinstance(said, IkzError):
                    raise said
                if said is None:
                    left.append(key)
                else:
                    hand(pipe)
                    yield said

    batch.home.database.close()  # nothing that is open goes through a fork
    with helping(_create, [(replace(batch, home=batch.home.anew()),)] * count) as pipes:
        for pipe in pipes:
            hand(pipe)
        try:
            yield from done()
        except (KeyboardInterrupt, IkzError):
            waiting.clear()  # what is in hand is finished, and told of
            yield from done()
            raise
    if left:
        sweep(batch.folder)  # of a file half written
    return [*left, *waiting]


def _create(pipe: Connection, batch: _Batch) -> None:
    """Create the documents asked for over a pipe, and tell what became of each, or what keeps all from being made."""
    while (key := hear(pipe)) is not None:
        try:
            said: Outcome | IkzError = batch.create(key)
        except IkzError as error:
            said = error
        say(pipe, said)
