"""Show and check workflows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, format_option, on_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.definition import Definition
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

    data = [_line(name, found) for name, found in workflows.overview(app.home).items()]
    columns = {"name": "Name", "version": "Version", "label": "Bezeichnung", "stages": "Stufen", "state": "Zustand"}
    output.rows(form, data, columns)
    if form == "table" and any(row["problems"] for row in data):
        output.say(_("Alle Fehler: {command}").format(command=app.command("ikz workflow check")))


def _line(name: str, found: Definition | tuple[Problem, ...]) -> dict[str, Any]:
    """Return a workflow's row; of one at fault only the name is sure."""
    if isinstance(found, tuple):
        state = _("{n} Fehler").format(n=len(found))
        return {"name": name, "state": state, "problems": [str(problem) for problem in found]}
    return {
        "name": name,
        "version": found.version,
        "label": found.label,
        "stages": len(found.stages),
        "sha256": found.sha256,
        "state": _("in Ordnung"),
        "problems": [],
    }


@workflow.command("check")
@click.argument("files", nargs=-1, metavar="[DATEI…]", type=click.Path(path_type=Path))
@format_option
@pass_app
def check(app: App, files: tuple[Path, ...], form: str) -> None:
    """Prüft Verfahren (ohne DATEI alle, mit ihren Vorlagen) und nennt alle Fehler auf einmal."""
    from ikz_workflow.services import migrations, template_checks, workflows

    home = app.home
    used = [] if files else template_checks.problems(home)
    report(
        [*workflows.problems(home, files), *used, *migrations.version_problems(home, files)],
        form,
        _("Die Verfahren sind in Ordnung."),
    )


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


def _narrowing(function: Any) -> Any:
    """Add `--direction` and `--legal-form`."""
    function = click.option(
        "--legal-form", metavar="RECHTSFORM", help=_("Nur, was bei dieser Rechtsform gilt (ikz workflow forms).")
    )(function)
    return click.option(
        "--direction",
        metavar="RICHTUNG",
        help=_("Nur, was in dieser Richtung gilt: interkommunal, intrakommunal, vertikal."),
    )(function)


@workflow.command("show")
@click.argument("name", metavar="NAME")
@_narrowing
@format_option
@pass_app
def show(app: App, name: str, direction: str | None, legal_form: str | None, form: str) -> None:
    """Zeigt ein Verfahren, wie ein Mensch es liest.

    Mit --direction oder --legal-form entfällt, was dort nie gilt.
    """
    import msgspec

    from ikz_workflow.services import workflows

    narrow = workflows.narrowed_definition(app.home, name, direction, legal_form)
    found = narrow.definition
    if form == "table":
        _show(found, narrow.told)
        return
    fields = [
        {"name": one.name, "stage": one.stage, "label": one.label, "type": one.type} for one in found.fields.values()
    ]
    columns = {"stage": "Stufe", "name": "Feld", "label": "Bezeichnung", "type": "Art"}
    output.document(msgspec.to_builtins(found)) if form == "json" else output.rows(form, fields, columns)


