"""Play a command again and again in copies of a home, each time with another write refused by the operating system.

Run as a program, with `faults.so` preloaded: `played.py FOLDER CODE once|lasting EVERY COMMAND…`; `{key}` and `{out}`
in the command are the proposal and an empty folder. Every so many of the writes are refused, and whatever else there
is, syncs, renames, removals, in any case. It prints a line of JSON for each turn.
"""

from __future__ import annotations

import ctypes
import io
import json
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from homes import closing_connection, home_at

from ikz_workflow.cli import app
from ikz_workflow.errors import IkzError
from ikz_workflow.services import audit

KEY = "IKZ-2026-0001"
KINDS = ("create", "write", "fsync", "truncate", "unlink", "rename")


def run(home: Path, words: list[str]) -> tuple[int, str, str]:
    """Run a command within this process; return exit code, output and what was said of errors."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["ikz", "--home", str(home), *words]
    with redirect_stdout(out), redirect_stderr(err):
        try:
            app.run()
        except SystemExit as left:
            return int(left.code or 0), out.getvalue(), err.getvalue()
        except BaseException as bug:
            return 99, out.getvalue(), f"Traceback {bug!r}"
    return 98, out.getvalue(), err.getvalue()


def head(home: Path) -> int:
    """Return how many entries there are, read with the driver alone."""
    with closing_connection(home / "ikz.db") as connection:
        return int(connection.execute("SELECT count(*) FROM event").fetchone()[0])


def proven(home: Path) -> str:
    """Return what is wrong with a home's history, "" for nothing."""
    opened = home_at(home, "meier")
    try:
        audit.verify(opened)
    except IkzError as error:
        return str(error)
    finally:
        opened.database.close()
    return ""


def main(folder: Path, code: int, lasting: bool, every: int, command: list[str]) -> None:
    """Play the command undisturbed, then with one call after the other refused."""
    shim = ctypes.CDLL(None)
    shim.fault_arm.argtypes = [ctypes.c_char_p, ctypes.c_char, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    for kind in ("-", *KINDS):
        number = 1
        while True:
            place = folder / "turn"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder / "home", place / "home")
            (place / "out").mkdir()
            words = [word.format(key=KEY, out=place / "out") for word in command]
            before = head(place / "home")
            shim.fault_arm(str(place).encode(), kind[0].encode(), number, code, int(lasting))
            left, out, err = run(place / "home", words)
            if not shim.fault_disarm() and kind != "-":
                break
            turn = {
                "call": kind, "number": number, "code": left, "out": out, "err": err,
                "before": before, "after": head(place / "home"), "wrong": proven(place / "home"),
                "again": run(place / "home", words)[0], "settled": head(place / "home"),
                "left": sorted(path.name for path in (place / "out").iterdir()),
            }  # fmt: skip
            print(json.dumps(turn), flush=True)
            if kind == "-":
                break
            number += every if kind == "write" else 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "lasting", int(sys.argv[4]), sys.argv[5:])
