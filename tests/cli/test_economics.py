"""A clerk asks whether a proposal pays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cli.conftest import KEY, Ikz, environment


def test_the_demo_shows_a_whole_calculation(played: tuple[Path, str]) -> None:
    home, _printed = played
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(home), "economics", KEY]

    def run(*more: str) -> str:
        done = subprocess.run([*command, *more], env=environment(), capture_output=True, encoding="utf-8", check=True)
        return done.stdout

    text, found = run(), json.loads(run("--format", "json"))
    assert "[Beispiel]" in text.splitlines()[0]
    assert "um 112.537,15 Euro" in " ".join(text.split())
    assert "Noch anzugeben" not in text
    assert {"key", "verdict", "years", "rate", "lines", "limits", "missing"} <= found.keys()
    assert found["lines"][0]["value"] == 11_253_715
    assert run("--format", "csv").splitlines()[1].startswith("Seite;Landeshauptstadt Magdeburg;96.000,00;78.000,00;")


def test_what_is_missing_is_named_with_the_command_that_asks_it(home: Ikz) -> None:
    key = home("new", "Bauhof", "--department", "FB 23", "--set", "cost-today=1.000").stdout.split(":")[0]
    told = home("economics", key).stdout
    assert "noch offen" in told
    assert "Zinssatz in Prozent" in told
    assert f"fill {key} --field cost-joint --field cost-once" in told
    refused = home("set", key, "partner-costs=Landkreis Börde | 12.500,00 € | zirka 9000 | –", code=2).stderr
    assert "Zeile 1, Spalte „Kosten gemeinsam je Jahr in Euro“" in refused
    home("set", key, "partner-costs=Landkreis Börde | 12.500,00 € | 9000 | –")
    assert "3.500,00" in home("economics", key).stdout


def test_a_workflow_that_asks_no_costs_says_so(home: Ikz) -> None:
    key = home("new", "Leitstelle", "--department", "I/01", "--workflow", "nacherfassung").stdout.split(":")[0]
    assert "fragt nicht nach Kosten" in home("economics", key).stdout


def test_no_amount_is_broken_where_the_terminal_is_narrow(played: tuple[Path, str]) -> None:
    command = [sys.executable, "-m", "ikz_workflow", "--home", str(played[0]), "economics", KEY]
    done = subprocess.run(command, env=environment(COLUMNS="80"), capture_output=True, encoding="utf-8", check=True)
    words = done.stdout.split()
    assert "18.000,00" in words
    assert not [word for word in words if word.startswith((".", ","))]
    assert max(map(len, done.stdout.splitlines())) <= 80
