# ruff: noqa: E501  a case reads better in one line
"""Several people at once: one wins, the others are told, nothing is lost, and a killed process leaves no half of anything."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from crowd import SOAK, Deed, killed, together, worker
from homes import CHECKOUT, closing_connection, copy_of, home_at, proposal_of, rows_of, started

from ikz_workflow.documents.reading import as_text, inspected
from ikz_workflow.services import audit, documents, proposals
from ikz_workflow.services.home import Home


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


def test_no_advance_is_lost_and_none_happens_twice(home: Home) -> None:
    count, advances = (8, 1000) if SOAK else (4, 12)
    shared = started(home)
    own = [started(home, f"Vorhaben {number}") for number in range(count)]
    each: list[list[Deed]] = [[("step", shared, ""), ("step", key, "")] * (advances // 2) for key in own]
    said = [line for one in together(home, *each) for line in one]
    assert [line for line in said if line[0] != "done"] == []
    assert len(said) == count * advances
    told = sorted((str(key), version) for _done, key, version, _head in said)
    versions = range(2, 2 + advances // 2)
    expected = [(shared, version) for version in range(2, 2 + count * advances // 2)]
    assert told == sorted(expected + [(key, version) for key in own for version in versions])
    sealed = {row[6] for row in rows_of(home)["event"]}
    assert {line[3] for line in said} <= sealed
    assert audit.verify(home).events == audit.checkpoint(home).size


def test_of_several_who_repeat_the_same_command_at_once_exactly_one_records_it(home: Home) -> None:
    key = started(home)
    told = together(home, *([[("once", key, f"note {number}") for number in range(8)]] * 3))
    for said in zip(*told, strict=True):
        assert sorted(str(one[0]) for one in said) == ["done", "refused", "refused"]
        assert {one[1] for one in said if one[0] == "refused"} == {"AlreadyRecorded"}
    assert proposal_of(home, key).version == 9
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


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_after_kill_9_at_any_moment_everything_acknowledged_is_there_and_nothing_half_or_twice(home: Home) -> None:
    for turn in range(20 if SOAK else 1):
        key = started(home, f"Vorhaben {turn}")
        toll = killed(home, key, 50 if SOAK else 15, f"20261122-{turn}")
        print(toll, flush=True)
        assert toll.lost == frozenset()
        assert toll.doubled == 0
        assert toll.documents > 0
        assert len(toll.recorded - toll.acknowledged) <= 1, "all but the last were settled by the next process"
    if isinstance(home.place, Path):
        with closing_connection(home.place) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    audit.verify(home)
    stored = {row[0] for row in rows_of(home)["blob"]}
    folder = home.path / "documents"
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.docx")} <= stored
    proposals.set_fields(home, key, ["summary=Es geht weiter"])
    documents.export(documents.create(home, key, "guideline"), folder)
    assert list(folder.glob(".ikz-*")) == []
    home.database.close()


def test_a_database_copied_while_nobody_writes_goes_its_own_way(home: Home, tmp_path: Path) -> None:
    key = started(home)
    other = copy_of(home, tmp_path / "other")
    proposals.add_note(home, key, "hier")
    proposals.add_note(other, key, "dort")
    assert audit.checkpoint(home).root != audit.checkpoint(other).root
    audit.verify(home)
    audit.verify(other)


def test_what_changes_between_printing_a_document_and_recording_it_stands_in_it(home: Home) -> None:
    """The clock is asked twice while it is printed, the third time before the lock: just then somebody else writes."""
    key, asked = started(home), iter(range(1, 100))

    def now() -> datetime:
        if next(asked) == 3:
            proposals.set_fields(home, key, ["summary=Was inzwischen geschah"])
        return home.now()

    made = documents.create(home.acting_as("meier", now), key, "guideline")
    assert "Was inzwischen geschah" in as_text(made.content)
    assert inspected(made.content).text_hash == made.version.text_hash
    assert not documents.create(home, key, "guideline").is_new
    audit.verify(home)