def _show(found: Definition, told: str) -> None:
    from ikz_workflow.wording import BODIES, condition_phrase, requirement_phrase

    output.heading(f"{found.label} ({found.name}, Version {found.version})")
    if told:
        output.wrapped(told)
    for number, stage in enumerate(found.stages.values(), start=1):
        click.echo()
        output.heading(f"{number}  {stage.label} ({stage.name})")
        silence = _("alle {span}").format(span=stage.silence) if stage.silence else ""
        due = str(stage.due) if stage.due else ""
        output.pairs([(_("Frist"), due), (_("Kontakt"), silence), (_("Hinweis"), stage.hint)], "   ")
        if stage.fields:
            output.say(_("   Abgefragt wird:"))
            output.pairs([(field.name, field.label) for field in stage.fields.values()], "     ")
        for transition in stage.transitions.values():
            output.say(f"   → {transition.label} ({transition.name}): {found.stages[transition.to].label}")
            output.say(_("     durch: {role}").format(role=found.roles[transition.role]))
            for requirement in transition.requires:
                output.wrapped(requirement_phrase(found, requirement), "       ", "     – ")
    click.echo()
    output.heading(_("Aus jeder offenen Stufe"))
    for transition in found.anywhere.values():
        output.say(f"   → {transition.label} ({transition.name})")
    click.echo()
    output.heading(_("Entscheidungen"))
    for gate in found.gates.values():
        due = _("; Frist: {due}").format(due=gate.due) if gate.due else ""
        asked = ", ".join(gate.named.values()) if gate.named else BODIES[gate.bodies]
        output.say(f"   {gate.label} ({gate.name}): {gate.question}")
        if gate.when:
            output.wrapped(_("nur wenn {condition}").format(condition=condition_phrase(found, gate.when)), "     ")
        output.wrapped(
            _("gefragt: {asked}; Ergebnis: {outcomes}").format(asked=asked, outcomes=", ".join(gate.outcomes.values()))
            + due,
            "     ",
        )


@workflow.command("forms")
@click.option("--at", metavar="DATUM", help=_("Nach dem Recht dieses Tages (sonst heute)."))
@format_option
@pass_app
def forms(app: App, at: str | None, form: str) -> None:
    """Zeigt die Rechtsformen, wie sie an einem Tag gelten."""
    import msgspec

    from ikz_workflow import german
    from ikz_workflow.services import forms as legal_forms
    from ikz_workflow.services import inputs
    from ikz_workflow.wording import VALUES

    home = app.home
    day = inputs.full_date("--at", at) if at else home.today.isoformat()
    data = []
    for row in legal_forms.valid_forms(home, day):
        checked = f"{row.checked_by}, {german.date(row.checked_on)}" if row.checked_by else _("ungeprüft")
        told = msgspec.to_builtins(row)
        if form != "json":
            told |= {name: VALUES[told[name]] for name in ("decides", "supervision", "publication")}
        data.append({**told, "checked": checked})
    output.rows(form, data, FORM_COLUMNS)


@workflow.command("confirm-form")
@click.argument("form", metavar="RECHTSFORM")
@click.option("--from", "valid_from", metavar="DATUM", help=_("Die Zeile, die ab da gilt (sonst die heute gültige)."))
@click.option("--by", required=True, metavar="OE[, NAME]", help=_("Wer geprüft hat, z. B. „Amt 30, Frau Muster“."))
@on_option
@pass_app
def confirm_form(app: App, form: str, **options: Any) -> None:
    """Hält fest, dass die Zeile einer Rechtsform geprüft ist.

    Den Namen nimmt der Verlauf nur als Festlegung auf; in der Zeile stehen Organisationseinheit und Tag.
    """
    from ikz_workflow import german
    from ikz_workflow.services import forms as legal_forms

    row = legal_forms.confirm(app.home, form, **options)
    text = _("{label} (ab {start}): geprüft durch {by} am {day}.")
    start = _("unbekannt") if row.valid_from == "undated" else german.date(row.valid_from)
    output.say(text.format(label=row.label, start=start, by=row.checked_by, day=german.date(row.checked_on)))


@workflow.command("schema")
def schema() -> None:
    """Zeigt das Format der Verfahren als JSON Schema, für Editoren."""
    from ikz_workflow.definition import schema as format_of_workflows

    click.echo(format_of_workflows.text(), nl=False)


