"""Every row of the mission works: the commands of `docs/mission.md` are typed, and say what the page says they say."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from homes import CHECKOUT

from cli.conftest import Typed

PAGE = (CHECKOUT / "docs" / "mission.md").read_text(encoding="utf-8").replace("IKZ-2026-", f"IKZ-{date.today().year}-")
INTRODUCTION, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"Datei `([^`]+)`")


def plain(text: str) -> str:
    """Return a text with every stretch of blanks as one."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def home(played: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the folder of the demo; every row of the page adds to it."""
    return Path(shutil.copytree(played[0], tmp_path_factory.mktemp("mission") / "ikz-demo"))


def test_all_eighteen_rows_are_told_and_shown() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\]\(#(\S+)\) \|$", INTRODUCTION, re.MULTILINE)
    assert [int(number) for number, _anchor in rows] == list(range(1, 19))
    anchors = [section.split("\n")[0].lower().replace(" ", "-") for section in SECTIONS]
    assert [anchor for _number, anchor in rows] == anchors


@pytest.mark.parametrize("section", SECTIONS, ids=[section.split("\n")[0] for section in SECTIONS])
def test_the_commands_of_a_row_say_what_the_page_says(
    section: str, home: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.parent)
    shown = 0
    for kind, block in _BLOCK.findall(section):
        if kind == "csv":
            (name,) = _FILE.findall(section)
            Path(name).write_text(block, encoding="utf-8")
            continue
        for step in block.removeprefix("$ ").split("\n$ "):
            line, *excerpts = step.strip().split("\n")
            code, said = typed(home, line)
            assert code == 0, f"{line}\n{said}"
            assert excerpts, f"„{line}“ zeigt nichts."
            for excerpt in excerpts:
                assert plain(excerpt) in plain(said), f"{line}\n{said}"
            shown += 1
    assert shown
