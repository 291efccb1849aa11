"""Take over what others wrote in tables, and write forms for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, pass_app
from ikz_workflow.cli.documents import check_pdf, pdf_option
from ikz_workflow.cli.reports import samples_option, write_word
from ikz_workflow.language import gettext as _


@click.group("import")
def import_() -> None:
    """Übernimmt die Antworten der Abfrage.

    Organisationen, auch aus dem amtlichen Gemeindeverzeichnis, übernimmt ikz organisation import.
    """


@import_.command("survey")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@click.option("--department", metavar="OE", help=_("Für Zeilen, die keine Organisationseinheit nennen."))
@click.option("--dry-run", is_flag=True, help=_("Nur prüfen, nichts schreiben."))
@click.option("--on", metavar="DATUM|unknown", help=_("Wann die Abfrage beantwortet wurde (sonst heute)."))
@pass_app
def survey(app: App, path: Path, dry_run: bool, **options: Any) -> None:
    """Legt aus den Antworten der Abfrage (.xlsx, .csv) Vorhaben an.

    Alle oder keines; eine Antwort, die schon übernommen ist (dieselbe OE, dasselbe Thema, derselbe Titel), wird
    erkannt. Das leere Formular schreibt ikz export survey-form.
    """
    from ikz_workflow.services import survey as services

    done = services.take_over(app.home, path, dry_run=dry_run, **options)
    for key, title in done.new:
        output.say(f"{key}: {title}")
    told = _("{new} neu, {known} schon früher übernommen.")
    output.say(told.format(new=len(done.new), known=len(done.known)))
    if done.ignored:
        output.say(_("Nicht übernommene Spalten: {names}.").format(names=", ".join(done.ignored)))
    output.say(_("Nichts wurde geschrieben.") if dry_run else _("Weiter: {c}").format(c=app.command("ikz list")))


@click.group()
def export() -> None:
    """Schreibt Dateien für andere."""


@export.command("survey-form")
@click.argument("path", metavar="DATEI.xlsx", type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def survey_form(app: App, path: Path) -> None:
    """Schreibt das leere Formular der Abfrage als Arbeitsmappe."""
    from ikz_workflow.services import survey as services

    write_word(path, services.blank_form(app.home), ending=".xlsx")


@export.command("guidelines")
@click.argument("target", metavar="DATEI.docx", type=click.Path(dir_okay=False, path_type=Path))
@samples_option
@pdf_option
@pass_app
def guidelines(app: App, target: Path, samples: bool, pdf: bool) -> None:
    """Bindet die neuesten Handlungsleitfäden aller Vorhaben in eine Word-Datei mit Inhaltsverzeichnis.

    Von Hand bearbeitete stehen darin im Wortlaut, in der Gestaltung der Sammlung.
    """
    from ikz_workflow.services import guidelines as collecting

    check_pdf(pdf)
    made = collecting.collect(app.home, samples=samples)
    write_word(target, made.content, pdf=pdf)
    output.say(_("Handlungsleitfäden: {n}.").format(n=made.count))
    if made.edited:
        output.wrapped(_("Von Hand bearbeitet, im Wortlaut: {keys}.").format(keys=", ".join(made.edited)))


@export.command("history")
@click.argument("target", metavar="DATEI.jsonl", type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def history(app: App, target: Path) -> None:
    """Schreibt den ganzen Verlauf, wie er gespeichert ist, für eine Prüfung ohne ikz.

    Eine Zeile je Eintrag, darüber das Ende der Kette; docs/pruefer.py prüft die Datei allein mit Python. Freie Texte
    und Namen stehen nicht darin, nur ihre Festlegungen.
    """
    from ikz_workflow.services import keeping

    head = keeping.export_history(app.home, target)
    output.say(_("Geschrieben: {target} ({n} Einträge).").format(target=target, n=head.seq))


COMMANDS = (import_, export)
