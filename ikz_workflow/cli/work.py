"""Show what waits: list, today, board, calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, Whole, at_option, format_option, happened_option, pass_app
from ikz_workflow.cli.filters import SCREENFUL, again, filter_options, told_more
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.selection import Filter
    from ikz_workflow.services.work import Line

CARDS = 20  # proposals a stage shows of itself on a screen
LIST_COLUMNS = {
    "key": "Nummer",
    "title": "Titel",
    "stage_label": "Stufe",
    "department": "OE",
    "due": "fällig",
    "next": "als Nächstes",
    "state": "Stand",
}
MORE_COLUMNS = {"since": "seit", "direction": "Richtung", "partners": "Partner", "workflow": "Verfahren"}
TASK_COLUMNS = {
    "urgency": "Dringlichkeit",
    "key": "Nummer",
    "title": "Titel",
    "department": "OE",
    "stage": "Stufe",
    "what": "Was",
    "due": "fällig",
    "days": "Tage",
    "roles": "Rolle",
    "command": "Befehl",
}
BOARD_COLUMNS = {"stage_label": "Stufe", **{key: label for key, label in LIST_COLUMNS.items() if key != "stage_label"}}


def line_rows(lines: Iterable[Line], form: str) -> Iterator[dict[str, Any]]:
    """Yield lines as rows: raw for JSON, with German dates and marks for people."""
    import msgspec

    from ikz_workflow import german

    for line in lines:
        row = msgspec.to_builtins(line)
        marks = [_("überfällig")] * line.overdue + [_("Beispiel")] * line.sample + [_("ruht")] * line.suspended
        marks += [_("nicht öffentlich")] * line.non_public
        row["state"] = ", ".join([*marks, *([line.ended] if line.ended else [])])
        if form != "json":
            row["since"] = german.date(line.since or None)
            row["due"] = german.date(line.due) if line.due else ""
        yield row


@click.command("list")
@filter_options(states=True)
@click.option(
    "--limit",
    type=Whole(0),
    metavar="ANZAHL",
    help=_("Höchstens so viele (0: alle; sonst am Bildschirm {n}, in Dateien alle).").format(n=SCREENFUL),
)
@click.option("--start-after", "after", metavar="NUMMER", default="", help=_("Weiter nach diesem Vorhaben."))
@at_option
@happened_option
@format_option
@pass_app
def list_(
    app: App, form: str, wanted: Filter, limit: int | None, after: str, at: str | None, happened: str | None
) -> None:
    """Zeigt alle Vorhaben oder die gesuchten.

    Namen sind Schlüssel oder Bezeichnungen. „fällig“ ist die nächste Frist, „als Nächstes“ das, was bis dahin geschehen
    soll. Folgen weitere Vorhaben, nennt die letzte Zeile den Befehl, der sie zeigt.
    """
    from ikz_workflow.services import work

    if limit is None:
        limit = SCREENFUL if form == "table" and output.is_screen() else 0
    home = app.home_at(at)
    page = work.page(home, wanted, after=after, limit=limit, happened=happened) if limit else None
    lines = page.lines if page else work.lines_of(home, wanted, after=after, happened=happened)
    columns = {**LIST_COLUMNS, **MORE_COLUMNS} if form in ("csv", "xlsx") else LIST_COLUMNS
    output.rows(form, line_rows(lines, form), columns, spare=("next",))
    if page and page.after and form == "table":
        told_more(page.more, app.command(again(after=page.after)), one=_("Es folgt noch eines"))


@click.command()
@filter_options(states=False)
@click.option("--all", "everything", is_flag=True, help=_("Auch was andere zu tun haben."))
@click.option("--days", type=Whole(0, 3650), default=14, metavar="TAGE", help=_("So weit voraus (sonst 14)."))
@click.option(
    "--limit",
    type=Whole(0),
    metavar="ANZAHL",
    help=_("Höchstens so viel (0: alles; sonst am Bildschirm {n}, in Dateien alles).").format(n=SCREENFUL),
)
@format_option
@pass_app
def today(app: App, form: str, wanted: Filter, everything: bool, days: int, limit: int | None) -> None:
    """Zeigt, was für Sie anliegt, das Dringendste zuerst.

    Das sind Vorhaben, die Ihnen zugeordnet sind, und was Ihre Rollen angeht; --all zeigt alles.
    """
    import msgspec

    from ikz_workflow import german
    from ikz_workflow.cli.desk import URGENCY_LABELS, show_today
    from ikz_workflow.services import tasks

    if limit is None:
        limit = SCREENFUL if form == "table" and output.is_screen() else 0
    found = tasks.today(app.home, wanted, everything=everything, days=days, limit=limit)
    if form == "table":
        show_today(found, app, days)
        return
    rows = msgspec.to_builtins(found.tasks)
    if form != "json":
        rows = [
            {**row, "urgency": URGENCY_LABELS[row["urgency"]], "due": german.date(row["due"]) if row["due"] else ""}
            for row in rows
        ]
    output.rows(form, rows, TASK_COLUMNS)


@click.command()
@filter_options(states=True)
@click.option(
    "--limit",
    type=Whole(0),
    metavar="ANZAHL",
    help=_("Je Stufe höchstens so viele (0: alle; sonst am Bildschirm {n}, in Dateien alle).").format(n=CARDS),
)
@at_option
@happened_option
@format_option
@pass_app
def board(app: App, form: str, wanted: Filter, limit: int | None, at: str | None, happened: str | None) -> None:
    """Zeigt die Vorhaben nach Stufen.

    Auf breitem Bildschirm stehen die Stufen nebeneinander. Gezählt sind alle; gezeigt ist je Stufe das Dringendste.
    """
    import msgspec

    from ikz_workflow.cli.desk import show_board
    from ikz_workflow.services import work

    if limit is None:
        limit = CARDS if form == "table" and output.is_screen() else 0
    boards = work.board(app.home_at(at), wanted, limit=limit, happened=happened)
    if form == "table":
        show_board(boards, app)
    elif form == "json":
        output.document(msgspec.to_builtins(boards))
    else:
        lines = [line for one in boards for column in one.columns for line in column.lines]
        output.rows(form, line_rows(lines, form), {**BOARD_COLUMNS, **MORE_COLUMNS})


@click.command()
@click.argument("path", metavar="DATEI.ics", type=click.Path(path_type=Path))
@filter_options(states=False)
@click.option("--remind", type=Whole(0, 60), metavar="TAGE", help=_("Erinnert so viele Tage vorher."))
@pass_app
def calendar(app: App, path: Path, wanted: Filter, remind: int | None) -> None:
    """Schreibt Fristen und Termine als Kalenderdatei.

    Darin stehen Fristen, Wiedervorlagen, Meilensteine und Termine.

    Die Datei lässt sich in jeden Kalender einlesen; noch einmal geschrieben und eingelesen, ändert sie die Einträge,
    statt sie zu verdoppeln.
    """
    from ikz_workflow.services import agenda

    count = agenda.export(app.home, path, wanted, remind=remind)
    output.say(_("{path}: {n} Einträge.").format(path=path, n=count))


COMMANDS = (list_, today, board, calendar)
