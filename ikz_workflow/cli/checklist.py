"""Print checklists: what is met, what is missing, who can mend it and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from ikz_workflow.cli import output
from ikz_workflow.language import gettext as _

MET, UNMET = "[x]", "[ ]"


def show_items(items: Sequence[object], command: Callable[[str], str], *, error: bool = False) -> None:
    """Print the items, met ones in a line each, unmet ones with who, legal basis and the command that mends them.

    `command` gives a command as it is typed here.
    """
    from ikz_workflow.requirements import Item

    who = ""
    for item in items:
        if not isinstance(item, Item):
            continue
        output.wrapped(item.text, "      ", f"  {MET if item.met else UNMET} ", error=error)
        if item.met:
            continue
        basis = item.basis + (_(" (ungeprüft)") if item.unconfirmed else "")
        details = [
            (_("wer"), item.who if item.who != who else ""),
            (_("Rechtsgrundlage"), basis),
        ]
        for label, value in details:
            if value:
                output.wrapped(f"{label}: {value}", " " * 10, " " * 8, error=error)
        if item.remedy:  # a command must stay in one piece
            remedy = output.shown(command(item.remedy))
            click.echo(f"        {_('Befehl')}: {remedy}", err=error)
        who = item.who
