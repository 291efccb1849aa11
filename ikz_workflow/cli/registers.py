"""Keep the registers of departments, topics and persons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, on_option, pass_app
from ikz_workflow.cli.erasing import carry_out, erasing_options
from ikz_workflow.language import gettext as _


def _listed(
    app: App,
    kind: str,
    form: str,
    columns: dict[str, str],
    names: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """Print a register; `names` says for a column what stands in place of its keys."""
    import msgspec

    from ikz_workflow.services import registers

    data = [{"key": entry.key, **msgspec.to_builtins(entry.value)} for entry in registers.entries(app.home, kind)]
    for row in data:
        row |= {column: known.get(str(row.get(column)), row.get(column)) for column, known in names.items()}
    output.rows(form, data, {"key": "Schlüssel", **columns})


def added(app: App, kind: str, key: str, values: dict[str, Any]) -> None:
    """Enter or change an entry and say so."""
    from ikz_workflow.services import registers

    on, note = values.pop("on"), values.pop("note")
    entry = registers.add(app.home, kind, key, values, on=on, note=note)
    told = _("Eingetragen: {key}.") if entry.version == 1 else _("Geändert: {key}.")
    output.say(told.format(key=entry.key))
    output.warn_of_lookalikes(key, *values.values())


@click.group()
def department() -> None:
    """Führt das Verzeichnis der Organisationseinheiten."""


@department.command("list")
@format_option
@pass_app
def department_list(app: App, form: str) -> None:
    """Zeigt alle Organisationseinheiten."""
    _listed(app, "department", form, {"short": "Kürzel", "name": "Name", "head": "Dezernat"})


@department.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("name", metavar="NAME")
@click.option("--short", metavar="KÜRZEL", required=True, help=_("z. B. FB 23."))
@click.option("--head", metavar="DEZERNAT")
@on_option
@pass_app
def department_add(app: App, key: str, **values: Any) -> None:
    """Trägt eine Organisationseinheit ein oder ändert sie."""
    added(app, "department", key, values)


@click.group()
def topic() -> None:
    """Führt das Verzeichnis der Themen."""


@topic.command("list")
@format_option
@pass_app
def topic_list(app: App, form: str) -> None:
    """Zeigt alle Themen mit ihrer Herkunft."""
    from ikz_workflow.services import registers

    units = {one.key: getattr(one.value, "short", "") for one in registers.entries(app.home, "department")}
    columns = {"label": "Thema", "department": "OE", "origins": "Herkunft"}
    _listed(app, "topic", form, columns, {"department": units} if form != "json" else {})


@topic.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("label", metavar="THEMA")
@click.option("--origin", "origins", multiple=True, metavar="TEXT", help=_("Woher es stammt (mehrfach möglich)."))
@on_option
@pass_app
def topic_add(app: App, key: str, **values: Any) -> None:
    """Trägt ein Thema ein oder ändert es."""
    values["origins"] = list(values["origins"]) or None
    added(app, "topic", key, values)


@topic.command("assign")
@click.argument("key", metavar="THEMA")
@click.argument("department", metavar="OE")
@on_option
@pass_app
def topic_assign(app: App, key: str, department: str, **options: Any) -> None:
    """Ordnet ein Thema der Organisationseinheit zu, die es bearbeitet."""
    from ikz_workflow.services import registers

    entry = registers.assign_topic(app.home, key, department, **options)
    output.say(
        _("Zugeordnet: {key} → {department}.").format(key=key, department=getattr(entry.value, "department", ""))
    )


PERSON_COLUMNS = {
    "key": "Nummer",
    "name": "Name",
    "account": "Konto",
    "departments": "Organisationseinheiten",
    "roles": "Rollen",
    "deputies": "Vertretung",
}


@click.group()
def person() -> None:
    """Führt das Verzeichnis der Personen und ihrer Rollen."""


@person.command("list")
@format_option
@pass_app
def person_list(app: App, form: str) -> None:
    """Zeigt alle Personen mit ihren Rollen."""
    from ikz_workflow.services import registers

    labels = registers.role_labels(app.home) if form != "json" else {}
    data = [
        {
            "key": one.key,
            "name": one.name,
            "account": one.account,
            "departments": list(one.departments),
            "roles": [labels.get(role, role) for role in one.roles],
            "deputies": list(one.deputies),
        }
        for one in registers.persons(app.home)
    ]
    output.rows(form, data, PERSON_COLUMNS)


@person.command("add")
@click.argument("name", metavar="NAME")
@click.option("--account", required=True, metavar="KONTO", help=_("Konto im Betriebssystem."))
@click.option("--role", "roles", multiple=True, metavar="ROLLE", help=_("Rolle (mehrfach möglich)."))
@click.option(
    "--department",
    "departments",
    multiple=True,
    metavar="OE",
    help=_("Eigene Organisationseinheit (mehrfach möglich); ohne sie gelten die Rollen überall."),
)
@on_option
@pass_app
def person_add(app: App, name: str, account: str, **options: Any) -> None:
    """Trägt eine Person ein.

    Sie erhält eine Nummer (p-0002), die im Verlauf steht; Name und Konto lassen sich löschen. Angesprochen wird sie mit
    Nummer, Name oder Konto.
    """
    from ikz_workflow.services import registers

    entry = registers.add_person(app.home, name, account, **options)
    output.say(_("Eingetragen: {name} ({key}).").format(name=name, key=entry.key))
    output.warn_of_lookalikes(name, account)


@person.command("set")
@click.argument("key", metavar="PERSON")
@click.option(
    "--department", "departments", multiple=True, metavar="OE", help=_("Eigene Organisationseinheit (alle nennen).")
)
@click.option("--everywhere", is_flag=True, help=_("Keiner zugeordnet: Die Rollen gelten überall."))
@on_option
@pass_app
def person_set(app: App, key: str, departments: tuple[str, ...], everywhere: bool, **options: Any) -> None:
    """Sagt, in welchen Organisationseinheiten die Rollen einer Person gelten."""
    from ikz_workflow.services import registers

    if bool(departments) == everywhere:
        raise click.UsageError(_("Bitte --department OE (alle nennen) oder --everywhere angeben."))
    registers.set_departments(app.home, key, departments, **options)
    output.say(_("Gespeichert: {key}.").format(key=key))


@person.command("grant")
@click.argument("key", metavar="PERSON")
@click.argument("roles", nargs=-1, required=True, metavar="ROLLE…")
@on_option
@pass_app
def person_grant(app: App, key: str, roles: tuple[str, ...], **options: Any) -> None:
    """Erteilt einer Person Rollen."""
    from ikz_workflow.services import registers

    registers.change_roles(app.home, key, granted=roles, **options)
    output.say(_("Erteilt: {roles}.").format(roles=", ".join(roles)))


@person.command("appoint")
@click.argument("name", metavar="PERSON")
@click.argument("deputies", nargs=-1, required=True, metavar="VERTRETUNG…")
@on_option
@pass_app
def person_appoint(app: App, name: str, deputies: tuple[str, ...], **options: Any) -> None:
    """Bestellt Personen, die eine andere vertreten.

    Sie handeln dann mit deren Rollen: ikz --as PERSON …; beide werden festgehalten.
    """
    from ikz_workflow.services import registers

    registers.change_deputies(app.home, name, appointed=deputies, **options)
    output.say(_("Bestellt zur Vertretung von {name}: {who}.").format(name=name, who=", ".join(deputies)))


@person.command("dismiss")
@click.argument("name", metavar="PERSON")
@click.argument("deputies", nargs=-1, required=True, metavar="VERTRETUNG…")
@on_option
@pass_app
def person_dismiss(app: App, name: str, deputies: tuple[str, ...], **options: Any) -> None:
    """Beendet die Vertretung einer Person."""
    from ikz_workflow.services import registers

    registers.change_deputies(app.home, name, dismissed=deputies, **options)
    output.say(_("Beendet, Vertretung von {name}: {who}.").format(name=name, who=", ".join(deputies)))


@person.command("revoke")
@click.argument("key", metavar="PERSON")
@click.argument("roles", nargs=-1, required=True, metavar="ROLLE…")
@on_option
@pass_app
def person_revoke(app: App, key: str, roles: tuple[str, ...], **options: Any) -> None:
    """Entzieht einer Person Rollen."""
    from ikz_workflow.services import registers

    registers.change_roles(app.home, key, revoked=roles, **options)
    output.say(_("Entzogen: {roles}.").format(roles=", ".join(roles)))


@person.command("erase")
@click.argument("key", metavar="PERSON")
@erasing_options
@pass_app
def person_erase(app: App, key: str, basis: str, dry_run: bool, yes: bool) -> None:
    """Löscht Name und Konto einer Person, die keine Rolle mehr hat, unwiderruflich.

    Dazu gehen alle Texte, Dokumente und Anlagen, in denen sie stehen. Die Nummer bleibt: Wer was tat und ob vier Augen
    zusahen, bleibt beweisbar.
    """
    from ikz_workflow.services import erasing

    carry_out(app, lambda dry: erasing.erase_person(app.home, key, basis=basis, dry_run=dry), dry_run=dry_run, yes=yes)


COMMANDS = (department, topic, person)
