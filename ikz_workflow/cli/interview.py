"""Ask for what is missing, one field at a time, and save each answer at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ikz_workflow.cli import output
from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.cli.app import App
    from ikz_workflow.definition import Field


def ask(app: App, key: str, names: tuple[str, ...], every: bool) -> None:
    """Ask the fields named, or all that have no value yet; an empty answer skips, a dot leaves."""
    from ikz_workflow.services import inputs, proposals

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        example = names[0] if names else _("FELD")
        why = _("Gefragt wird nur am Bildschirm. Ohne Bildschirm: ikz set {key} {field}=WERT")
        raise InvalidInput("ikz fill", "", why.format(key=key, field=example))
    home = app.home
    asked = proposals.unanswered(home, key, every or bool(names))
    known = {field.name: (field, choices, value) for field, choices, value in asked}
    labels = {name: [field.label] for name, (field, _choices, _value) in known.items()}
    remedy = _("Gefragt wird bis zu dieser Stufe: {fields}.").format(fields=", ".join(labels))
    wanted = [known[inputs.one_of(_("Das Feld"), name, labels, remedy)] for name in names] or list(known.values())
    if not wanted:
        output.say(_("Es ist nichts mehr offen."))
    else:
        output.say(_("Leer lassen überspringt, ! öffnet den Editor, . beendet; alles bis dahin ist gespeichert."))
    for number, (field, choices, value) in enumerate(wanted, start=1):
        if not _one(app, key, field, choices, value, f"{number}/{len(wanted)}"):
            break
    output.say(_("Weiter: {command}").format(command=app.command(f"ikz status {key}")))


def _more_lines(first: str) -> str:
    """Return the lines of a table, asked until one is left empty."""
    lines = [first]
    while line := click.prompt(">", default="", show_default=False, prompt_suffix=" ").strip():
        lines.append(line)
    return "\n".join(lines)


def _edited(value: str) -> str | None:
    """Return the text as the editor left it, nothing if it was not saved; None, and a sentence, without an editor."""
    try:
        return (click.edit(value) or "").strip("\n")
    except click.ClickException:
        why = _(
            "Der Editor ließ sich nicht öffnen. Bitte hier eintippen; einen anderen Editor nennt die Umgebungsvariable "
            "EDITOR."
        )
        output.wrapped(why)
        return None


def _one(app: App, key: str, field: Field, choices: Mapping[str, str], value: str, place: str) -> bool:
    """Ask one field until its answer can be taken; return False to leave."""
    from ikz_workflow.cli.audit import show_voids
    from ikz_workflow.services import proposals

    click.echo()
    output.heading(f"{place}  {field.label}")
    output.wrapped(field.ask)
    for label, text in ((_("Hinweis"), field.hint), (_("Beispiel"), field.example), (_("Bisher"), value)):
        if text:
            output.wrapped(f"{label}: {text}", "  ")
    if field.columns:
        output.wrapped(
            _("Je Zeile: {columns}; eine leere Zeile beendet.").format(columns=" | ".join(field.columns)), "  "
        )
    numbered = list(choices)
    for number, choice in enumerate(numbered, start=1):
        click.echo(f"  {number}  {output.shown(choices[choice])}")
    while True:
        answer = click.prompt(">", default="", show_default=False, prompt_suffix=" ")
        if answer.strip() == ".":
            return False
        if answer.strip() == "?":
            output.wrapped(f"{field.ask} {field.hint}", "  ")
            continue
        if answer.strip() == "!":
            edited = _edited(value)
            if edited is None:
                continue
            answer = edited
        elif field.columns and answer.strip():
            answer = _more_lines(answer)
        if not answer.strip():
            return True
        if re.fullmatch("[0-9]{1,3}", answer.strip()) and 1 <= int(answer) <= len(numbered):
            answer = numbered[int(answer) - 1]
        try:
            proposal = proposals.set_fields(app.home, key, [f"{field.name}={answer}"])
        except InvalidInput as error:
            why = _("Bitte eine Nummer von 1 bis {n} eingeben.").format(n=len(numbered)) if numbered else error.why
            output.wrapped(str(InvalidInput(field.label, error.value, why)), error=True)
            continue
        output.say(_("  gespeichert"))
        show_voids(app, proposal)
        return True
