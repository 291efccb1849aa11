"""Many documents shared by several processes: what is told and kept, whoever is killed or interrupted meanwhile."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from homes import copy_of, edited, proposal_of, rows_of, started, tamper

from ikz_workflow.services import audit, batches, documents, registers
from ikz_workflow.services.helpers import processors
from ikz_workflow.services.home import Home, account

from .conftest import environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

COUNT = 40
# As on a machine of three processors, for a selection that takes no second.
SHARED = """
import sys, threading
from ikz_workflow.cli import app
from ikz_workflow.services import batches

batches.SHARED_FROM, batches.processors = 10, lambda: 3
if sys.argv.pop(1) == "spawned":  # a fork could hang where there is a thread
    threading.Thread(target=threading.Event().wait, daemon=True).start()
app.run()
"""


@pytest.fixture(scope="module")
def full_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with some dozens of proposals; it is only ever copied."""
    home = copy_of(first_home, tmp_path_factory.mktemp("full"))
    registers.add_person(home, "I. Ich", account(), ["clerk"])
    for number in range(COUNT):
        started(home, f"Vorhaben {number}")
    home.database.close()
    return home


@pytest.fixture
def desk(full_home: Home, tmp_path: Path) -> Home:
    """Return a home of its own, with whoever runs the tests registered in it."""
    return copy_of(full_home, tmp_path / "home")


class Run:
    """`ikz document create --all` at work, in a session of its own as on a terminal."""

    def __init__(self, desk: Home, folder: Path, how: str = "forked", stderr: int = subprocess.PIPE) -> None:
        self.folder = folder
        program = ["-m", "ikz_workflow"] if how == "real" else ["-c", SHARED, how]
        command = ["--home", str(desk.path), "document", "create", "--all", "guideline", "--output", str(folder)]
        desk.database.close()
        self.process = subprocess.Popen(
            [sys.executable, *program, *command],
            env=environment(TERM="xterm"),
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            start_new_session=True,
        )

    def files(self) -> int:
        return len(list(self.folder.glob("*.docx")))

    def upto(self, files: int) -> None:
        """Wait until so many documents are there."""
        while self.files() < files:
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.005)

    def helpers(self) -> list[int]:
        """Return the processes it has started, but for the one that Python keeps beside those that are no forks."""
        found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        mine = [pid for pid in found if stat_of(pid)[1:2] == [str(self.process.pid)]]
        return [pid for pid in mine if b"resource_tracker" not in command_of(pid)]

    def end(self) -> tuple[int, str]:
        """Return the exit code and all that was said."""
        said, told = self.process.communicate(timeout=120)
        assert "Traceback" not in told, told
        return self.process.returncode, said + told


def stat_of(pid: int) -> list[str]:
    """Return state and parent of a process, nothing if it has ended."""
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if found[0] == "Z" else found


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def keys_of(home: Home) -> list[str]:
    with home.ready.reading(home.now()) as tx:
        return tx.keys()


def check_each_was_made_once(home: Home, folder: Path) -> None:
    """Check documents, files and history: nothing is missing, twice, or half."""
    for key in keys_of(home):
        assert len(proposal_of(home, key).documents) == 1
        made = documents.read(home, key, "guideline")
        assert (folder / made.file_name).read_bytes() == made.content
    assert list(folder.glob(".ikz-*")) == []
    audit.verify(home)


def await_end(processes: list[int]) -> None:
    for _moment in range(1200):
        if not any(map(stat_of, processes)):
            return
        time.sleep(0.05)
    pytest.fail("a helper is still there")


@pytest.mark.skipif(processors() < 2, reason="there is nobody to share with")
def test_many_documents_are_shared_and_none_is_made_again(desk: Home, tmp_path: Path) -> None:
    for number in range(COUNT, batches.SHARED_FROM + 5):
        started(desk, f"Vorhaben {number}")
    run = Run(desk, tmp_path / "aus", "real")
    run.upto(2)
    assert len(run.helpers()) == processors()
    code, said = run.end()
    assert (code, f"{batches.SHARED_FROM + 5} erzeugt, 0 schon aktuell, 0 ausgelassen" in said) == (0, True), said
    check_each_was_made_once(desk, run.folder)
    before = rows_of(desk)
    code, said = Run(desk, tmp_path / "aus", "real").end()
    assert (code, f"0 erzeugt, {batches.SHARED_FROM + 5} schon aktuell" in said) == (0, True), said
    assert rows_of(desk) == before


