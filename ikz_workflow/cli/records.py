"""Record parties, contacts, obstacles, checks, milestones, decisions, attachments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ikz_workflow.cli.app import App, Whole, expect_option, format_option, on_option, once_option, pass_app
from ikz_workflow.cli.proposals import done
from ikz_workflow.language import gettext as _


@click.group()
def party() -> None:
    """Nimmt Beteiligte auf und hält ihren Stand fest."""


def _standing_options(function: Any) -> Any:
    function = click.option("--lead", is_flag=True, help=_("Hat die Federführung."))(function)
    return click.option(
        "--standing",
        metavar="STAND",
        help=_("approached (angesprochen), interested, joined (beigetreten), declined, withdrew."),
    )(function)


@party.command("add")
@click.argument("key", metavar="NUMMER")
@click.argument("organisation", metavar="ORGANISATION")
@_standing_options
@expect_option
@on_option
@pass_app
def party_add(app: App, key: str, organisation: str, **options: Any) -> None:
    """Nimmt eine Organisation auf (ohne --standing als „angesprochen“)."""
    from ikz_workflow.services import records

    done(app, records.set_party(app.home, key, organisation, new=True, **options), _("Beteiligte festgehalten."))


@party.command("set")
@click.argument("key", metavar="NUMMER")
@click.argument("organisation", metavar="ORGANISATION")
@_standing_options
@expect_option
@on_option
@pass_app
def party_set(app: App, key: str, organisation: str, **options: Any) -> None:
    """Ändert Stand oder Federführung einer Beteiligten."""
    from ikz_workflow.services import records

    done(app, records.set_party(app.home, key, organisation, **options), _("Beteiligte festgehalten."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("organisation", metavar="ORGANISATION")
@click.argument("text", metavar="TEXT")
@click.option("--person", metavar="NAME", help=_("Mit wem gesprochen wurde."))
@expect_option
@on_option
@pass_app
def contact(app: App, key: str, organisation: str, text: str, **options: Any) -> None:
    """Hält einen Kontakt auf Arbeitsebene fest."""
    from ikz_workflow.services import records

    done(app, records.add_contact(app.home, key, organisation, text, **options), _("Kontakt festgehalten."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("kind", metavar="HEMMNIS|none")
@click.option("--party", metavar="ORGANISATION", help=_("Hemmnis nur bei dieser Beteiligten."))
@click.option("--weight", type=Whole(1, 3), metavar="GEWICHT", help=_("Gewicht: 1 gering, 2 mittel, 3 hoch."))
@click.option("--answer", metavar="TEXT", help=_("Was dagegen getan wird."))
@expect_option
@on_option
@pass_app
def obstacle(app: App, key: str, kind: str, **options: Any) -> None:
    """Hält ein Hemmnis oder die Antwort darauf fest.

    HEMMNIS ist ein Schlüssel oder eine Bezeichnung des Verzeichnisses; none: es wurde keines gesehen.
    """
    from ikz_workflow.services import records

    done(app, records.set_obstacle(app.home, key, kind, **options), _("Hemmnis festgehalten."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("name", metavar="[PRÜFUNG", required=False)
@click.argument("result", metavar="ERGEBNIS]", required=False)
@click.option("--evidence", metavar="DATEI|TEXT", help=_("Nachweis: eine Datei (wird beigefügt) oder ein Text."))
@expect_option
@on_option
@format_option
@pass_app
def check(app: App, key: str, name: str | None, result: str | None, form: str, **options: Any) -> None:
    """Beantwortet eine wiederkehrende Prüffrage, oder zeigt alle.

    ERGEBNIS ist met (erfüllt), not-applicable (nicht einschlägig), open (offen), risk-accepted (Risiko akzeptiert)
    oder violated (verletzt).
    """
    from ikz_workflow.cli.sheet import show_checks
    from ikz_workflow.services import proposals, records

    if name is None:
        show_checks(proposals.view(app.home, key), form)
        return
    if result is None:
        raise click.UsageError(_("Es fehlt das Ergebnis, z. B. met (erfüllt) oder open (offen)."))
    done(app, records.answer_check(app.home, key, name, result, **options), _("Prüfung festgehalten."))


@click.group()
def milestone() -> None:
    """Hält die Meilensteine des Projektplans fest."""


@milestone.command("add")
@click.argument("key", metavar="NUMMER")
@click.argument("title", metavar="TITEL")
@click.option("--due", metavar="DATUM", help=_("Bis wann."))
@click.option("--party", metavar="ORGANISATION", help=_("Wer."))
@expect_option
@on_option
@pass_app
def milestone_add(app: App, key: str, title: str, **options: Any) -> None:
    """Fügt einen Meilenstein hinzu."""
    from ikz_workflow.services import records

    done(app, records.add_milestone(app.home, key, title, **options), _("Meilenstein festgehalten."))


@milestone.command("done")
@click.argument("key", metavar="NUMMER")
@click.argument("number", type=int, metavar="NR")
@expect_option
@on_option
@pass_app
def milestone_done(app: App, key: str, number: int, **options: Any) -> None:
    """Hält fest, dass ein Meilenstein erreicht ist."""
    from ikz_workflow.services import records

    done(app, records.finish_milestone(app.home, key, number, **options), _("Meilenstein erreicht."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("gate", metavar="ENTSCHEIDUNG")
@click.argument("body", metavar="STELLE")
@click.argument("outcome", metavar="ERGEBNIS")
@click.option(
    "--text", type=int, metavar="FASSUNG", help=_("Über welche Fassung entschieden wurde (sonst die neueste).")
)
@click.option("--votes", metavar="JA:NEIN:ENTH", help=_("Stimmen, z. B. 43:0:1."))
@click.option("--reference", metavar="DRUCKSACHE", help=_("Nummer der Drucksache, z. B. DS0438/21."))
@click.option("--evidence", metavar="DATEI|TEXT", help=_("Nachweis: eine Datei (wird beigefügt) oder ein Text."))
@click.option(
    "--amends", is_flag=True, help=_("Die Auflagen ändern den Text: Alle entscheiden neu über die geänderte Fassung.")
)
@click.option("--non-public", is_flag=True, help=_("Nicht öffentlich: Öffentliche Berichte nennen sie nicht."))
@click.option("--correct", metavar="GRUND", help=_("Berichtigt eine frühere Entscheidung derselben Stelle."))
@expect_option
@on_option
@pass_app
def decide(app: App, key: str, gate: str, body: str, outcome: str, **options: Any) -> None:
    """Hält fest, wie eine Stelle entschieden hat.

    ikz gates NUMMER zeigt, wer gefragt ist. Die Entscheidung gilt dem Text der Fassung, über die entschieden wurde.
    """
    from ikz_workflow.services import records

    done(app, records.decide(app.home, key, gate, body, outcome, **options), _("Entscheidung festgehalten."))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("path", metavar="DATEI", type=click.Path(path_type=Path))
@click.option("--as", "kind", default="", metavar="ART", help=_("Was es ist, z. B. „Genehmigungsbescheid“."))
@expect_option
@on_option
@pass_app
def attach(app: App, key: str, path: Path, **options: Any) -> None:
    """Fügt einem Vorhaben eine Datei bei."""
    from ikz_workflow.services import records

    proposal, sha256 = records.attach(app.home, key, path, **options)
    done(app, proposal, _("Anlage beigefügt ({sha}).").format(sha=sha256[:12]))


@click.command()
@click.argument("key", metavar="NUMMER")
@click.argument("entry", metavar="EINTRAG", type=int)
@click.option("--reason", required=True, metavar="TEXT", help=_("Warum der Eintrag falsch war."))
@expect_option
@once_option
@pass_app
def correct(app: App, key: str, entry: int, reason: str) -> None:
    """Nimmt einen irrtümlichen Eintrag zurück.

    Beides bleibt im Verlauf.

    EINTRAG ist die Nummer, die ikz history NUMMER vor dem Eintrag zeigt.
    """
    from ikz_workflow.services import corrections

    proposal = corrections.correct(app.home, key, entry, reason)
    done(app, proposal, _("Eintrag {entry} zurückgenommen.").format(entry=entry))


COMMANDS = (party, contact, obstacle, check, milestone, decide, attach, correct)
