"""Erase personal data, after saying what would go."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.erasing import Erasure


def erasing_options(function: Any) -> Any:
    """Add `--basis`, `--dry-run` and `--yes`."""
    function = click.option("--yes", is_flag=True, help=_("Nicht nachfragen."))(function)
    function = click.option("--dry-run", is_flag=True, help=_("Nur sagen, was gelöscht würde."))(function)
    return click.option(
        "--basis", required=True, metavar="TEXT", help=_("Rechtsgrundlage, z. B. „Art. 17 Abs. 1 DSGVO, Antrag vom …“.")
    )(function)


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("fields", nargs=-1, metavar="[FELD…]")
@click.option("--text", "words", multiple=True, metavar="TEXT", help=_("Alle Texte und Dateien, in denen das steht."))
@click.option(
    "--attachment",
    "attachments",
    multiple=True,
    metavar="ANFANG",
    help=_("Eine Anlage (ikz show nennt sie; mehrfach)."),
)
@click.option(
    "--everywhere", is_flag=True, help=_("Dieselben Worte auch in allen anderen Vorhaben und Verzeichnissen.")
)
@erasing_options
@pass_app
def erase(app: App, key: str, fields: tuple[str, ...], dry_run: bool, yes: bool, **options: Any) -> None:
    """Löscht Angaben eines Vorhabens unwiderruflich.

    FELD ist eine Angabe, oder note, contact, contact-person, evidence, milestone, title, file-name … Es gehen auch alle
    früheren Werte und alle gespeicherten Dokumente und Anlagen, in denen der Wert steht. Der Verlauf bleibt beweisbar
    und nennt die Löschung.
    """
    from ikz_workflow.services import erasing

    carry_out(app, lambda dry: erasing.erase(app.home, key, fields, dry_run=dry, **options), dry_run=dry_run, yes=yes)


def carry_out(app: App, do: Callable[[bool], Erasure], *, dry_run: bool, yes: bool) -> None:
    """Say what would go, ask, let it go, and say what others still hold of it."""
    plan = do(True)
    _say(plan)
    if dry_run:
        output.say(_("Nichts wurde gelöscht."))
        return
    if (plan.texts or plan.files) and not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(_("Löschen ist unwiderruflich; ohne Bildschirm bitte --yes angeben."))
        if not output.agreed(_("Unwiderruflich löschen?")):
            output.say(_("Nichts wurde gelöscht."))
            return
    done = do(False)
    is_gone = bool(done.texts or done.files)
    if is_gone:
        told = _("Gelöscht – Texte: {texts}, Dateien: {files}.")
        output.say(told.format(texts=len(done.texts), files=len(done.files)))
    for path in done.exports:
        output.wrapped(_("Liegt noch im Ordner der Dokumente, bitte löschen: {path}").format(path=path), "  ", "")
    for remark in done.remarks:
        output.wrapped(remark)
    if is_gone:
        still = _(
            "Sicherungen, Kopien der Datenbank und weitergegebene Dateien halten es weiter; sie gehören in das "
            "Löschkonzept. Auch der Datenträger selbst kann Reste halten, bis er sie überschreibt."
        )
        output.wrapped(still)


def _say(plan: Erasure) -> None:
    if not (plan.texts or plan.files):
        output.say(_("Es ist nichts (mehr) zu löschen."))
    for piece in plan.texts:
        output.short(f"{piece.subject}, {piece.label}: {piece.value}")
    for file in plan.files:
        for subject, label in file.held:
            output.say(_("{key}, Datei: {label}").format(key=subject, label=label))
    if plan.elsewhere:
        output.wrapped(
            _(
                "Dieselben Worte stehen auch hier und bleiben (--everywhere löscht sie, Personen löscht "
                "ikz person erase):"
            )
        )
        for piece in plan.elsewhere:
            output.short(f"{piece.subject}, {piece.label}: {piece.value}", "  ")
    for file in plan.unsearched:
        for subject, label in file.held:
            text = _("Nicht durchsuchbar, bitte ansehen: {key}, {label} (löschen: ikz erase {key} --attachment {sha})")
            output.wrapped(text.format(key=subject, label=label, sha=file.sha256[:12]), "  ", "")


COMMANDS = (erase,)
