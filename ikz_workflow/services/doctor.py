"""Look for what could harm a home, each finding with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.documents import adoption, pdf
from ikz_workflow.errors import HistoryBroken, IkzError, StorageError
from ikz_workflow.history import follow
from ikz_workflow.language import gettext as _
from ikz_workflow.services import keeping, lookalikes, printing, template_checks, workflows
from ikz_workflow.services.home import WAITED, Home, implausible
from ikz_workflow.storage import postgres, surroundings

LAST = 1_000  # entries at the end of the history whose chain is followed
_CHECKPOINT_DUE = timedelta(days=31)
_NAMED = 5  # findings of one kind that are told one by one
_OLD = 3600  # seconds after which a temporary file is left over


class Finding(Struct, frozen=True):
    """What was looked at, how it stands, and what to do about it ("" where nothing is to be done)."""

    state: Literal["ok", "hint", "fault"]
    what: str
    text: str
    remedy: str = ""


def examine(home: Home) -> Iterator[Finding]:
    """Yield one finding or more for each thing looked at; a look that fails is a fault, and the others go on.

    What makes several looks fail is told once.
    """
    told = set[str]()
    for label, look in _LOOKS.items():
        try:
            yield from (Finding(state, _(label), *said) for state, *said in look(home))
        except IkzError as error:
            if str(error) not in told:
                told.add(str(error))
                yield Finding("fault", _(label), str(error), "ikz verify" if isinstance(error, HistoryBroken) else "")


def server_sql() -> str:
    """Return the statements with which a server's administration gives people rights to the tables."""
    return postgres.ROLES


Told = Iterator[tuple[Literal["ok", "hint", "fault"], str] | tuple[Literal["ok", "hint", "fault"], str, str]]


def _database(home: Home) -> Told:
    database = home.ready
    yield "ok", _("{name} ist da und auf dem neuesten Stand.").format(name=database.name)
    if missing := database.missing_guards():
        names = ", ".join(sorted(missing))
        yield "fault", _("Der Schutz gegen Ändern fehlt oder ist verändert: {names}.").format(names=names), "ikz init"
    if strange := database.strange():
        yield (
            "fault",
            _("Die Tabellen sind nicht, wie sie sein sollen ({strange}).").format(strange=strange),
            "ikz verify",
        )


def _place(home: Home) -> Told:
    file = home.database.file
    if file is None:
        yield "ok", _("Die Datenbank liegt auf einem Server.")
        return
    if kind := surroundings.remote_drive(file):
        text = _("Die Datei liegt auf einem Netzlaufwerk ({kind}); SQLite kann dort beschädigt werden.")
        remedy = _("Bitte auf ein Laufwerk dieses Rechners legen; für mehrere Personen: PostgreSQL (Handbuch).")
        yield "fault", text.format(kind=kind), remedy
    if folder := surroundings.copying_program(file):
        text = _("Der Ordner „{folder}“ wird von einem Programm abgeglichen, das die Datei im Gebrauch kopiert.")
        yield "fault", text.format(folder=folder), _("Bitte die Datenbank in einen anderen Ordner legen.")
    if file.exists() and surroundings.read_by_others(file):
        text = _("Andere Benutzer dieses Rechners können {file} öffnen.").format(file=file)
        yield "fault", text, _("Bitte einschränken: chmod 600 {file}").format(file=file)
    yield "ok", _("SQLite {version}, Journal DELETE.").format(version=surroundings.library())


def _clock(home: Home) -> Told:
    with home.ready.reading(home.now()) as tx:
        last, doubt = tx.row(tx.head.seq), implausible(tx)
    now = home.now().astimezone(UTC).isoformat()
    if last is not None and datetime.fromisoformat(last.at) - datetime.fromisoformat(now) > WAITED:
        text = _("Die Uhr geht nach: Der letzte Eintrag ist von {last}, jetzt ist {now} (UTC).")
        yield "fault", text.format(last=last.at[:16], now=now[:16]), _("Bitte Datum und Uhrzeit des Rechners stellen.")
    elif doubt:
        yield "hint", doubt, _("Bitte Datum und Uhrzeit des Rechners prüfen.")
    else:
        yield "ok", _("Die Uhr geht nicht nach.")


