"""List and check templates."""

from __future__ import annotations

from pathlib import Path

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, pass_app
from ikz_workflow.language import gettext as _

TEMPLATE_COLUMNS = {"kind": "Art", "label": "Bezeichnung", "origin": "Herkunft", "state": "Zustand"}


@click.group()
def template() -> None:
    """Zeigt und prüft die Vorlagen."""


@template.command("list")
@format_option
@pass_app
def template_list(app: App, form: str) -> None:
    """Zeigt alle Vorlagen."""
    from ikz_workflow.services import template_checks

    data = [
        {
            "kind": info.kind,
            "label": info.label,
            "origin": _("eigene") if info.own else _("mitgeliefert"),
            "state": _("{n} Fehler").format(n=len(info.problems)) if info.problems else _("in Ordnung"),
            "path": info.path,
        }
        for info in template_checks.every(app.home)
    ]
    output.rows(form, data, TEMPLATE_COLUMNS)


@template.command("check")
@click.argument("path", metavar="[DATEI]", required=False, type=click.Path(path_type=Path))
@format_option
@pass_app
def template_check(app: App, path: Path | None, form: str) -> None:
    """Prüft Vorlagen und nennt alle Fehler auf einmal."""
    from ikz_workflow.cli.workflows import report
    from ikz_workflow.services import template_checks

    home = app.home
    found = [template_checks.one(home, path)] if path else template_checks.every(home)
    problems = [problem for info in found for problem in info.problems] + template_checks.unchecked(home)
    report(problems, form, _("Die Vorlagen sind in Ordnung."))


COMMANDS = (template,)
