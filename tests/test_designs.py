"""An office gives all documents its own look; what cannot be used is refused with every reason."""

from __future__ import annotations

import random
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from documents.offices import coat_of_arms, second_design
from homes import started

from ikz_workflow.documents.design import make_design
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import inspected
from ikz_workflow.errors import DocumentError
from ikz_workflow.services import designs, documents
from ikz_workflow.services.home import Home


def changed(data: bytes, changes: dict[str, tuple[bytes, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            content = archive.read(name)
            old, new = changes.get(name, (b"", b""))
            assert old in content
            target.writestr(name, content.replace(old, new) if old else content)
    return out.getvalue()


def used(home: Home, content: bytes) -> Path:
    path = home.path / "neu.docx"
    path.write_bytes(content)
    return designs.use(home, path)


def refused(home: Home, content: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        used(home, content)
    assert not (home.path / "templates" / "design.docx").exists()
    return "\n".join(problem.text for problem in caught.value.problems)


def test_what_is_exported_can_be_used(home: Home) -> None:
    assert designs.current(home) == make_design()
    assert used(home, designs.current(home)) == home.path / "templates" / "design.docx"


def test_an_office_design_dresses_the_next_document_and_not_its_text(home: Home) -> None:
    key = started(home)
    first = documents.create(home, key, "guideline")
    used(home, second_design())
    again = documents.create(home, key, "guideline")

    assert (again.is_new, again.version.text_hash) == (False, first.version.text_hash)
    assert documents.create(home, key, "letter").content.count(b"word/media/") > 0


def test_missing_styles_are_named_all_at_once(home: Home) -> None:
    without = {"word/styles.xml": (b'<w:name w:val="Hinweis"/>', b'<w:name w:val="Kasten"/>')}
    text = refused(
        home, changed(changed(make_design(), without), {"word/styles.xml": (b'w:val="Rubrum"', b'w:val="X"')})
    )
    assert "„Rubrum“, „Hinweis“" in text


def test_a_page_without_the_proof_is_named(home: Home) -> None:
    document = docx.Document(BytesIO(make_design()))
    document.sections[0].first_page_footer.paragraphs[1].clear()
    out = BytesIO()
    document.save(out)
    text = refused(home, out.getvalue())
    assert "„{{ hash }}“" in text
    assert "Briefe, erste Seite" in text


def test_a_footer_that_cannot_be_read_back_is_refused(home: Home) -> None:
    assert "zurücklesen" in refused(home, changed(make_design(), {"word/footer1.xml": (b"des Verlaufs", b"der Akte")}))


def test_a_picture_without_words_and_a_file_too_big_are_refused_together(home: Home) -> None:
    document = docx.Document(BytesIO(make_design()))
    document.sections[0].header.paragraphs[0].add_run().add_picture(BytesIO(coat_of_arms()))
    out = BytesIO()
    document.save(out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/media/big.png", bytes(range(256)) * 9000)
    text = refused(home, out.getvalue())
    assert "kB groß" in text
    assert "keinen Alternativtext" in text


def test_what_the_guard_refuses_is_no_design(home: Home) -> None:
    assert "keine Word-Datei" in refused(home, b"nichts")
    link = (
        b"</Relationships>",
        b'<Relationship Id="x" Type="a/attachedTemplate" Target="file:///x" TargetMode="External"/></Relationships>',
    )
    assert "Vorlagendatei" in refused(home, changed(make_design(), {"word/_rels/document.xml.rels": link}))


def test_a_design_damaged_by_one_bit_is_used_or_refused() -> None:
    good, chance, refusals = make_design(), random.Random(7), 0
    for _ in range(150):
        bent = bytearray(good)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        try:
            Design(bytes(bent))
        except DocumentError:
            refusals += 1
    assert refusals > 100


def test_a_design_saved_in_libreoffice_can_be_used_and_its_documents_are_whole(home: Home, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if not program:
        pytest.skip("LibreOffice is not installed")
    (tmp_path / "look.docx").write_bytes(make_design())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "docx", "--outdir", str(tmp_path / "saved")]
    subprocess.run([*command, str(tmp_path / "look.docx")], check=True, capture_output=True, timeout=120)
    designs.use(home, tmp_path / "saved" / "look.docx")
    key = started(home)
    for kind in ("guideline", "letter"):
        assert inspected(documents.create(home, key, kind).content).by_footers
