"""The auditor's own checker, which knows nothing of ours, agrees with `ikz verify` on chain, order and checkpoints."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from homes import CHECKOUT, Clock, amend, closing_connection, copy_of, home_at, kept, started, tamper, walk
from hypothesis import given, settings
from hypothesis import strategies as st
from test_verify import cut, forge, weaken

from ikz_workflow.errors import HistoryBroken
from ikz_workflow.history import Head, Row
from ikz_workflow.services import audit, keeping, proposals, registers
from ikz_workflow.services.anchors import Comparison
from ikz_workflow.services.home import Home

SCRIPT = CHECKOUT / "docs" / "pruefer.py"
KEY = "IKZ-2026-0001"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pruefer", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pruefer: Any = _loaded()


@pytest.fixture(scope="module")
def full_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = copy_of(first_home, tmp_path_factory.mktemp("pruefer"))
    walk(home, started(home), "partner-contacted")
    started(home, "Ümläute „und“ 👩‍👩‍👧")
    home.database.close()
    return home


@pytest.fixture
def full(full_home: Home, tmp_path: Path) -> Home:
    return copy_of(full_home, tmp_path / "full")


def agree(home: Home, *points: str) -> bool:
    """Return whether both find nothing; they must agree, and ours must not even hand out what has no readable end."""
    ours, theirs = True, True
    try:
        audit.verify(home, kept(*((str(number), point) for number, point in enumerate(points))))
    except HistoryBroken:
        ours = False
    target = home.path / "verlauf.jsonl"
    try:
        keeping.export_history(home, target)
        with target.open("rb") as lines:
            pruefer.check(lines, [pruefer.read_checkpoint(point.encode(), "p") for point in points])
    except (HistoryBroken, pruefer.Finding):
        theirs = False
    assert ours == theirs
    return ours


def test_it_is_one_short_file_of_the_standard_library_alone() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 150
    imported = {node.module if isinstance(node, ast.ImportFrom) else alias.name for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}  # fmt: skip
    assert {str(name).split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_honest_history_holds_for_both_with_every_checkpoint_of_its_life(full: Home) -> None:
    points = [str(audit.checkpoint(full))]
    proposals.add_note(full, KEY, "Weiter")
    assert agree(full, *points, str(audit.checkpoint(full)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET payload = replace(payload, 'clerk', 'klerk') WHERE seq = 66",
        "UPDATE event SET payload = payload || ' ' WHERE seq = 66",
        "UPDATE event SET payload = CAST(payload AS BLOB) WHERE seq = 70",
        "UPDATE event SET hash = substr(hash, 2) || substr(hash, 1, 1) WHERE seq = 3",
        "UPDATE event SET prev_hash = replace(prev_hash, 'a', 'b') WHERE seq = 68",
        "UPDATE event SET at = replace(at, '2026', '2025') WHERE seq = 68",
        "UPDATE event SET subject = 'IKZ-2026-0002' WHERE seq = 68",
        "UPDATE event SET version = version + 100 WHERE seq = 68",
        "UPDATE event SET seq = seq + 1000 WHERE seq = 68",
        "UPDATE event SET seq = 0 WHERE seq = 1",
        "DELETE FROM event WHERE seq = 1",
        "DELETE FROM event WHERE seq = 68",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
        "DELETE FROM event",
        "INSERT INTO event SELECT max(seq) + 1, 'x', 1, at, payload, hash, hash FROM event",
        "UPDATE chain_head SET seq = seq - 1",
        f"UPDATE chain_head SET hash = '{'0' * 64}'",
        f"UPDATE chain_head SET log_id = '{'0' * 32}'",
        "UPDATE chain_head SET log_id = 'ö'",
        "DELETE FROM chain_head",
    ],
)
def test_both_find_a_byte_changed_a_row_gone_and_an_end_that_lies(full: Home, statement: str) -> None:
    point = str(audit.checkpoint(full))
    tamper(full, statement)
    assert not agree(full)
    assert not agree(full, point)


@pytest.mark.parametrize("column", ["payload", "hash", "at", "prev_hash"])
def test_both_find_two_cells_swapped(full: Home, column: str) -> None:
    with closing_connection(full.path / "ikz.db") as connection:
        (one,), (other,) = connection.execute(
            f"SELECT {column} FROM event WHERE seq IN (65, 70) ORDER BY seq"
        ).fetchall()
    update = f"UPDATE event SET {column} = ? WHERE seq = ?"
    tamper(full, (update, (other, 65)), (update, (one, 70)))
    assert not agree(full)


def test_both_pass_a_history_written_anew_and_both_tell_it_by_a_checkpoint(voting: Home) -> None:
    from homes import BOERDE

    from ikz_workflow.services import records

    records.decide(voting, KEY, "council", BOERDE, "adopted-amended", votes="40:1:2", reference="DS0438/26")
    amend(voting, KEY)
    point = str(audit.checkpoint(voting))
    forge(voting, weaken)
    audit.rebuild(voting)
    assert agree(voting)
    assert not agree(voting, point)


def test_both_pass_a_tail_cut_off_and_both_tell_it_by_a_checkpoint(full: Home) -> None:
    before = str(audit.checkpoint(full))
    proposals.add_note(full, KEY, "Wird verschwinden")
    point = str(audit.checkpoint(full))
    cut(full, 1)
    assert agree(full, before)
    assert not agree(full, before, point)


def test_both_refuse_the_checkpoint_of_another_log(full: Home, tmp_path: Path) -> None:
    other = home_at(tmp_path / "other", now=Clock())
    registers.init(other)
    assert not agree(full, str(audit.checkpoint(other)))


# ------------------------------------------------------------------------------------------------ any change at all
@pytest.fixture(scope="module")
def lines(full_home: Home, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    target = tmp_path_factory.mktemp("lines") / "verlauf.jsonl"
    keeping.export_history(full_home, target)
    full_home.database.close()
    return [json.loads(line) for line in target.read_bytes().splitlines()]


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_done_to_the_rows_both_say_the_same(lines: list[dict[str, Any]], data: st.DataObject) -> None:
    from ikz_workflow.checkpoints import Tree
    from ikz_workflow.history import follow
    from ikz_workflow.services.anchors import Anchor

    head, rows = dict(lines[0]), [dict(row) for row in lines[1:]]
    place = data.draw(st.integers(0, len(rows) - 1), "size")
    tree = Tree()
    for row in rows[:place]:
        tree.add(row["payload"].encode())
    point = Anchor("p", "checkpoint", place, head["log"], root=tree.root())
    for _ in range(data.draw(st.integers(0, 2), "changes")):
        at = data.draw(st.integers(0, len(rows) - 1), "row")
        match data.draw(st.sampled_from(["flip", "drop", "swap", "twice", "tail", "number"]), "change"):
            case "flip":
                name = data.draw(st.sampled_from(["subject", "at", "payload", "prev_hash", "hash"]))
                letter = data.draw(st.integers(0, len(rows[at][name]) - 1))
                new = data.draw(st.characters(exclude_categories=["Cs"]))
                rows[at][name] = rows[at][name][:letter] + new + rows[at][name][letter + 1 :]
            case "drop":
                del rows[at]
            case "swap":
                rows[at], rows[at - 1] = rows[at - 1], rows[at]
            case "twice":
                rows.insert(at, dict(rows[at]))
            case "tail":
                rows = rows[: at + 1]
                head |= {"seq": rows[-1]["seq"], "hash": rows[-1]["hash"]}
            case "number":
                rows[at][data.draw(st.sampled_from(["seq", "version"]))] += data.draw(st.sampled_from([-1, 1]))
    ours, theirs = True, True
    try:
        comparison, last = Comparison([point], head["log"]), 0
        for row, _record in follow([Row(**row) for row in rows], Head(head["log"], head["seq"], head["hash"])):
            comparison.row(row)
            last = row.seq
        comparison.finish(last)
    except HistoryBroken:
        ours = False
    try:
        pruefer.check([json.dumps(line).encode() for line in [head, *rows]], [("p", head["log"], place, tree.root())])
    except pruefer.Finding:
        theirs = False
    assert ours == theirs


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_whatever_the_file_holds_it_never_crashes(lines: list[bytes]) -> None:
    for head in ([], [b'{"form":"ikz-history-export-v1","log":"%s","seq":0,"hash":""}' % (b"a" * 32)]):
        with pytest.raises((ValueError, pruefer.Finding)):
            pruefer.check([*head, *lines, b"[]"])


# ------------------------------------------------------------------------------------------------ as its users run it
def run(*arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8", "PATH": ""})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_it_says_in_german_what_it_found_and_leaves_with_its_code(full: Home, tmp_path: Path) -> None:
    file, point = tmp_path / "verlauf.jsonl", tmp_path / "p.txt"
    keeping.signing_key(full, tmp_path / "k.key")
    point.write_bytes(keeping.export(full, tmp_path / "k.key").text.encode())
    keeping.export_history(full, file)
    assert run(file, point)[0] == 0
    assert "Der Verlauf stimmt" in run(file, point)[1]
    assert "Prüfpunkt" in run(file, point)[1]
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"centre", b"center", 1))
    assert run(file, point)[0] == 1
    assert "Eintrag 1: Der Eintrag passt nicht zu seiner Prüfsumme." in run(file)[1]
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert "endet anders" in run(file)[1]
    assert run(tmp_path / "fehlt")[0] == run(SCRIPT)[0] == run(file, SCRIPT)[0] == run()[0] == 2
