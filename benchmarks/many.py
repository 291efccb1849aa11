"""Make a thousand documents with two processes, against two that only zip and write what is there already."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.advancing import connected, update_of
from benchmarks.measuring import Cost, cost_of
from benchmarks.rendering import Rendering, parts_of, zipped
from benchmarks.story import BenchHome, answered, open_home
from benchmarks.table import Line
from ikz_workflow.documents.package import Member
from ikz_workflow.services import batches
from ikz_workflow.services.files import write_file

_PROCESSES = 2
_KIND = "guideline"
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)"
_News = tuple[tuple[Any, ...], tuple[str, tuple[Any, ...]], str, dict[str, bytes], list[Member]]


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for rendering into files, and one for `document create --all`."""
    count = 100 if quick else 1_000
    what = f"{count:,} documents {{}}, {_PROCESSES} processes".format
    yield _line(what("rendered"), "zip, files", _rendered(folder / "rendered", count), "clock ≤ 2 ×")
    # The write lock lets one process in at a time. What makes a document is done before it; under it the proposal is
    # read again, the stamp put on, the event sealed.
    yield _line(what("recorded"), "zip, files, sqlite3, same rows", _created(folder / "created", count), "")


def _line(what: str, peer: str, costs: tuple[Cost, Cost], target: str) -> Line:
    ours, theirs = costs
    return Line(what, peer, ours, theirs, f"clock {ours.wall / theirs.wall:.2f} ×", target)


def _together(works: list[Callable[[], object]]) -> Cost:
    """Return the CPU time of two processes, each with its work, and the time on the clock from their common start."""
    fork = get_context("fork")  # a fork takes along what is warm, and needs nothing pickled
    start, costs = fork.Barrier(len(works) + 1), fork.SimpleQueue()

    def run(work: Callable[[], object]) -> None:
        start.wait()
        costs.put(cost_of(work))

    processes = [fork.Process(target=run, args=(work,)) for work in works]
    for process in processes:
        process.start()
    start.wait()
    begun = time.perf_counter()
    for process in processes:
        process.join()
    wall = time.perf_counter() - begun
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process failed")
    return Cost(sum(costs.get().cpu for _process in processes), wall)


# ---------------------------------------------------------------------------------------------------------- rendering
def _rendered(folder: Path, count: int) -> tuple[Cost, Cost]:
    folder.mkdir()
    rendering = Rendering(folder)
    changing, others = parts_of(rendering.document())

    def ours(numbers: range) -> None:
        for number in numbers:
            write_file(folder / f"ours-{number}.docx", rendering.document(number))

    def theirs(numbers: range) -> None:
        for number in numbers:
            write_file(folder / f"theirs-{number}.docx", zipped(changing, others))

    halves = [range(process, count, _PROCESSES) for process in range(_PROCESSES)]
    return _together([partial(ours, half) for half in halves]), _together([partial(theirs, half) for half in halves])


# ----------------------------------------------------------------------------------------------------------- creating
def _created(folder: Path, count: int) -> tuple[Cost, Cost]:
    home = open_home(folder)
    keys = answered(home, count)
    home.database.close()  # no connection goes through a fork
    with closing(connected(home, "ikz.db")) as source, closing(connected(home, "twin.db")) as twin:
        source.backup(twin)
        for (trigger,) in twin.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            twin.execute(f"DROP TRIGGER {trigger}")
    halves = [keys[process::_PROCESSES] for process in range(_PROCESSES)]
    ours = _together([partial(_create, folder, half) for half in halves])
    with closing(connected(home, "ikz.db")) as source:
        ready = [[_news(source, key) for key in half] for half in halves]
    (folder / "theirs").mkdir()
    return ours, _together([partial(_write, home, half) for half in ready])


def _create(folder: Path, keys: list[str]) -> None:
    home = BenchHome(folder, folder / "ikz.db", "bench")
    for outcome in batches.create_each(home, _KIND, keys, folder / "ours"):
        if outcome.error is not None:
            raise outcome.error


def _news(source: sqlite3.Connection, key: str) -> _News:
    """Return what creating a document wrote: an event, a proposal row, the parts of the document with its SHA-256."""
    event = source.execute("SELECT * FROM event WHERE subject = ? ORDER BY version DESC LIMIT 1", (key,)).fetchone()
    sha256 = json.loads(event[4])["what"]["file_hash"]
    (content,) = source.execute("SELECT content FROM blob WHERE sha256 = ?", (sha256,)).fetchone()
    return event, update_of(source, key), sha256, *parts_of(content)


def _write(home: BenchHome, ready: list[_News]) -> None:
    """Zip the parts of each document, write its rows and its file, and do nothing else."""
    with closing(connected(home, "twin.db")) as twin:
        twin.execute("PRAGMA busy_timeout=30000")
        for event, update, sha256, changing, others in ready:
            content = zipped(changing, others)
            twin.execute("BEGIN IMMEDIATE")
            twin.execute("INSERT INTO blob VALUES (?, ?)", (sha256, content))
            twin.execute(*update)
            twin.execute(_INSERT, event)
            twin.execute("UPDATE chain_head SET seq = ?, hash = ?", (event[0], event[6]))
            twin.execute("COMMIT")
            write_file(home.path / "theirs" / f"{event[1]}.docx", content)
