"""Keep the registers: organisations, departments, topics, persons."""

from __future__ import annotations

from typing import Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, on_option, pass_app
from ikz_workflow.language import gettext as _


def _listed(app: App, kind: str, form: str, columns: dict[str, str]) -> None:
    """Print a register."""
    import msgspec

    from ikz_workflow.services import registers

    data = [{"key": entry.key, **msgspec.to_builtins(entry.value)} for entry in registers.entries(app.home, kind)]
    output.rows(form, data, {"key": "Schlüssel", **columns})


def _added(app: App, kind: str, key: str, values: dict[str, Any]) -> None:
    """Enter or change an entry and say so."""
    from ikz_workflow.services import registers

    on, note = values.pop("on"), values.pop("note")
    entry = registers.add(app.home, kind, key, values, on=on, note=note)
    told = _("Eingetragen: {key}.") if entry.version == 1 else _("Geändert: {key}.")
    output.say(told.format(key=entry.key))


@click.group()
def organisation() -> None:
    """Führt das Verzeichnis der Organisationen."""


@organisation.command("list")
@format_option
@pass_app
def organisation_list(app: App, form: str) -> None:
    """Zeigt alle Organisationen."""
    columns = {"name": "Name", "kind": "Art", "council": "Vertretung", "head": "Leitung", "authority": "Aufsicht"}
    _listed(app, "organisation", form, columns)


@organisation.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("name", metavar="NAME")
@click.option(
    "--kind",
    default=None,
    metavar="ART",
    help=_("city, county, municipality, company, authority, association, state oder institution."),
)
@click.option("--state", metavar="LAND")
@click.option("--county", metavar="LANDKREIS")
@click.option("--council", metavar="VERTRETUNG", help=_("z. B. Kreistag."))
@click.option("--head", metavar="AMT", help=_("z. B. Landrätin."))
@click.option("--authority", metavar="SCHLÜSSEL", help=_("Zuständige Aufsichtsbehörde."))
@click.option("--seat", metavar="ORT")
@click.option("--own", is_flag=True, default=None, help=_("Das sind wir."))
@on_option
@pass_app
def organisation_add(app: App, key: str, **values: Any) -> None:
    """Trägt eine Organisation ein oder ändert sie."""
    if values["kind"] is None and not _exists(app, "organisation", key):
        values["kind"] = "municipality"
    _added(app, "organisation", key, values)


def _exists(app: App, kind: str, key: str) -> bool:
    from ikz_workflow.services import registers

    return any(entry.key == key for entry in registers.entries(app.home, kind))


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
    _added(app, "department", key, values)


@click.group()
def topic() -> None:
    """Führt das Verzeichnis der Themen."""


@topic.command("list")
@format_option
@pass_app
def topic_list(app: App, form: str) -> None:
    """Zeigt alle Themen mit ihrer Herkunft."""
    _listed(app, "topic", form, {"label": "Thema", "origins": "Herkunft"})


@topic.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("label", metavar="THEMA")
@click.option("--origin", "origins", multiple=True, metavar="TEXT", help=_("Woher es stammt (mehrfach möglich)."))
@on_option
@pass_app
def topic_add(app: App, key: str, **values: Any) -> None:
    """Trägt ein Thema ein oder ändert es."""
    values["origins"] = list(values["origins"]) or None
    _added(app, "topic", key, values)


@click.group()
def person() -> None:
    """Führt das Verzeichnis der Personen und ihrer Rollen."""


@person.command("list")
@format_option
@pass_app
def person_list(app: App, form: str) -> None:
    """Zeigt alle Personen mit ihren Rollen."""
    from ikz_workflow.services import registers

    data = [
        {"key": key, "name": name, "account": account, "roles": list(roles)}
        for key, name, account, roles in registers.persons(app.home)
    ]
    output.rows(form, data, {"key": "Schlüssel", "name": "Name", "account": "Konto", "roles": "Rollen"})


@person.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("name", metavar="NAME")
@click.option("--account", required=True, metavar="KONTO", help=_("Konto im Betriebssystem."))
@click.option("--role", "roles", multiple=True, metavar="ROLLE", help=_("Rolle (mehrfach möglich)."))
@on_option
@pass_app
def person_add(app: App, key: str, name: str, account: str, **options: Any) -> None:
    """Trägt eine Person ein."""
    from ikz_workflow.services import registers

    entry = registers.add_person(app.home, key, name, account, **options)
    output.say(_("Eingetragen: {key}.").format(key=entry.key))


@person.command("grant")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("roles", nargs=-1, required=True, metavar="ROLLE…")
@on_option
@pass_app
def person_grant(app: App, key: str, roles: tuple[str, ...], **options: Any) -> None:
    """Erteilt einer Person Rollen."""
    from ikz_workflow.services import registers

    registers.change_roles(app.home, key, granted=roles, **options)
    output.say(_("Erteilt: {roles}.").format(roles=", ".join(roles)))


@person.command("revoke")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("roles", nargs=-1, required=True, metavar="ROLLE…")
@on_option
@pass_app
def person_revoke(app: App, key: str, roles: tuple[str, ...], **options: Any) -> None:
    """Entzieht einer Person Rollen."""
    from ikz_workflow.services import registers

    registers.change_roles(app.home, key, revoked=roles, **options)
    output.say(_("Entzogen: {roles}.").format(roles=", ".join(roles)))


COMMANDS = (organisation, department, topic, person)
