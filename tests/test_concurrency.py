# ruff: noqa: E501  a case reads better in one line
"""Several people at once: one wins, the others are told, nothing is lost, and a killed process leaves no half of anything."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from homes import CHECKOUT, copy_of, home_at, proposal_of, rows_of, started

from ikz_workflow.services import audit, proposals
from ikz_workflow.services.home import Home

# A worker: says "ready", waits for one line, does its deeds, and writes what came of each as a line of JSON.
WORKER = """
import json, sys
from pathlib import Path
from homes import Clock
from ikz_workflow.errors import IkzError
from ikz_workflow.services import proposals, records
from ikz_workflow.services.home import Home
import ikz_workflow.services.documents

def say(*told):
    sys.stdout.write(json.dumps(told) + "\\n")
    sys.stdout.flush()

folder, deeds, url = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
home = Home(folder, url or folder / "ikz.db", "meier", Clock())
home.ready
say("ready")
sys.stdin.readline()
for name, key, value in deeds:
    try:
        if name == "note":
            done = proposals.add_note(home, key, value)
        elif name == "contact":
            done = records.add_contact(home, key, "landkreis-boerde", value)
        elif name == "expect":
            done, _event = proposals.advance(home, key, "suspend", note="x", until="2027-03-01", expect=int(value))
        elif name == "advance":
            done, _event = proposals.advance(home, key, value, note="x", reason="other")
        elif name == "new":
            done = proposals.new(home, value, "fb-23")
        say("done", done.key, done.version, done.head)
    except IkzError as error:
        say("refused", type(error).__name__, str(error))
"""


def worker(home: Home, deeds: list[tuple[str, str, str]]) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])}
    url = home.place if isinstance(home.place, str) else ""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(home.path), json.dumps(deeds), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def together(home: Home, *each: list[tuple[str, str, str]]) -> list[list[list[object]]]:
    """Let processes do their deeds at the same time; return what each said."""
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
        said, faults = one.communicate(timeout=300)
        assert one.returncode == 0, faults
        assert faults == ""
        told.append([json.loads(line) for line in said.splitlines()])
    return told


@pytest.mark.parametrize("count", [2, 4])
def test_of_several_who_let_the_same_transition_happen_exactly_one_wins(home: Home, count: int) -> None:
    keys = [started(home, f"Vorhaben {number}") for number in range(5)]
    told = together(home, *([[("advance", key, "fail") for key in keys]] * count))
    for place, key in enumerate(keys):
        said = [one[place] for one in told]
        assert sorted(str(one[0]) for one in said) == ["done"] + ["refused"] * (count - 1)
        assert {one[1] for one in said if one[0] == "refused"} <= {"WrongStage", "ConcurrentUpdate"}
        assert proposal_of(home, key).version == 2
        assert proposal_of(home, key).stage == "ended"
    assert audit.verify(home).events == audit.checkpoint(home).size


@pytest.mark.parametrize("count", [2, 4])
def test_of_several_who_saw_the_same_version_one_wins_and_the_others_are_told_what_happened(
    home: Home, count: int
) -> None:
    keys = [started(home, f"Vorhaben {number}") for number in range(5)]
    told = together(home, *([[("expect", key, "1") for key in keys]] * count))
    for place in range(len(keys)):
        said = [one[place] for one in told]
        assert sorted(str(one[0]) for one in said) == ["done"] + ["refused"] * (count - 1)
        lost = [one for one in said if one[0] == "refused"]
        assert {one[1] for one in lost} == {"ConcurrentUpdate"}
        assert all("Ruhen lassen" in str(one[2]) and "K. Meier" in str(one[2]) for one in lost)
    audit.verify(home)


@pytest.mark.parametrize("count", [2, 4])
def test_no_update_is_lost_on_one_proposal_and_none_on_different_ones(home: Home, count: int) -> None:
    shared = started(home)
    own = [started(home, f"Vorhaben {number}") for number in range(count)]
    each = 60 // count
    told = together(
        home,
        *(
            [deed for n in range(each) for deed in (("note", shared, f"{one}-{n}"), ("contact", own[one], f"{n}"))]
            for one in range(count)
        ),
    )
    said = [line for one in told for line in one]
    assert {line[0] for line in said} == {"done"}
    assert proposal_of(home, shared).version == 1 + count * each
    assert [len(proposal_of(home, key).contacts) for key in own] == [each] * count
    stored = rows_of(home)
    notes = [row[3] for row in stored["disclosure"] if row[2] == "note"]
    sealed = {row[6] for row in stored["event"]}
    assert sorted(notes) == sorted(f"{one}-{n}" for one in range(count) for n in range(each))
    assert {line[3] for line in said} <= sealed
    audit.verify(home)


def test_new_proposals_get_keys_of_their_own(home: Home) -> None:
    told = together(home, *([[("new", "", f"Titel {n}") for n in range(10)]] * 4))
    keys = [line[1] for one in told for line in one]
    assert len(set(keys)) == len(keys) == 40
    assert sorted(str(key) for key in keys) == [f"IKZ-2026-{number:04d}" for number in range(1, 41)]
    audit.verify(home)


def test_two_who_set_up_the_same_home_make_one(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from homes import home_at; from ikz_workflow.services import registers; "
    )
    script += "print(registers.init(home_at(Path(sys.argv[1])))[0])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])}
    command = [sys.executable, "-c", script, str(tmp_path / "neu")]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120) for one in both]
    assert [faults for _out, faults in said] == ["", ""]
    counts = sorted(int(out) for out, _faults in said)
    assert counts[0] == 0
    assert counts[1] > 40
    home = home_at(tmp_path / "neu")
    audit.verify(home)
    home.database.close()


def test_readers_never_see_a_half_and_never_stop_a_writer(home: Home) -> None:
    key = started(home)
    home.database.close()
    busy = worker(home, [("note", key, str(number)) for number in range(150)])
    assert busy.stdin is not None
    busy.stdin.write("go\n")
    busy.stdin.flush()
    seen = []
    while busy.poll() is None:
        proof = audit.verify(home)
        seen.append(proof.events)
    said, faults = busy.communicate(timeout=60)
    assert faults == ""
    assert said.count('"done"') == 150
    assert seen == sorted(seen)
    assert proposal_of(home, key).version == 151
    assert seen[-1] <= audit.verify(home).events


# Imports once, then forks a child for each turn, lets it advance without end, and kills it at a random moment.
# What the child was told is done, it writes down at once; a written line outlives its writer.
KILLED = """
import json, os, random, signal, sys, time
from pathlib import Path
from homes import home_at
from ikz_workflow.services import documents, proposals, records

