"""Backing a home up, bringing it back, and what a migration leaves when it is stopped."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from homes import home_at, started, tamper

from ikz_workflow.errors import HistoryBroken, InvalidInput, StorageError
from ikz_workflow.services import audit, backups, registers
from ikz_workflow.services.home import Home
from ikz_workflow.storage import database, migrate, sqlite

Change = Callable[[dict[str, bytes]], None]


def silent(_done: int, _whole: int) -> None: ...


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path / "home")
    registers.init(made, name="Meier")
    started(made)
    (made.path / "templates").mkdir()
    (made.path / "templates" / "letter.md.j2").write_text("eigen", encoding="utf-8")
    return made


def other(tmp_path: Path) -> Home:
    return home_at(tmp_path / "anderswo")


def test_a_backup_brings_history_and_own_files_back_into_an_empty_folder(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    kept = backups.backup(home, file, silent)
    assert kept.own == 1
    fresh = other(tmp_path)
    backups.restore(fresh, file, silent)
    assert audit.verify(fresh).head == audit.verify(home).head
    assert (fresh.path / "templates" / "letter.md.j2").read_text(encoding="utf-8") == "eigen"
    assert [path.name for path in fresh.path.glob(".ikz-*")] == []
    assert started(fresh) == "IKZ-2026-0002"


def test_a_backup_is_for_its_owner_alone_and_names_no_file_outside(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    assert file.stat().st_mode & 0o077 == 0
    assert sorted(zipfile.ZipFile(file).namelist()) == ["ikz.db", "sicherung.json", "templates/letter.md.j2"]


def test_a_backup_made_while_others_write_holds_one_state(home: Home, tmp_path: Path) -> None:
    def writing_meanwhile(done: int, _whole: int) -> None:
        if done and not (tmp_path / "wrote").exists():
            (tmp_path / "wrote").touch()
            writer = sqlite3.connect(home.path / "ikz.db", timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):  # waits for the reader to end
                writer.execute("CREATE TABLE während (x)")
            writer.close()

    kept = backups.backup(home, tmp_path / "sicherung.zip", writing_meanwhile)
    assert (tmp_path / "wrote").exists()
    assert kept.proof.head == audit.verify(home).head


def test_nothing_is_written_over_a_home_that_exists(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    with pytest.raises(StorageError, match="nichts überschrieben"):
        backups.restore(home, file, silent)
    with pytest.raises(InvalidInput, match="gibt es schon"):
        backups.backup(home, file, silent)
    occupied = other(tmp_path)
    (occupied.path / "templates").mkdir(parents=True)
    (occupied.path / "templates" / "letter.md.j2").write_text("anders", encoding="utf-8")
    with pytest.raises(StorageError, match="andere Datei"):
        backups.restore(occupied, file, silent)
    assert not occupied.database.exists()


def test_a_dry_run_proves_the_backup_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    fresh = other(tmp_path)
    assert backups.restore(fresh, file, silent, dry_run=True).proof.head == audit.verify(home).head
    assert not fresh.path.exists()


def rewritten(file: Path, change: Change) -> Path:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target = file.with_name("verändert.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def flip_database(members: dict[str, bytes]) -> None:
    members["ikz.db"] = members["ikz.db"][:-1] + bytes([members["ikz.db"][-1] ^ 1])


def climb(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["sicherung.json"])
    manifest["files"]["templates/../../böse"] = manifest["files"]["ikz.db"]
    members["templates/../../böse"] = members["ikz.db"]
    members["sicherung.json"] = json.dumps(manifest).encode()


def forget_manifest(members: dict[str, bytes]) -> None:
    del members["sicherung.json"]


def add_stranger(members: dict[str, bytes]) -> None:
    members["fremd.txt"] = b"?"


@pytest.mark.parametrize("change", [flip_database, climb, forget_manifest, add_stranger])
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(home: Home, tmp_path: Path, change: Change) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    fresh = other(tmp_path)
    with pytest.raises(InvalidInput, match="keine vollständige Sicherung"):
        backups.restore(fresh, rewritten(file, change), silent)
    assert not fresh.database.exists()
    assert not (tmp_path / "böse").exists()
    assert list(fresh.path.iterdir()) == []


def test_a_backup_damaged_on_its_way_is_brought_back_whole_or_refused(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    good, chance, refusals = file.read_bytes(), random.Random(3), 0
    for _ in range(200):
        bent = bytearray(good)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        file.write_bytes(bent)
        try:
            backups.restore(other(tmp_path), file, silent, dry_run=True)
        except (InvalidInput, StorageError):
            refusals += 1
    assert refusals > 150


def test_a_backup_whose_history_lies_is_told_even_if_its_sums_are_right(home: Home, tmp_path: Path) -> None:
    import hashlib

    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)

    def lie(members: dict[str, bytes]) -> None:
        path = tmp_path / "lüge.db"
        path.write_bytes(members["ikz.db"])
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE proposal SET stage = 'in-force'")
        connection.close()
        members["ikz.db"] = path.read_bytes()
        manifest = json.loads(members["sicherung.json"])
        manifest["files"]["ikz.db"] = hashlib.sha256(members["ikz.db"]).hexdigest()
        members["sicherung.json"] = json.dumps(manifest).encode()

    fresh = other(tmp_path)
    with pytest.raises(HistoryBroken, match="IKZ-2026-0001"):
        backups.restore(fresh, rewritten(file, lie), silent)
    assert not fresh.database.exists()


@pytest.mark.parametrize("content", [b"", b"kein zip", b"PK\x03\x04 abgeschnitten"])
def test_what_is_no_backup_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sicherung.zip"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match="keine vollständige Sicherung"):
        backups.restore(other(tmp_path), file, silent)


def test_a_restore_that_is_killed_can_be_run_again(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    backups.backup(home, file, silent)
    fresh = other(tmp_path)
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(fresh.path), "restore", str(file)]
    for pause in (0.3, 0.5, 0.7, 0.9):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:  # it was faster than we
            shutil.rmtree(fresh.path)
    again = other(tmp_path)
    if not again.database.exists():
        backups.restore(again, file, silent)
    assert audit.verify(again).head == audit.verify(home).head


# --------------------------------------------------------------------------------------------------------- migrations
NEWER = '''"""Add a column to the history, as a batch migration does: the table is made anew, its triggers are lost."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None

