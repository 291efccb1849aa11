"""Give out the design of all documents, and take over the one an office has made of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from ikz_workflow import german
from ikz_workflow.documents.values import Stamp, short_hash
from ikz_workflow.errors import DocumentError, Problem, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services.documents import MAX_DOCUMENT
from ikz_workflow.services.files import write_file
from ikz_workflow.services.home import Home
from ikz_workflow.services.printing import design_bytes
from ikz_workflow.services.records import read_file
from ikz_workflow.services.templates import DESIGN

MOST_BYTES = 2 * 2**20  # every document carries it, and is kept
_TRIAL = hashlib.sha256(b"design").hexdigest()
_STAMP = Stamp(
    key="IKZ-0000-0000",
    title="Probe",
    kind_label="Probe",
    version=1,
    position=1,
    short_hash=short_hash(_TRIAL),
    full_hash=_TRIAL,
    created=datetime(2025, 1, 1, tzinfo=UTC),
    author="Probe",
    sample=True,
)
_FOOTER = (
    "{{ key }} · {{ kind }} · Fassung {{ version }}",
    "Stand nach Eintrag {{ position }} des Verlaufs · {{ hash }}",
)


def current(home: Home) -> bytes:
    """Return the design in force, the home's own before the shipped one."""
    return design_bytes(home)


def use(home: Home, path: Path) -> Path:
    """Take over a Word file as the design of all documents to come; return where it lies now.

    DocumentError with every reason for which it cannot be used; the one in force then stays.
    """
    content = read_file(path, MAX_DOCUMENT)
    faults = _faults(content, path.name)
    if faults:
        raise DocumentError(path.name, tuple(Problem(path.name, None, text) for text in dict.fromkeys(faults)))
    target = home.path / "templates" / DESIGN
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, content)
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}).").format(target=target, why=german.refusal(error))
        raise StorageError(what, _("Die bisherige Gestaltung gilt weiter.")) from None
    return target


def _faults(content: bytes, name: str) -> list[str]:
    """Return why a Word file cannot be the design, nothing where it can."""
    from ikz_workflow.documents.adoption import adopted
    from ikz_workflow.documents.guard import guard

    faults = []
    if len(content) > MOST_BYTES:
        text = _(
            "Sie ist {n} kB groß (höchstens {most} kB), und jedes Dokument trägt sie mit sich; Bilder verkleinern."
        )
        faults.append(text.format(n=len(content) // 1024, most=MOST_BYTES // 1024))
    try:
        guard(content, name)
        faults += adopted(content, name).wordless()
    except DocumentError as error:
        return faults + [problem.text for problem in error.problems]
    return faults + _unreadable(content, name)


def _unreadable(content: bytes, name: str) -> list[str]:
    """Return what is wrong with documents made in a design: a proof that cannot be read back proves nothing."""
    from ikz_workflow.documents.guard import safe_parts
    from ikz_workflow.documents.package import Design
    from ikz_workflow.documents.reading import inspected

    look = Design(content, name)
    for letter in (False, True):
        made = look.draft("<w:p/>", None, letter=letter).sealed(_STAMP).content
        footers = [part for part in safe_parts(made, name) if part.startswith("word/footer")]
        read = inspected(made, name).by_footers
        if len(read) < len(footers) or any(one.short_hash != _STAMP.short_hash for one in read):
            text = _("Die Fußzeile lässt sich nicht zurücklesen. Ihre Zeilen lauten „{first}“ und „{second}“.")
            return [text.format(first=_FOOTER[0], second=_FOOTER[1])]
    return []
