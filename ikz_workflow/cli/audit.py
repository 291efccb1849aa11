"""Show the history and prove it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, Whole, at_option, format_option, happened_option, pass_app
from ikz_workflow.cli.filters import SCREENFUL, again, told_more
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.proposal import Proposal
    from ikz_workflow.services.anchors import Anchor
    from ikz_workflow.services.audit import Proof
    from ikz_workflow.services.telling import Change, Entry

COLUMNS = {
    "seq": "Nr.",
    "on": "geschehen",
    "at": "festgehalten",
    "subject": "Eintrag",
    "version": "Stand",
    "sentence": "Was",
    "actor": "Wer",
    "behalf": "in Vertretung von",
    "role": "Rolle",
    "note": "Bemerkung",
    "late": "nachgetragen",
    "taken_back": "zurückgenommen durch",
    "voids": "gilt dadurch nicht mehr",
}


SHORT = 30  # of an old value, so that the new one is seen too
FINDING_COLUMNS = {
    "row": "Zeile",
    "text": "Befund",
    "expected": "erwartet",
    "found": "gefunden",
}


@click.command()
@click.argument("key", metavar="[NUMMER]", required=False)
@click.option(
    "--limit",
    type=Whole(0),
    metavar="ANZAHL",
    help=_("Höchstens so viele (0: alle; sonst am Bildschirm ohne NUMMER {n}, in Dateien alle).").format(n=SCREENFUL),
)
@click.option("--start-after", "after", type=Whole(0), metavar="NR.", default=0, help=_("Weiter nach diesem Eintrag."))
@at_option
@happened_option
@format_option
@pass_app
def history(
    app: App, key: str | None, limit: int | None, after: int, at: str | None, happened: str | None, form: str
) -> None:
    """Zeigt den Verlauf eines Vorhabens, oder alles.

    Die Einträge stehen in der Reihenfolge, in der sie festgehalten wurden. Folgen weitere, nennt die letzte Zeile den
    Befehl, der sie zeigt.
    """
    import msgspec

    from ikz_workflow.services import timeline

    if limit is None:
        limit = SCREENFUL if key is None and form == "table" and output.is_screen() else 0
    home = app.home_at(at)
    page = timeline.page(home, key, after=after, limit=limit, happened=happened) if limit else None
    entries = page.entries if page else timeline.told(home, key, after=after, happened=happened)
    if form != "table":
        output.rows(form, (msgspec.to_builtins(entry) for entry in entries), COLUMNS)
        return
    if not _print_entries(entries, key):
        output.say(_("Nichts gefunden."))
    if page and page.after:
        told_more(page.more, app.command(again(after=str(page.after))), one=_("Es folgt noch einer"))


def _print_entries(entries: Iterable[Entry], key: str | None) -> int:
    """Print entries, each with what changed, who recorded it and what became of it; return how many they are."""
    from ikz_workflow import german

    count = 0
    for entry in entries:
        count += 1
        subject = "" if key or "/" in entry.subject else f"{entry.subject}: "
        day = german.date(entry.on)
        late = _(" (nachgetragen am {day})").format(day=german.date(entry.at[:10])) if entry.late else ""
        sentence = _heading(entry) if entry.changes else entry.sentence
        output.wrapped(f"{subject}{sentence}", " " * 20, f"{entry.seq:>6}  {day:<12}")
        for change in entry.changes:
            output.short(f"{change.label}: {_was(change)}", " " * 22)
        told_voids(entry, " " * 20)
        who = entry.actor
        if entry.behalf:
            who = _("{deputy} in Vertretung von {person}").format(deputy=who, person=entry.behalf)
        output.wrapped(f"{who}, {entry.role}{late}", " " * 20)
        if entry.taken_back:
            output.wrapped(_("Zurückgenommen durch Eintrag {seq}").format(seq=entry.taken_back), " " * 20)
        if entry.note:
            output.wrapped(_("Bemerkung: {note}").format(note=entry.note), " " * 20)
    return count


def _heading(entry: Entry) -> str:
    return _("Angaben aus {key}:").format(key=entry.taken_from) if entry.taken_from else _("Angaben:")


def show_voids(app: App, proposal: Proposal) -> None:
    """Print what lost its validity by the last entry of a proposal."""
    if any(one.void for one in proposal.documents) or any(one.void for one in proposal.decisions):
        from ikz_workflow.services import timeline

        told_voids(timeline.history(app.home, proposal.key)[-1])


def told_voids(entry: Entry, indent: str = "") -> None:
    """Print what lost its validity by an entry."""
    if entry.voids:
        output.wrapped(_("Damit gelten nicht mehr:"), indent)
        for line in entry.voids:
            output.wrapped(line, indent + "    ", indent + "  ")


def _was(change: Change) -> str:
    """Return old and new value of a field, each in one line."""
    before, after = (" ".join(value.split()) for value in (change.before, change.after))
    if not before:
        return after
    return (
        f"{before} → {after or _('geleert')}"
        if len(before) <= SHORT
        else f"{before[: SHORT - 1]}… → {after or _('geleert')}"
    )


_PLACES = click.Path(path_type=Path)


@click.command()
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=_PLACES,
    metavar="DATEI|ORDNER",
    help=_("Prüfpunkte, die anderswo aufbewahrt wurden (mehrfach möglich)."),
)
@click.option(
    "--documents",
    "papers",
    multiple=True,
    type=_PLACES,
    metavar="DATEI|ORDNER",
    help=_("Word-Dokumente, die anderswo liegen: Auch sie nennen Stelle und Prüfsumme (mehrfach möglich)."),
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="SCHLÜSSEL|DATEI",
    help=_("Öffentlicher Schlüssel; dann muss jeder Prüfpunkt damit unterschrieben sein (mehrfach möglich)."),
)
@format_option
@pass_app
def verify(app: App, files: tuple[Path, ...], papers: tuple[Path, ...], keys: tuple[str, ...], form: str) -> None:
    """Beweist, dass der Verlauf unverändert ist.

    Geprüft werden Kette, Ablauf, Texte, Dokumente und gespeicherte Zeilen, und ob alles, was anderswo aufbewahrt wurde,
    noch dazu passt.
    """
    from ikz_workflow.errors import HistoryBroken
    from ikz_workflow.services import anchors, audit

    progress = output.Progress(_("Verlauf wird geprüft"))
    try:
        proof = audit.verify(app.home, anchors.read_given(files, papers, keys), progress)
    except HistoryBroken as broken:
        progress.erase()
        if form == "table":
            raise
        finding = {"row": broken.row, "text": broken.what, "expected": broken.expected, "found": broken.found}
        output.document({"findings": [finding]}) if form == "json" else output.rows(form, [finding], FINDING_COLUMNS)
        sys.exit(FINDINGS)
    if form == "json":
        import msgspec

        output.document({**msgspec.to_builtins(proof), "findings": []})
    elif form != "table":
        output.rows(form, _counts(proof), {"what": "Geprüft", "count": "Anzahl"})
    else:
        _print_proof(proof, app)


def _proven(proof: Proof) -> str:
    text = _(
        "Der Verlauf ist unversehrt: {events} Einträge, {proposals} Vorhaben, {entries} Verzeichniseinträge, "
        "{disclosures} Texte, {documents} Dokumente und Anlagen."
    )
    return text.format(
        events=proof.events,
        proposals=proof.proposals,
        entries=proof.entries,
        disclosures=proof.disclosures,
        documents=proof.documents,
    )


def _print_proof(proof: Proof, app: App) -> None:
    output.say(_proven(proof))
    for warning in proof.warnings:
        output.wrapped(_("Hinweis: {text}").format(text=warning))
    for anchor in proof.anchors:
        output.wrapped(_told(anchor), "  ", "")
    if not proof.anchors:
        output.wrapped(_("Ohne Prüfpunkt von außerhalb bleibt ein vollständig neu geschriebener Verlauf unbemerkt:"))
        output.say(f"  {app.command('ikz checkpoint export DATEI')}")
        return
    seq = max(one.seq for one in proof.anchors)
    output.wrapped(_("Bewiesen bis Eintrag {seq} durch das, was außerhalb aufbewahrt wurde.").format(seq=seq))
    if seq < proof.events:
        text = _("Die Einträge danach (bis {last}) sind in sich stimmig; ob sie neu geschrieben wurden, bleibt offen.")
        output.wrapped(text.format(last=proof.events))


def _told(anchor: Anchor) -> str:
    """Return what an anchor that was met shows, and what its signature is worth."""
    if anchor.kind == "document":
        return _("Dokument {name}: stimmt, Eintrag {seq}.").format(name=anchor.name, seq=anchor.seq)
    signers = ", ".join(anchor.signed_by)
    worth = {
        "valid": _("Unterschrift gültig ({signers})."),
        "unsigned": _("nicht unterschrieben."),
        "": _("unterschrieben von {signers}; die Unterschrift prüft erst --key."),
    }[anchor.signature]
    told = _("Prüfpunkt {name}: stimmt, Eintrag {seq}; ").format(name=anchor.name, seq=anchor.seq)
    return told + worth.format(signers=signers)


def _counts(proof: Proof) -> list[dict[str, Any]]:
    """Return what was proven, a row each."""
    counts = {
        _("Einträge des Verlaufs"): proof.events,
        _("Vorhaben"): proof.proposals,
        _("Verzeichniseinträge"): proof.entries,
        _("Texte"): proof.disclosures,
        _("Dokumente und Anlagen"): proof.documents,
        **{_told(one): None for one in proof.anchors},
        **{_("Hinweis: {text}").format(text=text): None for text in proof.warnings},
    }
    return [{"what": what, "count": count} for what, count in counts.items()]


@click.group()
def checkpoint() -> None:
    """Schreibt den Stand des Verlaufs zum Aufbewahren."""


@checkpoint.command("export")
@click.argument("path", metavar="[DATEI]", required=False, type=_PLACES)
@click.option(
    "--key",
    "key",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DATEI",
    help=_("Schlüssel zum Unterschreiben (sonst der eigene, wenn ikz checkpoint key einen angelegt hat)."),
)
@pass_app
def export(app: App, path: Path | None, key: Path | None) -> None:
    """Schreibt Zahl und Prüfsumme der Einträge, unterschrieben, in eine Datei (ohne DATEI auf den Bildschirm).

    Die Form ist die eines C2SP-Prüfpunkts (tlog-checkpoint, signed-note).
    """
    from ikz_workflow.errors import InvalidInput
    from ikz_workflow.services import keeping

    if path is not None and path.exists():
        raise InvalidInput(_("Prüfpunkt"), str(path), _("Die Datei gibt es schon; bitte einen neuen Namen wählen."))
    signed = keeping.export(app.home, key)
    if path is None:
        output.raw(signed.text)
    else:
        output.write_to(path, [signed.text.encode()])
        output.wrapped(
            _("Bitte außerhalb dieses Rechners aufbewahren, am besten beim Rechnungsprüfungsamt."), error=True
        )
    if signed.key is None:
        text = _("Der Prüfpunkt ist nicht unterschrieben; wer unterschreiben will, legt einen Schlüssel an: {command}")
        output.wrapped(text.format(command=app.command("ikz checkpoint key")), error=True)
    else:
        output.wrapped(_("Unterschrieben mit Schlüssel {key}.").format(key=signed.key.key_id), error=True)


@checkpoint.command("key")
@click.argument("path", metavar="[DATEI]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@pass_app
def key_(app: App, path: Path | None) -> None:
    """Legt den Schlüssel an, der Prüfpunkte unterschreibt, und zeigt seinen öffentlichen Teil.

    Er liegt in DATEI, sonst in einem eigenen Ordner des Benutzers, nie im Ordner der Datenbank: Wer diesen Ordner oder
    eine Kopie davon hat, soll nicht auch unterschreiben können.
    """
    from ikz_workflow.services import keeping

    public, place, is_new = keeping.signing_key(app.home, path)
    told = _("Schlüssel angelegt: {path}. Nur dieses Konto darf ihn lesen.") if is_new else _("Schlüssel: {path}.")
    output.wrapped(told.format(path=place), error=True)
    output.wrapped(_("Öffentlicher Schlüssel, für das Rechnungsprüfungsamt (ikz verify --key):"), error=True)
    output.say(str(public))


@click.command()
@pass_app
def rebuild(app: App) -> None:
    """Erneuert die gespeicherten Zeilen aus dem Verlauf."""
    from ikz_workflow.services import audit

    proposals, entries = audit.rebuild(app.home)
    output.say(
        _("Erneuert: {proposals} Vorhaben, {entries} Verzeichniseinträge.").format(proposals=proposals, entries=entries)
    )


@click.command("copy")
@click.option(
    "--to", required=True, metavar="ADRESSE", help=_("Leere Datenbank: sqlite:///PFAD oder postgresql+psycopg://…")
)
@pass_app
def copy(app: App, to: str) -> None:
    """Kopiert die Datenbank in eine andere und prüft sie dort.

    Das Ziel muss leer sein; danach wird der Verlauf dort ganz geprüft.

    Kette, Prüfsummen und Prüfpunkte bleiben dieselben. Ein Kennwort gehört in die Kennwortdatei (~/.pgpass), nicht in
    die Adresse: Die Befehlszeile ist für andere sichtbar.
    """
    from ikz_workflow.errors import InvalidInput
    from ikz_workflow.services import moving

    if re.search(r"//[^/@]*:[^/@]*@", to):
        why = _("Ein Kennwort gehört nicht in die Befehlszeile, sondern in die Kennwortdatei (~/.pgpass).")
        raise InvalidInput("--to", "", why)
    proof, name = moving.copy(app.home, to, output.Progress(_("Kopieren")))
    output.wrapped(
        _(
            "Kopiert nach {name} und dort bewiesen: {events} Einträge bis {hash}…, {documents} Dokumente und Anlagen."
        ).format(name=name, events=proof.events, hash=proof.head.hash[:16], documents=proof.documents)
    )
    output.wrapped(
        _("Zum Weiterarbeiten dort IKZ_DATABASE_URL auf diese Adresse setzen; die alte Datenbank bitte stilllegen.")
    )


COMMANDS = (history, verify, checkpoint, rebuild, copy)
