"""What `document verify` tells of a file: which version it is, and whether its own footer and properties agree."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from homes import OWN, edited, started, walk

from ikz_workflow import german
from ikz_workflow.documents.reading import as_text
from ikz_workflow.errors import InvalidInput
from ikz_workflow.services import documents, origins, proposals, records
from ikz_workflow.services.home import Home


def restamped(content: bytes, part: str, old: str, new: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            text = archive.read(name)
            assert name != part or old.encode() in text
            target.writestr(name, text.replace(old.encode(), new.encode()) if name == part else text)
    return out.getvalue()


def told(home: Home, folder: Path, content: bytes) -> origins.Origin:
    path = folder / "datei.docx"
    path.write_bytes(content)
    return origins.origin(home, path)


@pytest.fixture
def key(home: Home) -> str:
    key = started(home)
    documents.create(home, key, "guideline")
    return key


def test_a_file_whose_footer_names_another_version_is_told(home: Home, key: str, tmp_path: Path) -> None:
    content = documents.read(home, key, "guideline").content
    found = told(home, tmp_path, restamped(content, "word/footer1.xml", "Fassung 1", "Fassung 7"))
    assert (found.status, found.notes) == ("text", ())
    assert "Die Fußzeile nennt" in found.contradictions[0]
    assert "Fassung 7" in found.contradictions[0]


def test_a_file_whose_properties_name_another_proposal_is_told(home: Home, key: str, tmp_path: Path) -> None:
    content = documents.read(home, key, "guideline").content
    found = told(home, tmp_path, restamped(content, "docProps/custom.xml", key, "IKZ-2026-0999"))
    assert (found.status, found.key) == ("text", key)
    assert "Die Dateieigenschaften nennen IKZ-2026-0999" in found.contradictions[0]


def test_a_filed_version_whose_footer_names_the_one_it_was_made_of_is_no_contradiction(
    home: Home, key: str, tmp_path: Path
) -> None:
    path = edited(home, key, "guideline", "Ein Absatz mehr.", tmp_path)
    documents.file_edited(home, key, "guideline", path)
    found = origins.origin(home, path)
    assert (found.status, found.version and found.version.number) == ("exact", 2)
    assert any("Daraus entstand die abgelegte Fassung 2" in note for note in found.notes)
    assert found.contradictions == ()


def test_our_own_file_agrees_with_itself(home: Home, key: str, tmp_path: Path) -> None:
    found = told(home, tmp_path, documents.read(home, key, "guideline").content)
    assert (found.status, found.anchored, found.notes, found.contradictions) == ("exact", True, (), ())


# --------------------------------------------------------------------------------------- what the new user stumbled on
@pytest.mark.parametrize("salutation", ["Sehr geehrte Frau Muster", "Sehr geehrte Frau Muster,"])
def test_a_salutation_ends_with_one_comma(home: Home, salutation: str) -> None:
    key = started(home)
    walk(home, key, "guideline-drafted")
    proposals.set_fields(home, key, [f"partner-salutation={salutation}"])
    assert "Frau Muster,\n" in as_text(documents.create(home, key, "letter").content)


@pytest.mark.parametrize(
    ("office", "told"),
    [
        ("Oberbürgermeisterin", "die Oberbürgermeisterin"),
        ("Landrat", "den Landrat"),
        ("Bürgermeister", "den Bürgermeister"),
        ("Geschäftsführung", "die Geschäftsführung"),
        ("N. N.", "N. N."),
    ],
)
def test_an_office_is_named_with_its_article(office: str, told: str) -> None:
    assert german.with_article(office) == told


def test_the_agreement_says_when_it_comes_into_force_and_who_represents_us(home: Home) -> None:
    key = started(home)
    walk(home, key, "partner-contacted")
    text = as_text(documents.create(home, key, "agreement").content)
    assert "vertreten durch die Oberbürgermeisterin" in text
    assert "Sie tritt am Tag nach der letzten öffentlichen Bekanntmachung in Kraft." in text
    proposals.set_fields(home, key, ["effective-from=01.01.2027"])
    text = as_text(documents.create(home, key, "agreement").content)
    assert "am 1. Januar 2027 in Kraft, jedoch nicht vor dem Tag nach der letzten" in text


@pytest.mark.parametrize(
    ("publication", "day", "sentence"),
    [
        ("by-authority", None, "Die Kommunalaufsichtsbehörde macht sie öffentlich bekannt."),
        ("none", "1. Januar 2027", "Sie tritt am 1. Januar 2027 in Kraft.\n"),
        ("none", None, "Sie tritt am [noch zu klären: Tag] in Kraft.\n"),
    ],
)
def test_without_publication_nothing_hangs_on_it(
    read: Callable[..., str], publication: str, day: str | None, sentence: str
) -> None:
    from ikz_workflow.documents.values import Open

    whole = (Path(__file__).parents[2] / "templates" / "agreement.md.j2").read_text(encoding="utf-8")
    start = whole.index("{% set published")
    body = whole[start : whole.index("::: signatures", start)]
    text = read(body, {"form": {"publication": publication}, "f": {"effective_from": day or Open("Tag")}})
    assert sentence in text
    assert ("Bekanntmachung" in text) == (publication != "none")


# ------------------------------------------------------------------------------------------------------ files to attach
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a matter of POSIX")
def test_a_pipe_is_refused_and_never_waited_for(home: Home, tmp_path: Path) -> None:
    key = started(home)
    pipe = tmp_path / "rohr"
    os.mkfifo(pipe)
    for attempt in (
        lambda: records.attach(home, key, pipe),
        lambda: records.answer_check(home, key, "vat", "met", evidence=str(pipe)),
        lambda: records.decide(home, key, "council", OWN, "adopted", evidence=str(pipe)),
        lambda: documents.file_edited(home, key, "guideline", pipe),
    ):
        with pytest.raises(InvalidInput, match="keine Datei"):
            attempt()


def test_a_folder_named_like_the_evidence_is_taken_for_a_text(home: Home) -> None:
    key = started(home)
    records.answer_check(home, key, "vat", "met", evidence=".")
    assert proposals.view(home, key).proposal.checks[0].attachment is None
