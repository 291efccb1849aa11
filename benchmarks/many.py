"""Make a thousand documents with two processes, against two that only zip and write what is there already.

Two peers zip: Python's zipfile, as every library that makes Word files does, and our own packing, which deflates the
parts of the design once and the others lightly. All write as we do: what is written is on the disk.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from benchmarks.advancing import connected, update_of
from benchmarks.measuring import Cost, cost_of, of_all_processes, typical
from benchmarks.rendering import Rendering, parts_of, zipped
from benchmarks.story import BenchHome, answered, open_home
from benchmarks.table import Line
from ikz_workflow.documents.package import Member
from ikz_workflow.services import batches
from ikz_workflow.services.files import write_file
from ikz_workflow.storage.sqlite import begin

_PROCESSES = 2
_ROUNDS = 3
_KIND = "guideline"
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)"
_News = tuple[tuple[Any, ...], tuple[str, tuple[Any, ...]], str, dict[str, bytes], list[Member]]


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the lines for rendering into files, and one for `document create --all`."""
    count = 100 if quick else 1_000
    what = f"{count:,} documents {{}}, {_PROCESSES} processes".format
    ours, zipfiles, packed = _typical(_rendered(folder / "rendered", count))
    yield _line(what("rendered"), "zipfile, files", ours, zipfiles, "clock ≤ 2 ×")
    yield _line(what("rendered"), "our packing, files", ours, packed, "")
    # The write lock lets one process in at a time. What makes a document is done before it; under it the proposal is
    # read again, the stamp put on, the event sealed.
    ours, theirs = _typical(_created(folder / "created", count))
    yield _line(what("recorded"), "our packing, files, sqlite3, same rows", ours, theirs, "")


def _typical(rounds: Iterator[tuple[Cost, ...]]) -> list[Cost]:
    return [typical(list(costs)) for costs in zip(*rounds, strict=True)]


def _line(what: str, peer: str, ours: Cost, theirs: Cost, target: str) -> Line:
    return Line(what, peer, ours, theirs, f"clock {ours.wall / theirs.wall:.2f} ×", target)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _together(work: Callable[[list[Any]], None], what: list[Any]) -> None:
    """Let processes do the work, each with its share."""
    fork = get_context("fork")  # a fork takes along what is warm, and needs nothing pickled
    processes = [fork.Process(target=work, args=(what[number::_PROCESSES],)) for number in range(_PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a process failed")


# ---------------------------------------------------------------------------------------------------------- rendering
def _rendered(folder: Path, count: int) -> Iterator[tuple[Cost, ...]]:
    """Yield what it costs us, those who zip with zipfile, those who pack as we do: in turns."""
    folder.mkdir()
    rendering = Rendering(folder)
    made = rendering.document()
    with zipfile.ZipFile(BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changing, others = parts_of(made)

    def ours(numbers: list[int]) -> None:
        for number in numbers:
            write_file(folder / f"ours-{number}.docx", rendering.document(number))

    def zipfiles(numbers: list[int]) -> None:
        for number in numbers:
            zipped_file = BytesIO()
            with zipfile.ZipFile(zipped_file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in parts.items():
                    archive.writestr(name, content)
            _write_durably(folder / f"zipped-{number}.docx", zipped_file.getvalue())

    def packed(numbers: list[int]) -> None:
        for number in numbers:
            _write_durably(folder / f"packed-{number}.docx", zipped(changing, others))

    for turn in range(_ROUNDS):
        numbers = list(range(turn * count, (turn + 1) * count))
        yield tuple(cost_of(partial(_together, work, numbers), of_all_processes) for work in (ours, zipfiles, packed))


# ----------------------------------------------------------------------------------------------------------- creating
def _created(folder: Path, count: int) -> Iterator[tuple[Cost, ...]]:
    home = open_home(folder)
    keys = answered(home, _ROUNDS * count)
    with closing(connected(home, "ikz.db")) as source, closing(connected(home, "twin.db")) as twin:
        source.backup(twin)
        for (trigger,) in twin.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            twin.execute(f"DROP TRIGGER {trigger}")
    (folder / "theirs").mkdir()
    for turn in range(_ROUNDS):
        some = keys[turn * count : (turn + 1) * count]
        ours = cost_of(partial(_create, home, some), of_all_processes)
        with closing(connected(home, "ikz.db")) as source:
            ready = [_news(source, key) for key in some]
        start = get_context("fork").Barrier(_PROCESSES)
        yield ours, cost_of(partial(_together, partial(_write, home, start), ready), of_all_processes)


def _create(home: BenchHome, keys: list[str]) -> None:
    for outcome in batches.create_each(home, _KIND, keys, home.path / "ours", processes=_PROCESSES):
        if outcome.error is not None:
            raise outcome.error


def _news(source: sqlite3.Connection, key: str) -> _News:
    """Return what creating a document wrote: an event, a proposal row, the parts of the document with its SHA-256."""
    event = source.execute("SELECT * FROM event WHERE subject = ? ORDER BY version DESC LIMIT 1", (key,)).fetchone()
    sha256 = json.loads(event[4])["what"]["file_hash"]
    (content,) = source.execute("SELECT content FROM blob WHERE sha256 = ?", (sha256,)).fetchone()
    return event, update_of(source, key), sha256, *parts_of(content)


def _write(home: BenchHome, start: Barrier, ready: list[_News]) -> None:
    """Zip the parts of each document, write its rows and its file, and do nothing else."""
    with closing(connected(home, "twin.db")) as twin:
        start.wait()  # who opens a file while another writes without a pause, waits for seconds
        for event, update, sha256, changing, others in ready:
            content = zipped(changing, others)
            begin(twin, writes=True)  # as SQLite itself waits for a lock, two are slower
            twin.execute("INSERT INTO blob VALUES (?, ?)", (sha256, content))
            twin.execute(*update)
            twin.execute(_INSERT, event)
            twin.execute("UPDATE chain_head SET seq = ?, hash = ?", (event[0], event[6]))
            twin.execute("COMMIT")
            _write_durably(home.path / "theirs" / f"{event[1]}.docx", content)
