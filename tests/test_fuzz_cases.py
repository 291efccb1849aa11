"""What fuzzing starts from, and what it once found, is read or refused; `make fuzz` searches for more."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from fuzz.targets import CASES, TARGETS, seeds
from homes import CHECKOUT

KNOWN = [(name, path.name) for name in TARGETS for path in sorted((CASES / name).glob("*-*"))]


@pytest.mark.parametrize("name", TARGETS)
def test_good_bytes_and_some_bent_ones_are_read_or_refused(name: str) -> None:
    chance = random.Random(17)
    for seed in seeds(name):
        TARGETS[name](seed)
        for _ in range(2):
            bent = bytearray(seed)
            for _ in range(chance.randint(1, 4)):
                place = chance.randrange(len(bent))
                bent[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            TARGETS[name](bytes(bent))


@pytest.mark.parametrize(("name", "case"), KNOWN)
def test_what_fuzzing_once_found_is_read_or_refused(name: str, case: str) -> None:
    TARGETS[name]((CASES / name / case).read_bytes())


@pytest.mark.skipif(shutil.which("make") is None, reason="make fuzz is for developers, on Linux")
def test_a_target_that_breaks_keeps_no_other_from_being_searched(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"  # stands for the interpreter: two targets break
    python.parent.mkdir()
    python.write_text('#!/bin/sh\necho "$@"\ncase "$3" in survey|document) exit 77;; esac\n')
    python.chmod(0o755)
    (tmp_path / "developed").touch()
    command = ["make", "fuzz", f"VENV={os.path.relpath(tmp_path, CHECKOUT)}", "SECONDS=1"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, encoding="utf-8")
    assert [line for line in done.stdout.splitlines() if line.startswith("-m ")] == [
        "-m pip install --quiet atheris",
        *(f"-m fuzz {target} 1" for target in TARGETS),
        "-m pytest tests/test_tampering.py",
    ]
    assert "Broken: survey document\n" in done.stderr
    assert done.returncode == 2
