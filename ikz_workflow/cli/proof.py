"""Tell where a file, the files of a folder, or the short hash on a paper come from."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ikz_workflow.cli import output
from ikz_workflow.cli.app import FINDINGS, App, Whole, format_option, pass_app
from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.origins import Anchor, Origin

COLUMNS = {
    "file": "Datei",
    "result": "Ergebnis",
    "key": "Nummer",
    "label": "Dokument",
    "number": "Fassung",
    "position": "Eintrag",
    "remarks": "Hinweise",
}
ANCHOR_COLUMNS = {
    "status": "Ergebnis",
    "short_hash": "Prüfsumme",
    "position": "Eintrag",
    "key": "Nummer",
    "label": "Dokument",
    "number": "Fassung",
}
RESULTS = {
    "exact": "unverändert",
    "text": "Text unverändert",
    "altered": "verändert",
    "unknown": "unbekannt",
    "unreadable": "nicht lesbar",
}
_REWRITTEN = _(
    "Achtung: Position und Prüfsumme sind nicht die des Verlaufs; er wurde neu geschrieben oder das Dokument gehört zu "
    "einem anderen."
)


@click.command("verify")
@click.argument("named", metavar="DATEI|ORDNER|PRÜFSUMME")
@click.option(
    "--position",
    type=Whole(min=1),
    metavar="EINTRAG",
    help=_("Der Eintrag des Verlaufs, der neben der Prüfsumme in der Fußzeile steht."),
)
@format_option
@pass_app
def verify(app: App, named: str, position: int | None, form: str) -> None:
    """Sagt, woher ein Dokument stammt und ob es verändert ist.

    Genannt wird eine Word-Datei, ein Ordner (mit allem darunter) oder die kurze Prüfsumme aus der Fußzeile eines
    Ausdrucks oder einer PDF-Datei, mit oder ohne Bindestriche.
    """
    from ikz_workflow.documents.values import resembles_short_hash

    path = Path(named)
    if not path.exists() and resembles_short_hash(named):
        found = _paper(app, named, position, form)
    elif position is not None and path.exists():
        raise InvalidInput(
            "--position", str(position), _("Sie gehört zu einer kurzen Prüfsumme; eine Datei nennt sie.")
        )
    elif path.is_dir():
        found = _folder(app, path, form)
    else:
        found = _file(app, path, form)
    if found:
        sys.exit(FINDINGS)


def _file(app: App, path: Path, form: str) -> bool:
    """Print where a file comes from, and return whether somebody has to look at it."""
    import msgspec

    from ikz_workflow.services import origins

    found = origins.origin(app.home, path)
    if form == "table":
        _tell(found)
    elif form == "json":
        output.document(msgspec.to_builtins(found))
    else:
        output.rows(form, [_row(found, path.name)], COLUMNS)
    return found.is_finding


def _folder(app: App, folder: Path, form: str) -> bool:
    """Print a row for each Word file, with a summary, and return whether somebody has to look at any."""
    from ikz_workflow.services import origins

    home = app.home
    progress = output.Progress(_("Dateien werden geprüft"))
    paths = origins.word_files(folder)
    found = []
    for number, path in enumerate(paths, 1):
        found.append(origins.origin_or_problem(home, path))
        progress(number, len(paths))
    data = [_row(one, str(path.relative_to(folder))) for path, one in zip(paths, found, strict=True)]
    if not paths:
        why = _("In {folder} liegt keine Word-Datei (.docx); geprüft wurde nichts.")
        output.say(why.format(folder=folder), error=True)
        if form == "table":
            return True
    output.rows(form, data, COLUMNS, spare=("position", "label"))
    if form == "table":
        output.say(_summary(found))
    return not paths or any(one.is_finding for one in found)


def _row(found: Origin, name: str) -> dict[str, Any]:
    remarks = [found.problem, *found.contradictions]
    remarks += [_("Position und Prüfsumme sind nicht die des Verlaufs.")] if found.anchored is False else []
    return {
        "file": name,
        "status": found.status,
        "result": _(RESULTS[found.status]),
        "finding": found.is_finding,
        "key": found.key,
        "label": found.label,
        "number": found.version.number if found.version else None,
        "position": found.version.seq if found.version else None,
        "anchored": found.anchored,
        "remarks": " ".join(one for one in remarks if one),
        "notes": list(found.notes),
        "file_hash": found.file_hash,
        "text_hash": found.text_hash,
    }


def _summary(found: list[Origin]) -> str:
    counts = {status: sum(one.status == status for one in found) for status in RESULTS}
    parts = [f"{count} {_(RESULTS[status])}" for status, count in counts.items() if count]
    text = _("{n} Dateien: {parts}.") if len(found) != 1 else _("Eine Datei: {parts}.")
    text = text.format(n=len(found), parts=", ".join(parts))
    findings = sum(one.is_finding for one in found)
    return text + (_(" Anzusehen: {n}.").format(n=findings) if findings else _(" Alles in Ordnung."))


def _tell(found: Origin) -> None:
    """Print where a file comes from, in sentences."""
    sentences = {
        "exact": _("Die Datei ist unverändert."),
        "text": _("Der Text ist unverändert; die Datei wurde nur neu gespeichert."),
        "altered": _("Der Text wurde verändert:"),
        "unknown": _("Die Datei stammt nicht aus diesem Verlauf."),
    }
    if found.status == "unknown" and found.anchored:
        sentences["unknown"] = _(
            "Die Datei ist keine gespeicherte Fassung (Berichte und Sammlungen werden nicht gespeichert), oder ihr "
            "Text wurde verändert."
        )
    if found.version is not None:
        _tell_version(found)
    output.wrapped(sentences[found.status])
    for line in found.difference:
        output.wrapped(line, "    ", "  ")
    for note in (*found.notes, *(_("Achtung: {text}").format(text=text) for text in found.contradictions)):
        output.wrapped(note)
    if found.anchored is False:
        output.wrapped(_REWRITTEN)
    elif found.anchored:
        output.say(_("Position und Prüfsumme in der Datei stimmen mit dem Verlauf überein."))


def _tell_version(found: Origin | Anchor) -> None:
    version = found.version
    if version is not None:
        text = _("{key}: {label}, Fassung {n}, Eintrag {seq} des Verlaufs, festgehalten {at}")
        output.say(
            text.format(key=found.key, label=found.label, n=version.number, seq=version.seq, at=_day(version.at))
        )


def _day(at: str) -> str:
    """Return the day of a time of recording, where the reader sits."""
    return datetime.fromisoformat(at).astimezone().strftime("%d.%m.%Y")


# -------------------------------------------------------------------------------------------------------- from paper
def _paper(app: App, typed: str, position: int | None, form: str) -> bool:
    """Print what a short hash leads to, and return whether somebody has to look at it."""
    import msgspec

    from ikz_workflow.services import origins

    found = origins.anchor(app.home, typed, position)
    if form == "table":
        _tell_anchor(app, found, position)
    elif form == "json":
        output.document(msgspec.to_builtins(found))
    else:
        number = found.version.number if found.version else None
        output.rows(form, [{**msgspec.to_builtins(found), "number": number}], ANCHOR_COLUMNS)
    return found.is_finding


def _tell_anchor(app: App, found: Anchor, position: int | None) -> None:
    if found.status == "unknown":
        output.wrapped(_("Die Prüfsumme ist richtig abgetippt, kommt in diesem Verlauf aber nicht vor."))
        output.wrapped(_REWRITTEN)
        return
    _tell_version(found)
    if found.status == "elsewhere":
        text = _("Achtung: Die Prüfsumme gehört zu Eintrag {found}, nicht zu Eintrag {position}.")
        output.say(text.format(found=found.position, position=position))
    else:
        text = _("Die Prüfsumme ist die von Eintrag {position} des Verlaufs, festgehalten {at}.")
        output.say(text.format(position=found.position, at=_day(found.recorded)))
    if found.version is None:
        output.wrapped(
            _("Danach entstand kein gespeichertes Dokument; Berichte und Sammlungen tragen solche Prüfsummen auch.")
        )
        return
    if found.filed:
        numbers = ", ".join(map(str, found.filed))
        output.wrapped(
            _("Dieselbe Fußzeile trägt, was daraus bearbeitet und abgelegt wurde: Fassung {n}.").format(n=numbers)
        )
    command = app.command(f"ikz document show {found.key} {found.version.kind} --number {found.version.number}")
    output.wrapped(_("Den Wortlaut zum Vergleichen zeigt: {command}").format(command=command))
