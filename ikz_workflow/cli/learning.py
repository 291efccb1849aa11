"""Learn from earlier proposals: name them, take over what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, expect_option, on_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.earlier import Attempt

DIFFERENT = "different-this-time"
_SHOWN = 6  # closest proposals told on the terminal
_LESSON = 300  # characters of a lesson told there


def show_attempts(app: App, key: str, found: list[Attempt], *, open_question: bool) -> None:
    """Print related proposals and how they ended; `open_question` asks what is to be different this time."""
    from ikz_workflow.services.earlier import RELATIONS, told

    if not found:
        return
    click.echo()
    output.heading(_("Frühere und verwandte Vorhaben"))
    for one in found[:_SHOWN]:
        output.wrapped(f"{one.key}  {one.title} ({RELATIONS[one.relation]})", "    ", "  ")
        text = told(one)
        output.wrapped(text if len(text) <= _LESSON else text[: _LESSON - 1].rstrip() + "…", "      ")
    if len(found) > _SHOWN:
        output.say(_("  und {n} weitere (ikz show {key} --format json)").format(n=len(found) - _SHOWN, key=key))
    ended = [one for one in found if one.has_ended and one.relation != "successor"]
    if ended and open_question:
        command = app.command(f'ikz set {key} {DIFFERENT}="…"')
        output.wrapped(_("Was machen wir diesmal anders? {command}").format(command=command), "    ", "  ")
        command = app.command(f"ikz take-over {key} {ended[0].key}")
        output.wrapped(_("Angaben daraus übernehmen: {command}").format(command=command), "    ", "  ")


@click.command("take-over")
@click.argument("key", metavar="NUMMER")
@click.argument("origin", metavar="HERKUNFT")
@click.option("--field", "names", multiple=True, metavar="FELD", help=_("Nur dieses Feld (mehrfach möglich)."))
@click.option("--replace", is_flag=True, help=_("Auch, was schon angegeben ist, ersetzen."))
@expect_option
@on_option
@pass_app
def take_over(app: App, key: str, origin: str, names: tuple[str, ...], **options: Any) -> None:
    """Übernimmt Angaben aus dem Leitfaden eines anderen Vorhabens.

    Was schon angegeben ist, bleibt stehen. Im Verlauf steht ein Eintrag, der die Herkunft nennt.
    """
    from ikz_workflow.services import takeover

    taken = takeover.take_over(app.home, key, origin, names, **options)
    output.wrapped(_("{key}: aus {origin} übernommen: {n}.").format(key=key, origin=origin, n=", ".join(taken.fields)))
    if taken.kept:
        output.wrapped(_("Schon angegeben, unverändert: {names}.").format(names=", ".join(taken.kept)))
    if taken.unfit:
        output.wrapped(_("Passt nicht zum Verfahren: {names}.").format(names=", ".join(taken.unfit)))
    if not taken.same_topic:
        output.say(_("Das andere Vorhaben hat ein anderes Thema; bitte jede Angabe prüfen."))
    output.say(_("Weiter: {command}").format(command=app.command(f"ikz status {key}")))


COMMANDS = (take_over,)
