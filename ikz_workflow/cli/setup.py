"""Set up a home, or play the demo."""

from __future__ import annotations

from pathlib import Path

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, pass_app
from ikz_workflow.language import gettext as _


@click.command()
@click.option("--name", metavar="NAME", help=_("Ihr Name im Verzeichnis (sonst das Konto)."))
@pass_app
def init(app: App, name: str | None) -> None:
    """Richtet die Datenbank ein oder erneuert sie."""
    from ikz_workflow.services import registers

    home = app.home
    made = registers.init(home, name=name)
    done = _("Eingerichtet: {path}") if made.is_new else _("Auf dem neuesten Stand: {path}")
    output.say(done.format(path=home.database.name))
    if made.guards:
        what = _(
            "Achtung: Der Schutz gegen Ändern fehlte, war verändert, oder es gab fremde Auslöser ({names}). Er ist "
            "wiederhergestellt; bitte klären, wer das war, und den Verlauf prüfen: {command}"
        )
        command = app.command("ikz verify")
        output.wrapped(what.format(names=", ".join(made.guards), command=command), error=True)
    known = any(one.account == home.account for one in registers.persons(home))
    told = _("Sie sind als „{account}“ eingetragen.") if known else _("Das Konto „{account}“ ist nicht eingetragen.")
    output.say(
        _("Verzeichniseinträge aufgenommen: {count}.").format(count=made.entries)
        + " "
        + told.format(account=home.account)
    )
    output.say(_("Weiter: {command}").format(command=app.command('ikz new "TITEL" --department "FB 23"')))


@click.command()
@click.argument(
    "directory", metavar="[ORDNER]", type=click.Path(file_okay=False, path_type=Path), default=Path("ikz-demo")
)
@pass_app
def demo(app: App, directory: Path) -> None:
    """Spielt vier Vorhaben vor, mit ihren Word-Dokumenten.

    Alles steht danach in einem eigenen Ordner.
    """
    from ikz_workflow.cli import demo as script
    from ikz_workflow.errors import InvalidInput

    if app.path is not None:
        raise InvalidInput("--home", app.path, _("Die Demo hat einen eigenen Ordner: ikz demo ORDNER"))
    script.play(directory)


COMMANDS = (init, demo)
