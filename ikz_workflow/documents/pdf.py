"""A tagged PDF of a Word file, where LibreOffice is there to make it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from ikz_workflow.documents.contents import with_page_fields
from ikz_workflow.documents.package import canonical_zip, member
from ikz_workflow.documents.wordml import DOCUMENT
from ikz_workflow.errors import StorageError
from ikz_workflow.language import gettext as _

SECONDS = 180  # a first start on a slow machine takes a minute
_PROGRAMS = ("soffice", "libreoffice")
_FOLDERS = (
    r"C:\Program Files\LibreOffice\program",
    r"C:\Program Files (x86)\LibreOffice\program",
    "/Applications/LibreOffice.app/Contents/MacOS",
)
FILTER = 'pdf:writer_pdf_Export:{"PDFUACompliance":{"type":"boolean","value":"true"}}'


def program() -> str:
    """Return the path of LibreOffice's program. StorageError, with how to get it, where there is none."""
    for name in _PROGRAMS:
        found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_FOLDERS))
        if found:
            return found
    raise StorageError(
        _("Für PDF-Dateien wird LibreOffice gebraucht; auf diesem Rechner ist es nicht zu finden."),
        _(
            "Es ist kostenlos (www.libreoffice.org, unter Debian und Ubuntu: apt install libreoffice-writer); "
            "alles andere geht ohne."
        ),
    )


def replaced_fonts(fonts: Iterable[str]) -> list[tuple[str, str]]:
    """Return each font that is not there with the one that stands in for it; none where nobody can say (Windows)."""
    match = shutil.which("fc-match")
    if match is None:
        return []
    found = []
    for font in fonts:
        command = [match, "--format=%{family[0]}", re.sub(r"([-:,\\])", r"\\\1", font)]
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603  our own words
        there = said.stdout
        if there and there.casefold() != font.casefold():
            found.append((font, there))
    return found


def pdf_of(content: bytes, seconds: float = SECONDS) -> bytes:
    """Return a Word file as PDF/UA: tagged, with language and title, its contents with page numbers.

    StorageError where LibreOffice is missing, makes nothing of it, or takes longer than so many seconds.
    """
    started = program()
    with tempfile.TemporaryDirectory(prefix="ikz-pdf-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        (place / "document.docx").write_bytes(_with_pages(content))
        profile = (place / "profile").as_uri()  # one's own: a LibreOffice that is open would take the call over
        command = [started, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nolockcheck"]
        command += ["--convert-to", FILTER, "--outdir", folder, str(place / "document.docx")]
        said = _run(command, seconds)
        made = place / "document.pdf"
        data = made.read_bytes() if made.is_file() else b""
    if not data.startswith(b"%PDF-"):
        what = _("LibreOffice hat keine PDF-Datei geschrieben ({why}).")
        remedy = _("Die Word-Datei ist davon unberührt; in Word: Datei, Exportieren, PDF.")
        raise StorageError(what.format(why=said or _("ohne Begründung")), remedy)
    return data


def _with_pages(content: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = parts[DOCUMENT].decode("utf-8")
    asking = with_page_fields(document)
    if asking == document:
        return content
    parts[DOCUMENT] = asking.encode("utf-8")
    return canonical_zip(member(name, part) for name, part in parts.items())


def _run(command: list[str], seconds: float) -> str:
    """Run LibreOffice and return what it complained about; whatever it started ends with it."""
    try:
        process = subprocess.Popen(  # noqa: S603  # our own words around the path of LibreOffice
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        return str(error)
    try:
        _out, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _("nach {n} Sekunden abgebrochen").format(n=round(seconds))
    finally:
        if process.poll() is None:
            _end(process)
    return complaint.decode("utf-8", "replace").strip()[:200]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program together with those it started."""
    if os.name == "nt":
        subprocess.run(  # noqa: S603  # a number
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],  # noqa: S607  # where Windows keeps it
            check=False,
            capture_output=True,
        )
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
