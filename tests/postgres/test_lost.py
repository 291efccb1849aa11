"""A connection or a server that is lost in the middle: one sentence, nothing lost, nothing doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from homes import proposal_of, rows_of, started

from ikz_workflow.errors import AlreadyRecorded, StorageError
from ikz_workflow.services import audit, proposals
from ikz_workflow.services.home import Home

from .cluster import PASSWORD, Cluster
from .test_server import _environment, base
from .wire import Moment, cut

SENTENCES = ("abgerissen", "nimmt gerade keine Verbindungen an", "nicht erreichbar")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_at_the_commit_is_told_and_the_same_command_settles_it(
    home: Home, cluster: Cluster, tmp_path: Path, moment: Moment
) -> None:
    key = started(home)

    def note(port: int) -> subprocess.CompletedProcess[str]:
        address = str(home.place).replace(f":{cluster.port}/", f":{port}/").replace(f":{PASSWORD}", "")
        passwords = tmp_path / "pgpass"
        passwords.write_text(f"*:*:*:*:{PASSWORD}\n")
        passwords.chmod(0o600)
        return subprocess.run(
            [sys.executable, "-m", "ikz_workflow", "note", key, "Anruf", "--once", "5e0b-1f9c"],
            env={**_environment(address), "PGPASSFILE": str(passwords), "IKZ_HOME": str(tmp_path)},
            capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    with cut(cluster.port, moment) as port:
        lost = note(port)
    assert (lost.returncode, lost.stdout) == (1, "")
    assert lost.stderr.count("\n") == 1
    assert "abgerissen; ob der Befehl noch ankam, ist ungewiss" in lost.stderr
    assert "ikz history" in lost.stderr
    assert PASSWORD not in lost.stderr
    assert proposal_of(home, key).version == (2 if moment == "after" else 1)
    again = note(cluster.port)
    assert again.returncode == 0, again.stderr
    assert ("bereits festgehalten" in again.stdout) == (moment == "after")
    assert proposal_of(home, key).version == 2
    audit.verify(home)


def insist(home: Home, key: str, number: int) -> int:
    """Record a note, repeating the command until it is told to be recorded; return how often it was told otherwise."""
    named = home.on_terms(f"note {number}", None)
    for tries in range(500):
        try:
            proposals.add_note(named, key, str(number))
        except AlreadyRecorded:
            return tries
        except StorageError as lost:
            error = lost
        else:
            return tries
        finally:
            named.database.close()
        assert any(said in str(error) for said in SENTENCES), str(error)
        assert PASSWORD not in str(error)
        time.sleep(0.02)
    raise AssertionError("never recorded")


def work(home: Home, key: str, count: int, told: list[int], done: Event) -> None:
    try:
        told += [insist(home, key, number) for number in range(count)]
    finally:
        done.set()


def while_working(home: Home, count: int, disturb: Callable[[], None]) -> list[int]:
    """Let a thread record notes while somebody disturbs; everything is recorded exactly once."""
    key = started(home)
    home.database.close()
    told: list[int] = []
    done = Event()
    worker = Thread(target=work, args=(home, key, count, told, done))
    worker.start()
    try:
        while not done.is_set():
            disturb()
    finally:
        worker.join()
    assert len(told) == count
    assert proposal_of(home, key).version == 1 + count
    notes = [row[3] for row in rows_of(home)["disclosure"] if row[2] == "note"]
    assert sorted(notes) == sorted(map(str, range(count)))
    audit.verify(home)
    return told


def test_backends_terminated_at_any_moment_lose_and_double_nothing(home: Home, cluster: Cluster) -> None:
    dice, others = Random(20261122), f"FROM pg_stat_activity WHERE datname = '{base(home)}'"

    def terminate() -> None:
        time.sleep(0.02 + dice.random() * 0.06)
        cluster.do(f"SELECT pg_terminate_backend(pid) {others}")

    while_working(home, 30, terminate)


def test_a_backend_killed_with_9_takes_the_server_through_recovery_and_nothing_is_lost(
    home: Home, cluster: Cluster
) -> None:
    dice, kills = Random(20261123), iter(range(2))

    def kill() -> None:
        time.sleep(0.1 + dice.random() * 0.05)
        if next(kills, None) is not None:
            found = cluster.do(f"SELECT pid FROM pg_stat_activity WHERE datname = '{base(home)}'")
            for (pid,) in found[:1]:
                os.kill(pid, signal.SIGKILL)
            cluster.await_recovery()

    while_working(home, 40, kill)


def test_a_server_restarted_at_once_in_mid_work_loses_and_doubles_nothing(home: Home, cluster: Cluster) -> None:
    dice, restarts = Random(20261124), iter(range(2))

    def restart() -> None:
        time.sleep(0.1 + dice.random() * 0.05)
        if next(restarts, None) is not None:
            cluster.stop()
            cluster.start()

    assert sum(while_working(home, 40, restart)) > 0, "the work met the restart"
