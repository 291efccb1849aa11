"""Report on many proposals: why some fail, what became of all in a year."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.cli.app import FORMAT_HELP, App, Commands, at_option, happened_option, pass_app
from ikz_workflow.cli.documents import check_pdf, pdf_option, write_pdf
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.reports.failures import Count, Failures, Funnel

_LABEL, _BAR = 34, 40  # columns of a picture's labels, and at most of its bars
_COLUMNS = {
    "section": "Auswertung",
    "key": "Schlüssel",
    "label": "Bezeichnung",
    "count": "Anzahl",
    "lost": "hier gescheitert",
    "here": "derzeit hier",
    "completed": "hier abgeschlossen",
    "median_days": "Tage (Median)",
    "inexact": "ohne genauen Tag",
    "lesson": "Lehre",
}


class Reports(Commands):
    """The reports by name; four digits are the year of an annual report."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, that of the annual report for a year."""
        if re.fullmatch("[0-9]{4}", args[0]) and YEAR in self.commands:
            return args[0], self.commands[YEAR], args[1:]
        return super().resolve_command(ctx, args)


YEAR = _("JAHR")


@click.group(cls=Reports)
def report() -> None:
    """Berichte über viele Vorhaben."""


def samples_option(function: Any) -> Any:
    """Add `--with-samples`."""
    about = _("Übungsvorhaben mitzählen (sonst bleiben sie außer Betracht).")
    return click.option("--with-samples", "samples", is_flag=True, help=about)(function)


def non_public_option(function: Any) -> Any:
    """Add `--with-non-public`."""
    about = _("Auch nicht öffentliche Vorhaben und Entscheidungen, für den Dienstgebrauch.")
    return click.option("--with-non-public", "non_public", is_flag=True, help=about)(function)


@report.command("failures")
@at_option
@happened_option
@click.option("--topic", metavar="THEMA", help=_("Nur Vorhaben zu diesem Thema."))
@samples_option
@non_public_option
@click.option(
    "--format", "form", type=click.Choice(output.FORMATS), default="table", show_default=True, help=FORMAT_HELP
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DATEI",
    help=_("Datei für --format xlsx, csv oder json."),
)
@pass_app
def failures(app: App, form: str, target: Path | None, at: str | None, **options: Any) -> None:
    """Wertet aus, warum, wo und mit wem Vorhaben scheiterten.

    Gezählt wird, wann etwas geschah (--on), nicht, wann es festgehalten wurde.
    """
    from ikz_workflow.services import reports

    output.direct(form, target)
    found = reports.failures(app.home_at(at), progress=output.Progress(_("Verlauf lesen")), **options)
    if form == "json":
        output.document(msgspec.to_builtins(found))
    elif form == "table":
        show_failures(found)
    else:
        output.rows(form, flat(found), _COLUMNS)


@report.command(YEAR)
@at_option
@samples_option
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DATEI.docx",
    help=_("Wohin der Bericht geschrieben wird (sonst jahresbericht-JAHR.docx)."),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["docx", "json"]),
    default="docx",
    show_default=True,
    help=_("Word-Datei, oder alle Zahlen als JSON."),
)
@pdf_option
@click.pass_context
def annual(context: click.Context, at: str | None, samples: bool, target: Path | None, form: str, pdf: bool) -> None:
    """Schreibt den Jahresbericht an den Verwaltungsausschuss.

    JAHR ist zum Beispiel 2026: ikz report 2026. Sein Stand ist der letzte Eintrag im Verlauf; derselbe Verlauf ergibt
    dieselbe Datei.
    """
    from ikz_workflow.services import reports

    year = str(context.info_name)
    if not year.isdecimal():
        raise click.UsageError(_("Bitte ein Jahr nennen, zum Beispiel: ikz report 2026"))
    check_pdf(pdf)
    made = reports.annual(context.obj.home_at(at), year, samples=samples, progress=output.Progress(_("Verlauf lesen")))
    if form == "json":
        output.direct(form, target)
        output.document(msgspec.to_builtins(made.figures))
    else:
        write_word(target or Path(f"jahresbericht-{year}.docx"), made.content, pdf=pdf)


def write_word(target: Path, content: bytes, *, pdf: bool = False, ending: str = ".docx") -> None:
    """Write a Word file, on demand with its PDF, and say so; what somebody may have edited is not overwritten.

    InvalidInput for a name by which no program would open it.
    """
    from ikz_workflow.errors import InvalidInput

    if target.suffix.casefold() != ending:
        why = _("Der Name muss auf {ending} enden, sonst öffnet kein Programm die Datei; etwa: {name}")
        raise InvalidInput(_("Datei"), str(target), why.format(ending=ending, name=target.with_suffix(ending)))
    if target.is_file() and target.read_bytes() != content:
        why = _("Die Datei gibt es schon, mit anderem Inhalt; sie bleibt stehen. Bitte einen anderen Namen angeben.")
        raise InvalidInput(_("Datei"), str(target), why)
    output.write_to(target, [content])
    if pdf:
        write_pdf(target)


