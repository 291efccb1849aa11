"""Tell what lies around a database file that could harm it: the kind of drive, a program that copies it, its rights."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from ikz_workflow.language import gettext as _

_REMOTE = frozenset({"9p", "afs", "ceph", "cifs", "davfs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs", "vboxsf"})
_COPYING = ("onedrive", "dropbox", "nextcloud", "owncloud", "google drive", "googledrive", "icloud", "seafile")
_DRIVE_REMOTE = 4  # what Windows answers for a network drive
_OTHERS = 0o077


def remote_drive(path: Path) -> str:
    """Return what kind of network drive a file lies on, "" if it is none as far as the system says."""
    if sys.platform == "win32":
        import ctypes

        if path.drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == _DRIVE_REMOTE:
            return _("Netzlaufwerk {drive}").format(drive=path.drive)
        return ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux: then nobody says
        return ""
    kind = _kind_of_drive(mounts, str(path))
    return kind if kind in _REMOTE else ""


def _kind_of_drive(mounts: str, path: str) -> str:
    """Return the file system of the deepest mount that holds a path; mountinfo writes blanks as octal numbers."""
    deepest, kind = "", ""
    for line in mounts.splitlines():
        ahead, _dash, behind = line.partition(" - ")
        fields, names = ahead.split(), behind.split()
        if len(fields) > 4 and names:
            mount = fields[4].replace("\\040", " ").rstrip("/")
            if (path == mount or path.startswith(f"{mount}/")) and len(mount) >= len(deepest):
                deepest, kind = mount, names[0]
    return kind


def copying_program(path: Path) -> str:
    """Return the folder that names a program which copies files by itself, "" if none does."""
    return next((part for part in path.parts if any(name in part.lower() for name in _COPYING)), "")


def read_by_others(path: Path) -> bool:
    """Tell whether others than the owner may open a file; Windows keeps this elsewhere."""
    return sys.platform != "win32" and bool(path.stat().st_mode & _OTHERS)


def left_overs(folder: Path, before: float) -> list[Path]:
    """Return what interrupted programs left in a folder before a time (seconds since 1970)."""
    found = folder.glob(".ikz-*") if folder.is_dir() else ()
    return sorted(path for path in found if path.lstat().st_mtime < before)


def library() -> str:
    """Return the version of SQLite that Python brings."""
    return sqlite3.sqlite_version
