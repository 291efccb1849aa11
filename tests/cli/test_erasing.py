"""Erasing and checkpoints as their users type them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Ikz, environment

SECRET = "Frau Ärmel-Muster"
BASIS = ("--basis", "Art. 17 Abs. 1 DSGVO")


@pytest.fixture
def key(home: Ikz) -> str:
    return home("new", "Bauhof", "--department", "FB 23", "--set", f"summary={SECRET}").stdout.split(":")[0]


def test_without_a_terminal_nothing_is_erased_unless_yes_is_said(home: Ikz, key: str, tmp_path: Path) -> None:
    assert "--yes" in home("erase", key, "summary", *BASIS, code=2).stderr
    assert SECRET in home("erase", key, "summary", *BASIS, "--dry-run").stdout
    home("document", "create", key, "guideline")
    done = home("erase", key, "summary", *BASIS, "--yes").stdout
    assert "Texte: 1, Dateien: 1" in done
    assert "Sicherungen" in done
    assert "documents" in done
    assert SECRET not in home("show", key).stdout + home("history", key, "--format", "json").stdout
    assert SECRET.encode() not in (tmp_path / "home" / "ikz.db").read_bytes()
    assert home("erase", key, "summary", *BASIS, "--yes").stdout == "Es ist nichts (mehr) zu löschen.\n"
    assert "gelöscht" in home("document", "show", key, "guideline", code=3).stderr
    home("verify")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own is a thing of Unix")
@pytest.mark.parametrize(("answer", "is_gone"), [("ja\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_it_asks_before_it_erases(
    home: Ikz, key: str, tmp_path: Path, answer: str, is_gone: bool
) -> None:
    import pty

    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(tmp_path / "home"), "erase", key, "summary", *BASIS]
    with subprocess.Popen(
        command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()
    ) as asked:
        os.write(controller, answer.encode())
        told, _none = asked.communicate(timeout=60)
    os.close(terminal)
    os.close(controller)
    assert "Unwiderruflich" in told.decode()
    assert (SECRET not in home("show", key).stdout) == is_gone


def test_a_person_is_erased_once_the_roles_are_gone(home: Ikz, key: str) -> None:
    home("person", "add", SECRET, "--account", "aermel", "--role", "clerk")
    assert "ikz" in home("person", "erase", "aermel", *BASIS, "--yes", code=4).stderr
    home("person", "revoke", SECRET, "clerk")
    home("person", "erase", "aermel", *BASIS, "--yes")
    assert "aermel" not in home("person", "list").stdout
    home("verify")


def test_a_key_a_checkpoint_and_the_auditors_own_checker_go_together(home: Ikz, key: str, tmp_path: Path) -> None:
    folder = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "LOCALAPPDATA": str(tmp_path / "config")}
    point, lines = tmp_path / "p.txt", tmp_path / "v.jsonl"
    assert "nicht unterschrieben" in home("checkpoint", "export", **folder).stderr
    public = home("checkpoint", "key", **folder).stdout.strip()
    assert public == home("checkpoint", "key", **folder).stdout.strip()
    home("checkpoint", "export", str(point), **folder)
    home("note", key, "Weiter")
    told = home("verify", "--checkpoint", str(point), "--key", public).stdout
    assert "Unterschrift gültig" in told
    assert "bleibt offen" in told
    home("export", "history", str(lines))
    script = Path(__file__).parents[2] / "docs" / "pruefer.py"
    command = [sys.executable, "-I", str(script), str(lines), str(point)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    point.write_text(point.read_text(encoding="utf-8").split("\n\n")[0] + "\n", encoding="utf-8")
    assert "nicht unterschrieben" in home("verify", "--checkpoint", str(point), "--key", public, code=6).stderr
    assert home("checkpoint", "export", str(point), code=2).stderr
