"""Show what changed between two versions of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, format_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.documents.changes import Change
    from ikz_workflow.proposal import DocumentVersion
    from ikz_workflow.services.differences import Difference

COLUMNS = {
    "change": "Änderung",
    "heading": "Überschrift",
    "before": "vorher",
    "after": "nachher",
    "marked": "mit Änderungen",
}
_STYLES = {"same": "", "gone": "red", "new": "green"}


@click.command("diff")
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="ART")
@click.argument("first", metavar="[VON]", type=int, required=False)
@click.argument("second", metavar="[BIS]", type=int, required=False)
@format_option
@pass_app
def diff(app: App, key: str, kind: str, first: int | None, second: int | None, form: str) -> None:
    """Zeigt, was sich zwischen zwei Fassungen geändert hat (sonst zwischen den beiden letzten).

    Je Absatz oder Tabellenzeile: + neu, - entfallen, ~ geändert; darin [-entfallene-] und {+neue+} Wörter.
    """
    from ikz_workflow.services import differences

    found = differences.between(app.home, key, kind, first, second)
    if form == "table":
        _tell(found)
        return
    people = form != "json"
    words = {"added": _("neu"), "removed": _("entfallen"), "changed": _("geändert")}
    data = [
        {
            "change": words[one.change] if people else one.change,
            "heading": one.heading,
            "kind": one.kind,
            "before": one.before,
            "after": one.after,
            "marked": one.marked if one.change == "changed" else "",
        }
        for one in found.changes
    ]
    output.rows(form, data, COLUMNS)


def _tell(found: Difference) -> None:
    title = _("{label}: von {first} zu {second}")
    output.heading(title.format(label=found.label, first=_version(found.first), second=_version(found.second)))
    heading = ""
    for number, change in enumerate(found.changes):
        if number == 0 or change.heading != heading:
            click.echo()
            output.heading(change.heading or _("Am Anfang"))
        heading = change.heading
        _paragraph(change)
    if found.changes:
        click.echo()
    output.wrapped(_summary(found))


def _paragraph(change: Change) -> None:
    from ikz_workflow.documents.changes import SIGNS, marked, shortened

    if change.change == "changed":
        pieces = [(marked([piece]), _STYLES[piece.mark]) for piece in shortened(change.pieces)]
    else:
        pieces = [(piece.text, _STYLES[piece.mark]) for piece in change.pieces]
    output.marked(pieces, "    ", f"  {SIGNS[change.change]} ")


def _version(version: DocumentVersion) -> str:
    from ikz_workflow import german

    origin = _("erzeugt") if version.origin == "generated" else _("abgelegt")
    day = german.date(version.on or version.at[:10])
    return _("Fassung {n} ({origin} {day})").format(n=version.number, origin=origin, day=day)


def _summary(found: Difference) -> str:
    counts = [sum(one.change == kind for one in found.changes) for kind in ("changed", "added", "removed")]
    if not found.changes and found.first.file_hash == found.second.file_hash:
        return _("Es ist dieselbe Datei.")
    if not found.changes:
        return _("Der Text ist derselbe, die Datei wurde nur neu gespeichert. Entscheidungen gelten für beide.")
    text = _(
        "{changed} geändert, {added} neu, {removed} entfallen. Entscheidungen über {first} gelten nicht für {second}."
    )
    first, second = (_("Fassung {n}").format(n=one.number) for one in (found.first, found.second))
    return text.format(changed=counts[0], added=counts[1], removed=counts[2], first=first, second=second)
