"""Processes that work on one home at the same time, or are killed in the middle of their work.

Run as a program it is one of those processes: `crowd.py work FOLDER URL DEEDS` or `crowd.py kill FOLDER URL KEY SEED
KILLS`; an empty URL means the SQLite file of the folder.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from homes import CHECKOUT, Clock, proposal_of, rows_of

from ikz_workflow.errors import AlreadyRecorded, ConcurrentUpdate, IkzError
from ikz_workflow.proposal import Proposal
from ikz_workflow.services import documents, proposals, records
from ikz_workflow.services.home import Home

SOAK = bool(os.environ.get("IKZ_SOAK"))  # the long form of a test: `make soak`
Deed = tuple[str, str, str]


# ------------------------------------------------------------------------------------------------ at the same time
def worker(home: Home, deeds: list[Deed]) -> subprocess.Popen[str]:
    """Start a process that says "ready", waits for one line, does its deeds, and tells what came of each."""
    return _process(home, "work", json.dumps(deeds))


def together(home: Home, *each: list[Deed]) -> list[list[list[object]]]:
    """Let processes do their deeds at the same time; return what each told."""
    home.database.close()
    workers = [worker(home, deeds) for deeds in each]
    for one in workers:
        assert one.stdout is not None
        assert json.loads(one.stdout.readline()) == ["ready"]
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = []
    for one in workers:
        said, faults = one.communicate(timeout=3600)
        assert (one.returncode, faults) == (0, "")
        told.append([json.loads(line) for line in said.splitlines()])
    return told


def _process(home: Home, *arguments: str) -> subprocess.Popen[str]:
    mode, *more = arguments
    url = home.place if isinstance(home.place, str) else ""
    return subprocess.Popen(
        [sys.executable, __file__, mode, str(home.path), url, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])},
    )


def _work(home: Home, deeds: list[Deed]) -> None:
    _ = home.ready
    _say("ready")
    sys.stdin.readline()
    for name, key, value in deeds:
        try:
            done = _deed(home, name, key, value)
        except IkzError as error:
            _say("refused", type(error).__name__, str(error))
        else:
            _say("done", done.key, done.version, done.head)


def _say(*told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _deed(home: Home, name: str, key: str, value: str) -> Proposal:
    if name == "note":
        return proposals.add_note(home, key, value)
    if name == "once":
        return proposals.add_note(home.on_terms(value, None), key, value)
    if name == "contact":
        return records.add_contact(home, key, "landkreis-boerde", value)
    if name == "expect":
        return proposals.advance(home, key, "suspend", note="x", until="2027-03-01", expect=int(value))[0]
    if name == "advance":
        return proposals.advance(home, key, value, note="x", reason="other")[0]
    if name == "step":
        return _step(home, key)
    return proposals.new(home, value, "fb-23")


def _step(home: Home, key: str) -> Proposal:
    """Let the transition happen that fits the version seen, looking again as long as somebody else is faster."""
    while True:
        seen = proposal_of(home, key)
        name, until = ("resume", None) if seen.suspended else ("suspend", "2099-03-01")
        try:
            return proposals.advance(home, key, name, note="x", until=until, expect=seen.version)[0]
        except ConcurrentUpdate:
            continue


# ------------------------------------------------------------------------------------------------ killed
@dataclass(frozen=True)
class Toll:
    """What came of a row of kills: deeds by number that were acknowledged and that are recorded, how many of them were
    recorded without being acknowledged, how many documents were finished, what is recorded more than once."""

    kills: int
    acknowledged: frozenset[int]
    recorded: frozenset[int]
    settled: int
    documents: int
    doubled: int

    @property
    def lost(self) -> frozenset[int]:
        """Return the deeds that were acknowledged and are not there."""
        return self.acknowledged - self.recorded

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {len(self.acknowledged)} acknowledged, {len(self.recorded)} committed, "
            f"{self.settled} of them settled by the repeated command, {self.documents} documents finished, "
            f"{len(self.lost)} lost, {self.doubled} doubled"
        )


def killed(home: Home, key: str, kills: int, seed: str) -> Toll:
    """Let processes work on a new proposal, kill each at a random moment; the next one goes on with the last deed."""
    home.database.close()
    process = _process(home, "kill", key, seed, str(kills))
    _out, faults = process.communicate(timeout=7200)
    assert (process.returncode, faults) == (0, "")
    told = _told(home, key)
    stored = rows_of(home)
    versions = [row[2] for row in stored["event"] if row[1] == key]
    words = [str(row[3]).rpartition(" ")[2] for row in stored["disclosure"] if row[1:3] == (key, "once")]
    heads = {row[6] for row in stored["event"]}
    assert all(head in heads for what, _number, head in told if what == "done" and head)
    assert sorted(versions) == list(range(1, len(versions) + 1))
    done = {number: head for what, number, head in told if what == "done"}
    return Toll(
        kills,
        frozenset(done),
        frozenset(map(int, words)),
        sum(head == "" for head in done.values()),
        sum(number % 4 == 3 for number in done),
        len(versions) - 2 - len(words),  # the proposal's creation and its first document come before all deeds
    )


def _notes(home: Home, key: str) -> Path:
    """Return where workers write what they try and what they were told is done; a written line outlives its writer."""
    return home.path / f"told-{key}.txt"


def _told(home: Home, key: str) -> list[tuple[str, int, str]]:
    return [json.loads(line) for line in _notes(home, key).read_text().splitlines()]


def _kill(home: Home, key: str, seed: str, kills: int) -> None:
    """Import and prepare once, then fork a child for each turn, let it work without end, and kill it."""
    dice = Random(seed)
    documents.create(home, key, "guideline")
    home.database.close()
    usual = 0.1  # seconds a deed takes on this machine
    for _turn in range(kills):
        told = os.open(_notes(home, key), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        alive, done = os.pipe()
        child = os.fork()
        if not child:
            try:
                _labour(Home(home.path, home.place, "meier", Clock()), key, told, done)
            finally:
                os._exit(1)
        for _deed in range(dice.choice((0, 0, 1, 2, 3))):
            since = time.monotonic()
            assert os.read(alive, 1) == b"."
            usual = (usual + time.monotonic() - since) / 2
        time.sleep(dice.random() * usual * 0.6)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        for one in (told, alive, done):
            os.close(one)


def _labour(home: Home, key: str, told: int, done: int) -> None:
    """Do one deed after the other, each under a word of its own; the first is the one that was not acknowledged."""
    parent = os.getppid()
    last = _told(home, key)[-1:]
    number = last[0][1] + (last[0][0] == "done") if last else 0
    while os.getppid() == parent:  # whoever is to kill it may be gone itself
        os.write(told, (json.dumps(["try", number, ""]) + "\n").encode())
        head = _numbered(home, key, number)
        os.write(told, (json.dumps(["done", number, head]) + "\n").encode())
        os.write(done, b".")
        number += 1


def _numbered(home: Home, key: str, number: int) -> str:
    """Do a deed and return the hash of its entry, "" if it was recorded already (or is none that tells it)."""
    named = home.on_terms(f"deed {number}", None)
    vars(named).update(database=home.database, ready=home.ready)  # one connection for all deeds
    try:
        if number % 4 == 3:
            try:
                made = documents.create(named, key, "guideline")
            except AlreadyRecorded:
                documents.export(documents.read(named, key, "guideline"), home.path / "documents")
                raise
            documents.export(made, home.path / "documents")
            return proposals.view(named, key).proposal.head
        if number % 4 == 2:
            return proposals.set_fields(named, key, [f"summary=Stand {number} " + "y" * 20_000]).head
        rests = proposals.view(named, key).proposal.suspended
        name, until = ("resume", None) if rests else ("suspend", "2099-03-01")
        return proposals.advance(named, key, name, note="x" * 5_000, until=until)[0].head
    except AlreadyRecorded:
        return ""


def _main(mode: str, folder: Path, url: str, *more: str) -> None:
    home = Home(folder, url or folder / "ikz.db", "meier", Clock())
    if mode == "work":
        _work(home, json.loads(more[0]))
    else:
        _kill(home, more[0], more[1], int(more[2]))


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
