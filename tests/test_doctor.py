"""What the doctor finds, each finding with its remedy."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from homes import closing_connection, copy_of, home_at, tamper
from msgspec.structs import replace

from ikz_workflow.documents import pdf
from ikz_workflow.services import audit, doctor, keeping
from ikz_workflow.services.home import Home
from ikz_workflow.storage import surroundings


def faults(home: Home) -> dict[str, doctor.Finding]:
    return {one.what: one for one in doctor.examine(home) if one.state == "fault"}


@pytest.fixture
def own(home: Home, tmp_path: Path) -> Home:
    made = copy_of(home, tmp_path / "eigen")
    (made.path / "ikz.db").chmod(0o600)
    return made


def test_a_sound_home_has_no_fault_and_every_look_says_something(own: Home) -> None:
    found = list(doctor.examine(own))
    assert [one for one in found if one.state == "fault"] == []
    assert {one.what for one in found} >= {"Datenbank", "Ablage", "Uhr", "Verlauf", "Verfahren und Vorlagen"}


def test_where_there_is_no_home_the_doctor_says_what_to_do(tmp_path: Path) -> None:
    assert "ikz init" in faults(home_at(tmp_path / "leer"))["Datenbank"].text


def test_a_file_that_is_no_database_is_told_once(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    (tmp_path / "ikz.db").write_bytes(b"keine".ljust(4096))
    told = [one.text for one in doctor.examine(home) if one.state == "fault"]
    assert len(told) == len(set(told))
    assert "Datenbank" in told[0]


def test_a_file_that_may_not_be_read_is_a_fault_and_does_not_stop_the_other_looks(own: Home) -> None:
    file = own.path / "ikz.db"
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("whoever runs this may read everything")
    found = faults(own)
    assert (
        found["Datenbank"].text == f"{file} lässt sich nicht lesen (keine Berechtigung). Bitte Pfad und Rechte prüfen."
    )
    assert "Ablage" not in found


def test_a_file_that_others_may_open_is_a_fault(own: Home) -> None:
    (own.path / "ikz.db").chmod(0o644)
    assert "chmod 600" in faults(own)["Ablage"].remedy


def test_a_clock_that_went_back_is_a_fault(own: Home) -> None:
    earlier = own.acting_as("meier", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert "Die Uhr geht nach" in faults(earlier)["Uhr"].text


def test_a_chain_broken_at_its_end_is_a_fault_that_names_the_entry(own: Home) -> None:
    with sqlite3.connect(own.path / "ikz.db") as connection:
        (last,) = connection.execute("SELECT max(seq) FROM event").fetchone()
    connection.close()
    tamper(own, ("UPDATE event SET payload = replace(payload, '\"v\":1', '\"v\":2') WHERE seq = ?", (last - 3,)))
    assert f"Verlauf {last - 3}" in faults(own)["Verlauf"].text
    assert "Datenbank" not in faults(own)


def test_missing_guard_rails_and_foreign_tables_are_faults(own: Home) -> None:
    with closing_connection(own.path / "ikz.db") as connection:
        connection.execute("DROP TRIGGER event_has_no_gap")
    assert faults(own)["Datenbank"].remedy == "ikz init"
    with closing_connection(own.path / "ikz.db") as connection:
        connection.execute("CREATE TABLE notebook (x)")
    assert "Tabelle notebook" in faults(own)["Datenbank"].text


def test_only_the_end_of_a_long_history_is_followed(own: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LAST", 3)
    tamper(own, "UPDATE event SET payload = 'x' WHERE seq = 1")
    assert "Verlauf" not in faults(own)
    monkeypatch.setattr(doctor, "LAST", 10**6)
    assert "Verlauf 1" in faults(own)["Verlauf"].text


def test_faults_of_own_workflows_and_templates_are_told(own: Home) -> None:
    (own.path / "templates").mkdir()
    (own.path / "templates" / "letter.md.j2").write_text("kein Vorspann", encoding="utf-8")
    assert "letter.md.j2" in faults(own)["Verfahren und Vorlagen"].text


def test_what_an_interrupted_command_left_is_told_once_it_is_old(own: Home) -> None:
    rest = own.path / ".ikz-abc.tmp"
    rest.touch()
    os.utime(rest, (0, 0))
    assert any(str(rest) in one.text for one in doctor.examine(own))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/mnt/amt/ikz.db", "cifs"), ("/mnt/amt laufwerk/ikz.db", "nfs4"), ("/mnt/amtlich/ikz.db", "ext4")],
)
def test_the_deepest_mount_says_on_what_a_file_lies(path: str, kind: str) -> None:
    mounts = (
        "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:5 / /mnt/amt rw shared:2 - cifs //server/amt rw\n"
        "41 22 0:6 / /mnt/amt\\040laufwerk rw - nfs4 server:/amt rw\n"
    )
    assert surroundings._kind_of_drive(mounts, path) == kind


@pytest.mark.parametrize("folder", ["OneDrive - Stadt", "Nextcloud", "Dropbox"])
def test_a_folder_that_a_program_copies_is_a_fault(tmp_path: Path, folder: str) -> None:
    assert "abgeglichen" in faults(home_at(tmp_path / folder))["Ablage"].text


def looked_at(home: Home, what: str) -> list[doctor.Finding]:
    return [one for one in doctor.examine(home) if one.what == what]


def test_entries_that_no_checkpoint_has_covered_for_a_month_are_a_hint(own: Home) -> None:
    [fresh] = looked_at(own, "Prüfpunkte")
    assert (fresh.state, fresh.remedy) == ("ok", "")
    later = own.acting_as("meier", lambda: datetime(2027, 2, 1, tzinfo=UTC))
    [old] = looked_at(later, "Prüfpunkte")
    assert (old.state, old.remedy) == ("hint", "ikz checkpoint export DATEI")
    assert "22.11.2026" in old.text
    keeping.export(own)
    [covered] = looked_at(later, "Prüfpunkte")
    assert covered == doctor.Finding("ok", "Prüfpunkte", "Der letzte Prüfpunkt deckt den ganzen Verlauf.")


def test_a_history_shorter_than_its_last_checkpoint_is_a_fault(own: Home) -> None:
    point = audit.checkpoint(own)
    keeping.handed_out(own).write_text(str(replace(point, size=point.size + 1)), encoding="ascii")
    assert "ikz verify --checkpoint" in faults(own)["Prüfpunkte"].remedy


def test_a_font_that_is_not_there_is_told_with_what_stands_in_for_it() -> None:
    if not shutil.which("fc-match"):
        pytest.skip("fontconfig is not installed")
    [(font, other)] = pdf.replaced_fonts(["Keine-Schrift, die es gibt"])
    assert (font, bool(other)) == ("Keine-Schrift, die es gibt", True)
    assert pdf.replaced_fonts([other]) == []
