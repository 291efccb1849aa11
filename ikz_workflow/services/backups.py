"""Back a home up into one file, and bring it back into an empty one."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from ikz_workflow import __version__, german
from ikz_workflow.errors import InvalidInput, NotFound, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.resources import is_file_name
from ikz_workflow.services.audit import Proof, prove, renew
from ikz_workflow.services.files import room, write_file
from ikz_workflow.services.home import Home
from ikz_workflow.services.moving import filled
from ikz_workflow.storage.database import Database

DATABASE = "ikz.db"
OWN = ("workflows", "templates")  # the folders of a home that hold what the office made itself
_MANIFEST = "sicherung.json"
_MOST_MANIFEST = 2**20
_PART = 2**20

Told = Callable[[int, int], None]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says about itself: the program that made it, when (UTC), each file's SHA-256 by name."""

    program: str
    made: str
    files: dict[str, str]


class Kept(Struct, frozen=True):
    """What a backup holds: its manifest and what was proven of its history."""

    manifest: Manifest
    proof: Proof

    @property
    def own(self) -> int:
        """Return how many files of the office's own come with the database."""
        return len(self.manifest.files) - 1


def backup(home: Home, file: Path, told: Told) -> Kept:
    """Write the whole home into a new file: the database as one transaction sees it, and the office's own files.

    The copy is proven before it is packed, and what was packed is read again. InvalidInput if the file is there;
    StorageError if it cannot be written, and then nothing is left of it.
    """
    if file.exists():
        raise InvalidInput(_("Sicherung"), str(file), _("Die Datei gibt es schon; bitte einen neuen Namen nennen."))
    with _explained(file), room(file.parent) as folder:
        copy, packed = folder / DATABASE, folder / "packed"
        proof = filled(home.ready, Database.at(copy), home, told)
        files = {DATABASE: copy, **_own_files(home)}
        made = home.now().isoformat(timespec="seconds")
        manifest = Manifest(__version__, made, {name: _sha256(path) for name, path in files.items()})
        _pack(packed, manifest, files)
        with _opened(packed) as archive:
            for name in manifest.files:
                _extracted(archive, manifest, name, None)
        packed.replace(file)
    return Kept(manifest, proof)


def restore(home: Home, file: Path, told: Told, *, dry_run: bool = False) -> Kept:
    """Bring a backup into an empty home, or (`dry_run`) only prove that it could be.

    The office's own files come first and the database last, in one transaction: whatever stops it, it can be run again.
    StorageError if the home holds a database, or another file of the same name; HistoryBroken if the backup lies.
    """
    if not dry_run:
        _refuse_occupied(home)
    with _explained(file), _opened(file) as archive, _room(home, dry_run) as folder:
        manifest = _manifest(archive, file)
        copy = folder / DATABASE
        for name in manifest.files:
            _extracted(archive, manifest, name, folder / name)
        source = Database.at(copy)
        try:
            source.migrate()
            renew(source, home.now())
            if dry_run:
                with source.reading(home.now()) as tx:
                    return Kept(manifest, prove(tx))
            _bring_own(home, folder, manifest)
            return Kept(manifest, filled(source, home.database, home, told))
        finally:
            source.close()


# ------------------------------------------------------------------------------------------------------------ packing
def _own_files(home: Home) -> dict[str, Path]:
    """Return the office's own workflows and templates by their name in the backup. InvalidInput for a name that could
    not be brought back everywhere."""
    found = (path for kind in OWN for path in sorted((home.path / kind).rglob("*")) if path.is_file())
    files = {path.relative_to(home.path).as_posix(): path for path in found}
    if strange := [name for name in files if not _is_ours(name)]:
        why = _("Einen solchen Dateinamen nimmt nicht jedes System. Bitte umbenennen oder entfernen.")
        raise InvalidInput(_("Sicherung"), strange[0], why)
    return files


