"""Read the definitions that proposals are bound to, each text once."""

from __future__ import annotations

import hashlib
from typing import Protocol

from ikz_workflow.definition import Definition, read, unbundle
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.language import gettext as _


class Definitions(Protocol):
    """Where definition texts are kept."""

    def definition(self, sha256: str) -> bytes:
        """Return a stored definition text."""


_read: dict[str, Definition] = {}


def pinned(kept: Definitions, sha256: str) -> Definition:
    """Return the definition a proposal is bound to, from the text kept in the database."""
    found = _read.get(sha256)
    if found is None:
        found = _read[sha256] = _unbroken(kept.definition(sha256), sha256)
    return found


def _unbroken(text: bytes, sha256: str) -> Definition:
    """Return the definition of a stored text. HistoryBroken if the text is not the one that was pinned."""
    if hashlib.sha256(text).hexdigest() != sha256:
        name = _("Definition {sha}").format(sha=sha256[:12])
        raise HistoryBroken(name, _("Der gespeicherte Text ist verändert."))
    return read(unbundle(text))
