"""Show the history and prove it."""

from __future__ import annotations

from pathlib import Path

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, pass_app
from ikz_workflow.language import gettext as _

COLUMNS = {
    "seq": "Nr.",
    "on": "geschehen",
    "at": "festgehalten",
    "subject": "Eintrag",
    "version": "Stand",
    "sentence": "Was",
    "actor": "Wer",
    "role": "Rolle",
    "note": "Bemerkung",
    "late": "nachgetragen",
}


@click.command()
@click.argument("key", metavar="[NUMMER]", required=False)
@format_option
@pass_app
def history(app: App, key: str | None, form: str) -> None:
    """Zeigt den Verlauf eines Vorhabens, oder alles."""
    import msgspec

    from ikz_workflow import german
    from ikz_workflow.services import timeline

    entries = timeline.history(app.home, key)
    if form != "table":
        output.rows(form, [msgspec.to_builtins(entry) for entry in entries], COLUMNS)
        return
    for entry in entries:
        subject = "" if key else f"{entry.subject}: "
        day = german.date(entry.on)
        late = _(" (nachgetragen am {day})").format(day=german.date(entry.at[:10])) if entry.late else ""
        output.wrapped(f"{subject}{entry.sentence}", " " * 20, f"{entry.seq:>6}  {day:<12}")
        output.wrapped(f"{entry.actor}, {entry.role}{late}", " " * 20)
        if entry.note:
            output.wrapped(_("Bemerkung: {note}").format(note=entry.note), " " * 20)


@click.command()
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DATEI",
    help=_("Prüfpunkt, der anderswo aufbewahrt wurde (mehrfach möglich)."),
)
@format_option
@pass_app
def verify(app: App, files: tuple[Path, ...], form: str) -> None:
    """Beweist, dass der Verlauf unverändert ist.

    Geprüft werden Kette, Ablauf, Texte, Dokumente und gespeicherte Zeilen.
    """
    import msgspec

    from ikz_workflow.services import audit
    from ikz_workflow.services.records import read_file

    texts = [(str(path), read_file(path, 10_000).decode("ascii", errors="replace")) for path in files]
    proof = audit.verify(app.home, texts)
    if form == "json":
        output.document(msgspec.to_builtins(proof))
        return
    output.say(
        _(
            "Der Verlauf ist unversehrt: {events} Einträge, {proposals} Vorhaben, {entries} Verzeichniseinträge, "
            "{disclosures} Texte, {documents} Dokumente und Anlagen."
        ).format(
            events=proof.events,
            proposals=proof.proposals,
            entries=proof.entries,
            disclosures=proof.disclosures,
            documents=proof.documents,
        )
    )
    for warning in proof.warnings:
        output.say(_("Hinweis: {text}").format(text=warning))
    if proof.checkpoints:
        seq = max(one.seq for one in proof.checkpoints)
        output.say(_("Bewiesen bis Eintrag {seq} durch den Prüfpunkt.").format(seq=seq))
    else:
        output.say(
            _(
                "Ohne Prüfpunkt von außerhalb bleibt ein vollständig neu geschriebener Verlauf unbemerkt: "
                "ikz checkpoint export DATEI"
            )
        )


@click.group()
def checkpoint() -> None:
    """Schreibt den Stand des Verlaufs zum Aufbewahren."""


@checkpoint.command("export")
@click.argument("path", metavar="[DATEI]", required=False, type=click.Path(path_type=Path))
@pass_app
def export(app: App, path: Path | None) -> None:
    """Schreibt Position und Prüfsumme in eine Datei (ohne DATEI auf den Bildschirm)."""
    from ikz_workflow.errors import InvalidInput, StorageError
    from ikz_workflow.services import audit, documents

    text = str(audit.checkpoint(app.home))
    if path is None:
        click.echo(text, nl=False)
        return
    if path.exists():
        raise InvalidInput(_("Prüfpunkt"), str(path), _("Die Datei gibt es schon; bitte einen neuen Namen wählen."))
    try:
        documents.write_file(path, text.encode("ascii"))
    except OSError as error:
        what = _("{path} lässt sich nicht schreiben ({why}).").format(path=path, why=error.strerror)
        raise StorageError(what, _("Bitte Ordner und Rechte prüfen.")) from None
    output.say(_("Prüfpunkt geschrieben: {path}. Bitte außerhalb dieses Rechners aufbewahren.").format(path=path))


@click.command()
@pass_app
def rebuild(app: App) -> None:
    """Erneuert die gespeicherten Zeilen aus dem Verlauf."""
    from ikz_workflow.services import audit

    proposals, entries = audit.rebuild(app.home)
    output.say(
        _("Erneuert: {proposals} Vorhaben, {entries} Verzeichniseinträge.").format(proposals=proposals, entries=entries)
    )


COMMANDS = (history, verify, checkpoint, rebuild)
