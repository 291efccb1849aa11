"""List, check and copy templates; name what they may use."""

from __future__ import annotations

from pathlib import Path

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, pass_app
from ikz_workflow.language import gettext as _

TEMPLATE_COLUMNS = {
    "kind": "Art",
    "label": "Bezeichnung",
    "form": "Form",
    "origin": "Herkunft",
    "state": "Zustand",
}
NAME_COLUMNS = {"name": "Name", "label": "Bedeutung", "example": "Beispiel"}


@click.group()
def template() -> None:
    """Zeigt, prüft und kopiert die Vorlagen."""


@template.command("list")
@format_option
@pass_app
def list_(app: App, form: str) -> None:
    """Zeigt alle Vorlagen: Text oder Word, eigene oder mitgelieferte."""
    from ikz_workflow.services import template_checks

    data = [
        {
            "kind": info.kind,
            "label": info.label,
            "form": _("Word") if info.is_word else _("Text"),
            "origin": _("eigene") if info.own else _("mitgeliefert"),
            "state": _state(info.behind, len(info.problems)),
            "path": info.path,
        }
        for info in template_checks.every(app.home)
    ]
    output.rows(form, data, TEMPLATE_COLUMNS)


def _state(behind: str, faults: int) -> str:
    if behind:
        return _("nicht benutzt: {file} geht vor").format(file=behind)
    return _("{n} Fehler").format(n=faults) if faults else _("in Ordnung")


@template.command("check")
@click.argument("path", metavar="[DATEI]", required=False, type=click.Path(path_type=Path))
@click.option("--kind", metavar="ART", help=_("Zu welchem Dokument die DATEI gehört (sonst sagt es ihr Name)."))
@click.option(
    "--comments",
    metavar="KOPIE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("Schreibt die Fehler als Kommentare in eine Kopie der Word-Vorlage."),
)
@format_option
@pass_app
def check(app: App, path: Path | None, kind: str | None, comments: Path | None, form: str) -> None:
    """Prüft Vorlagen und nennt alle Fehler auf einmal, mit dem Satz, in dem sie stehen.

    Jede wird mit Beispieldaten probehalber ausgefüllt: leer, mit dem Nötigsten, vollständig.
    """
    from ikz_workflow.cli.workflows import report
    from ikz_workflow.services import template_checks

    home = app.home
    if path is None and (kind or comments):
        raise click.UsageError(_("--kind und --comments brauchen eine DATEI."))
    if path and comments:
        count = template_checks.annotate(home, path, comments, kind)
        output.say(_("{n} Fehler als Kommentare in {path}.").format(n=count, path=comments), error=True)
    found = [template_checks.one(home, path, kind)] if path else template_checks.every(home)
    problems = [problem for info in found for problem in info.problems] + template_checks.unchecked(home)
    report(problems, form, _("Die Vorlage ist in Ordnung.") if path else _("Die Vorlagen sind in Ordnung."))


@template.command("copy")
@click.argument("kind", metavar="ART")
@click.option("--word", is_flag=True, help=_("Als Word-Datei mit sichtbaren Steuerzeichen."))
@click.option(
    "--output",
    "target",
    metavar="DATEI",
    type=click.Path(path_type=Path),
    help=_("Wohin (sonst in den Ordner templates des eigenen Ordners; dort gilt sie sofort)."),
)
@pass_app
def copy(app: App, kind: str, word: bool, target: Path | None) -> None:
    """Legt eine Vorlage zum Ändern ab, als Text oder als Word-Datei."""
    from ikz_workflow.services import template_checks

    path = template_checks.copy(app.home, kind, target, word=word)
    output.say(str(path))
    if target is None:
        output.say(_("Diese Datei gilt jetzt statt der mitgelieferten Vorlage. Zurück: Datei löschen."))
    command = app.command(f"ikz template check {path}")
    output.say(_("Nach dem Ändern prüfen: {command}").format(command=command))


@template.command("fields")
@click.argument("kind", metavar="[ART]", required=False)
@format_option
@pass_app
def fields(app: App, kind: str | None, form: str) -> None:
    """Zeigt, welche Angaben eine Vorlage einsetzen kann, mit Beispielen."""
    from ikz_workflow.services import template_checks

    data = [
        {"name": one.name, "label": one.label, "example": one.example, "list": one.is_list}
        for one in template_checks.names(app.home, kind)
    ]
    output.rows(form, data, NAME_COLUMNS)


@template.group("design")
def design() -> None:
    """Gibt die Gestaltung aller Dokumente aus und übernimmt eine eigene."""


@design.command("export")
@click.argument("target", metavar="DATEI.docx", type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def design_export(app: App, target: Path) -> None:
    """Schreibt die geltende Gestaltung als Word-Datei, um sie in Word zu ändern."""
    from ikz_workflow.cli.reports import write_word
    from ikz_workflow.services import designs

    write_word(target, designs.current(app.home))
    output.wrapped(
        _("In Word anpassen, dann übernehmen: {c}").format(c=app.command(f"ikz template design use {target}"))
    )


@design.command("use")
@click.argument("path", metavar="DATEI.docx", type=click.Path(path_type=Path))
@pass_app
def design_use(app: App, path: Path) -> None:
    """Prüft eine Gestaltung und übernimmt sie für alle Dokumente, die danach entstehen."""
    from ikz_workflow.services import designs

    output.say(_("Die Gestaltung gilt von nun an: {path}").format(path=designs.use(app.home, path)))
    output.say(_("Was es schon gibt, behält sein Aussehen, auch eigene Word-Vorlagen."))


COMMANDS = (template,)
