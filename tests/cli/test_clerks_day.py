"""A clerk's day: she edits in Word, files, changes a field, creates again, and nothing of hers is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document
from homes import BOERDE, OWN, copy_of

from ikz_workflow.documents.reading import inspected
from ikz_workflow.services import documents, registers
from ikz_workflow.services.home import Home, account

from .conftest import Typed

KEY = "IKZ-2026-0001"
HERS = "Die Beteiligten treffen sich jedes Jahr im Januar."


def saved_in_an_office(paths: list[Path], folder: Path) -> list[Path]:
    """Return the files as LibreOffice saves them, which stands in for Word."""
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", "--convert-to", "docx", "--outdir", str(folder / "office")]
    subprocess.run([*command, *map(str, paths)], check=True, capture_output=True, timeout=120)
    return [folder / "office" / path.name for path in paths]


@pytest.fixture
def desk(voting_home: Home, tmp_path: Path) -> Home:
    """Return a home whose proposal waits for votes, with whoever runs the tests registered in it."""
    home = copy_of(voting_home, tmp_path / "home")
    registers.add_person(home, "I. Ich", account(), ["clerk", "head", "centre"])
    home.database.close()
    return home


def test_a_clerks_day_loses_nothing_of_hers(desk: Home, typed: Typed, tmp_path: Path) -> None:
    def ikz(line: str, code: int = 0) -> str:
        left, said = typed(desk.path, f"ikz {line}")
        assert left == code, said
        return said

    def votes(number: int) -> list[bool]:
        rows = json.loads(ikz(f"document list {KEY} --format json"))
        (row,) = [row for row in rows if (row["kind"], row["number"]) == ("agreement", number)]
        return [vote["counts"] for vote in row["votes"]]

    # Two councils agree to the first version.
    for body in (OWN, BOERDE):
        ikz(f"decide {KEY} council {body} adopted")
    exported = Path(ikz(f"document export {KEY} agreement --output {tmp_path}/akte").strip())
    again, hers = tmp_path / "gespeichert.docx", tmp_path / "bearbeitet.docx"
    shutil.copy(exported, again)
    document = Document(str(exported))
    place = next(one for one in document.paragraphs if "Pflanzen und pflegen" in one.text)
    place.insert_paragraph_before(HERS)
    document.save(str(hers))
    again, hers = saved_in_an_office([again, hers], tmp_path)

    # Saved again without a change: a new file, the same text, the votes count.
    assert "Der Text ist unverändert" in ikz(f"document verify {again}")
    ikz(f"document file {KEY} agreement {again}")
    assert votes(1) == votes(2) == [True, True]
    assert "Der Text ist derselbe" in ikz(f"document diff {KEY} agreement")

    # Changed by one paragraph: the votes are kept, and do not count for it.
    assert HERS in ikz(f"document verify {hers}", code=6)
    ikz(f"document file {KEY} agreement {hers}")
    assert (votes(1), votes(2), votes(3)) == ([False, False], [False, False], [])
    assert f"+ {HERS}" in ikz(f"document diff {KEY} agreement 2 3")

    # She changes an answer and creates again: refused, with the difference, and nothing written.
    ikz(f'set {KEY} "agreement-tasks=Pflanzen, wässern und pflegen"')
    for line in (f"document create {KEY} agreement", "document create --all agreement --stage council-vote"):
        refused = ikz(line, code=4)
        assert "von Hand bearbeitet" in refused
    refused = ikz(f"document create {KEY} agreement", code=4)
    assert f"- {HERS}" in refused
    assert "wässern" in refused
    assert [version.number for _label, version, _remarks, _votes in documents.versions(desk, KEY)][-1] == 3

    # She wants it: her version stays, byte for byte, and diff shows what the new one lacks.
    ikz(f"document create {KEY} agreement --replace")
    assert documents.read(desk, KEY, "agreement", 3).content == hers.read_bytes()
    shown = ikz(f"document diff {KEY} agreement")
    assert f"- {HERS}" in shown
    found = json.loads(ikz(f"document diff {KEY} agreement 1 4 --format json"))
    assert HERS not in str(found)
    assert any("wässern" in change["after"] and change["change"] == "changed" for change in found)

    # Every file she has is known, from the folder and from the paper.
    ikz(f"document export {KEY} agreement --output {tmp_path}/akte")
    shutil.copy(hers, tmp_path / "akte")
    assert "Alles in Ordnung" in ikz(f"document verify {tmp_path}/akte")
    stamp = inspected(documents.read(desk, KEY, "agreement", 4).content).stamp
    assert stamp is not None
    assert "Fassung 4" in ikz(f"document verify {stamp.short_hash} --position {stamp.position}")
    assert "abtippen" in ikz(f"document verify {stamp.short_hash[:-1]}", code=2)
    assert "kurzen Prüfsumme" in ikz(f"document verify {tmp_path}/akte --position {stamp.position}", code=2)
    ikz("verify")
