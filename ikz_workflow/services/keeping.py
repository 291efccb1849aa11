"""Hand out what others keep of a history: signed checkpoints, and the whole of it for an independent check."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from ikz_workflow import checkpoints, german, notes
from ikz_workflow.errors import InvalidInput, StorageError
from ikz_workflow.history import Head
from ikz_workflow.language import gettext as _
from ikz_workflow.notes import PrivateKey, PublicKey
from ikz_workflow.services import audit
from ikz_workflow.services.anchors import Anchor, checkpoint_anchor
from ikz_workflow.services.files import write_file, written
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file

EXPORT = "ikz-history-export-v1"


class Signed(Struct, frozen=True):
    """A checkpoint as it is handed out, with the key that signed it, None if there is none."""

    text: str
    key: PublicKey | None


def export(home: Home, key: Path | None = None) -> Signed:
    """Return the present end of the history, signed with the key of the file named, or of the user's folder if any."""
    point = audit.checkpoint(home)
    place = key or default_key(point.log_id)
    private = None if key is None and not place.exists() else _read_key(place, point.log_id)
    text = private.sign(str(point)) if private else str(point)
    with suppress(OSError):  # the one handed out counts; this copy only lets the doctor say how old it is
        write_file(handed_out(home), text.encode())
    return Signed(text, private.public if private else None)


def handed_out(home: Home) -> Path:
    """Return where a home keeps a copy of the checkpoint that was handed out last."""
    return home.path / "letzter-pruefpunkt.txt"


def last_handed_out(home: Home) -> Anchor | None:
    """Return the checkpoint that was handed out last from this home, None if none; InvalidInput for no checkpoint."""
    path = handed_out(home)
    return checkpoint_anchor(str(path), read_file(path, notes.LIMIT)) if path.exists() else None


def signing_key(home: Home, place: Path | None = None) -> tuple[PublicKey, Path, bool]:
    """Return the public key of a file (else of the one in the user's folder), its path, and whether it is new.

    The private key is made if there is none yet. It is for its owner alone, and never lies in the home: whoever gets
    hold of that folder, or of a copy of it, could otherwise sign what he has altered.
    """
    with home.ready.reading(home.now()) as tx:
        log_id = tx.log_id
    path = (place or default_key(log_id)).expanduser().absolute()
    if path.exists():
        return _read_key(path, log_id).public, path, False
    if path.resolve().is_relative_to(home.path.resolve()):
        why = _(
            "Der Schlüssel darf nicht im Ordner der Datenbank liegen: Wer den Ordner oder eine Kopie davon hat, könnte "
            "damit einen gefälschten Verlauf unterschreiben. Bitte eine Datei an einem anderen Ort nennen."
        )
        raise InvalidInput(_("Schlüssel"), str(path), why)
    key = notes.new_key(checkpoints.origin(log_id))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as stream:
            stream.write(key.secret_text() + "\n")
    except OSError as error:
        what = _("{path} lässt sich nicht schreiben ({why}).").format(path=path, why=german.refusal(error))
        raise StorageError(what, _("Bitte Ordner und Rechte prüfen.")) from None
    return key.public, path, True


def default_key(log_id: str) -> Path:
    """Return where the key of a log is kept unless a file is named: in a folder of the user's, apart from any home."""
    import platformdirs

    folder = platformdirs.user_config_dir("ikz-keys", appauthor=False, roaming=False)
    return Path(folder) / f"{log_id}.key"


def _read_key(path: Path, log_id: str) -> PrivateKey:
    key = notes.private_key(read_file(path, notes.LIMIT).decode("utf-8-sig", errors="replace"), str(path))
    if key.name != checkpoints.origin(log_id):
        why = _("Der Schlüssel gehört zu einem anderen Verlauf ({name}).").format(name=key.name)
        raise InvalidInput(_("Schlüssel"), str(path), why)
    return key


class _Export(Struct, frozen=True):
    """The first line of an exported history: its form, and the end of the chain."""

    form: str
    log: str
    seq: int
    hash: str


def export_history(home: Home, target: Path) -> Head:
    """Write every history row as it is stored, a line of JSON each, below the end of the chain; return that end."""
    line = msgspec.json.Encoder().encode
    with home.ready.reading(home.now()) as tx:
        head = tx.head
        try:
            with written(target) as stream:
                stream.write(line(_Export(EXPORT, head.log_id, head.seq, head.hash)) + b"\n")
                for row in tx.rows():
                    stream.write(line(row) + b"\n")
        except OSError as error:
            what = _("{path} lässt sich nicht schreiben ({why}).").format(path=target, why=german.refusal(error))
            raise StorageError(what, _("Bitte Pfad, Rechte und freien Platz prüfen.")) from None
        return head
