"""Start, read, fill and advance proposals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, at_option, expect_option, format_option, on_option, once_option, pass_app
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.proposal import Proposal
    from ikz_workflow.services.proposals import Outlook

GATE_COLUMNS = {
    "gate": "Entscheidung",
    "body": "Stelle",
    "state": "Stand",
    "outcome": "Ergebnis",
    "on": "am",
    "votes": "Stimmen",
    "reference": "Drucksache",
}


def done(app: App, proposal: Proposal, text: str) -> None:
    """Print what was recorded, what lost its validity by it, and the next step."""
    from ikz_workflow.cli.audit import show_voids

    output.say(f"{proposal.key}: {text}")
    show_voids(app, proposal)
    output.say(_("Weiter: {command}").format(command=app.command(f"ikz status {proposal.key}")))


@click.command()
@click.argument("title", metavar="TITEL")
@click.option(
    "--department",
    metavar="OE",
    help=_("Organisationseinheit, z. B. „FB 23“ (sonst die, der das Thema zugeordnet ist)."),
)
@click.option("--workflow", default="kooperation", show_default=True, metavar="NAME", help=_("Verfahren."))
@click.option("--topic", metavar="THEMA", help=_("Thema aus dem Verzeichnis (ikz topic list)."))
@click.option("--after", metavar="NUMMER", help=_("Früheres Vorhaben, an das dieses anknüpft."))
@click.option("--sample", is_flag=True, help=_("Übungsvorhaben: überall als „Beispiel“ gekennzeichnet."))
@click.option("--non-public", is_flag=True, help=_("Nicht öffentlich: Öffentliche Berichte nennen es nicht."))
@click.option("--set", "values", multiple=True, metavar="FELD=WERT", help=_("Feld gleich angeben (mehrfach möglich)."))
@on_option
@pass_app
def new(app: App, title: str, **options: Any) -> None:
    """Legt ein Vorhaben an."""
    from ikz_workflow.cli.learning import show_attempts
    from ikz_workflow.services import earlier, proposals

    options["values"] = [from_file(value) for value in options["values"]]
    home = app.home
    proposal = proposals.new(home, title, **options)
    done(app, proposal, _("angelegt."))
    output.warn_of_lookalikes(title)
    show_attempts(app, proposal.key, earlier.attempts(home, proposal.key), open_question=True)


def from_file(assignment: str) -> str:
    """Return FELD=WERT; with FELD=@DATEI the value is the file's text."""
    from ikz_workflow.errors import InvalidInput
    from ikz_workflow.services.inputs import MAX_CHARACTERS
    from ikz_workflow.services.records import read_file

    name, equals, value = assignment.partition("=")
    if not value.startswith("@") or len(value) == 1:
        return assignment
    try:
        return f"{name}{equals}{read_file(Path(value[1:]), 4 * MAX_CHARACTERS).decode('utf-8-sig')}"
    except UnicodeDecodeError:
        raise InvalidInput(name, value, _("Die Datei ist kein Text in UTF-8.")) from None


@click.command()
@click.argument("key", metavar="NUMMER")
@at_option
@format_option
@pass_app
def show(app: App, key: str, at: str | None, form: str) -> None:
    """Zeigt ein Vorhaben ganz.

    Dazu gehören frühere Vorhaben zum selben Thema oder mit demselben Partner.
    """
    import msgspec

    from ikz_workflow.cli.learning import DIFFERENT, show_attempts
    from ikz_workflow.cli.sheet import data_of, show_sheet
    from ikz_workflow.services import earlier, proposals

    home = app.home_at(at)
    seen, related = proposals.view(home, key), earlier.attempts(home, key)
    if form == "table":
        show_sheet(seen)
        unsaid = DIFFERENT in seen.case.definition.fields and DIFFERENT not in seen.proposal.fields
        show_attempts(app, key, related, open_question=unsaid and seen.proposal.ended is None)
    elif form == "json":
        output.document({**data_of(seen), "related": [msgspec.to_builtins(one) for one in related]})
    else:
        fields = [{"field": name, **value} for name, value in data_of(seen)["fields"].items()]
        output.rows(form, fields, {"field": "Feld", "label": "Bezeichnung", "text": "Angabe"})


@click.command()
@click.argument("key", metavar="NUMMER")
@at_option
@format_option
@pass_app
def status(app: App, key: str, at: str | None, form: str) -> None:
    """Zeigt, was als Nächstes möglich ist und was dafür fehlt."""
    from ikz_workflow.cli.sheet import outlook_data, show_outlook
    from ikz_workflow.services import proposals

    found: Outlook = proposals.outlook(app.home_at(at), key)
    if form == "json":
        output.document(outlook_data(found))
    elif form != "table":
        data = [
            {"transition": one["name"], **item} for one in outlook_data(found)["transitions"] for item in one["items"]
        ]
        columns = {
            "transition": "Übergang",
            "met": "erfüllt",
            "text": "Voraussetzung",
            "who": "wer",
            "basis": "Rechtsgrundlage",
            "remedy": "Befehl",
        }
        output.rows(form, data, columns)
    else:
        show_outlook(found, app)


