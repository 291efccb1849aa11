"""Keep the register of co-operation that exists already."""

from __future__ import annotations

from typing import Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, on_option, pass_app
from ikz_workflow.language import gettext as _

COLUMNS = {
    "key": "Schlüssel",
    "label": "Zusammenarbeit",
    "form": "Form",
    "partners": "Beteiligte",
    "since": "seit",
    "prescribed": "gesetzlich",
    "basis": "Rechtsgrundlage",
    "department": "OE",
    "source": "Quelle",
}


@click.group()
def cooperation() -> None:
    """Führt das Verzeichnis der bestehenden Zusammenarbeit."""


def _told(app: App, key: str | None, form: str) -> list[dict[str, Any]]:
    """Return the entries as rows: for people with names and German dates, for machines with keys."""
    from ikz_workflow import german
    from ikz_workflow.services import registers

    data = []
    for entry, names in registers.cooperations(app.home, key):
        value = entry.value
        row = {"key": entry.key, **{name: getattr(value, name) for name in value.__struct_fields__}}
        if form != "json":
            row["partners"] = [names[f"organisation/{partner}"] for partner in row["partners"]]
            row["department"] = names.get(f"department/{row['department']}", "")
            row["since"] = german.date(row["since"]) if row["since"] else ""
        data.append(row)
    return data


@cooperation.command("list")
@format_option
@pass_app
def cooperation_list(app: App, form: str) -> None:
    """Zeigt die bestehende Zusammenarbeit; gesetzlich vorgeschriebene ist gekennzeichnet."""
    shown = COLUMNS if form in ("csv", "xlsx") else {k: v for k, v in COLUMNS.items() if k not in ("basis", "source")}
    output.rows(form, _told(app, None, form), shown)


@cooperation.command("show")
@click.argument("key", metavar="SCHLÜSSEL")
@format_option
@pass_app
def cooperation_show(app: App, key: str, form: str) -> None:
    """Zeigt einen Eintrag mit Rechtsgrundlage und Quelle."""
    data = _told(app, key, form)
    if form != "table":
        output.document(data[0]) if form == "json" else output.rows(form, data, COLUMNS)
        return
    output.heading(data[0]["label"])
    output.pairs([(label, output.plain(data[0].get(name))) for name, label in COLUMNS.items() if name != "label"])


@cooperation.command("add")
@click.argument("key", metavar="SCHLÜSSEL")
@click.argument("label", metavar="BEZEICHNUNG")
@click.option("--partner", "partners", multiple=True, metavar="ORGANISATION", help=_("Beteiligte (mehrfach möglich)."))
@click.option("--form", metavar="TEXT", help=_("z. B. Zweckverband."))
@click.option("--since", metavar="DATUM", help=_("Seit wann: 01.07.2007, 2007-07 oder 2007."))
@click.option("--prescribed/--voluntary", default=None, help=_("Gesetzlich vorgeschrieben oder freiwillig."))
@click.option("--basis", metavar="TEXT", help=_("Rechtsgrundlage, bei gesetzlich vorgeschriebener nötig."))
@click.option("--department", metavar="OE", help=_("Organisationseinheit, die sie betreut."))
@click.option("--source", metavar="TEXT", help=_("Woher die Angaben stammen."))
@on_option
@pass_app
def cooperation_add(app: App, key: str, label: str, **options: Any) -> None:
    """Trägt eine bestehende Zusammenarbeit ein oder ändert sie."""
    from ikz_workflow.services import registers

    values = {"label": label, **{name: options.pop(name) for name in ("form", "prescribed", "basis", "source")}}
    entry = registers.add_cooperation(app.home, key, values, **options)
    told = _("Eingetragen: {key}.") if entry.version == 1 else _("Geändert: {key}.")
    output.say(told.format(key=entry.key))
    output.warn_of_lookalikes(label)


COMMANDS = (cooperation,)