def upgrade() -> None:
    with op.batch_alter_table("event", recreate="always") as table:
        table.add_column(sa.Column("extra", sa.Text))
    {then}
'''


@pytest.fixture
def newer_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the program one migration more than it has."""

    def add(then: str) -> None:
        place = Path(shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations", dirs_exist_ok=True))
        (place / "versions" / "0003_more.py").write_text(NEWER.format(then=then), encoding="utf-8")
        monkeypatch.setattr(migrate, "MIGRATIONS", place)
        monkeypatch.setattr(database, "REVISION", "0003")

    return add


def columns_of(home: Home) -> list[str]:
    with sqlite3.connect(home.path / "ikz.db") as connection:
        found = [str(row[1]) for row in connection.execute("PRAGMA table_info(event)")]
    connection.close()
    return found


def test_a_migration_copies_the_file_aside_first_and_sets_the_guard_rails_again(
    home: Home, newer_form: Callable[[str], None]
) -> None:
    head = audit.verify(home).head
    newer_form("pass")
    home = replace(home)
    home.database.migrate()
    assert "extra" in columns_of(home)
    assert home.database.missing_guards() == set()
    aside = home.path / "ikz.db.0002.sicherung"
    assert aside.stat().st_mode & 0o077 == 0
    with sqlite3.connect(aside) as copy:
        assert copy.execute("SELECT seq, hash FROM chain_head").fetchone() == (head.seq, head.hash)
    copy.close()


@pytest.mark.parametrize("then", ["raise RuntimeError", "op.execute('DELETE FROM event WHERE seq = 2')"])
def test_a_migration_that_fails_or_changes_the_history_leaves_the_older_form(
    home: Home, newer_form: Callable[[str], None], then: str
) -> None:
    before = (home.path / "ikz.db").read_bytes()
    newer_form(then)
    with pytest.raises((RuntimeError, HistoryBroken)):
        replace(home).database.migrate()
    assert (home.path / "ikz.db").read_bytes() == before


def test_a_migration_killed_in_the_middle_leaves_the_older_form(home: Home, newer_form: Callable[[str], None]) -> None:
    newer_form("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    child = os.fork()
    if child == 0:  # pragma: no cover
        replace(home).database.migrate()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert "extra" not in columns_of(home)
    assert (home.path / "ikz.db.0002.sicherung").exists()
    with sqlite3.connect(home.path / "ikz.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_history_that_lies_is_not_migrated(home: Home, newer_form: Callable[[str], None]) -> None:
    tamper(home, ("UPDATE event SET hash = ? WHERE seq = 2", ("0" * 64,)))
    newer_form("pass")
    with pytest.raises(HistoryBroken, match="Verlauf 2"):
        replace(home).database.migrate()
    assert "extra" not in columns_of(home)


def test_a_copy_aside_that_was_cut_off_is_made_anew(home: Home) -> None:
    unfinished = home.path / "ikz.db.0001.sicherung.tmp"
    unfinished.write_bytes(b"halb")
    aside = sqlite.keep_aside(home.path / "ikz.db", "0001")
    assert aside.read_bytes().startswith(b"SQLite format 3")
    assert not unfinished.exists()
