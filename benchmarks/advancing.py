"""Advance a proposal durably, against sqlite3 writing the same rows, and against what other products do."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import cycle
from pathlib import Path
from shutil import copyfile
from typing import Any

from benchmarks import peers
from benchmarks.measuring import Cost, cost_of, in_turns, typical
from benchmarks.story import BenchHome, begin, open_home
from benchmarks.table import Line, duration
from ikz_workflow import engine
from ikz_workflow.services import proposals
from ikz_workflow.services.cases import load, person
from ikz_workflow.services.home import Home
from ikz_workflow.storage.sqlite import Journal

_TARGET = 200e-6
_SYNCHRONOUS: dict[Journal, str] = {"WAL": "FULL", "DELETE": "EXTRA"}
_PRAGMAS = ("foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF", "secure_delete=ON")

_Step = tuple[str, str | None]  # a transition and its note
PENDULUM: tuple[_Step, ...] = (("go", None), ("return", None))
SHIPPED: tuple[_Step, ...] = (("draft-guideline", None), ("revise-guideline", "Der Partner nennt neue Zahlen."))
_Rows = list[tuple[str, tuple[Any, ...]]]  # what a transaction writes: statements with their values
_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)"


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for each journal mode and workflow, then one for many advances in one transaction."""
    rounds, count = (100, 100) if quick else (600, 1_000)
    for journal, synchronous in _SYNCHRONOUS.items():
        home = open_home(with_pendulum(folder / journal.lower()), journal)
        small, shipped = one(home, begun(home), PENDULUM), one(home, begin(home), SHIPPED)
        for workflow, work in (("two stages", small), ("kooperation", shipped)):
            costs = _measured(home, work, rounds)
            yield _line(f"advance, {journal}/{synchronous}, {workflow}", costs, f"≤ {duration(_TARGET)} above")
        if journal == "DELETE":
            costs = _measured(home, _together(home, begun(home), count), 3, count)
            yield _line(f"advance, {count:,} in one transaction", costs, "≤ 4 ×")
        else:
            yield from _peers(folder / "peers", small, 100 if quick else 300)


def _peers(folder: Path, ours: Callable[[], None], rounds: int) -> Iterator[Line]:
    """Yield a line for each peer that is installed; the others are named with the reason."""
    for name, theirs in peers.works(folder):
        if isinstance(theirs, str):
            print(f"advance against {name}: left out, {theirs}", file=sys.stderr)
            continue
        mine, others = in_turns(ours, theirs, rounds)
        yield Line("advance, WAL/FULL, two stages", name, mine, others, target="< 1")


def _line(what: str, costs: tuple[Cost, Cost], target: str) -> Line:
    ours, theirs = costs
    return Line(what, "sqlite3, same rows", ours, theirs, f"{duration(ours.cpu - theirs.cpu)} above", target)


def with_pendulum(folder: Path) -> Path:
    (folder / "workflows").mkdir(parents=True)
    copyfile(Path(__file__).with_name("pendulum.toml"), folder / "workflows" / "pendulum.toml")
    return folder


def begun(home: Home) -> str:
    values = ["summary=Ein Vorhaben, das hin und her geht.", "cost=1.250,00"]
    return proposals.new(home, "Pendel", "fb-23", workflow="pendulum", values=values).key


def one(home: Home, key: str, steps: tuple[_Step, ...]) -> Callable[[], None]:
    turn = cycle(steps)

    def work() -> None:
        transition, note = next(turn)
        proposals.advance(home, key, transition, note=note)

    return work


def _together(home: BenchHome, key: str, count: int) -> Callable[[], None]:
    turn = cycle(PENDULUM)

    def work() -> None:
        with home.ready.writing(home.now()) as tx:
            someone, day = person(tx, home), tx.at[:10]
            for _count in range(count):
                case = load(tx, key, day)
                definition, name = case.definition, next(turn)[0]
                what = engine.advance(definition, case.proposal, case.circumstances, name, ("clerk",))
                tx.record(case.proposal, what, tx.actor(key, someone.key, "clerk"), day, definition.sha256)

    return work


def _measured(home: BenchHome, ours: Callable[[], None], rounds: int, count: int = 1) -> tuple[Cost, Cost]:
    """Return the typical cost of one of `count` advances in a transaction: ours, and that of sqlite3, which writes
    into a twin of the database, each time, what ours has just written."""
    with closing(connected(home, "ikz.db")) as source, closing(connected(home, "twin.db")) as twin:
        source.backup(twin)
        mine, others = [], []
        for _round in range(rounds):
            mine.append(cost_of(ours).per(count))
            others.append(cost_of(partial(_write, twin, _news(source, twin))).per(count))
        if _end(source) != _end(twin):
            raise RuntimeError("the twin has other rows")
    return typical(mine), typical(others)


def connected(home: BenchHome, name: str) -> sqlite3.Connection:
    """Return a connection of sqlite3 alone, with the settings of ours."""
    connection = sqlite3.connect(home.path / name, isolation_level=None)
    for pragma in (f"journal_mode={home.journal}", f"synchronous={_SYNCHRONOUS[home.journal]}", *_PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _end(connection: sqlite3.Connection) -> tuple[Any, ...]:
    rows = connection.execute("SELECT seq, hash FROM chain_head").fetchall()
    return (*rows, *connection.execute("SELECT key, version FROM proposal ORDER BY key"))


def _news(source: sqlite3.Connection, twin: sqlite3.Connection) -> _Rows:
    """Return what the source has and the twin lacks."""
    (last,) = twin.execute("SELECT seq FROM chain_head").fetchone()
    (kept,) = twin.execute("SELECT max(rowid) FROM disclosure").fetchone()
    texts = source.execute("SELECT * FROM disclosure WHERE rowid > ?", (kept,)).fetchall()
    news: _Rows = [("INSERT INTO disclosure VALUES (?, ?, ?, ?, ?)", text) for text in texts]
    for event in source.execute("SELECT * FROM event WHERE seq > ? ORDER BY seq", (last,)):
        subject, version = event[1:3]
        # Where several advances share a transaction, only the last state is kept; the others have its size.
        update, row = update_of(source, subject)
        news += [(f"{update} AND version = ?", (*row, version - 1)), (_INSERT, event)]
    head = source.execute("SELECT seq, hash, register_seq FROM chain_head").fetchone()
    return [*news, ("UPDATE chain_head SET seq = ?, hash = ?, register_seq = ?", head)]


def update_of(source: sqlite3.Connection, key: str) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that gives a proposal's row what it holds here, with its values."""
    found = source.execute("SELECT * FROM proposal WHERE key = ?", (key,))
    row = dict(zip((column[0] for column in found.description), found.fetchone(), strict=True))
    names = [name for name in row if name != "key"]
    settings = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE proposal SET {settings} WHERE key = ?", (*(row[name] for name in names), key)


def _write(twin: sqlite3.Connection, news: _Rows) -> None:
    twin.execute("BEGIN IMMEDIATE")
    for statement, values in news:
        twin.execute(statement, values)
    twin.execute("COMMIT")