@workflow.command("diagram")
@click.argument("name", metavar="NAME")
@_narrowing
@click.option("--format", "form", type=click.Choice(("mermaid", "svg")), default="mermaid", show_default=True)
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), metavar="DATEI", help=_("In diese Datei."))
@pass_app
def diagram(app: App, name: str, direction: str | None, legal_form: str | None, form: str, target: Path | None) -> None:
    """Zeichnet ein Verfahren: als Mermaid-Text oder als Bild (SVG) für eine Drucksache."""
    from ikz_workflow.exchange.diagram import mermaid
    from ikz_workflow.exchange.picture import svg
    from ikz_workflow.services import workflows

    found = workflows.narrowed_definition(app.home, name, direction, legal_form)
    text = svg(found.definition, found.told) if form == "svg" else mermaid(found.definition)
    if target is None:
        click.echo(text, nl=False)
    else:
        workflows.write_text(target, text)
        output.say(_("Gezeichnet: {target}").format(target=target))


DIFF_COLUMNS = {"section": "Bereich", "name": "Name", "change": "Änderung", "text": "Was"}


@workflow.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@format_option
@pass_app
def diff(app: App, first: str, second: str, form: str) -> None:
    """Zeigt, worin sich zwei Verfahren unterscheiden.

    A und B sind je ein Name, eine Datei, der Anfang einer Prüfsumme oder NAME@running (woran laufende Vorhaben gebunden
    sind).
    """
    import msgspec

    from ikz_workflow.services import comparing

    found = comparing.differences(app.home, first, second)
    if form != "table":
        output.rows(form, [msgspec.to_builtins(one) for one in found], DIFF_COLUMNS)
        return
    section = ""
    for one in found:
        if one.section != section:
            output.heading(one.section)
        section = one.section
        mark = {"neu": "+", "entfällt": "–"}.get(one.change, "~")
        output.wrapped(f"{one.label}{f': {one.text}' if one.text else ''}", " " * 6, f"  {mark} ")
    if not found:
        output.say(_("Beide sind gleich."))


MIGRATION_COLUMNS = {
    "key": "Nummer",
    "title": "Titel",
    "stage": "Stufe",
    "fits": "passt",
    "problems": "dagegen",
    "lost": "entfallende Angaben",
    "newly_missing": "fehlt dann",
    "no_longer_missing": "fehlt dann nicht mehr",
    "due": "nächste Frist",
    "new_transitions": "neue Übergänge",
    "lost_transitions": "entfallende Übergänge",
}


@workflow.command("migrate")
@click.argument("name", metavar="NAME")
@click.argument("keys", nargs=-1, metavar="[NUMMER…]")
@click.option("--dry-run", is_flag=True, help=_("Nur zeigen, nichts schreiben."))
@format_option
@pass_app
def migrate(app: App, name: str, keys: tuple[str, ...], dry_run: bool, form: str) -> None:
    """Stellt laufende Vorhaben auf die jetzige Fassung ihres Verfahrens um.

    Ohne NUMMER alle. Was nicht passt, bleibt, wie es ist, und wird genannt.
    """
    import msgspec

    from ikz_workflow.services import migrations

    effects = migrations.migrate(app.home, name, keys, dry_run=dry_run)
    if form != "table":
        output.rows(form, [msgspec.to_builtins(one) for one in effects], MIGRATION_COLUMNS)
    else:
        for one in effects:
            output.heading(f"{one.key}  {one.title} ({one.stage}): Version {one.from_version} → {one.to_version}")
            told = msgspec.to_builtins(one)
            shown = [(MIGRATION_COLUMNS[name], "; ".join(told[name])) for name in list(MIGRATION_COLUMNS)[4:]]
            output.pairs(shown if any(text for _label, text in shown) else [(_("Wirkung"), _("keine"))], "  ")
        fitting = sum(one.fits for one in effects)
        text = (
            _("Umgestellt: {n} von {all}.") if not dry_run else _("Passend: {n} von {all}. Nichts wurde geschrieben.")
        )
        output.say(text.format(n=fitting, all=len(effects)) if effects else _("Kein laufendes Vorhaben ist betroffen."))
    if not all(one.fits for one in effects):
        sys.exit(FINDINGS)


COMMANDS = (workflow,)
