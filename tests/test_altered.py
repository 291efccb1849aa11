# ruff: noqa: E501  a case reads better in one line
"""Whoever works on rows that were altered by hand is told so with the remedy, whatever the command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import BOERDE, copy_of, head_of, rows_of, started, tamper, walk

from ikz_workflow.cli import app
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.services import audit, proposals, records, registers, work
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"
Ikz = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def full_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = copy_of(first_home, tmp_path_factory.mktemp("altered"))
    walk(home, started(home), "partner-contacted")
    started(home, "Winterdienst")
    home.database.close()
    return home


@pytest.fixture
def full(full_home: Home, tmp_path: Path) -> Home:
    return copy_of(full_home, tmp_path / "full")


@pytest.fixture
def ikz(full: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ikz:
    """Run a command line in this process and return its exit code and what it said of a fault."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ikz", "--home", str(full.path), *arguments])
        with pytest.raises(SystemExit) as left:
            app.run()
        return int(str(left.value.code or 0)), capsys.readouterr().err

    return run


def of_state(part: str, other: str) -> str:
    return f"UPDATE proposal SET state = replace(state, '{part}', '{other}') WHERE key = '{KEY}'"


ALTERED = {
    "empty": f"UPDATE proposal SET state = '{{}}' WHERE key = '{KEY}'",
    "garbage": f"UPDATE proposal SET state = 'Unfug' WHERE key = '{KEY}'",
    "number": f"UPDATE proposal SET state = 5 WHERE key = '{KEY}'",
    "bytes": f"UPDATE proposal SET state = X'00' WHERE key = '{KEY}'",
    "another-proposal": f"UPDATE proposal SET state = (SELECT state FROM proposal WHERE key > '{KEY}') WHERE key = '{KEY}'",
    "version": f"UPDATE proposal SET version = 'zz' WHERE key = '{KEY}'",
    "stage": of_state('"stage":"partner-contacted"', '"stage":"nirgendwo"'),
    "definition": of_state('"definition":"', '"definition":"0'),
    "choice": of_state('"task-kind":"voluntary"', '"task-kind":7'),
}


@pytest.mark.parametrize("how", ALTERED)
@pytest.mark.parametrize("command", ["list", "show", "status", "gates", "note", "document"])
def test_an_altered_proposal_is_told_with_its_remedy_and_never_breaks_a_command(
    full: Home, ikz: Ikz, how: str, command: str
) -> None:
    tamper(full, ALTERED[how])
    arguments = {"list": (), "note": (KEY, "x"), "document": ("list", KEY)}.get(command, (KEY,))
    code, said = ikz(command, *arguments)
    if how == "choice":  # a list does not ask what the field says
        assert code in (0, 6, 4)
    else:
        assert code == 6 or (command, code) == ("note", 4) or (how, command) == ("stage", "document"), said
    if code == 6:
        assert KEY in said or "Verfahrensdefinition" in said or how == "definition"
        assert "ikz --home" in said or "Sicherung" in said
    assert ikz("verify")[0] == 6
    assert ikz("rebuild")[0] == 0
    assert ikz("verify")[0] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register SET version = 'zz'",
        "UPDATE register SET state = '{}'",
        "UPDATE register SET state = 'x'",
        "UPDATE register SET kind = 'topic' WHERE kind = 'organisation'",
        "UPDATE register SET state = replace(state, '\"roles\":', '\"rolls\":')",
        "DELETE FROM register WHERE kind = 'form'",
        "DELETE FROM register WHERE kind = 'department'",
    ],
)
@pytest.mark.parametrize("command", ["list", "status", "gates", "organisation", "person"])
def test_an_altered_register_never_breaks_a_command(full: Home, ikz: Ikz, statement: str, command: str) -> None:
    tamper(full, statement)
    code, said = ikz(command, *({"list": (), "organisation": ("list",), "person": ("list",)}.get(command, (KEY,))))
    assert code in (0, 1, 6)
    assert bool(said) == (code != 0)
    assert ikz("rebuild")[0] == 0
    assert ikz("verify")[0] == 0


@pytest.mark.parametrize("table", ["proposal", "register"])
def test_rows_of_another_version_of_the_program_are_told_by_every_command(full: Home, ikz: Ikz, table: str) -> None:
    tamper(full, f"UPDATE {table} SET projection = 0")
    for command in ("list", "status", "gates"):
        code, said = ikz(command, *(() if command == "list" else (KEY,)))
        assert code == 1
        assert "rebuild" in said
    assert ikz("rebuild")[0] == 0


def test_a_bug_is_not_taken_for_an_altered_row(full: Home) -> None:
    with pytest.raises(ZeroDivisionError), full.ready.reading(full.now()) as tx:  # noqa: PT012  the whole transaction fails
        tx.proposal(KEY)
        raise ZeroDivisionError


# ------------------------------------------------------------------------------------------------ the end of the chain
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "UPDATE chain_head SET seq = seq - 1",
        "UPDATE chain_head SET seq = seq + 1",
        f"UPDATE chain_head SET hash = '{'0' * 64}'",
        f"UPDATE event SET hash = '{'0' * 64}' WHERE seq = (SELECT max(seq) FROM event)",
        "INSERT INTO event SELECT seq + 1, 'x', 1, at, payload, hash, hash FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "DELETE FROM event",
    ],
)
def test_nobody_writes_after_a_broken_end(full: Home, statement: str) -> None:
    tamper(full, statement)
    before = rows_of(full.path / "ikz.db")
    for command in (
        lambda: proposals.add_note(full, KEY, "x"),
        lambda: registers.add(full, "topic", "neu", {"label": "Neu"}),
        lambda: started(full),
        lambda: proposals.advance(full, KEY, "suspend", note="x", until="2099-03-01", dry_run=True),
    ):
        with pytest.raises(HistoryBroken, match="Sicherung zurückspielen"):
            command()
    assert rows_of(full.path / "ikz.db") == before
    assert proposals.view(full, KEY).proposal.key == KEY


