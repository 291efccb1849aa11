"""Keep the folder the demo is played in: its own, emptied before each run, and nothing lost that is not its own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ikz_workflow import german
from ikz_workflow.cli import output
from ikz_workflow.errors import DefinitionError, InvalidInput, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services.home import Home

MARKER = "DEMO.txt"
_LOG_ID = re.compile(r"^Verlauf: ([0-9a-f]{32})$", re.MULTILINE)
_LAST = re.compile(r"^Einträge: (\d+)$", re.MULTILINE)
_BEING_MADE = "Die Datenbank wird gerade angelegt."


def prepare(home: Home, directory: Path) -> None:
    """Leave the home empty but for the marker.

    InvalidInput or StorageError, and nothing touched, if it is not the demo's; DefinitionError, and nothing touched, if
    its workflows or templates are at fault.
    """
    try:
        found = [path for path in home.path.iterdir() if not _is_leftover(path)] if home.path.is_dir() else []
        if found and not (home.path / MARKER).is_file():
            why = _("Der Ordner ist nicht leer und nicht von der Demo. Bitte einen neuen nennen: ikz demo ORDNER")
            raise InvalidInput(str(directory), "", why)
        _check_workflows(home)
        home.path.mkdir(parents=True, exist_ok=True)
        marker = (home.path / MARKER).read_text(encoding="utf-8", errors="replace") if found else ""
        aside = _clear(home, directory, marker)
    except OSError as error:
        what = _("{path} lässt sich nicht lesen oder schreiben ({why}).").format(
            path=directory, why=german.refusal(error)
        )
        raise StorageError(what, _("Bitte Rechte und freien Platz prüfen.")) from None
    if aside is not None:
        kept = _("In der Datenbank der früheren Demo stehen weitere Einträge; sie bleibt erhalten als {name}.")
        output.wrapped(kept.format(name=directory / aside.name))


def _check_workflows(home: Home) -> None:
    """Refuse to begin with what could not be played to its end."""
    from ikz_workflow.services import shipped, template_checks, workflows

    if problems := [*workflows.problems(home), *template_checks.problems(home), *shipped.problems(home)]:
        raise DefinitionError(problems)


def _clear(home: Home, directory: Path, marker: str) -> Path | None:
    """Remove the documents and the database of an earlier run; return where the database went if it has more in it."""
    log = _LOG_ID.search(marker)
    ours, last = (log.group(1) if log else ""), _LAST.search(marker)
    stored, continued = _examined(home, directory, ours, int(last.group(1)) if last else None, _BEING_MADE in marker)
    documents = home.path / "documents"
    files = [path for path in documents.rglob("*") if not path.is_dir()] if documents.is_dir() else []
    for path in files:
        if not _is_leftover(path) and hashlib.sha256(path.read_bytes()).hexdigest() not in stored:
            why = _(
                "Die Datei ist nicht die der Demo und ginge verloren. Bitte in einen anderen Ordner legen, "
                "dann wiederholen."
            )
            raise InvalidInput(str(directory / path.relative_to(home.path)), "", why)
    for path in files:
        path.unlink()
    _write(home, (f"Verlauf: {ours}\n" if ours else "") + _BEING_MADE)
    database = home.path / "ikz.db"
    aside = None
    if continued:
        numbers = range(1, 1_000_000)
        aside = next(p for n in numbers if not (p := database.with_name(f"ikz-vorher-{n}.db")).exists())
        database.replace(aside)
    for path in home.path.glob("ikz.db*"):
        path.unlink()
    return aside


def _examined(home: Home, directory: Path, ours: str, last: int | None, being_made: bool) -> tuple[set[str], bool]:
    """Return the SHA-256 of all documents in the database found, and whether its history went on after the demo."""
    if not (home.path / "ikz.db").exists():
        return set(), False
    from ikz_workflow.services import audit, documents, work

    remedy = _("Bitte einen neuen Ordner nennen: ikz demo ORDNER")
    try:
        if being_made and not home.database.exists():
            return set(), False  # the run was killed before the tables were there
        log = audit.end(home)
        keys = [line.key for line in work.listing(home)]
        stored = {
            version.file_hash for key in keys for _label, version, _remarks, _votes in documents.versions(home, key)
        }
    except StorageError as error:
        raise StorageError(error.what, remedy) from None
    finally:
        home.database.close()
    if log.log_id != ours and (keys or not being_made):
        what = _("Die Datenbank in {path} ist nicht die der Demo.").format(path=directory)
        raise StorageError(what, remedy)
    return stored, last is not None and log.seq > last


def _is_leftover(path: Path) -> bool:
    """Tell whether a file is what a killed run left behind of a file it was writing."""
    return path.name.startswith(".ikz-") and path.suffix == ".tmp"


def mark(home: Home, log_id: str, last: int | None = None) -> None:
    """Note which history is the demo's, and after the whole run how far it reaches."""
    _write(home, f"Verlauf: {log_id}" + (f"\nEinträge: {last}" if last is not None else ""))


def _write(home: Home, state: str) -> None:
    from ikz_workflow.services.files import write_file

    text = _(
        "Dieser Ordner enthält ein Beispiel. „ikz demo“ ersetzt Datenbank und Dokumente darin, wenn der Befehl "
        "wiederholt wird; eigene Vorhaben gehören in einen eigenen Ordner."
    )
    write_file(home.path / MARKER, f"{text}\n{state}\n".encode())