def _end(home: Home) -> Told:
    with home.ready.reading(home.now()) as tx:
        rows = list(tx.rows_after(tx.head.seq - LAST))
        start = (rows[0].seq - 1, rows[0].prev_hash) if tx.head.seq > LAST and rows else None
        for _step in follow(rows, tx.head, start=start):
            pass
    yield "ok", _("Die letzten {n} Einträge schließen aneinander an.").format(n=len(rows))


def _names(home: Home) -> Told:
    with home.ready.reading(home.now()) as tx:
        names = [*tx.opened("title").values(), *tx.opened("name").values()]
        for kind in ("organisation", "department", "topic", "cooperation"):
            names += [getattr(one.value, "name", "") or getattr(one.value, "label", "") for one in tx.entries(kind)]
    strange = list(islice(lookalikes.told(dict.fromkeys(names)), _NAMED))
    for sentence in strange:
        yield "hint", sentence, _("Bitte prüfen, ob der Name so gemeint ist.")
    if not strange:
        yield "ok", _("Titel und Namen bestehen aus lateinischen Buchstaben.")


def _definitions(home: Home) -> Told:
    problems = [*workflows.problems(home), *template_checks.problems(home)]
    for problem in islice(problems, 5):
        command = "ikz template check" if problem.where.endswith((".j2", ".docx")) else "ikz workflow check"
        yield "fault", str(problem), command
    if not problems:
        yield "ok", _("Verfahren und Vorlagen sind ohne Fehler.")


def _checkpoints(home: Home) -> Told:
    kept = keeping.last_handed_out(home)
    with home.ready.reading(home.now()) as tx:
        seq, log_id = (kept.seq, kept.log_id) if kept else (0, tx.log_id)
        if log_id != tx.log_id or seq > tx.head.seq:
            text = _("Der letzte Prüfpunkt ({path}) gehört zu einem anderen oder längeren Verlauf.")
            path = keeping.handed_out(home)
            yield "fault", text.format(path=path), f"ikz verify --checkpoint {path}"
            return
        first, open_ = next(tx.rows_after(seq), None), tx.head.seq - seq
    if first is None:
        yield "ok", _("Der letzte Prüfpunkt deckt den ganzen Verlauf.")
        return
    text = _("Durch keinen Prüfpunkt gedeckt: {n} Einträge, der älteste vom {day}.")
    is_due = home.now() - datetime.fromisoformat(first.at) > _CHECKPOINT_DUE
    day = german.date(first.at[:10])
    yield "hint" if is_due else "ok", text.format(n=open_, day=day), "ikz checkpoint export DATEI" if is_due else ""


def _programs(home: Home) -> Told:
    try:
        pdf.program()
    except StorageError as error:
        yield "hint", _("LibreOffice fehlt; es wird nur für PDF-Dateien gebraucht."), error.remedy
        return
    yield "ok", _("LibreOffice ist da.")
    for font, other in pdf.replaced_fonts(adoption.adopted(printing.design_bytes(home), "design.docx").fonts):
        yield "hint", _("Die Schrift {font} fehlt; in PDF-Dateien steht dafür {other}.").format(font=font, other=other)


def _left_overs(home: Home) -> Told:
    before = home.now().timestamp() - _OLD
    folders = dict.fromkeys([home.path, home.path / "documents", Path.cwd()])
    found = [path for folder in folders for path in surroundings.left_overs(folder, before)]
    for path in found:
        yield "hint", _("Von einem abgebrochenen Befehl blieb {path}.").format(path=path), _("Bitte löschen.")
    if not found:
        yield "ok", _("Nichts ist von abgebrochenen Befehlen übrig.")


_LOOKS: dict[str, Callable[[Home], Told]] = {
    "Datenbank": _database,
    "Ablage": _place,
    "Uhr": _clock,
    "Verlauf": _end,
    "Prüfpunkte": _checkpoints,
    "Namen": _names,
    "Verfahren und Vorlagen": _definitions,
    "Programme": _programs,
    "Reste": _left_overs,
}
