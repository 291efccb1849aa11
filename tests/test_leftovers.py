"""What a killed process left half written is swept by the next one; what is being written is not touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from homes import CHECKOUT, started

from ikz_workflow.services import backups, documents
from ikz_workflow.services.files import room, write_file, written
from ikz_workflow.services.home import Home

STOPPED = """
import sys
from pathlib import Path
from ikz_workflow.services.files import room, written

with (room if sys.argv[2] == "room" else written)(Path(sys.argv[1])) as place:
    if sys.argv[2] == "room":
        (place / "ikz.db").write_bytes(b"half")
    else:
        place.write(b"half")
        place.flush()
    print("open", flush=True)
    sys.stdin.readline()
"""


def stopped(folder: Path, how: str) -> subprocess.Popen[str]:
    """Return a process that stands in the middle of writing into a folder."""
    command = [sys.executable, "-c", STOPPED, str(folder), how]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def unfinished(folder: Path) -> list[Path]:
    return sorted(folder.glob(".ikz-*"))


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_the_next_write_sweeps_what_a_killed_one_left_and_leaves_alone_what_is_being_written(tmp_path: Path) -> None:
    with (
        stopped(tmp_path / "x.docx", "file") as dead,
        stopped(tmp_path, "room") as dead_room,
        stopped(tmp_path / "y.docx", "file") as alive,
        stopped(tmp_path, "room") as alive_room,
    ):
        assert len(unfinished(tmp_path)) == 4
        for process in (dead, dead_room):
            process.send_signal(signal.SIGKILL)
            process.wait()
        (tmp_path / ".ikz-brief").write_text("is nobody's temporary file")
        write_file(tmp_path / "z.docx", b"whole")
        assert len(unfinished(tmp_path)) == 3
        for process in (alive, alive_room):
            process.communicate("\n", timeout=60)
            assert process.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"y.docx", "z.docx", ".ikz-brief"}
    assert (tmp_path / "y.docx").read_bytes() == b"half"


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_a_folder_is_swept_once_by_each_process_however_many_files_it_writes_there(tmp_path: Path) -> None:
    write_file(tmp_path / "1", b"1")
    with stopped(tmp_path / "x", "file") as dead:
        dead.kill()
    write_file(tmp_path / "2", b"2")
    assert len(unfinished(tmp_path)) == 1  # looking through the folder for every file would take ever longer
    with stopped(tmp_path / "3", "file") as another:
        assert len(unfinished(tmp_path)) == 1
        another.communicate("\n", timeout=60)
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2", "3"}


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_exporting_and_backing_up_sweep_their_folders(home: Home, tmp_path: Path) -> None:
    key = started(home)
    made = documents.create(home, key, "guideline")
    for write in (
        lambda folder: documents.export(made, folder),
        lambda folder: backups.backup(home, folder / "sicherung.zip", lambda _done, _whole: None),
    ):
        folder = tmp_path / f"folder-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        with stopped(folder / "x", "file") as one, stopped(folder, "room") as other:
            one.kill()
            other.kill()
        assert len(unfinished(folder)) == 2
        write(folder)
        assert unfinished(folder) == []


def test_a_file_that_cannot_be_finished_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")

    def interrupted() -> None:
        with written(tmp_path / "x") as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_writing_within_writing_into_the_same_folder_sweeps_neither(tmp_path: Path) -> None:
    with written(tmp_path / "a") as outer, room(tmp_path) as place:
        outer.write(b"a")
        write_file(tmp_path / "b", b"b")
        assert place.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_cannot_be_swept_stays_and_hinders_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".ikz-pipe.tmp")
    (tmp_path / ".ikz-link.tmp").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".ikz-folder.tmp").mkdir()
    write_file(tmp_path / "x", b"x")
    assert (tmp_path / "x").read_bytes() == b"x"
    assert not (tmp_path / "elsewhere").exists()
