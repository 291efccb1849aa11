"""Every write, sync, rename and removal refused by the operating system in turn: one sentence, nothing lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crowd import SOAK
from homes import CHECKOUT, started

from ikz_workflow.services import registers
from ikz_workflow.services.home import Home, account

FAULTS = Path(__file__).parent / "faults"
COMMANDS = {
    "advance": "advance {key} suspend --note x --until 01.03.2099 --once 5e0b-1f9c",
    "document": "document create {key} guideline --output {out} --once 5e0b-1f9c",
    "new": "new Bauhof --department fb-23 --set summary=Hof --once 5e0b-1f9c",
    "set": "set {key} summary=" + "x" * 20_000 + " --once 5e0b-1f9c",
}


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library that refuses writes, compiled for this machine."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("es fehlt ein C-Übersetzer (cc) oder Linux")
    target = tmp_path_factory.mktemp("faults") / "faults.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(target), str(FAULTS / "faults.c"), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return target


def played(home: Home, shim: Path, command: str, code: int, lasting: bool, *, every: int) -> list[dict[str, Any]]:
    """Return what came of a command in each turn."""
    how = "lasting" if lasting else "once"
    words = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "faults.played", str(home.path.parent), str(code), how, str(every), *words],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("IKZ_")},
            "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(CHECKOUT / "tests")]),
            "LD_PRELOAD": str(shim),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


FULL, FAULT = (errno.ENOSPC, True), (errno.EIO, False)
CASES = [("advance", FAULT), ("document", FAULT), ("document", FULL)]
if SOAK:
    CASES = [(name, fault) for name in COMMANDS for fault in (FULL, FAULT)]


@pytest.mark.parametrize(("name", "fault"), CASES, ids=[f"{name}-{errno.errorcode[fault[0]]}" for name, fault in CASES])
def test_what_the_operating_system_refuses_is_told_in_one_sentence_and_the_repeated_command_settles_it(
    home: Home, shim: Path, name: str, fault: tuple[int, bool]
) -> None:
    registers.add_person(home, "Wer hier sitzt", account(), ["clerk"])
    started(home)
    home.database.close()
    whole, *turns = played(home, shim, COMMANDS[name], *fault, every=1 if SOAK else 16)
    assert (whole["code"], whole["wrong"], whole["settled"]) == (0, "", whole["after"]), whole
    assert {turn["call"] for turn in turns} >= {"create", "write", "fsync", "unlink"}
    refused = [turn for turn in turns if turn["code"]]
    for turn in turns:
        if turn in refused:
            assert (turn["code"], turn["out"], turn["err"].count("\n")) == (1, "", 1), turn
            assert "Traceback" not in turn["err"], turn
        else:  # SQLite does not need every sync of a folder
            assert (turn["call"], turn["after"]) == ("fsync", whole["after"]), turn
        assert turn["wrong"] == "", turn
        assert turn["after"] in (whole["before"], whole["after"]), turn
        if turn["after"] > turn["before"]:
            assert "nichts wurde geschrieben" not in turn["err"], turn
        assert (turn["again"], turn["settled"], turn["left"]) == (0, whole["after"], whole["left"]), turn
    assert len(refused) > len(turns) // 2
