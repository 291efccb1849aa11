"""Write, read, export and file documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import changes, many, output, proof
from ikz_workflow.cli.app import App, expect_option, format_option, on_option, pass_app
from ikz_workflow.cli.filters import filter_options
from ikz_workflow.errors import AlreadyRecorded
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.documents import Vote

VERSION_COLUMNS = {
    "kind": "Art",
    "label": "Dokument",
    "number": "Fassung",
    "on": "vom",
    "origin": "Herkunft",
    "position": "Eintrag",
    "remarks": "Hinweise",
    "votes": "Entscheidungen",
    "text_hash": "Text",
}


@click.group()
def document() -> None:
    """Erzeugt Word-Dokumente und nimmt bearbeitete zurück."""


def _folder(app: App, folder: Path | None) -> Path:
    return folder or app.home.path / "documents"


def pdf_option(function: Any) -> Any:
    """Add `--pdf`."""
    about = _("Daneben eine PDF-Datei (PDF/UA); dazu muss LibreOffice installiert sein.")
    return click.option("--pdf", is_flag=True, help=about)(function)


def check_pdf(pdf: bool) -> None:
    """Raise StorageError before anything is written, where a PDF is asked for and cannot be made."""
    from ikz_workflow.services import pdf as services

    if pdf:
        services.check()


def write_pdf(path: Path) -> None:
    """Write the PDF of a Word file next to it and say so."""
    from ikz_workflow.services import pdf

    target, is_new = pdf.beside(path)
    told = _("PDF: {path}") if is_new else _("PDF gab es schon, sie bleibt stehen: {path}")
    output.say(told.format(path=target))


@document.command("create")
@click.argument("key", metavar="[NUMMER]", required=False)
@click.argument("kind", metavar="[ART]", required=False)
@click.option("--all", "every", metavar="ART", help=_("Dieses Dokument für alle laufenden Vorhaben (der Auswahl)."))
@filter_options(states=False)
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="ORDNER",
    help=_("Wohin (sonst in den Ordner documents)."),
)
@click.option("--replace", is_flag=True, help=_("Auch wenn die neueste Fassung von Hand bearbeitet ist."))
@pdf_option
@expect_option
@on_option
@pass_app
def create(app: App, key: str | None, kind: str | None, folder: Path | None, pdf: bool, **options: Any) -> None:
    """Erzeugt ein Word-Dokument, z. B. den Handlungsleitfaden (guideline).

    Welche Arten es gibt, zeigt ikz template list.

    Mit --all eines für jedes Vorhaben der Auswahl: Was schon aktuell ist, wird nicht noch einmal erzeugt, was von Hand
    bearbeitet ist, bleibt. Ausgelassenes wird am Ende genannt (Rückgabewert 4, wo es an einem Fehler lag 1).
    """
    from ikz_workflow.services import documents

    if many.is_meant(key, kind, {**options, "pdf": pdf, "once": app.once, "expect": app.expect}):
        many.create_all(app, options["every"], options["wanted"], _folder(app, folder), options["on"], options["note"])
        return
    check_pdf(pdf)
    try:
        made = documents.create(
            app.home, str(key), str(kind), replace=options["replace"], on=options["on"], note=options["note"]
        )
    except AlreadyRecorded:  # the command may have been stopped before it wrote the file
        made = documents.read(app.home, str(key), str(kind))
    path = documents.export(made, _folder(app, folder))
    told = _("{label}, Fassung {n}: {path}") if made.is_new else _("{label}, Fassung {n} ist aktuell: {path}")
    output.say(told.format(label=made.label, n=made.version.number, path=path))
    if pdf:
        write_pdf(path)


@document.command("list")
@click.argument("key", metavar="NUMMER")
@format_option
@pass_app
def list_(app: App, key: str, form: str) -> None:
    """Zeigt alle Fassungen, ihre Herkunft, die Entscheidungen darüber und ob sie zählen."""
    from ikz_workflow import german
    from ikz_workflow.services import documents

    people = form == "table"
    origins = {"generated": _("erzeugt"), "filed": _("bearbeitet abgelegt")}
    data = [
        {
            "kind": version.kind,
            "label": label,
            "number": version.number,
            "on": german.date(version.on) if people else version.on,
            "origin": origins[version.origin] if people else version.origin,
            "position": version.seq,
            "remarks": remarks,
            "open": version.open,
            "votes": [_vote(one) for one in votes] if form != "json" else [_vote_data(one) for one in votes],
            "file_hash": version.file_hash,
            "text_hash": version.text_hash[:12] if people else version.text_hash,
        }
        for label, version, remarks, votes in documents.versions(app.home, key)
    ]
    output.rows(form, data, VERSION_COLUMNS)


def _vote(vote: Vote) -> str:
    counts = _("zählt") if vote.counts else _("zählt nicht: {why}").format(why=vote.why)
    return f"{vote.gate} – {vote.body}: {vote.outcome} ({counts})"


def _vote_data(vote: Vote) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(vote), "counts": vote.counts}


@document.command("show")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.option("--number", type=int, metavar="FASSUNG", help=_("Welche Fassung (sonst die neueste)."))
@format_option
@pass_app
def show(app: App, key: str, kind: str, number: int | None, form: str) -> None:
    """Zeigt ein Dokument als Text."""
    from ikz_workflow.services import documents

    made = documents.read(app.home, key, kind, number)
    lines = documents.lines_of(made)
    if form == "table":
        for line in lines:
            output.wrapped(line["text"], "" if line["style"].startswith("Heading") else "  ")
    else:
        output.rows(form, lines, {"style": "Format", "text": "Text"})


@document.command("export")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.option("--number", type=int, metavar="FASSUNG", help=_("Welche Fassung (sonst die neueste)."))
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="ORDNER",
    help=_("Wohin (sonst in den Ordner documents)."),
)
@pdf_option
@pass_app
def export(app: App, key: str, kind: str, number: int | None, folder: Path | None, pdf: bool) -> None:
    """Schreibt eine gespeicherte Fassung noch einmal als Datei."""
    from ikz_workflow.services import documents

    check_pdf(pdf)
    path = documents.export(documents.read(app.home, key, kind, number), _folder(app, folder))
    output.say(str(path))
    if pdf:
        write_pdf(path)


@document.command("file")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@expect_option
@on_option
@pass_app
def file_(app: App, key: str, kind: str, path: Path, **options: Any) -> None:
    """Legt eine bearbeitete Word-Datei als nächste Fassung ab."""
    from ikz_workflow.services import documents

    made = documents.file_edited(app.home, key, kind, path, **options)
    output.say(_("{label}, Fassung {n} abgelegt.").format(label=made.label, n=made.version.number))
    command = app.command(f"ikz document export {key} {made.version.kind}")
    output.say(_("Die Fußzeile nennt noch die Fassung, aus der sie entstand. Ausgeben: {c}").format(c=command))


document.add_command(changes.diff)
document.add_command(proof.verify)


COMMANDS = (document,)
