"""Verify a generated history, and its chain alone, against the bare hashing and parsing of the same rows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Cost, cost_of, in_turns, of_all_processes
from benchmarks.story import fill, open_home
from benchmarks.table import Line
from ikz_workflow.history import linked
from ikz_workflow.services.audit import SHARED_FROM, verify
from ikz_workflow.services.helpers import processors
from ikz_workflow.services.home import Home


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the line of verify and that of the chain alone."""
    home = open_home(folder / "verified")
    fill(home, 4_000 if quick else 20_000)
    proof = verify(home)
    ours, theirs = in_turns(lambda: verify(home), lambda: _bare(home), 3 if quick else 5)
    yield Line(
        f"verify {proof.events:,} events, {proof.disclosures:,} texts, {proof.documents:,} documents",
        "hashlib and json over the same rows",
        ours,
        theirs,
        f"{proof.events / ours.cpu:,.0f} events/s",
        "≥ 50,000 events/s",
    )
    ours, theirs = in_turns(lambda: _chain(home), lambda: _hashed(home), 5 if quick else 15)
    yield Line(
        f"chain of {proof.events:,} events",
        "hashlib alone",
        ours,
        theirs,
        f"{proof.events / ours.cpu:,.0f} events/s",
        "≥ 300,000 events/s",
    )

    count = processors()
    if count > 1:
        yield _shared(folder / "shared", count, SHARED_FROM if quick else 5 * SHARED_FROM)


def _shared(folder: Path, count: int, length: int) -> Line:
    """Return the line of a history long enough to be shared by several processes, against one alone."""
    home = open_home(folder)
    fill(home, length)
    alone, shared = (min((_cost(home, processes) for _round in range(3)), key=_wall) for processes in (1, count))
    events = verify(home).events
    return Line(
        f"verify {events:,} events, {count} processes",
        "one process",
        shared,
        alone,
        f"{events / shared.wall:,.0f} events/s by the clock",
        "≥ 50,000 events/s",
    )


def _wall(cost: Cost) -> float:
    return cost.wall


def _cost(home: Home, processes: int) -> Cost:
    return cost_of(lambda: verify(home, processes=processes), of_all_processes)


def _chain(home: Home) -> None:
    with home.ready.reading(home.now()) as tx:
        for _row in linked(tx.rows(), tx.head):
            pass


def _hashed(home: Home) -> None:
    """Hash every event once, and nothing else."""
    connection = sqlite3.connect(home.path / "ikz.db")
    for payload, previous in connection.execute("SELECT payload, prev_hash FROM event ORDER BY seq"):
        hashlib.sha256(f"ikz-history-v1\n{previous}\n{payload}".encode()).hexdigest()
    connection.close()


def _bare(home: Home) -> None:
    """Hash every event, text and document once, and parse every payload: the least any proof has to do."""
    connection = sqlite3.connect(home.path / "ikz.db")
    for payload, previous, sealed in connection.execute("SELECT payload, prev_hash, hash FROM event ORDER BY seq"):
        if hashlib.sha256(f"ikz-history-v1\n{previous}\n{payload}".encode()).hexdigest() != sealed:
            raise ValueError("a row lies")
        json.loads(payload)
    for field, value, salt in connection.execute("SELECT field, value, salt FROM disclosure"):
        opened = json.dumps([field, value], ensure_ascii=False, separators=(",", ":")).encode()
        hashlib.sha256(b"ikz-commit-v1\n" + salt + opened).hexdigest()
    for content, sha256 in connection.execute("SELECT content, sha256 FROM blob"):
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError("a blob lies")
    connection.close()
