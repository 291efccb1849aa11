"""The demo: four proposals played with real commands in a folder of its own, and never in one that is not."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import pytest

from .conftest import KEY, Ikz, Typed, environment

KINDS = {
    "absichtserklaerung",
    "anschreiben-an-den-partner",
    "arbeitsblatt-fuer-die-partnervorlage",
    "beschlussvorlage",
    "ergebnisprotokoll",
    "handlungsleitfaden",
    "schreiben-an-die-aufsichtsbehoerde",
    "zweckvereinbarung",
}


def ikz(*arguments: str | Path, cwd: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ikz_workflow", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env=environment(**changes), capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def data(*arguments: str, home: Path) -> Any:
    done = ikz("--home", home, *arguments, "--format", "json", cwd=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tree(folder: Path) -> dict[str, str]:
    """Return every file of a folder with the hash of its content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refused(folder: Path, code: int) -> str:
    """Play the demo in a folder where it must not be played; return what it says after nothing was touched."""
    before = tree(folder)
    done = ikz("demo", folder.name, cwd=folder.parent)
    assert done.returncode == code, done.stdout + done.stderr
    assert tree(folder) == before
    assert done.stdout == ""
    return done.stderr


@pytest.fixture
def demo(played: tuple[Path, str], tmp_path: Path) -> Path:
    """Return a copy of the folder of a demo that was played."""
    return Path(shutil.copytree(played[0], tmp_path / "ikz-demo"))


def test_every_kind_of_document_is_written_and_opens(played: tuple[Path, str]) -> None:
    files = list((played[0] / "documents").glob("*.docx"))

    assert {path.stem.split("-", 3)[3].rsplit("-", 1)[0] for path in files} == KINDS
    for path in files:
        document = docx.Document(str(path))
        assert any(paragraph.text.startswith("Beispiel.") for paragraph in document.paragraphs)
        assert "BEISPIEL" in "".join(paragraph.text for paragraph in document.sections[0].header.paragraphs).upper()


def test_what_the_county_amended_is_in_the_version_that_comes_into_force(played: tuple[Path, str]) -> None:
    texts = {
        number: "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
        for number in (2, 3)
        for path in (played[0] / "documents").glob(f"*-zweckvereinbarung-v{number}.docx")
    }

    assert "Laufzeit: fünf Jahre." in texts[2]
    assert texts[3] == texts[2].replace("fünf Jahre", "drei Jahre")


def test_the_four_proposals_come_to_their_ends(played: tuple[Path, str]) -> None:
    listed = data("list", home=played[0])
    reasons = [(data("show", line["key"], home=played[0])["ended"] or {}).get("reason") for line in listed]

    assert [line["stage"] for line in listed] == ["in-force", "ended", "ended", "ended"]
    assert [line["sample"] for line in listed] == [True, False, False, False]
    assert reasons == [None, "partner-withdrew", "no-result", "refused-by-partner"]


def test_the_histories_have_no_date_but_the_year_of_the_source(played: tuple[Path, str]) -> None:
    keys = [line["key"] for line in data("list", home=played[0])][1:]
    dates = {entry["on"] for key in keys for entry in data("history", key, home=played[0])}

    assert dates == {None, "2003"}


def test_the_council_of_stendal_votes_after_the_approval(played: tuple[Path, str]) -> None:
    gates = data("gates", data("list", home=played[0])[3]["key"], home=played[0])

    assert [(row["body"], row["state"]) for row in gates if row["state"] != "open"] == [
        ("hansestadt-stendal", "no"),
        ("authority", "yes"),
    ]


def test_the_history_of_the_demo_is_proven(played: tuple[Path, str]) -> None:
    done = ikz("--home", played[0], "verify", cwd=played[0])

    assert done.returncode == 0, done.stderr


def test_it_prints_commands_their_answers_a_refusal_the_files_and_what_to_try(played: tuple[Path, str]) -> None:
    text = played[1]
    key = data("list", home=played[0])[0]["key"]

    assert f"  ikz advance {key} draft-guideline --on 04.02.2025\n    {key}: jetzt in der Stufe" in text
    assert "„In Kraft setzen“ ist noch nicht möglich, 7 Punkte fehlen." in text
    assert "hat über einen älteren Text entschieden" in " ".join(text.split())
    assert "Der Verlauf ist unversehrt" in text
    assert text.count("ikz --home ikz-demo ", text.index("Zum Ausprobieren")) == 3
    for path in (played[0] / "documents").iterdir():
        assert f"  ikz-demo/documents/{path.name}" in text.replace("\\", "/")


def test_it_can_be_played_twice(demo: Path) -> None:
    again = ikz("demo", demo.name, cwd=demo.parent)

    assert again.returncode == 0, again.stderr
    assert len(data("list", home=demo)) == 4
    assert not list(demo.glob("ikz-vorher*"))


def test_what_was_recorded_after_the_demo_is_kept_aside(demo: Path, tmp_path: Path) -> None:
    key = data("list", home=demo)[0]["key"]
    ikz("--home", demo, "note", key, "Meine eigene Notiz", cwd=demo)

    again = ikz("demo", demo.name, cwd=demo.parent)

    assert again.returncode == 0, again.stderr
    assert "ikz-vorher-1.db" in again.stdout
    other = tmp_path / "other"
    other.mkdir()
    (demo / "ikz-vorher-1.db").rename(other / "ikz.db")
    assert any(entry["note"] == "Meine eigene Notiz" for entry in data("history", key, home=other))


