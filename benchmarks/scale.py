"""Ask large registers what people ask daily, against sqlite3 reading the same rows.

`python -m benchmarks.scale DIR…` measures homes that `benchmarks.generate` made: the growth curve, and how much memory
the same questions take as whole processes.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.generate import generate
from benchmarks.measuring import cost_of, in_turns
from benchmarks.table import Line, duration, laid_out, machine
from ikz_workflow.services import proposals, reports, tasks, timeline, work
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter

PAGE = 50
_PAGE = (
    "SELECT proposal.key, state, value FROM proposal JOIN disclosure ON commitment = title "
    "WHERE {where} ORDER BY proposal.key LIMIT 50"
)
_PARTNER, _DEPARTMENT = "kid-magdeburg-gmbh", "fb-23"
_DAY = "'2026-01-01'"


class Question(Struct, frozen=True):
    """What is asked of a home, and the statement that reads the same rows; `parsed` is the column that is JSON,
    `also` a second statement whose rows belong to it; a register of more than `most` proposals is not asked."""

    what: str
    ours: Callable[[Home], object]
    statement: str
    parsed: int = 1
    also: str = ""
    target: str = ""
    most: int = 10**9


def _listed(wanted: Filter) -> Callable[[Home], object]:
    return lambda home: work.page(home, wanted, limit=PAGE)


QUESTIONS = (
    Question("list, the first 50", _listed(Filter()), _PAGE.format(where="true")),
    Question(
        "list --department, the first 50",
        _listed(Filter(department=_DEPARTMENT)),
        _PAGE.format(where=f"department = '{_DEPARTMENT}'"),
        target="≤ 2 ×",
    ),
    Question(
        "list --stage --open, the first 50",
        _listed(Filter(stage="idea", state="open")),
        _PAGE.format(where="stage = 'idea' AND ended = 0"),
        target="≤ 2 ×",
    ),
    Question(
        "list --partner, the first 50",
        _listed(Filter(partner=_PARTNER)),
        _PAGE.format(where=f"proposal.key IN (SELECT key FROM party WHERE organisation = '{_PARTNER}')"),
        target="≤ 2 ×",
    ),
    Question(
        "list --due-before, the first 50",
        _listed(Filter(due_before="2026-01-01")),
        _PAGE.format(where=f"due < {_DAY}"),
        target="≤ 2 ×",
    ),
    Question(
        "list --text, a word that nowhere stands",
        _listed(Filter(text="unauffindbar")),
        "SELECT subject FROM disclosure WHERE value LIKE '%unauffindbar%'",
        parsed=-1,
    ),
    Question(
        "list --happened, the first 50 of one month",
        lambda home: work.page(home, limit=PAGE, happened="2021-05"),
        'SELECT DISTINCT subject FROM event WHERE payload LIKE \'%"on":"2021-05%\' LIMIT 50',
        parsed=-1,
    ),
    Question("today, of a clerk of one department", lambda home: tasks.today(home.acting_as("clerk-1")), ""),
    Question(
        "board, 20 of each stage",
        lambda home: work.board(home, limit=20),
        "SELECT key, state FROM proposal WHERE ended = 0",
    ),
    Question(
        "history of one",
        lambda home: timeline.history(home, _middle(home)),
        "SELECT seq, payload FROM event WHERE subject = '{middle}' ORDER BY version",
        also="SELECT commitment, value FROM disclosure WHERE subject = '{middle}'",
        target="≤ 2 ×",
    ),
    Question(
        "history, 50 entries in the middle",
        lambda home: timeline.page(home, after=_size(home) // 2, limit=PAGE),
        "SELECT seq, payload FROM event WHERE seq > {half} ORDER BY seq LIMIT 50",
    ),
    Question(
        "status of one",
        lambda home: proposals.outlook(home, _middle(home)),
        "SELECT key, state FROM proposal WHERE key = '{middle}'",
    ),
    Question(
        "annual report",
        lambda home: reports.annual(home, "2025"),
        "SELECT seq, payload FROM event ORDER BY seq",
        target="10,000: ≤ 10 s",
        most=20_000,  # beyond, the movements of a year fill more pages than a document may have
    ),
)


def lines(folder: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the lines of a register of a thousand proposals; larger ones take too long to make for every run."""
    home = generate(folder / "large", 200 if quick else 1_000)
    yield from of_home(home)


