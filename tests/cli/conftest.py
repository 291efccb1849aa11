"""Run `ikz` as its users do: as a process of its own, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ikz = Callable[..., subprocess.CompletedProcess[str]]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IKZ_")}
    return {**kept, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", **changes}


@pytest.fixture
def ikz(tmp_path: Path) -> Ikz:
    """Run a command in the test's home and return what became of it; `code` is the exit code expected."""

    def run(*arguments: str, code: int | None = 0, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), *arguments]
        done = subprocess.run(
            command, env=environment(**changes), capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def home(ikz: Ikz) -> Ikz:
    """A home that is set up."""
    ikz("init")
    return ikz


def data(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)