def _pack(packed: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    handle = os.open(packed, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            for name, path in files.items():
                archive.write(path, name)
        stream.flush()
        os.fsync(stream.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# ---------------------------------------------------------------------------------------------------------- unpacking
def _refuse_occupied(home: Home) -> None:
    if home.database.exists():
        what = _("Hier liegt schon eine Datenbank ({name}); es wird nichts überschrieben.")
        remedy = _("Bitte einen leeren Ordner nennen: ikz --home ORDNER restore DATEI")
        raise StorageError(what.format(name=home.database.name), remedy)


@contextmanager
def _room(home: Home, dry_run: bool) -> Iterator[Path]:
    """Lend a folder to unpack into: beside the database to come, so that it is as private and as large."""
    if not dry_run:
        home.path.mkdir(parents=True, exist_ok=True)
    with room(None if dry_run else home.path) as folder:
        yield folder


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError):
        raise _damaged(file.name) from None


def _damaged(name: str) -> InvalidInput:
    why = _("Das ist keine vollständige Sicherung von ikz. Bitte eine andere nehmen; erzeugt wird sie mit: ikz backup")
    return InvalidInput(_("Sicherung"), name, why)


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    """Return what the backup says of itself. InvalidInput unless it names just the files that are there."""
    names = archive.namelist()
    try:
        if archive.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
            raise _damaged(file.name)
        manifest = msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)
    except (KeyError, msgspec.MsgspecError):
        raise _damaged(file.name) from None
    if sorted(names) != sorted([_MANIFEST, *manifest.files]) or not all(_is_ours(name) for name in manifest.files):
        raise _damaged(file.name)
    if DATABASE not in manifest.files:
        raise _damaged(file.name)
    return manifest


def _is_ours(name: str) -> bool:
    """Tell whether a name stays inside the home's folders that a backup fills."""
    parts = name.split("/")
    return name == DATABASE or (all(map(is_file_name, parts)) and len(parts) > 1 and parts[0] in OWN)


def _extracted(archive: zipfile.ZipFile, manifest: Manifest, name: str, target: Path | None) -> None:
    """Read a file of the backup against its SHA-256, and write it to the target if there is one."""
    size = archive.getinfo(name).file_size
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if size > shutil.disk_usage(target.parent).free:
            what = _("Für „{name}“ reicht der Platz nicht ({size} MB).").format(name=name, size=size // 10**6 + 1)
            raise StorageError(what, _("Bitte Platz schaffen und wiederholen."))
    digest = hashlib.sha256()
    with archive.open(name) as stream, open(target or os.devnull, "wb") as out:
        while part := stream.read(_PART):
            digest.update(part)
            out.write(part)
    if digest.hexdigest() != manifest.files[name]:
        raise _damaged(name)


def _bring_own(home: Home, folder: Path, manifest: Manifest) -> None:
    """Put the office's own files into the home. StorageError, before any is there, if one would be overwritten."""
    own = [name for name in manifest.files if name != DATABASE]
    fresh = []
    for name in own:
        target = home.path / name
        if target.exists() and not (target.is_file() and _sha256(target) == manifest.files[name]):
            what = _("Im Ordner liegt schon eine andere Datei „{name}“; es wird nichts überschrieben.")
            remedy = _("Bitte einen leeren Ordner nennen: ikz --home ORDNER restore DATEI")
            raise StorageError(what.format(name=name), remedy)
        fresh += [] if target.exists() else [name]
    for name in fresh:
        (home.path / name).parent.mkdir(parents=True, exist_ok=True)
        write_file(home.path / name, (folder / name).read_bytes())


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        if file.parent.is_dir():
            raise NotFound(_("Die Datei"), str(file)) from None
        raise NotFound(_("Den Ordner"), str(file.parent)) from None
    except OSError as error:
        what = _("{name} lässt sich nicht lesen oder schreiben ({why}).")
        name = error.filename or file
        raise StorageError(
            what.format(name=name, why=german.refusal(error)), _("Bitte Pfad, Rechte und freien Platz prüfen.")
        ) from None