def flat(found: Failures) -> list[dict[str, Any]]:
    """Return the analysis as rows of one table."""
    sections = (
        ("reason", found.by_reason),
        ("stage", found.by_stage),
        ("partner", found.by_partner),
        ("topic", found.by_topic),
    )
    rows: list[dict[str, Any]] = [
        {"section": section, **msgspec.to_builtins(one)} for section, counts in sections for one in counts
    ]
    for funnel in found.funnels:
        for step in funnel.steps:
            rows.append({"section": "funnel", "key": step.stage, "count": step.reached, **msgspec.to_builtins(step)})
    for stay in found.stays:
        rows.append({"section": "time", "key": stay.stage, "count": stay.counted, **msgspec.to_builtins(stay)})
    for one in found.lessons:
        rows.append({"section": "lesson", "key": one.key, "label": one.title, "lesson": one.lesson})
    return rows


def show_failures(found: Failures) -> None:
    """Print the analysis as pictures and lists."""
    from ikz_workflow.reports.failures import days_text

    output.heading(_("Gescheiterte Vorhaben{period}").format(period=period_text(found)))
    text = _("{failed} von {counted} Vorhaben sind gescheitert.").format(failed=found.failed, counted=found.counted)
    if found.undated and (found.start or found.end):
        text += _(" {n} weitere ohne bekannten Tag sind nicht enthalten.").format(n=found.undated)
    elif found.undated:
        text += _(" Bei {n} davon ist der Tag unbekannt.").format(n=found.undated)
    if found.samples:
        text += _(" Nicht enthalten: Übungsvorhaben ({n}).").format(n=found.samples)
    if found.non_public:
        text += _(" Nicht enthalten: nicht öffentliche Vorhaben ({n}).").format(n=found.non_public)
    output.wrapped(text)
    for funnel in found.funnels:
        _show_funnel(funnel)
    for title, counts in (
        (_("Woran es lag"), found.by_reason),
        (_("In welcher Stufe"), found.by_stage),
        (_("Mit welchem Partner (mehrere möglich)"), found.by_partner),
        (_("Zu welchem Thema"), found.by_topic),
    ):
        _show_counts(title, counts)
    if found.stays:
        click.echo()
        output.heading(_("Verweildauer je Stufe (Median, einschließlich ruhender Zeiten)"))
        output.pairs([(stay.label, days_text(stay)) for stay in found.stays], "  ")
    if found.lessons:
        click.echo()
        output.heading(_("Was daraus zu lernen ist"))
    for one in found.lessons:
        ended = german.date(one.ended) if one.ended else _("Tag unbekannt")
        output.wrapped(f"{one.key}  {one.title} ({', '.join(one.partners) or _('ohne Partner')})", "    ", "  ")
        output.wrapped(f"{one.stage}, {one.reason}, {ended}. {one.lesson}", "      ")


def period_text(found: Failures) -> str:
    """Return the period of an analysis as the end of a heading."""
    begun = _(" von {day}") if found.end else _(" seit {day}")
    since = begun.format(day=german.date(found.start)) if found.start else ""
    return since + (_(" bis {day}").format(day=german.date(found.end)) if found.end else "")


def _show_funnel(funnel: Funnel) -> None:
    click.echo()
    output.heading(_("Wie weit {n} Vorhaben kamen").format(n=funnel.total))
    output.wrapped(_("Verfahren: {names}.").format(names="; ".join(funnel.workflows)), "  ")
    full, gone = _signs()
    for step in funnel.steps:
        lost = _length(step.lost, funnel.total)
        bar = full * max(0, _length(step.reached, funnel.total) - lost) + gone * lost
        notes = [_("{n} gescheitert").format(n=step.lost)] if step.lost else []
        notes += [_("{n} jetzt hier").format(n=step.here)] if step.here else []
        notes += [_("{n} abgeschlossen").format(n=step.completed)] if step.completed else []
        _bar(step.label, bar, f"{step.reached}" + (f" ({', '.join(notes)})" if notes else ""))
    output.say(_("  {full} erreicht   {gone} davon hier gescheitert").format(full=full * 2, gone=gone * 2))


def _show_counts(title: str, counts: Sequence[Count]) -> None:
    if not counts:
        return
    click.echo()
    output.heading(title)
    most = max(one.count for one in counts)
    full, _gone = _signs()
    for one in counts:
        _bar(one.label, full * _length(one.count, most), str(one.count))


def _bar(label: str, bar: str, text: str) -> None:
    """Print a label, its bar and its number; a long label stands in a line of its own."""
    if len(label) > _label_width():
        output.wrapped(label, "    ", "  ")
        label = ""
    output.say(f"  {label:<{_label_width()}}  {bar} {text}")


def _label_width() -> int:
    return max(8, min(_LABEL, output.width() // 2 - 4))


def _length(count: int, whole: int) -> int:
    room = max(10, min(_BAR, output.width() - _label_width() - 28))
    return max(1, round(room * count / whole)) if count and whole else 0


def _signs() -> tuple[str, str]:
    """Return the signs of which bars are made, plain ones where the terminal has no others."""
    try:
        "█░".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "#", "-"
    return "█", "░"


COMMANDS = (report,)