@pytest.mark.parametrize("sign", ["ikz init", "document create", "ikz verify"])
def test_a_demo_that_was_killed_can_be_played_again(tmp_path: Path, sign: str) -> None:
    command = [sys.executable, "-m", "ikz_workflow", "demo"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if sign in line:
                break
        process.kill()

    again = ikz("demo", cwd=tmp_path)

    assert again.returncode == 0, again.stderr
    assert ikz("--home", "ikz-demo", "verify", cwd=tmp_path).returncode == 0


def test_a_run_killed_before_its_database_was_known_can_be_played_again(demo: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    ikz("--home", fresh, "init", cwd=tmp_path)
    (fresh / "DEMO.txt").write_text("Die Datenbank wird gerade angelegt.\n", encoding="utf-8")

    assert ikz("demo", "fresh", cwd=tmp_path).returncode == 0


def test_a_folder_with_foreign_files_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "Eigenes"
    folder.mkdir()
    (folder / "Brief.txt").write_text("wichtig", encoding="utf-8")

    assert "ikz demo ORDNER" in refused(folder, 2)


def test_a_real_home_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    ikz("--home", folder, "init", cwd=tmp_path)

    assert "ikz demo ORDNER" in refused(folder, 2)


def test_a_real_database_beside_a_marker_is_refused(demo: Path, tmp_path: Path) -> None:
    ikz("--home", tmp_path / "real", "init", cwd=tmp_path)
    shutil.copy(tmp_path / "real" / "ikz.db", demo / "ikz.db")
    shutil.rmtree(demo / "documents")

    assert "ikz demo ORDNER" in refused(demo, 1)


def test_a_database_of_another_program_is_refused(demo: Path) -> None:
    (demo / "ikz.db").unlink()
    with contextlib.closing(sqlite3.connect(demo / "ikz.db")) as connection:
        connection.execute("CREATE TABLE fremd (a)")

    assert "ikz demo ORDNER" in refused(demo, 1)


def test_a_file_that_is_no_database_is_refused(demo: Path) -> None:
    (demo / "ikz.db").write_bytes(b"kein SQLite" * 500)

    assert "ikz demo ORDNER" in refused(demo, 1)


def test_an_edited_document_is_not_lost(demo: Path) -> None:
    path = next((demo / "documents").glob("*handlungsleitfaden-v1.docx"))
    document = docx.Document(str(path))
    document.add_paragraph("Von Hand ergänzt.")
    document.save(str(path))

    assert path.name in refused(demo, 2)


def test_a_file_put_among_the_documents_is_not_lost(demo: Path) -> None:
    (demo / "documents" / "eigen").mkdir()
    (demo / "documents" / "eigen" / "Notiz.txt").write_text("wichtig", encoding="utf-8")

    assert "Notiz.txt" in refused(demo, 2)


def test_a_faulty_workflow_is_told_before_an_earlier_demo_is_removed(demo: Path) -> None:
    (demo / "workflows").mkdir()
    (demo / "workflows" / "kooperation.toml").write_text("name = kooperation", encoding="utf-8")

    assert "kooperation.toml:1" in refused(demo, 1)


def test_a_home_named_besides_is_refused(tmp_path: Path) -> None:
    done = ikz("--home", tmp_path / "home", "demo", cwd=tmp_path)

    assert done.returncode == 2
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_outside_its_folder_not_even_with_a_home_and_an_address_in_the_environment(
    tmp_path: Path,
) -> None:
    work, user, temporary = (tmp_path / name for name in ("work", "user", "temporary"))
    for folder in (work, user, temporary):
        folder.mkdir()
    place = "Übung mit Leerzeichen/Größe"
    elsewhere = dict.fromkeys(
        ("HOME", "USERPROFILE", "IKZ_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"), str(user)
    )
    temporaries = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))

    done = ikz("demo", place, cwd=work, IKZ_DATABASE_URL="quatsch://", **elsewhere, **temporaries)

    assert done.returncode == 0, done.stderr
    assert {str(path.relative_to(work)) for path in work.iterdir()} == {place.split("/")[0]}
    assert sorted(path.name for path in (work / place).iterdir()) == ["DEMO.txt", "documents", "ikz.db"]
    assert not list(user.iterdir())
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("columns", ["1", "9"])
def test_a_window_drawn_very_narrow_breaks_no_command(
    played: tuple[Path, str], typed: Typed, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    about = ("show", "status", "gates", "history", "check", "economics", "document list")
    others = ("list", "today", "board", "report failures", "organisation list", "topic list", "workflow forms",
              "workflow show kooperation", "template fields", "verify")  # fmt: skip
    for command in (*others, *(f"{one} {KEY}" for one in about)):
        code, said = typed(played[0], f"ikz {command}")
        assert code == 0, command
        assert said


def test_an_empty_choice_of_language_is_german(ikz: Ikz) -> None:
    assert "gibt es nicht" in ikz("shw", code=2, IKZ_LANGUAGE="").stderr