def test_what_is_recorded_after_an_altered_entry_does_not_cover_it(full: Home) -> None:
    records.add_contact(full, KEY, BOERDE, "Telefonat", on="2025")
    seq = head_of(full)[0]
    proposals.add_note(full, KEY, "davor")
    tamper(full, f"UPDATE event SET payload = replace(payload, '2025', '2024') WHERE seq = {seq}")
    proposals.add_note(full, KEY, "danach")
    for proving in (audit.verify, audit.checkpoint, audit.rebuild):
        with pytest.raises(HistoryBroken, match="passt nicht zu seiner Prüfsumme") as caught:
            proving(full)
        assert f"Verlauf {seq} ({KEY}" in caught.value.row


@pytest.mark.parametrize("table", ["event", "disclosure", "proposal", "register"])
def test_a_trigger_that_swallows_a_row_is_told_and_leaves_nothing(full: Home, table: str) -> None:
    tamper(full, f"CREATE TRIGGER swallow BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END")
    tamper(full, f"CREATE TRIGGER hold BEFORE UPDATE ON {table} BEGIN SELECT RAISE(IGNORE); END")
    before = rows_of(full.path / "ikz.db")
    command = (
        (lambda: registers.add(full, "topic", "neu", {"label": "Neu"}))
        if table == "register"
        else (lambda: proposals.new(full, "Neu", "fb-23"))
    )
    with pytest.raises(HistoryBroken, match="ikz init") as caught:
        command()
    assert table in caught.value.row
    assert rows_of(full.path / "ikz.db") == before
    registers.init(full)
    command()
    audit.verify(full)


def test_a_lost_row_whose_place_is_taken_in_the_history_is_told(full: Home) -> None:
    tamper(full, "DELETE FROM proposal")
    with pytest.raises(HistoryBroken, match="ikz rebuild"):
        started(full)
    audit.rebuild(full)
    assert started(full) == "IKZ-2026-0003"
    audit.verify(full)


@pytest.mark.parametrize("statement", [f"DELETE FROM proposal WHERE key = '{KEY}'", "DELETE FROM register"])
def test_a_lost_row_is_told_as_lost_and_not_as_unknown_or_altered(full: Home, ikz: Ikz, statement: str) -> None:
    tamper(full, statement)
    commands: tuple[tuple[str, ...], ...] = (("show", KEY), ("status", KEY), ("note", KEY, "x"), ("verify",))
    for command in (
        commands if "proposal" in statement else (("topic", "assign", "depots-and-winter-service", "fb-23"),)
    ):
        code, said = ikz(*command)
        assert code == 6
        assert "Die Zeile fehlt, die der Verlauf ergibt. Bitte ausführen: ikz --home" in said
    assert ikz("show", "IKZ-2026-0009")[0] == 3
    assert ikz("rebuild")[0] == 0
    assert ikz("show", KEY)[0] == 0


def test_a_version_set_back_by_hand_is_told(full: Home) -> None:
    tamper(
        full, of_state('"version":', '"version":1'), f"UPDATE proposal SET version = '1' || version WHERE key = '{KEY}'"
    )
    full.database.migrate()  # the guard rails are back
    head = head_of(full)
    with pytest.raises(HistoryBroken):
        records.add_contact(full, KEY, BOERDE, "Telefonat")
    assert head_of(full) == head


# ------------------------------------------------------------------------------------------------ lost tables
TABLES = ("event", "chain_head", "proposal", "party", "register", "disclosure", "blob", "definition", "alembic_version")


@pytest.mark.parametrize("table", TABLES)
def test_a_lost_table_is_told_by_every_command_with_the_same_remedy(full: Home, table: str) -> None:
    tamper(full, f"DROP TABLE {table}")
    before = (full.path / "ikz.db").read_bytes()
    for command in (work.listing, audit.verify, audit.rebuild, registers.init, audit.checkpoint):
        with pytest.raises(HistoryBroken, match="Sicherung zurückspielen") as caught:
            command(full)
        assert table in caught.value.row
    assert (full.path / "ikz.db").read_bytes() == before


def test_a_damaged_file_is_a_finding_whatever_command_meets_it(full: Home, ikz: Ikz) -> None:
    with (full.path / "ikz.db").open("r+b") as file:
        file.truncate(200_000)
    for command in (("verify",), ("list",), ("note", KEY, "x"), ("rebuild",)):
        code, said = ikz(*command)
        assert code == 6
        assert "Datenbankdatei: Sie ist beschädigt" in said
        assert "Bitte eine Sicherung zurückspielen." in said


@pytest.mark.parametrize("statement", ["DELETE FROM alembic_version", "INSERT INTO alembic_version VALUES ('0001')"])
def test_an_unclear_state_of_the_tables_is_told_by_every_command(full: Home, statement: str) -> None:
    tamper(full, statement)
    for command in (work.listing, registers.init, audit.verify):
        with pytest.raises(HistoryBroken, match="Sicherung zurückspielen"):
            command(full)


def test_every_sentence_of_a_broken_history_carries_a_remedy() -> None:
    assert "Sicherung zurückspielen" in str(HistoryBroken("Zeile", "Sie lügt.", "a", "b"))
    assert isinstance(HistoryBroken("Zeile", "Sie lügt."), IkzError)
