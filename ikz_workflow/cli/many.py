"""Create many documents at once: progress, what was left out, how to go on."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App
from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

if TYPE_CHECKING:
    from ikz_workflow.services.batches import Outcome
    from ikz_workflow.services.selection import Filter

_FAILED, _REFUSED, _INTERRUPTED = 1, 4, 130


def is_meant(key: str | None, kind: str | None, options: dict[str, Any]) -> bool:
    """Tell whether many documents are to be created. InvalidInput where the command line says both or neither."""
    from ikz_workflow.services.selection import Filter

    if options["every"] is None:
        if options["wanted"] != Filter(state="open"):
            why = _("Eine Auswahl gilt nur mit --all: ikz document create --all ART --stage STUFE")
            raise InvalidInput(_("Auswahl"), "", why)
        if key is None or kind is None:
            why = _("Es fehlen NUMMER und ART (oder --all ART): ikz document create IKZ-2026-0001 guideline")
            raise InvalidInput(_("Dokument"), "", why)
        return False
    if key is not None:
        why = _("Entweder NUMMER und ART für ein Dokument, oder --all ART mit einer Auswahl für viele.")
        raise InvalidInput("--all", str(options["every"]), why)
    if options["replace"]:
        why = _("Bearbeitete Fassungen werden einzeln ersetzt: ikz document create NUMMER ART --replace")
        raise InvalidInput("--replace", "", why)
    if options["once"]:
        why = _("Mit --all ist es unnötig: Was aktuell ist, wird nicht noch einmal erzeugt.")
        raise InvalidInput("--once", "", why)
    if options["expect"] is not None:
        why = _("Einen Stand hat ein einzelnes Vorhaben: ikz document create NUMMER ART --expect STAND")
        raise InvalidInput("--expect", "", why)
    if options["pdf"]:
        why = _("PDF-Dateien werden einzeln ausgegeben: ikz document export NUMMER ART --pdf")
        raise InvalidInput("--pdf", "", why)
    return True


def create_all(app: App, kind: str, wanted: Filter, folder: Path, on: str | None, note: str | None) -> None:
    """Create a document for every proposal asked for, name what was left out, and leave with 1 or 4 if anything was."""
    from ikz_workflow.services import batches

    home = app.home
    keys = batches.chosen(home, kind, wanted)
    progress = output.Progress(_("Dokumente werden erzeugt"))
    done: list[Outcome] = []
    is_whole = False
    try:
        with closing(batches.create_each(home, kind, keys, folder, on=on, note=note)) as outcomes:
            for outcome in outcomes:
                done.append(outcome)
                progress(len(done), len(keys))
        is_whole = True
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        places = {key: place for place, key in enumerate(keys)}
        done.sort(key=lambda outcome: places[outcome.key])
        _tell(app, done, len(keys), folder, is_whole=is_whole)
    left_out = [outcome for outcome in done if outcome.error is not None]
    if left_out:
        sys.exit(_REFUSED if all(outcome.is_refused for outcome in left_out) else _FAILED)


def _tell(app: App, done: list[Outcome], whole: int, folder: Path, *, is_whole: bool) -> None:
    left_out = [outcome for outcome in done if outcome.error is not None]
    new = sum(outcome.is_new for outcome in done)
    if not whole:
        output.say(_("Nichts gefunden."))
        return
    if not is_whole:
        output.Progress("").erase()
        text = _("Abgebrochen nach {n} von {whole} Vorhaben; alles bis dahin ist gespeichert.")
        output.say(text.format(n=len(done), whole=whole), error=True)
        output.wrapped(
            _("Fortsetzen: denselben Befehl wiederholen; was aktuell ist, wird nicht noch einmal erzeugt."), error=True
        )
    text = _("{label}: {new} erzeugt, {same} schon aktuell, {left} ausgelassen. Ordner: {folder}")
    label = next((outcome.label for outcome in done if outcome.label), _("Dokumente"))
    same = len(done) - new - len(left_out)
    output.say(text.format(label=label, new=new, same=same, left=len(left_out), folder=folder))
    for outcome in left_out:
        output.wrapped(app.with_home(f"{outcome.key}: {outcome.error}"), "    ", "  ", error=True)