def of_home(home: Home) -> Iterator[Line]:
    """Yield a line for each question to a home."""
    with closing(sqlite3.connect(home.path / "ikz.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM proposal").fetchone()
        for asked in QUESTIONS:
            if count > asked.most:
                continue
            statement, also = (_placed(home, text) for text in (asked.statement or _OWN, asked.also))
            theirs = _read(connection, statement, asked.parsed, also)
            once = cost_of(lambda asked=asked: asked.ours(home)).cpu  # type: ignore[misc]
            rounds = 15 if once < 0.1 else 1 if once > 2 else 3
            ours, raw = in_turns(lambda asked=asked: asked.ours(home), theirs, rounds)  # type: ignore[misc]
            bare, _same = in_turns(_read(connection, statement, -1, also), lambda: None, rounds)
            measured = f"rows alone {duration(bare.cpu)}"
            yield Line(f"{count:,}: {asked.what}", "sqlite3 and json", ours, raw, measured, asked.target)


_OWN = (
    "SELECT key, state FROM proposal WHERE ended = 0 AND (department = 'fb-23' OR key IN (SELECT subject "
    "FROM disclosure WHERE field = 'clerk' AND value = 'p-0002'))"
)


def _placed(home: Home, statement: str) -> str:
    return statement.format(middle=_middle(home), half=_size(home) // 2)


def _read(connection: sqlite3.Connection, statement: str, parsed: int, also: str = "") -> Callable[[], object]:
    def work() -> list[Any]:
        rows = connection.execute(statement).fetchall()
        if also:
            connection.execute(also).fetchall()
        return [json.loads(row[parsed]) for row in rows] if parsed >= 0 else rows

    return work


_keys: dict[Path, str] = {}


def _middle(home: Home) -> str:
    """Return the key of a proposal in the middle of the register."""
    if home.path not in _keys:
        with closing(sqlite3.connect(home.path / "ikz.db")) as connection:
            place = "SELECT key FROM proposal ORDER BY key LIMIT 1 OFFSET (SELECT count(*) / 2 FROM proposal)"
            (_keys[home.path],) = connection.execute(place).fetchone()
    return _keys[home.path]


def _size(home: Home) -> int:
    """Return how many events there are."""
    with home.ready.reading(home.now()) as tx:
        return tx.head.seq


WHOLE = (  # as whole processes
    ("list", "--limit", "50"),
    ("list", "--text", "unauffindbar"),
    ("list", "--happened", "2021-05", "--limit", "50"),
    ("board", "--limit", "20"),
    ("today", "--limit", "50"),
    ("history", "--limit", "50"),
    ("history", "{middle}"),
    ("status", "{middle}"),
)


# What the system tells of a child's peak includes this process, as it was when it made the child; so the child tells.
_TELLING = """
import atexit, re, sys
from pathlib import Path
from ikz_workflow.cli import main
peak = re.compile(r"VmHWM:\\s+(\\d+)")
atexit.register(lambda: print(peak.search(Path("/proc/self/status").read_text())[1], file=sys.stderr))
main()
"""


def _peak(home: Home, *arguments: str) -> int:
    """Return how much memory a command takes at most, in MB (Linux only)."""
    command = [sys.executable, "-c", _TELLING, "--home", str(home.path), *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.split()[-1]) // 1024


def main() -> None:
    """Measure the homes named and print one table, and the memory of whole processes."""
    found = []
    homes = [Home(Path(name), Path(name) / "ikz.db", None) for name in sys.argv[1:]]
    for home in homes:
        for line in of_home(home):
            print(f"… {line.what}", file=sys.stderr)
            found.append(line)
    print(machine())
    print(laid_out(found))
    for arguments in WHOLE:
        peaks = (_peak(home, *(word.format(middle=_middle(home)) for word in arguments)) for home in homes)
        print(f"ikz {' '.join(arguments)}:", ", ".join(f"{peak} MB" for peak in peaks))


if __name__ == "__main__":
    main()
