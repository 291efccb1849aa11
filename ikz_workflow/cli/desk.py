"""Lay out what waits: tasks by urgency, the board by stage."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.cli.filters import again, told_more
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.cli.app import App
    from ikz_workflow.services.tasks import Task, Today, Urgency
    from ikz_workflow.services.work import Board, Column, Line

URGENCY_LABELS = {
    "overdue": "überfällig",
    "soon": "bald fällig",
    "text": "Text fehlt",
    "silent": "stiller Partner",
    "open": "offen",
}
NARROWEST = 20  # a column of the board


# --------------------------------------------------------------------------------------------------------------- today
def show_today(found: Today, app: App, days: int) -> None:
    """Print the tasks by urgency, each with the day, the proposal and the next command."""
    output.heading(_("Was am {day} anliegt").format(day=german.long_date(found.day.isoformat())))
    headings: dict[Urgency, str] = {
        "overdue": _("Überfällig"),
        "soon": _("Bald fällig (in {days} Tagen)").format(days=days),
        "text": _("Ein Text fehlt, bevor weiter entschieden werden kann"),
        "silent": _("Stille Partner"),
        "open": _("Offene Fragen"),
    }
    for urgency, heading in headings.items():
        tasks = [task for task in found.tasks if task.urgency == urgency]
        if tasks:
            click.echo()
            output.heading(f"{heading}: {_number(found.counts[urgency])}")
            by_key: dict[str, list[Task]] = {}
            for task in tasks:
                by_key.setdefault(task.key, []).append(task)
            for some in by_key.values():
                _show_tasks(some, app)
    if not found.tasks:
        output.say(_("Nichts."))
    if more := sum(found.counts.values()) - len(found.tasks):
        told_more(more, app.command(again(limit="0")), one=_("Es folgt noch eines"))
    if found.roles:
        click.echo()
        output.say(_("Gezeigt ist, was Sie angeht. Alles: {command}").format(command=app.command("ikz today --all")))
    if found.unknown_state:
        note = _("Die Feiertage des Landes „{state}“ sind nicht bekannt; Arbeitstage zählen ohne Feiertage.")
        output.wrapped(note.format(state=found.unknown_state))


def _show_tasks(tasks: list[Task], app: App) -> None:
    """Print what waits in one proposal."""
    first = tasks[0]
    mark = "! " if first.urgency == "overdue" else "  "
    output.wrapped(f"{first.key}  {first.title} ({first.department})", "    ", mark)
    for task in tasks:
        when = _when(task)
        output.wrapped(f"{when}: {task.what}" if when else task.what, "      ", "    – ")
        click.echo(f"      {output.shown(app.command(task.command))}")  # a command must stay in one piece


def _when(task: Task) -> str:
    if task.days is None or task.urgency == "silent":
        return ""
    day = german.date(task.due)
    if task.days < 0:
        late = _("einem Tag") if task.days == -1 else _("{n} Tagen").format(n=-task.days)
        return _("{day}, seit {late} überfällig").format(day=day, late=late)
    near = {0: _("heute"), 1: _("morgen")}
    return _("bis {day}, {near}").format(day=day, near=near.get(task.days) or _("noch {n} Tage").format(n=task.days))


# --------------------------------------------------------------------------------------------------------------- board
def show_board(boards: list[Board], app: App) -> None:
    """Print the boards, stages side by side where the terminal is wide enough, else one below the other."""
    if not boards:
        output.say(_("Nichts gefunden."))
    for number, board in enumerate(boards):
        if number:
            click.echo()
        count = sum(column.count for column in board.columns)
        overdue = sum(column.overdue for column in board.columns)
        counts = _("{n} Vorhaben, überfällig: {late}").format(n=_number(count), late=_number(overdue))
        output.heading(f"{board.label}: {counts}")
        filled = [column for column in board.columns if column.count]
        room = (output.width() - 1) // len(filled) - 2
        _side_by_side(filled, room, app) if room >= NARROWEST else _sections(filled, app)
        empty = [column.label for column in board.columns if not column.count]
        if empty:
            output.wrapped(_("Leer: {names}").format(names=", ".join(empty)))


def _side_by_side(columns: list[Column], room: int, app: App) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(output.shown(f"{column.label} ({_number(column.count)})")), width=room, overflow="fold")
    piles = [[*(_card(line, room) for line in column.lines), *_more(column, app)] for column in columns]
    for cards in zip_longest(*piles, fillvalue=""):
        table.add_row(*(Text(card) for card in cards))
    output.console().print(table, crop=False)


def _card(line: Line, room: int) -> str:
    """Return a proposal as a few lines: number, title, department, what is due; a blank line below."""
    title = textwrap.shorten(output.shown(line.title), width=3 * room, placeholder=" …")
    parts = [f"{'! ' if line.overdue else ''}{line.key}", title, line.department, *_notes(line)]
    return "\n".join(part for part in parts if part) + "\n"


def _notes(line: Line) -> list[str]:
    notes = [_("Beispiel")] * line.sample + [_("nicht öffentlich")] * line.non_public
    if line.suspended:
        notes.append(_("ruht bis {day}").format(day=german.date(line.due)) if line.due else _("ruht"))
    elif line.overdue:
        notes.append(_("überfällig: {day}").format(day=german.date(line.due)))
    elif line.due:
        notes.append(_("fällig: {day}").format(day=german.date(line.due)))
    return [*notes, line.ended] if line.ended else notes


def _sections(columns: list[Column], app: App) -> None:
    for column in columns:
        click.echo()
        output.heading(f"{column.label} ({_number(column.count)})")
        for line in column.lines:
            notes = "; ".join([line.department, *_notes(line)])
            output.wrapped(f"{line.key}  {line.title} ({notes})", "    ", "! " if line.overdue else "  ")
        for more in _more(column, app):
            output.wrapped(more, "    ", "  ")


def _more(column: Column, app: App) -> list[str]:
    """Return in a sentence how many proposals of a stage are not shown, nothing if all are."""
    left = column.count - len(column.lines)
    command = app.command(again("list", stage=column.stage, limit=""))
    return [_("… und {n} mehr: {command}").format(n=_number(left), command=command)] if left else []


def _number(count: int) -> str:
    return german.number(str(count))
