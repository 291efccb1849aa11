"""Find workflows and templates: the user's home first, then the checkout, then the wheel."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ikz_workflow import german
from ikz_workflow.errors import DefinitionError, Problem

_PACKAGE = Path(__file__).parent
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)  # names Windows keeps


def is_file_name(name: str) -> bool:
    """Tell whether every system takes a name for a file in the folder it is put into, and for nothing else."""
    if not name.isprintable() or name != name.rstrip(". ") or set(name) & set('/\\:*?"<>|'):
        return False  # "", "." and ".." end here too
    return bool(name) and not _DEVICE.fullmatch(name)


@cache
def shipped(kind: str) -> Path:
    """Return the folder `workflows` or `templates` as shipped: beside the package, or inside it in a wheel."""
    beside = _PACKAGE.parent / kind
    return beside if (beside.parent / "pyproject.toml").is_file() else _PACKAGE / "data" / kind


def find(home: Path | None, kind: str, name: str) -> Path | None:
    """Return the file of that name, the home's own before the shipped one, or None."""
    for folder in _folders(home, kind):
        if (folder / name).is_file():
            return folder / name
    return None


def text(path: Path) -> str:
    """Return a file's text. DefinitionError if it is not UTF-8 or cannot be read."""
    try:
        return data(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        problem = Problem(path.name, None, "Die Datei ist kein Text in UTF-8; bitte so speichern.")
    raise DefinitionError([problem])


def data(path: Path) -> bytes:
    """Return a file's bytes. DefinitionError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        problem = Problem(path.name, None, f"Die Datei lässt sich nicht lesen ({german.refusal(error)}).")
    raise DefinitionError([problem])


def names(home: Path | None, kind: str, pattern: str) -> dict[str, Path]:
    """Map the names of all files that match to their paths; the home's own take the place of shipped ones."""
    found: dict[str, Path] = {}
    for folder in reversed(_folders(home, kind)):
        found |= {path.name: path for path in sorted(folder.glob(pattern)) if path.is_file()}
    return found


def _folders(home: Path | None, kind: str) -> list[Path]:
    return [*([home / kind] if home else []), shipped(kind)]
