"""Whatever a hand changes in whatever row: verify finds it, and no command breaks over it."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from homes import closing_connection, copy_of, started, unguarded, walk
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_verify import forge, rows

from ikz_workflow.cli import app
from ikz_workflow.errors import HistoryBroken, IkzError
from ikz_workflow.services import audit, proposals, records
from ikz_workflow.services.home import Home

WANTED = os.environ.get("IKZ_FUZZ_EXAMPLES")  # make fuzz wants more, and others each time
TRIES = settings(max_examples=int(WANTED or "25"), derandomize=not WANTED)
KEY = "IKZ-2026-0001"
NONSENSE: tuple[Any, ...] = (
    "2026-02-30", "0000-00-00", "2026-13", "x", "", "ü" * 5, -1, 0, 7, 10**25, True, None, [], {}, ["x"], {"x": 1}, 0.5,
    "c:" + "0" * 64, "0" * 64, "2026-02-30T25:00:00.000000Z", "\u202e", "\x00", "9" * 400,
)  # fmt: skip
COMMANDS = (("list",), ("show", KEY), ("status", KEY), ("gates", KEY), ("history",), ("history", KEY), ("today",),
            ("board",), ("document", "list", KEY), ("organisation", "list"), ("person", "list"))  # fmt: skip


@pytest.fixture(scope="module")
def lived_in(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with a bit of everything; it is only ever copied."""
    home = copy_of(first_home, tmp_path_factory.mktemp("lived-in"))
    walk(home, started(home), "council-vote")
    records.decide(home, KEY, "council", "landkreis-boerde", "adopted", votes="40:1:2")
    records.add_milestone(home, KEY, "Erste Pflanzung", due="2027-03")
    other = started(home, "Winterdienst")
    proposals.advance(home, other, "suspend", note="Gesetz abwarten", until="2027-03-01")
    home.database.close()
    return home


def run(home: Home, *words: str) -> tuple[int, str]:
    """Run a command line in this process; anything but an exit code is a failure of the test."""
    before, said = sys.argv, io.StringIO()
    sys.argv = ["ikz", "--home", str(home.path), *words]
    try:
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as left:
            app.run()
    finally:
        sys.argv = before
    return int(str(left.value.code or 0)), said.getvalue()


def cells(home: Home) -> list[tuple[str, str, int]]:
    """Return every cell of the database as table, column, rowid."""
    with closing_connection(home.path / "ikz.db") as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            (name, column[1], rowid)
            for name in names
            for column in connection.execute(f"PRAGMA table_info({name})").fetchall()
            for (rowid,) in connection.execute(f"SELECT rowid FROM {name}").fetchall()
        ]


def put(home: Home, table: str, column: str, rowid: int, value: object) -> bool:
    """Write a value into a cell; tell whether the database took it and holds another one now."""
    with unguarded(home) as connection:
        read = f"SELECT {column}, typeof({column}) FROM {table} WHERE rowid = ?"
        before = connection.execute(read, (rowid,)).fetchone()
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
        except (sqlite3.IntegrityError, OverflowError):  # taken already, no number, not without a value
            return False
        found = connection.execute(f"SELECT rowid FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        return found is None or connection.execute(read, (rowid,)).fetchone() != before


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the ways to every value inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(way for name, one in inside for way in leaves(one, (*path, name)))]


def planted(value: Any, way: tuple[str | int, ...], new: Any) -> Any:
    """Return a JSON value with another one at a place."""
    if not way:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = planted(value[way[0]], way[1:], new)
    return copy


def text_of(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@st.composite
def changes(draw: st.DrawFn, home: Home) -> tuple[str, str, int, object]:
    """Draw a cell and what stands in it afterwards: a bit flipped, a value inside it replaced, anything at all."""
    every = cells(home)
    table = draw(st.sampled_from(sorted({table for table, _column, _rowid in every})))
    table, column, rowid = draw(st.sampled_from([cell for cell in every if cell[0] == table]))
    with closing_connection(home.path / "ikz.db") as connection:
        [old] = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
    how = draw(st.sampled_from(["flip", "inside", "anything", "cut"]))
    if how == "inside" and column in ("payload", "state"):
        value = json.loads(old)
        way = draw(st.sampled_from(leaves(value)))
        return table, column, rowid, text_of(planted(value, way, draw(st.sampled_from(NONSENSE))))
    if how == "anything" or old in ("", b""):
        return (
            table,
            column,
            rowid,
            draw(st.one_of(st.integers(-(2**63), 2**63 - 1), st.text(), st.binary(), st.floats())),
        )
    raw = old if isinstance(old, bytes) else str(old).encode()
    at = draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] if how == "cut" else raw[:at] + bytes([raw[at] ^ 1 << draw(st.integers(0, 7))]) + raw[at + 1 :]
    if isinstance(old, bytes):
        return table, column, rowid, changed
    text = changed.decode("utf-8", errors="surrogateescape")
    return table, column, rowid, text if text.isprintable() else changed


def test_whatever_is_changed_in_a_row_verify_finds_it_and_no_command_breaks(lived_in: Home) -> None:
    @TRIES
    @given(changes(lived_in), st.sampled_from(COMMANDS))
    def try_it(change: tuple[str, str, int, object], command: tuple[str, ...]) -> None:
        with TemporaryDirectory() as folder:
            home = copy_of(lived_in, Path(folder))
            if put(home, *change):
                with pytest.raises(IkzError if change[0] == "alembic_version" else HistoryBroken):
                    audit.verify(home)
                home.database.close()
                code, said = run(home, *command)
                assert code in (0, 1, 3, 4, 6), said

    try_it()


def test_a_value_forged_into_the_history_never_breaks_a_command(lived_in: Home) -> None:
    """The forger knows everything: chain, positions and stored rows are made right as far as they can be."""
    payloads = [payload for _seq, _subject, _version, payload in rows(lived_in)]
    count = len(payloads)
    ways = [(place, way) for place, one in enumerate(payloads) for way in leaves(one["what"], ("what",))]
    ways += [(place, (name,)) for place in range(count) for name in ("on", "at", "actor", "note", "definition")]

    @TRIES
    @given(st.sampled_from(ways), st.sampled_from(NONSENSE), st.sampled_from(COMMANDS))
    @example(ways[-1], "2026-02-30", ("history",))
    def try_it(place_and_way: tuple[int, tuple[str | int, ...]], new: Any, command: tuple[str, ...]) -> None:
        place, way = place_and_way

        def plant(known: list[dict[str, Any]]) -> None:
            known[place] = planted({"note": None, **known[place]}, way, new)
            if known[place].get("note") is None:
                known[place].pop("note", None)

        with TemporaryDirectory() as folder:
            home = copy_of(lived_in, Path(folder))
            try:
                forge(home, plant)
            except (sqlite3.Error, OverflowError, TypeError, KeyError):  # not even the columns of the row could hold it
                return
            with suppress(HistoryBroken):
                audit.rebuild(home)
            home.database.close()
            for words in (command, ("verify",)):
                code, said = run(home, *words)
                assert code in (0, 1, 3, 4, 6), said

    try_it()
