"""The wheel holds all that is needed: installed into a clean environment, it plays the demo."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IKZ_", "PYTHON"))}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=kept, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_installed_into_a_clean_environment_plays_the_demo(tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    wheel = next(tmp_path.glob("*.whl"))
    venv.create(tmp_path / "clean", with_pip=True)
    programs = tmp_path / "clean" / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    run(programs / "ikz", "demo", cwd=tmp_path)
    written = {path.name.split("-", 3)[3].rsplit("-", 1)[0] for path in (tmp_path / "ikz-demo").rglob("*.docx")}
    assert {"handlungsleitfaden", "anschreiben-an-den-partner", "zweckvereinbarung", "beschlussvorlage"} <= written
    run(programs / "ikz", "--home", tmp_path / "ikz-demo", "verify", cwd=tmp_path)
    assert "kooperation" in run(programs / "python", "-m", "ikz_workflow", "workflow", "list", cwd=tmp_path)