def test_progress_is_told_over_all(desk: Home, tmp_path: Path) -> None:
    main, side = pty.openpty()
    run = Run(desk, tmp_path / "aus", stderr=side)
    os.close(side)
    told = b""
    with suppress(OSError):  # the other end is closed
        while part := os.read(main, 4096):
            told += part
    os.close(main)
    run.process.communicate(timeout=120)
    shares = [int(share) for share in re.findall(rb"([0-9]+) %", told)]
    assert shares == sorted(100 * (number + 1) // COUNT for number in range(COUNT - 1))
    assert run.process.returncode == 0


@pytest.mark.parametrize("how", ["forked", "spawned"])
def test_what_is_left_out_is_named_in_the_order_of_the_proposals(desk: Home, tmp_path: Path, how: str) -> None:
    keys = keys_of(desk)
    folder = tmp_path / "aus"
    by_hand, on_disk, late = keys[1], keys[2], keys[-1]
    for key in (by_hand, late):
        documents.create(desk, key, "guideline")
        documents.file_edited(desk, key, "guideline", edited(desk, key, "guideline", "Von Hand.", tmp_path))
    documents.export(documents.create(desk, on_disk, "guideline"), folder).write_bytes(b"ihre Arbeit")
    run = Run(desk, folder, how)
    run.upto(3)
    assert [b"spawn_main" in command_of(pid) for pid in run.helpers()] == [how == "spawned"] * 3
    code, said = run.end()
    assert (code, f"{COUNT - 3} erzeugt, 0 schon aktuell, 3 ausgelassen" in said) == (1, True), said
    assert re.findall(r"^  (IKZ-[0-9-]+):\s+(\S+)", said, re.MULTILINE) == [
        (by_hand, "Handlungsleitfaden,"),
        (on_disk, f"{folder}/{on_disk}-handlungsleitfaden-v1.docx:"),
        (late, "Handlungsleitfaden,"),
    ]
    assert [len(proposal_of(desk, key).documents) for key in keys] == [1, 2, *[1] * (COUNT - 3), 2]
    audit.verify(desk)


@pytest.mark.parametrize(("how", "files"), [("forked", 1), ("forked", 12), ("spawned", 5)])
def test_an_interruption_reaches_all_and_keeps_what_is_done(desk: Home, tmp_path: Path, how: str, files: int) -> None:
    run = Run(desk, tmp_path / "aus", how)
    run.upto(files)
    while not (helpers := run.helpers()):
        time.sleep(0.001)
    os.killpg(run.process.pid, signal.SIGINT)  # as the terminal does
    code, said = run.end()
    assert code == 130, said
    assert "Fortsetzen: denselben Befehl wiederholen" in said
    told = re.search("Abgebrochen nach ([0-9]+) von", said)
    assert told is not None
    assert run.files() - len(helpers) <= int(told[1]) <= run.files() < COUNT
    assert not any(map(stat_of, helpers))
    assert run.files() == sum(len(proposal_of(desk, key).documents) for key in keys_of(desk))
    code, said = Run(desk, tmp_path / "aus").end()
    assert (code, f"{COUNT - run.files()} erzeugt" not in said) == (0, True), said
    check_each_was_made_once(desk, run.folder)


@pytest.mark.parametrize(("how", "victims"), [("forked", 1), ("forked", 3), ("spawned", 1)])
def test_what_killed_helpers_leave_is_made_without_them(desk: Home, tmp_path: Path, how: str, victims: int) -> None:
    run = Run(desk, tmp_path / "aus", how)
    run.upto(5)
    for helper in run.helpers()[:victims]:
        os.kill(helper, signal.SIGKILL)
    code, said = run.end()
    assert (code, " 0 ausgelassen" in said) == (0, True), said
    check_each_was_made_once(desk, run.folder)


@pytest.mark.parametrize("how", ["forked", "spawned"])
def test_nobody_goes_on_without_the_one_who_was_killed(desk: Home, tmp_path: Path, how: str) -> None:
    run = Run(desk, tmp_path / "aus", how)
    run.upto(5)
    helpers = run.helpers()
    assert len(helpers) == 3
    run.process.kill()
    before = run.files()
    await_end(helpers)
    assert before <= run.files() <= before + len(helpers)
    run.end()
    code, said = Run(desk, tmp_path / "aus").end()
    assert (code, " 0 ausgelassen" in said) == (0, True), said
    check_each_was_made_once(desk, run.folder)


def test_what_the_next_would_meet_as_well_stops_all_and_is_told_once(desk: Home, tmp_path: Path) -> None:
    run = Run(desk, tmp_path / "aus")
    run.upto(5)
    run.folder.rename(tmp_path / "weg")
    run.folder.write_bytes(b"")
    code, said = run.end()
    assert (code, said.count("lässt sich nicht schreiben"), said.count("Abgebrochen nach")) == (1, 1, 1), said
    run.folder.unlink()
    code, said = Run(desk, tmp_path / "aus").end()
    assert (code, " 0 ausgelassen" in said) == (0, True), said
    check_each_was_made_once(desk, run.folder)


def test_a_row_that_lies_stops_all_and_is_told_once(desk: Home, tmp_path: Path) -> None:
    liar = keys_of(desk)[COUNT // 2]
    tamper(desk, f"UPDATE proposal SET state = 'x' || state WHERE key = '{liar}'")
    code, said = Run(desk, tmp_path / "aus").end()
    assert (code, said.count(liar)) == (6, 1), said