folder, key, dice, kills = Path(sys.argv[1]), sys.argv[2], random.Random(sys.argv[3]), int(sys.argv[4])

def work(told, ready):
    home = home_at(folder)
    current = proposals.view(home, key).proposal
    os.write(ready, b"r")
    while True:
        name = "resume" if current.suspended else "suspend"
        until = None if current.suspended else "2099-03-01"
        current, event = proposals.advance(home, key, name, note="x" * 5_000, until=until)
        os.write(told, (json.dumps([current.version, current.head]) + "\\n").encode())
        if current.version % 5 == 0:
            current = proposals.set_fields(home, key, ["summary=" + "y" * 50_000])
        if current.version % 9 == 0:
            documents.create(home, key, "guideline")
            current = proposals.view(home, key).proposal

for turn in range(kills):
    told = os.open(folder / "told.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    alive, ready = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(told, ready)
        finally:
            os._exit(1)
    assert os.read(alive, 1) == b"r"
    time.sleep(dice.random() * 0.08)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, status
    for one in (told, alive, ready):
        os.close(one)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_after_kill_9_at_any_moment_everything_acknowledged_is_there_and_nothing_half(home: Home) -> None:
    key = started(home)
    home.database.close()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")])}
    for turn in range(5):
        command = [sys.executable, "-c", KILLED, str(home.path), key, f"20261122-{turn}", "12"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=300)
        assert (done.returncode, done.stderr) == (0, "")
        lines = (home.path / "told.txt").read_text().splitlines()
        check(home, key, dict(json.loads(line) for line in lines))
    assert len(lines) > 10  # how many is the machine's affair
    proposals.add_note(home, key, "Es geht weiter")


def check(home: Home, key: str, acknowledged: dict[int, str]) -> None:
    with sqlite3.connect(home.path / "ikz.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = dict(connection.execute("SELECT version, hash FROM event WHERE subject = ?", (key,)))
    connection.close()
    assert {version: rows.get(version) for version in acknowledged} == acknowledged
    assert sorted(rows) == list(range(1, len(rows) + 1))
    audit.verify(home)
    home.database.close()


def test_a_database_copied_while_nobody_writes_goes_its_own_way(home: Home, tmp_path: Path) -> None:
    key = started(home)
    other = copy_of(home, tmp_path / "other")
    proposals.add_note(home, key, "hier")
    proposals.add_note(other, key, "dort")
    assert audit.checkpoint(home).root != audit.checkpoint(other).root
    audit.verify(home)
    audit.verify(other)
