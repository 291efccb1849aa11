"""Show whether a proposal pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, at_option, format_option, pass_app
from ikz_workflow.cli.sheet import title_line
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.economics import Line, Reckoning

_SECTIONS = {
    "side": ("Kosten jeder Seite (Euro)", {"today": "allein", "joint": "gemeinsam", "once": "einmalig"}),
    "alternative": ("Alternativen für die eigene Seite (Euro)", {"joint": "je Jahr", "once": "einmalig"}),
    "variation": ("Wenn die Annahmen nicht eintreffen (Euro)", {}),
}
_NO_COSTS = _("Dieses Verfahren fragt nicht nach Kosten.")
_PARTS = {"side": "Seite", "alternative": "Alternative", "variation": "Annahme"}
_RESULTS = {"saving": "Ersparnis je Jahr", "cost": "Barwert", "value": "Kapitalwert"}
_COLUMNS = {"label": "Bezeichnung", **_SECTIONS["side"][1], **_RESULTS}


@click.command()
@click.argument("key", metavar="NUMMER")
@at_option
@format_option
@pass_app
def economics(app: App, key: str, at: str | None, form: str) -> None:
    """Rechnet aus, ob sich ein Vorhaben rechnet.

    Kosten jeder Seite, Alternativen, Amortisation, Kapitalwert, und wie viel Abweichung es verträgt.
    """
    from ikz_workflow.services.economics import reckoning

    found = reckoning(app.home_at(at), key)
    if form == "table":
        show(found, app)
    elif form == "json":
        output.document(data_of(found))
    else:
        rows = [{**_printed(one), "section": _PARTS[one.section]} for one in found.lines]
        output.rows(form, rows, {"section": "Teil", **_COLUMNS})


def data_of(found: Reckoning) -> dict[str, Any]:
    """Return the calculation as data with stable English keys, amounts in cents."""
    from ikz_workflow.economics import discounted_words, payback_words, percent, verdict

    terms = found.found.terms
    return {
        "key": found.seen.proposal.key,
        "verdict": verdict(found.found),
        "years": terms.years,
        "rate": None if terms.rate is None else percent(terms.rate),
        "swing": None if terms.swing is None else percent(terms.swing),
        "payback": payback_words(found.found),
        "payback_discounted": discounted_words(found.found),
        "lines": [msgspec.to_builtins(one) for one in found.lines],
        "limits": [msgspec.to_builtins(one) for one in found.found.limits],
        "missing": [field.name for field in found.missing],
    }


def show(found: Reckoning, app: App) -> None:
    """Print the verdict, the tables, and what is still to be said."""
    from ikz_workflow.economics import whole_years

    data, key = data_of(found), found.seen.proposal.key
    output.heading(title_line(found.seen))
    unknown = _("Ob es sich rechnet, ist noch offen; es fehlen Kosten.") if found.missing else _NO_COSTS
    output.wrapped(data["verdict"] or unknown)
    terms = [
        (_("Zeitraum"), whole_years(data["years"]) if data["years"] else ""),
        (_("Zinssatz"), f"{data['rate']} %" if data["rate"] else ""),
        (_("Amortisation"), data["payback"]),
        (_("mit Zinsen"), data["payback_discounted"] if data["payback_discounted"] != data["payback"] else ""),
    ]
    output.pairs(terms)
    for section, (title, columns) in _SECTIONS.items():
        _table(title, [one for one in found.lines if one.section == section], {"label": "", **columns, **_RESULTS})
    if found.found.limits:
        click.echo()
        output.heading(_("Es rechnet sich, solange jeweils für sich gilt"))
        output.rows("table", data["limits"], {"label": _("Annahme"), "text": _("Grenze")})
    if found.missing:
        click.echo()
        output.wrapped(_("Noch anzugeben: {fields}.").format(fields=", ".join(field.label for field in found.missing)))
        names = " ".join(f"--field {field.name}" for field in found.missing)
        click.echo(output.shown(app.command(f"ikz fill {key} {names}")))


def _table(title: str, lines: list[Line], columns: dict[str, str]) -> None:
    """Print the rows of a section with their amounts below each other; nothing where none has an amount."""
    data = [_printed(one) for one in lines]
    used = {key: label for key, label in columns.items() if any(row[key] for row in data)}
    if any(one.joint is not None or one.value is not None for one in lines):
        click.echo()
        output.heading(title)
        output.rows("table", data, used, right=used.keys() - {"label"})


def _printed(line: Line) -> dict[str, str]:
    """Return a row with its amounts in German writing."""
    row = msgspec.to_builtins(line)
    return {key: german.amount(value) if type(value) is int else value or "" for key, value in row.items()}


COMMANDS = (economics,)
