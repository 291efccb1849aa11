"""Declare the options that choose proposals, the same for every command that has them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from ikz_workflow.cli import output
from ikz_workflow.language import gettext as _

SCREENFUL = 50  # of what has no end, shown on a screen unless --limit says otherwise


def _options() -> list[Callable[[Any], Any]]:
    return [
        click.option("--stage", metavar="STUFE", default="", help=_("Nur diese Stufe.")),
        click.option("--department", metavar="OE", default="", help=_("Nur diese Organisationseinheit.")),
        click.option(
            "--direction", metavar="RICHTUNG", default="", help=_("interkommunal, intrakommunal oder vertikal.")
        ),
        click.option(
            "--partner", metavar="ORGANISATION", default="", help=_("Mit dieser Organisation, Vorgängern, Nachfolgern.")
        ),
        click.option("--topic", metavar="THEMA", default="", help=_("Nur dieses Thema.")),
        click.option("--workflow", metavar="VERFAHREN", default="", help=_("Nur dieses Verfahren.")),
        click.option("--due-before", metavar="DATUM", default="", help=_("Fällig vor diesem Tag.")),
        click.option("--overdue", is_flag=True, help=_("Nur Überfälliges.")),
        click.option(
            "--text",
            metavar="WÖRTER",
            default="",
            help=_("Alle Wörter kommen in Titel oder Texten vor (auch früheren)."),
        ),
    ]


def _states() -> list[Callable[[Any], Any]]:
    return [
        click.option("--open", "is_open", is_flag=True, help=_("Nur laufende Vorhaben.")),
        click.option("--ended", "is_ended", is_flag=True, help=_("Nur beendete Vorhaben.")),
    ]


def filter_options(*, states: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options and hand their values to the command as `wanted`; without `states` only what runs."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def command(*arguments: Any, **options: Any) -> None:
            from ikz_workflow.services.selection import Filter

            is_open, is_ended = (options.pop(name, False) for name in ("is_open", "is_ended"))
            state: Any = (
                "open" if not states or (is_open and not is_ended) else "ended" if is_ended and not is_open else ""
            )
            given = {name: options.pop(name) for name in Filter.__struct_fields__ if name in options}
            function(*arguments, wanted=Filter(**given, state=state), **options)

        declared: Any = command
        for option in reversed([*_options(), *(_states() if states else [])]):
            declared = option(declared)
        return declared  # type: ignore[no-any-return]

    return decorate


def again(command: str = "", **changed: str) -> str:
    """Return the command that runs as it was typed, or another with its options; some changed, or without those
    changed into nothing."""
    context = click.get_current_context()
    words = ["ikz", command or str(context.info_name)]
    for option in context.command.params:
        name = str(option.name)
        if isinstance(option, click.Argument):
            words += [_quoted(str(context.params[name]))] if context.params[name] else []
        elif name in changed:
            words += [option.opts[0], changed[name]] if changed[name] else []
        elif context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            words += [option.opts[0]] if value is True else [option.opts[0], _quoted(str(value))]
    return " ".join(words)


def told_more(count: int | None, command: str, *, one: str) -> None:
    """Print how many follow what is shown, None for some, and the command that shows them; `one` says one follows."""
    from ikz_workflow import german

    more = _("Es folgen weitere") if count is None else one if count == 1 else ""
    more = more or _("Es folgen noch {n}").format(n=german.number(str(count)))
    click.echo()
    output.say(f"{more}: {command}")


def _quoted(value: str) -> str:
    """Return a value as the shell takes it."""
    return subprocess.list2cmdline([value]) if sys.platform == "win32" else shlex.quote(value)