@click.command()
@click.argument("key", metavar="NUMMER")
@at_option
@format_option
@pass_app
def gates(app: App, key: str, at: str | None, form: str) -> None:
    """Zeigt, wer entscheiden muss und wie entschieden wurde."""
    from ikz_workflow.cli.sheet import gate_rows, show_gates
    from ikz_workflow.services import proposals

    found = proposals.outlook(app.home_at(at), key)
    if form == "table":
        show_gates(found)
    else:
        output.rows(form, gate_rows(found), GATE_COLUMNS)


@click.command("set")
@click.argument("key", metavar="NUMMER")
@click.argument("values", nargs=-1, required=True, metavar="FELD=WERT…")
@expect_option
@on_option
@pass_app
def set_(app: App, key: str, values: tuple[str, ...], on: str | None, note: str | None) -> None:
    """Setzt Felder: FELD=WERT oder FELD=@DATEI.

    FELD=@DATEI nimmt langen Text aus einer Datei, FELD= leert das Feld.
    """
    from ikz_workflow.services import proposals

    proposal = proposals.set_fields(app.home, key, [from_file(value) for value in values], on=on, note=note)
    done(app, proposal, _("gespeichert."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("text", metavar="TEXT")
@click.option("--on", metavar="DATUM|unknown", help=_("Wann es geschah (sonst heute)."))
@expect_option
@once_option
@pass_app
def note(app: App, key: str, text: str, on: str | None) -> None:
    """Hält eine Notiz fest."""
    from ikz_workflow.services import proposals

    done(app, proposals.add_note(app.home, key, text, on=on), _("Notiz festgehalten."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("publicity", type=click.Choice(("non-public", "public")))
@expect_option
@on_option
@pass_app
def mark(app: App, key: str, publicity: str, **options: Any) -> None:
    """Kennzeichnet als öffentlich oder nicht öffentlich.

    Was nicht öffentlich ist, lassen öffentliche Berichte aus.
    """
    from ikz_workflow.services import proposals

    is_closed = publicity == "non-public"
    told = _("als nicht öffentlich gekennzeichnet.") if is_closed else _("als öffentlich gekennzeichnet.")
    done(app, proposals.mark(app.home, key, non_public=is_closed, **options), told)


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("department", metavar="[OE]", required=False)
@click.option("--clerk", metavar="PERSON", help=_("Sachbearbeitung: Nummer, Name oder Konto (ikz person list)."))
@expect_option
@on_option
@pass_app
def assign(app: App, key: str, department: str | None, **options: Any) -> None:
    """Ordnet einer OE, einer Person oder beiden zu.

    Wer nur eine OE nennt, überlässt ihr, wer es bearbeitet: Danach ist keine Person mehr zugeordnet.
    """
    from ikz_workflow.services import proposals

    done(app, proposals.assign(app.home, key, department, **options), _("zugeordnet."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("transition", required=False, metavar="[ÜBERGANG]")
@click.option("--reason", metavar="GRUND", help=_("Grund, wenn ein Vorhaben endet."))
@click.option("--until", metavar="DATUM", help=_("Wiedervorlage, wenn ein Vorhaben ruhen soll."))
@click.option("--dry-run", is_flag=True, help=_("Nur prüfen, nichts schreiben."))
@expect_option
@on_option
@pass_app
def advance(app: App, key: str, transition: str | None, dry_run: bool, **options: Any) -> None:
    """Führt in die nächste Stufe oder sagt, was dafür fehlt.

    Ohne ÜBERGANG ist es der erste, den ikz status nennt.
    """
    from ikz_workflow.services import proposals

    home = app.home
    seen = proposals.version_of(home, key)
    proposal, what = proposals.advance(home, key, transition, expect=seen, dry_run=dry_run, **options)
    definition = proposals.view(home, key).case.definition
    label = definition.stages[what.target].label
    if dry_run:
        output.say(_("{key}: möglich; danach „{stage}“. Nichts wurde geschrieben.").format(key=key, stage=label))
        return
    review = _("ruht, Wiedervorlage am {day}.").format(day=german.date(what.review)) if what.review else _("ruht.")
    rests = {"suspend": review, "resume": _("wieder aufgenommen.")}.get(what.effect)
    done(app, proposal, rests or _("jetzt in der Stufe „{stage}“.").format(stage=label))
    if what.started:
        output.say(
            _("Angelegt: {key}. Weiter: {command}").format(
                key=what.started, command=app.command(f"ikz status {what.started}")
            )
        )


@click.command()
@click.argument("key", metavar="NUMMER")
@click.option("--field", "names", multiple=True, metavar="FELD", help=_("Nur dieses Feld (mehrfach möglich)."))
@click.option("--all", "every", is_flag=True, help=_("Auch schon Angegebenes noch einmal fragen."))
@pass_app
def fill(app: App, key: str, names: tuple[str, ...], every: bool) -> None:
    """Fragt der Reihe nach, was noch fehlt, und speichert sofort.

    Leer lassen überspringt, ein Punkt beendet; beim nächsten Mal geht es mit dem weiter, was noch fehlt.
    """
    from ikz_workflow.cli.interview import ask

    ask(app, key, names, every)


COMMANDS = (new, show, status, fill, set_, advance, gates, note, assign, mark)
