"""Keep the register of organisations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, Whole, format_option, on_option, pass_app
from ikz_workflow.cli.registers import added
from ikz_workflow.german import ORGANISATION_KINDS
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.organisations import Sheet

COLUMNS = {
    "key": "Schlüssel",
    "name": "Name",
    "kind": "Art",
    "council": "Vertretung",
    "head": "Leitung",
    "authority": "Aufsicht",
}
MORE = {"official_key": "Amtlicher Schlüssel", "state": "Land", "county": "Landkreis", "inhabitants": "Einwohner"}
MORE |= {
    "seat": "Sitz",
    "valid_from": "gültig ab",
    "valid_to": "gültig bis",
    "successors": "Nachfolger",
    "source": "Quelle",
}
LISTED = {"key": "Schlüssel", "name": "Name", "kind": "Art", "county": "Landkreis", "authority": "Aufsicht"}
KIN = {"key": "Schlüssel", "name": "Name", "valid_from": "ab", "valid_to": "bis"}
PROPOSALS = {"key": "Nummer", "title": "Titel", "organisation": "als", "standing": "Stand"}
KINDS = ", ".join(ORGANISATION_KINDS.values())


@click.group()
def organisation() -> None:
    """Führt das Verzeichnis der Organisationen."""


def _row(key: str, value: Any, form: str) -> dict[str, Any]:
    """Return an entry as a row: for people with labels, for machines with keys."""
    row = {"key": key, **{name: getattr(value, name) for name in value.__struct_fields__}}
    if form != "json":
        row |= {"kind": ORGANISATION_KINDS.get(value.kind, value.kind), "inhabitants": value.inhabitants or None}
    return row


@organisation.command("list")
@click.option(
    "--text", metavar="TEXT", help=_("Nur, wo Schlüssel, Name, Sitz, Landkreis oder amtlicher Schlüssel ihn enthält.")
)
@click.option("--state", metavar="LAND", help=_("Nur aus diesem Land, z. B. Sachsen-Anhalt."))
@click.option("--kind", metavar="ART", help=_("Nur dieser Art: {kinds}.").format(kinds=KINDS))
@format_option
@pass_app
def organisation_list(app: App, form: str, **wanted: str | None) -> None:
    """Zeigt die Organisationen."""
    from ikz_workflow.services import organisations

    data = []
    for entry, authority in organisations.search(app.home, **wanted):
        data.append(_row(entry.key, entry.value, form))
        data[-1]["authority"] = data[-1]["authority"] if form == "json" else authority
    output.rows(form, data, LISTED if form == "table" else {**COLUMNS, **MORE})


@organisation.command("show")
@click.argument("key", metavar="ORGANISATION")
@format_option
@pass_app
def organisation_show(app: App, key: str, form: str) -> None:
    """Zeigt eine Organisation, ihre Vorgänger und Nachfolger und alle ihre Vorhaben."""
    import msgspec

    from ikz_workflow.services import organisations

    found = organisations.sheet(app.home, key)
    if form == "json":
        kin = {name: msgspec.to_builtins(getattr(found, name)) for name in ("predecessors", "successors", "proposals")}
        output.document({**_row(found.key, found.value, form), **kin})
    elif form == "table":
        _show(found)
    else:
        output.rows(form, [_row(found.key, found.value, form)], {**COLUMNS, **MORE})


def _show(found: Sheet) -> None:
    from ikz_workflow import german

    row = _row(found.key, found.value, "table")
    row["authority"] = found.authority
    row["inhabitants"] = german.number(str(found.value.inhabitants)) if found.value.inhabitants else ""
    output.heading(found.value.name)
    labels = {**{name: label for name, label in COLUMNS.items() if name != "name"}, **MORE}
    days = {name: german.date(row[name]) for name in ("valid_from", "valid_to") if row[name]}
    row |= {"successors": "", **days}
    output.pairs([(label, output.plain(row[name])) for name, label in labels.items()])
    for label, kin in ((_("Hervorgegangen aus"), found.predecessors), (_("Nachfolger"), found.successors)):
        if kin:
            click.echo()
            output.heading(label)
            data = [{"key": one.key, "name": one.name, **_days(one.valid_from, one.valid_to)} for one in kin]
            output.rows("table", data, KIN)
    if found.proposals:
        click.echo()
        output.heading(_("Vorhaben (auch der Vorgänger und Nachfolger)"))
        data = [{name: getattr(one, name) for name in PROPOSALS} for one in found.proposals]
        output.rows("table", data, PROPOSALS)


def _days(valid_from: str, valid_to: str) -> dict[str, str]:
    from ikz_workflow import german

    return {
        "valid_from": german.date(valid_from) if valid_from else "",
        "valid_to": german.date(valid_to) if valid_to else "",
    }


@organisation.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("name", metavar="NAME")
@click.option("--kind", metavar="ART", help=f"{KINDS}.")
@click.option("--state", metavar="LAND")
@click.option("--county", metavar="LANDKREIS")
@click.option("--council", metavar="VERTRETUNG", help=_("z. B. Kreistag."))
@click.option("--head", metavar="AMT", help=_("z. B. Landrätin."))
@click.option("--authority", metavar="SCHLÜSSEL", help=_("Zuständige Aufsichtsbehörde."))
@click.option("--seat", metavar="ORT")
@click.option("--official-key", metavar="ZIFFERN", help=_("Amtlicher Gemeindeschlüssel."))
@click.option("--inhabitants", type=Whole(0, 10**9), metavar="ZAHL", help=_("Einwohner."))
@click.option("--valid-from", metavar="DATUM", help=_("Erster Tag, an dem es sie gibt."))
@click.option("--valid-to", metavar="DATUM", help=_("Letzter Tag, an dem es sie gab."))
@click.option("--successor", "successors", multiple=True, metavar="SCHLÜSSEL", help=_("Nachfolger (mehrfach möglich)."))
@click.option("--own", is_flag=True, default=None, help=_("Das sind wir."))
@on_option
@pass_app
def organisation_add(app: App, key: str, **values: Any) -> None:
    """Trägt eine Organisation ein oder ändert sie."""
    values["successors"] = list(values["successors"]) or None
    added(app, "organisation", key, values)


@organisation.command("import")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@click.option("--state", metavar="LAND", help=_("Nur aus diesem Land, z. B. Sachsen-Anhalt."))
@click.option("--dry-run", is_flag=True, help=_("Nur prüfen, nichts schreiben."))
@on_option
@pass_app
def organisation_import(app: App, path: Path, dry_run: bool, **options: Any) -> None:
    """Übernimmt Organisationen aus dem Gemeindeverzeichnis (GV100AD), aus .xlsx oder .csv.

    Alle oder keine; was schon so im Verzeichnis steht, bleibt unberührt. Eine Tabelle braucht eine Kopfzeile mit
    „Name“; weitere Spalten: Art, Land, Landkreis, Amtlicher Schlüssel, Einwohner, Vertretung, Leitung, Aufsicht, Sitz.
    """
    from ikz_workflow.services import imports

    progress = output.Progress(_("Organisationen werden eingetragen"))
    done = imports.organisations(app.home, path, dry_run=dry_run, progress=progress, **options)
    told = _("{new} neu, {changed} geändert, {same} unverändert.")
    output.say(told.format(new=done.new, changed=done.changed, same=done.same))
    if done.ignored:
        output.say(_("Nicht übernommene Spalten: {names}.").format(names=", ".join(done.ignored)))
    if dry_run:
        output.say(_("Nichts wurde geschrieben."))


COMMANDS = (organisation,)
