"""Run `ikz` as its users do: as a process of its own, in a home of its own."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ikz_workflow.cli import app

KEY = f"IKZ-{date.today().year}-0001"  # what the first proposal of a home is called: commands run by the real clock
Ikz = Callable[..., subprocess.CompletedProcess[str]]
Typed = Callable[[Path, str], tuple[int, str]]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IKZ_")}
    return {**kept, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", **changes}


@pytest.fixture
def ikz(tmp_path: Path) -> Ikz:
    """Run a command in the test's folder and home, and return what became of it; `code` is the exit code expected."""

    def run(*arguments: str, code: int | None = 0, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment(**changes),
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
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


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Play the demo once; return its folder, which is only read or copied, and what it printed."""
    folder = tmp_path_factory.mktemp("played")
    command = [sys.executable, "-m", "ikz_workflow", "demo"]
    done = subprocess.run(
        command, cwd=folder, env=environment(COLUMNS="80"), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return folder / "ikz-demo", done.stdout


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run a typed line in a home within this process, for stories of many lines; return exit code and output."""
    for name in [name for name in os.environ if name.startswith("IKZ_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")

    def run(home: Path, line: str) -> tuple[int, str]:
        program, *words = shlex.split(line)
        assert program == "ikz"
        monkeypatch.setattr(sys, "argv", ["ikz", "--home", str(home), *words])
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as left:
            app.run()
        return int(left.value.code or 0), said.getvalue()

    return run


def data(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)
