"""Keep a home in good order: back it up, bring it back, look for what could harm it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, format_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.backups import Kept

FINDING_COLUMNS = {"state": "Zustand", "what": "Geprüft", "text": "Befund", "remedy": "Abhilfe"}


@click.command()
@click.argument("file", metavar="DATEI", type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def backup(app: App, file: Path) -> None:
    """Sichert Datenbank, Verfahren und Vorlagen in eine Datei.

    Andere können währenddessen weiterarbeiten. Die Kopie wird bewiesen, bevor sie gepackt wird.

    Die Sicherung enthält alles, auch Namen und Texte: bitte so schützen wie die Datenbank selbst.
    """
    from ikz_workflow.services import backups

    kept = backups.backup(app.home, file, output.Progress(_("Sichern")))
    output.wrapped(_("Gesichert: {file}. {what}").format(file=file, what=_told(kept)))
    output.wrapped(_("Zurückspielen: {command}").format(command=f"ikz --home ORDNER restore {file.name}"))


@click.command()
@click.argument("file", metavar="DATEI", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help=_("Nur prüfen, ob sich die Sicherung zurückspielen lässt."))
@pass_app
def restore(app: App, file: Path, dry_run: bool) -> None:
    """Spielt eine Sicherung in einen leeren Ordner zurück.

    Über eine vorhandene Datenbank wird nie geschrieben. Mit IKZ_DATABASE_URL geht es in eine leere Datenbank des
    Servers.
    """
    from ikz_workflow.services import backups

    home = app.home
    kept = backups.restore(home, file, output.Progress(_("Zurückspielen")), dry_run=dry_run)
    told = _("Die Sicherung ist vollständig. {what}") if dry_run else _("Zurückgespielt nach {place}. {what}")
    output.wrapped(told.format(place=home.database.name, what=_told(kept)))


def _told(kept: Kept) -> str:
    text = _("Bewiesen: {events} Einträge bis {hash}…, {documents} Dokumente und Anlagen; dazu eigene Dateien: {own}.")
    proof = kept.proof
    return text.format(events=proof.events, hash=proof.head.hash[:16], documents=proof.documents, own=kept.own)


@click.command()
@click.option("--sql", is_flag=True, help=_("Gibt aus, was die Verwaltung eines PostgreSQL-Servers anlegen lässt."))
@format_option
@pass_app
def doctor(app: App, sql: bool, form: str) -> None:
    """Prüft, was der Datenbank schaden könnte."""
    import msgspec

    from ikz_workflow.services import doctor

    if sql:
        output.say(doctor.server_sql(), error=False)
        return
    found = [msgspec.to_builtins(one) for one in doctor.examine(app.home)]
    if form == "table":
        for one in found:
            output.wrapped(f"{_STATES[one['state']]}{one['what']}: {one['text']}", " " * 9, "")
            if one["remedy"]:
                output.wrapped(app.command(one["remedy"]), " " * 9)
    else:
        output.rows(form, found, FINDING_COLUMNS)
    if any(one["state"] == "fault" for one in found):
        sys.exit(FINDINGS)


_STATES = {"ok": "gut      ", "hint": "Hinweis  ", "fault": "FEHLER   "}
COMMANDS = (backup, restore, doctor)
