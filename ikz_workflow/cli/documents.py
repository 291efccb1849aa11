"""Write, read, export, file and verify documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, format_option, on_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.documents import Origin

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


@document.command("create")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="ORDNER",
    help=_("Wohin (sonst in den Ordner documents)."),
)
@click.option("--replace", is_flag=True, help=_("Auch wenn die neueste Fassung von Hand bearbeitet ist."))
@on_option
@pass_app
def create(app: App, key: str, kind: str, folder: Path | None, **options: Any) -> None:
    """Erzeugt ein Dokument: guideline, letter, agreement oder council-paper."""
    from ikz_workflow.services import documents

    made = documents.create(app.home, key, kind, **options)
    path = documents.export(made, _folder(app, folder))
    told = _("{label}, Fassung {n}: {path}") if made.is_new else _("{label}, Fassung {n} ist aktuell: {path}")
    output.say(told.format(label=made.label, n=made.version.number, path=path))


@document.command("list")
@click.argument("key", metavar="NUMMER")
@format_option
@pass_app
def list_(app: App, key: str, form: str) -> None:
    """Zeigt alle Fassungen mit den Entscheidungen darüber."""
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
            "votes": votes,
            "file_hash": version.file_hash,
            "text_hash": version.text_hash[:12] if people else version.text_hash,
        }
        for label, version, remarks, votes in documents.versions(app.home, key)
    ]
    output.rows(form, data, VERSION_COLUMNS)


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
@pass_app
def export(app: App, key: str, kind: str, number: int | None, folder: Path | None) -> None:
    """Schreibt eine gespeicherte Fassung noch einmal als Datei."""
    from ikz_workflow.services import documents

    output.say(str(documents.export(documents.read(app.home, key, kind, number), _folder(app, folder))))


@document.command("file")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@on_option
@pass_app
def file_(app: App, key: str, kind: str, path: Path, **options: Any) -> None:
    """Legt eine bearbeitete Word-Datei als nächste Fassung ab."""
    from ikz_workflow.services import documents

    made = documents.file_edited(app.home, key, kind, path, **options)
    output.say(_("{label}, Fassung {n} abgelegt.").format(label=made.label, n=made.version.number))
    command = app.command(f"ikz document export {key} {made.version.kind}")
    output.say(_("Die Fußzeile nennt noch die Fassung, aus der sie entstand. Ausgeben: {c}").format(c=command))


@document.command("verify")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@format_option
@pass_app
def verify(app: App, path: Path, form: str) -> None:
    """Sagt, woher eine Word-Datei stammt und ob sie verändert ist."""
    import msgspec

    from ikz_workflow.services import documents

    found = documents.origin(app.home, path)
    if form == "table":
        _tell(found)
    else:
        data = msgspec.to_builtins(found)
        columns = {
            "status": "Ergebnis",
            "key": "Nummer",
            "label": "Dokument",
            "file_hash": "Datei",
            "text_hash": "Text",
        }
        output.document(data) if form == "json" else output.rows(form, [data], columns)
    if found.status in ("altered", "unknown") or found.anchored is False or found.contradictions:
        sys.exit(FINDINGS)


def _tell(found: Origin) -> None:
    """Print where a file comes from, in sentences."""
    sentences = {
        "exact": _("Die Datei ist unverändert."),
        "text": _("Der Text ist unverändert; die Datei wurde nur neu gespeichert."),
        "altered": _("Der Text wurde verändert:"),
        "unknown": _("Die Datei stammt nicht aus diesem Verlauf."),
    }
    if found.version is not None:
        output.say(
            _("{key}: {label}, Fassung {n}, Eintrag {seq} des Verlaufs, festgehalten {at}").format(
                key=found.key,
                label=found.label,
                n=found.version.number,
                seq=found.version.seq,
                at=found.version.at[:10],
            )
        )
    output.say(sentences[found.status])
    for line in found.difference:
        output.wrapped(line, "    ", "  ")
    for note in (*found.notes, *(_("Achtung: {text}").format(text=text) for text in found.contradictions)):
        output.wrapped(note)
    if found.anchored is False:
        output.say(
            _(
                "Achtung: Position und Prüfsumme in der Datei sind nicht die des Verlaufs; er wurde neu geschrieben "
                "oder die Datei gehört zu einem anderen."
            )
        )
    elif found.anchored:
        output.say(_("Position und Prüfsumme in der Datei stimmen mit dem Verlauf überein."))


COMMANDS = (document,)
