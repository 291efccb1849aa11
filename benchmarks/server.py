"""Advance a proposal on a PostgreSQL server of its own, against psycopg writing the same rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.advancing import PENDULUM, SHIPPED, begun, one, with_pendulum
from benchmarks.measuring import Cost, cost_of, typical
from benchmarks.story import begin
from benchmarks.table import Line, duration
from ikz_workflow.services import registers
from ikz_workflow.services.home import Home
from tests.postgres.cluster import Cluster, NoServer, running

_Rows = list[tuple[str, tuple[Any, ...]]]


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield a line for each workflow; nothing, with the reason, where no server can be started."""
    server = running()
    try:
        cluster = next(server)
    except (NoServer, ImportError) as missing:
        print(f"advance on PostgreSQL: left out, {missing}", file=sys.stderr)
        return
    try:
        yield from _measured(cluster, folder, 100 if quick else 400)
    finally:
        server.close()


def _measured(cluster: Cluster, folder: Path, rounds: int) -> Iterator[Line]:
    name = cluster.create()
    home = Home(with_pendulum(folder / "server"), cluster.url(name), "bench")
    registers.init(home, name="Frau Muster")
    works = {"two stages": one(home, begun(home), PENDULUM), "kooperation": one(home, begin(home), SHIPPED)}
    home.database.close()  # a database with a guest is not copied
    twin = cluster.create(name)
    for workflow, work in works.items():
        with _connected(cluster, name) as source, _connected(cluster, twin) as target:
            ours, theirs = _in_turns(work, source, target, rounds)
        above = f"clock {ours.wall / theirs.wall:.2f} ×, CPU {duration(ours.cpu - theirs.cpu)} above"
        yield Line(f"advance, PostgreSQL, {workflow}", "psycopg, same rows", ours, theirs, above, "clock ≤ 2 ×")


@contextmanager
def _connected(cluster: Cluster, name: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(cluster.url(name).replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def _in_turns(ours: Callable[[], None], source: Any, target: Any, rounds: int) -> tuple[Cost, Cost]:
    """Return the typical costs of an advance: ours, and that of psycopg, which writes what ours has just written."""
    for _warm in range(6):
        ours()
        _write(target, _news(source, target))
    mine, others = [], []
    for _round in range(rounds):
        mine.append(cost_of(ours))
        others.append(cost_of(partial(_write, target, _news(source, target))))
    head = "SELECT seq, hash FROM chain_head"
    if source.execute(head).fetchone() != target.execute(head).fetchone():
        raise RuntimeError("the twin has other rows")
    return typical(mine), typical(others)


def _news(source: Any, target: Any) -> _Rows:
    """Return what the source has and the twin lacks."""
    (last,) = target.execute("SELECT seq FROM chain_head").fetchone()
    news: _Rows = [("SELECT seq FROM chain_head FOR UPDATE", ())]
    for event in source.execute("SELECT * FROM event WHERE seq > %s ORDER BY seq", (last,)).fetchall():
        subject, version = event[1:3]
        shown = source.execute("SELECT * FROM proposal WHERE key = %s", (subject,))
        row = dict(zip((column.name for column in shown.description), shown.fetchone(), strict=True))
        names = [name for name in row if name != "key"]
        update = f"UPDATE proposal SET {', '.join(f'{name} = %s' for name in names)} WHERE key = %s AND version = %s"
        news.append((update, (*(row[name] for name in names), subject, version - 1)))
        news.append((f"INSERT INTO event VALUES ({', '.join(['%s'] * len(event))})", event))
        kept = {one for (one,) in target.execute("SELECT commitment FROM disclosure WHERE subject = %s", (subject,))}
        for text in source.execute("SELECT * FROM disclosure WHERE subject = %s", (subject,)).fetchall():
            if text[0] not in kept:
                news.append((f"INSERT INTO disclosure VALUES ({', '.join(['%s'] * len(text))})", text))
    head = source.execute("SELECT seq, hash, register_seq FROM chain_head").fetchone()
    return [*news, ("UPDATE chain_head SET seq = %s, hash = %s, register_seq = %s", head)]


def _write(target: Any, news: _Rows) -> None:
    with target.transaction():
        for statement, values in news:
            target.execute(statement, values)
