"""Write a PDF next to a Word file."""

from __future__ import annotations

from pathlib import Path

from ikz_workflow import german
from ikz_workflow.errors import StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services.files import write_file


def check() -> None:
    """Raise StorageError where this machine cannot make a PDF: asked before anything is written."""
    from ikz_workflow.documents.pdf import program

    program()


def beside(path: Path) -> tuple[Path, bool]:
    """Write the PDF of a Word file next to it; return its path, and False where one lay there already and stays."""
    from ikz_workflow.documents.pdf import pdf_of

    target = path.with_suffix(".pdf")
    if target.exists():
        return target, False
    try:
        write_file(target, pdf_of(path.read_bytes()))
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}).").format(target=target, why=german.refusal(error))
        raise StorageError(what, _("Die Word-Datei liegt daneben.")) from None
    return target, True
