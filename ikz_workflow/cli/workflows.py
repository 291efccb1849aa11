"""Show and check workflows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, format_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.definition import Condition, Definition
    from ikz_workflow.errors import Problem

FORM_COLUMNS = {
    "key": "Schlüssel",
    "label": "Rechtsform",
    "directions": "Richtung",
    "decides": "Wer entscheidet",
    "supervision": "Aufsicht",
    "publication": "Bekanntmachung",
    "basis": "Rechtsgrundlage",
    "checked": "Geprüft",
}


@click.group()
def workflow() -> None:
    """Zeigt und prüft die Verfahren."""


@workflow.command("list")
@format_option
@pass_app
def list_(app: App, form: str) -> None:
    """Zeigt alle Verfahren."""
    from ikz_workflow.services import workflows

    home = app.home
    data = []
    for name in workflows.names(home):
        found = workflows.definition(home, name)
        data.append(
            {
                "name": name,
                "version": found.version,
                "label": found.label,
                "stages": len(found.stages),
                "sha256": found.sha256,
            }
        )
    columns = {"name": "Name", "version": "Version", "label": "Bezeichnung", "stages": "Stufen"}
    output.rows(form, data, columns)


@workflow.command("check")
@click.argument("files", nargs=-1, metavar="[DATEI…]", type=click.Path(path_type=Path))
@format_option
@pass_app
def check(app: App, files: tuple[Path, ...], form: str) -> None:
    """Prüft Verfahren (ohne DATEI alle, mit ihren Vorlagen) und nennt alle Fehler auf einmal."""
    from ikz_workflow.services import workflows

    report(workflows.problems(app.home, files), form, _("Die Verfahren sind in Ordnung."))


def report(problems: Sequence[Problem], form: str, fine: str) -> None:
    """Print findings and leave with their exit code, or say that all is fine."""
    if form == "table":
        for problem in problems:
            output.say(str(problem))
        output.say(_("{n} Fehler gefunden.").format(n=len(problems)) if problems else fine)
    else:
        data = [{"file": one.where, "line": one.line, "text": one.text} for one in problems]
        output.rows(form, data, {"file": "Datei", "line": "Zeile", "text": "Fehler"})
    if problems:
        sys.exit(FINDINGS)


@workflow.command("show")
@click.argument("name", metavar="NAME")
@format_option
@pass_app
def show(app: App, name: str, form: str) -> None:
    """Zeigt ein Verfahren, wie ein Mensch es liest."""
    import msgspec

    from ikz_workflow.services import workflows

    found = workflows.definition(app.home, name)
    if form == "table":
        _show(found)
        return
    fields = [
        {"name": one.name, "stage": one.stage, "label": one.label, "type": one.type} for one in found.fields.values()
    ]
    columns = {"stage": "Stufe", "name": "Feld", "label": "Bezeichnung", "type": "Art"}
    output.document(msgspec.to_builtins(found)) if form == "json" else output.rows(form, fields, columns)


def _show(found: Definition) -> None:
    output.heading(f"{found.label} ({found.name}, Version {found.version})")
    for number, stage in enumerate(found.stages.values(), start=1):
        click.echo()
        output.heading(f"{number}  {stage.label} ({stage.name})")
        output.pairs([(_("Frist"), str(stage.due) if stage.due else ""), (_("Hinweis"), stage.hint)], "   ")
        if stage.fields:
            output.say(_("   Abgefragt wird:"))
            output.pairs([(field.name, field.label) for field in stage.fields.values()], "     ")
        for transition in stage.transitions.values():
            output.say(f"   → {transition.label} ({transition.name}): {found.stages[transition.to].label}")
            output.say(_("     durch: {role}").format(role=found.roles[transition.role]))
            for requirement in transition.requires:
                output.wrapped(requirement_sentence(found, requirement), "       ", "     – ")
    click.echo()
    output.heading(_("Aus jeder offenen Stufe"))
    for transition in found.anywhere.values():
        output.say(f"   → {transition.label} ({transition.name})")
    click.echo()
    output.heading(_("Entscheidungen"))
    for gate in found.gates.values():
        asked = ", ".join(gate.named.values()) if gate.named else BODIES[gate.bodies]
        output.say(f"   {gate.label} ({gate.name}): {gate.question}")
        output.wrapped(
            _("gefragt: {asked}; Ergebnis: {outcomes}").format(asked=asked, outcomes=", ".join(gate.outcomes.values())),
            "     ",
        )


BODIES = {
    "competent": "die nach der Rechtsform zuständigen Organe aller Beteiligten",
    "councils": "die Vertretungen aller Beteiligten",
    "heads": "die Hauptverwaltungsbeamten aller Beteiligten",
    "own-council": "die eigene Vertretung",
    "authorities": "die Aufsichtsbehörden der Beteiligten",
    "parties": "alle Beteiligten",
}


def requirement_sentence(found: Definition, requirement: Any) -> str:
    """Return what a requirement demands in general, as a phrase."""
    from ikz_workflow.requirements import STANDING_LABELS

    names = requirement.names
    first = names[0] if names else ""
    phrases = {
        "fields": lambda: _("Angaben: ") + ", ".join(found.fields[name].label for name in names),
        "reached": lambda: _("erreicht: ") + found.fields[first].label,
        "document": lambda: _("Dokument: ") + found.documents[first],
        "parties": lambda: _("Partner „{standing}“: mindestens {n}").format(
            standing=STANDING_LABELS[requirement.standing], n=requirement.count
        ),
        "contacts": lambda: _("Kontakte mit jedem Partner: mindestens {n}").format(n=requirement.count),
        "milestones": lambda: _("Meilensteine: mindestens {n}").format(n=requirement.count),
        "obstacles": lambda: _("Hemmnisse eingeschätzt") if first == "assessed" else _("jedes Hemmnis beantwortet"),
        "checks": lambda: _("Prüfungen: ") + ", ".join(found.catalogue.checks[name].label for name in names),
        "gate": lambda: _("Entscheidung: ") + found.gates[first].label,
        "reason": lambda: _("ein Grund"),
        "note": lambda: _("eine Begründung"),
    }
    condition = requirement.when or (found.gates[first].when if requirement.kind == "gate" else None)
    when = _(" (wenn {condition})").format(condition=_condition(found, condition)) if condition else ""
    return f"{phrases[requirement.kind]()}{when}"


def _condition(found: Definition, condition: Condition) -> str:
    if condition.parts:
        joint = _(" oder ") if condition.kind == "any" else _(" und ")
        return joint.join(_condition(found, part) for part in condition.parts)
    labels = VALUES
    label = COLUMNS.get(condition.name, condition.name)
    if condition.kind == "field":
        field = found.fields[condition.name]
        label, labels = field.label, {**VALUES, **field.choices}
    return f"{label}: {_(' oder ').join(labels.get(value, value) for value in condition.values)}"


COLUMNS = {
    "supervision": "Aufsicht",
    "publication": "Bekanntmachung",
    "document": "Dokument der Rechtsform",
    "decides": "Zuständigkeit",
    "variant": "Art der Vereinbarung",
}
VALUES = {
    "approval": "Genehmigung",
    "case-by-case": "Genehmigung oder Anzeige je nach Fall",
    "notice": "Anzeige",
    "none": "keine",
    "by-special-law": "nach Fachrecht",
    "required": "erforderlich",
    "by-authority": "durch die Aufsicht",
    "register": "Eintragung im Register",
    "agreement": "Zweckvereinbarung",
    "councils": "Vertretungen",
    "heads": "Hauptverwaltungsbeamte",
    "by-value": "nach Gewicht und Wert",
    "delegating": "delegierend",
    "mandating": "mandatierend",
    "true": "ja",
    "false": "nein",
}


@workflow.command("forms")
@click.option("--at", metavar="DATUM", help=_("Nach dem Recht dieses Tages (sonst heute)."))
@format_option
@pass_app
def forms(app: App, at: str | None, form: str) -> None:
    """Zeigt die Rechtsformen, wie sie an einem Tag gelten."""
    import msgspec

    from ikz_workflow.services import inputs, registers

    home = app.home
    day = inputs.full_date("--at", at) if at else home.today.isoformat()
    data = []
    for row in registers.valid_forms(home, day):
        checked = _("{by}, {on}").format(by=row.checked_by, on=row.checked_on) if row.checked_by else _("ungeprüft")
        told = msgspec.to_builtins(row)
        if form != "json":
            told |= {name: VALUES[told[name]] for name in ("decides", "supervision", "publication")}
        data.append({**told, "checked": checked})
    output.rows(form, data, FORM_COLUMNS)


@workflow.command("diagram")
@click.argument("name", metavar="NAME")
@pass_app
def diagram(app: App, name: str) -> None:
    """Zeichnet ein Verfahren als Mermaid-Diagramm."""
    from ikz_workflow.exchange.diagram import mermaid
    from ikz_workflow.services import workflows

    click.echo(mermaid(workflows.definition(app.home, name)), nl=False)


COMMANDS = (workflow,)
