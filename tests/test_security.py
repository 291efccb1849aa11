"""What docs/security.md promises: every row of its table names tests that exist; here are those found nowhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from homes import CHECKOUT, Clock, copy_of, head_of, home_at, rows_of, started
from hypothesis import given
from hypothesis import strategies as st

from ikz_workflow.errors import IkzError
from ikz_workflow.resources import is_file_name
from ikz_workflow.services import audit, backups, documents, lookalikes, proposals, registers, timeline, work
from ikz_workflow.services.home import Home, account
from ikz_workflow.services.selection import Filter

PAGE = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")
SQL = ("' OR '1'='1", "'; DROP TABLE event; --", '" OR ""="', "x') UNION SELECT payload FROM event --", "%", "_", "\\",
       "%s", ":key", "?", "a'||'b", "1; ATTACH DATABASE 'x' AS y", "/*", "--", "${jndi:x}")  # fmt: skip


def test_every_test_named_in_the_threat_table_exists() -> None:
    known = {
        name
        for file in (CHECKOUT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"\b(test_\w+)\b", PAGE))
    assert len(named) > 40
    assert named - known == set()


def test_every_row_of_the_threat_table_says_what_remains_and_names_a_test() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| **")]
    assert len(rows) >= 13
    for name, attacker, product, remains, tests in rows:
        assert all(cell.strip() for cell in (attacker, product, remains)), name
        assert "`test_" in tests, name


# ------------------------------------------------------------------------------------------------------ SQL injection
@pytest.mark.parametrize("text", SQL)
def test_sql_in_whatever_is_typed_stays_text(home: Home, text: str) -> None:
    key = started(home, f"Titel {text}")
    tables = set(rows_of(home))
    for attempt in (
        lambda: proposals.view(home, text),
        lambda: timeline.history(home, text),
        lambda: proposals.new(home, "x", text),
        lambda: proposals.set_fields(home, key, [f"{text}=x"]),
        lambda: registers.add(home, "topic", text, {"label": "x"}),
        lambda: registers.change_roles(home, text, granted=["clerk"]),
        lambda: registers.add_person(home, "x", "y", [text]),
        lambda: work.listing(home, Filter(stage=text)),
        lambda: work.listing(home, Filter(department=text)),
        lambda: registers.own(home.acting_as(text)) and proposals.add_note(home.acting_as(text), key, "x"),
    ):
        head = head_of(home)
        with pytest.raises(IkzError):
            attempt()
        assert head_of(home) == head
    proposals.add_note(home, key, text)
    proposals.set_fields(home, key, [f"summary={text}"])
    assert proposals.view(home, key).title == f"Titel {text}"
    assert timeline.history(home, key)[1].note == text
    assert set(rows_of(home)) == tables
    audit.verify(home)


# ---------------------------------------------------------------------------------------------------------- the actor
def test_no_variable_of_the_environment_makes_somebody_another(home: Home) -> None:
    """The history names the account of the operating system, whatever LOGNAME and its kin say."""
    registers.add_person(home, "I. Ich", account(), ["clerk"])
    registers.add_person(home, "C. Chef", "chef", ["clerk", "head"])
    key = started(home)
    home.database.close()
    liar = dict.fromkeys(("LOGNAME", "USER", "USERNAME", "LNAME", "SUDO_USER", "IKZ_USER", "IKZ_ACCOUNT"), "chef")
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(home.path), "note", key, "Wer war das?"]
    done = subprocess.run(command, env={**os.environ, **liar}, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert timeline.history(home, key)[-1].actor == "I. Ich"


def test_who_is_not_registered_writes_nothing(home: Home) -> None:
    key = started(home)
    head = head_of(home)
    with pytest.raises(IkzError):
        proposals.add_note(home.acting_as("niemand"), key, "x")
    assert head_of(home) == head


# ------------------------------------------------------------------------------------------------- names of files
@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", "C:x", "CON", "con.txt", "nul.docx", "Aux .md", "COM1", "lpt9.tar.gz", "com¹", "a.",
     "a ", "a\x00b", "a\nb", "a\u202eb", "a*", "a?", '"', "<", "|"],
)  # fmt: skip
def test_a_name_that_is_a_device_or_leads_elsewhere_is_no_file_name(name: str) -> None:
    assert not is_file_name(name)


@pytest.mark.parametrize("name", ["a", ".a", "console.md", "Brief an Börde.docx", "com.md", "com10.md", "a..b", "lpt"])
def test_an_honest_name_is_a_file_name(name: str) -> None:
    assert is_file_name(name)


@given(st.text(), st.text())
def test_a_documents_file_stays_in_its_folder_whatever_key_and_label_say(key: str, label: str) -> None:
    version = documents.DocumentVersion("x", 1, "", "", "generated", 1, "")
    name = documents.Made(key, label, version, b"", True).file_name
    assert is_file_name(name)
    assert Path("folder", name).parent == Path("folder")


@pytest.mark.parametrize("name", ["templates/CON.docx", "templates/a:b.docx", "workflows/x."])
def test_what_could_not_be_brought_back_everywhere_is_not_backed_up(home: Home, tmp_path: Path, name: str) -> None:
    (home.path / name).parent.mkdir()
    (home.path / name).write_bytes(b"x")
    with pytest.raises(IkzError, match="Dateinamen"):
        backups.backup(home, tmp_path / "s.zip", lambda done, whole: None)
    assert not (tmp_path / "s.zip").exists()


# -------------------------------------------------------------------------------------------------- confusable names
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Landkreis B\u043erde", "Stelle 12 kein lateinisches (U+043E, kyrillisch)"),
        ("\u0391schersleben", "Stelle 1 kein lateinisches (U+0391, griechisch)"),
        ("Stadt\uff41", "vollbreit"),
        ("\U0001d400rchiv", "mathematisch"),
    ],
)
def test_a_letter_that_only_looks_latin_is_told_with_its_place(text: str, told: str) -> None:
    [sentence] = lookalikes.told([text])
    assert told in sentence


@pytest.mark.parametrize(
    "text", ["Sülzetal", "Łódź", "Straße 5 – „Süd“", "E = mc²", "25 µg €", "🌳", "naïve Čapek", "日本"]
)
def test_what_is_written_in_german_and_its_neighbours_is_not_told(text: str) -> None:
    assert list(lookalikes.told([text])) == []


@pytest.mark.parametrize(
    "words",
    [
        ["new", "B\u0430uhof", "--department", "FB 23"],
        ["organisation", "add", "neu", "Landkreis B\u043erde", "--kind", "county"],
        ["department", "add", "fb-99", "\u0410mt", "--short", "FB 99"],
        ["topic", "add", "neu", "B\u0430uhof"],
        ["person", "add", "K. \u041ceier", "--account", "neu"],
        ["person", "add", "K. Maier", "--account", "m\u0435ier"],
        ["cooperation", "add", "neu", "B\u0430uhof"],
    ],
    ids=" ".join,
)
def test_whoever_enters_a_name_with_a_foreign_letter_is_warned_and_the_doctor_repeats_it(
    tmp_path: Path, words: list[str]
) -> None:
    home = home_at(tmp_path / "home", account(), Clock())
    registers.init(home, name="I. Ich")
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(home.path)]
    done = subprocess.run([*command, *words], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "Achtung" in done.stderr
    assert "kyrillisch" in done.stderr
    if "Maier" not in words[2]:
        from ikz_workflow.services import doctor

        assert any("kyrillisch" in one.text for one in doctor.examine(home))


# ------------------------------------------------------------------------------------------------ the stolen file
def test_a_stolen_file_holds_names_in_clear_and_no_key(home: Home, tmp_path: Path) -> None:
    """The honest limit: whoever can read the file can read all of it; only the key to sign with is not in it."""
    stolen = copy_of(home, tmp_path / "stolen")
    content = (stolen.path / "ikz.db").read_bytes()
    assert b"K. Meier" in content
    assert b"PRIVATE KEY" not in content
