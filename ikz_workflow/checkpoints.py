"""Say where a history stands, so that whoever keeps it elsewhere can tell whether it was written anew or cut.

A checkpoint is a C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): the log's name, how many entries it has, and the root
of the RFC 6962 Merkle tree over them in base64. An entry is a row's payload, byte for byte as it is stored; position,
subject and all that happened stand inside it, so the root fixes every entry and their order.
"""

from __future__ import annotations

import base64
import hashlib
import re

from msgspec import Struct

from ikz_workflow.errors import InvalidInput
from ikz_workflow.language import gettext as _

_TEXT = re.compile(r"ikz-history/([0-9a-f]{32})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\n")


def origin(log_id: str) -> str:
    """Return the name of a log, which its signing key bears too."""
    return f"ikz-history/{log_id}"


class Checkpoint(Struct, frozen=True):
    """How many entries a history had, and the root over them in base64."""

    log_id: str
    size: int
    root: str

    def __str__(self) -> str:
        """Return the three lines of the checkpoint, which are what is signed."""
        return f"{origin(self.log_id)}\n{self.size}\n{self.root}\n"


def parse(text: str, name: str) -> Checkpoint:
    """Return the checkpoint of a note's text; InvalidInput if it is none."""
    match = _TEXT.fullmatch(text)
    if match is None:
        why = _("Ein Prüfpunkt besteht aus drei Zeilen: Kennung, Zahl der Einträge, Prüfsumme (ikz checkpoint export).")
        raise InvalidInput(_("Prüfpunkt"), name, why)
    return Checkpoint(match[1], int(match[2]), match[3])


class Tree:
    """The Merkle tree over entries added one by one; it keeps one hash for each whole subtree on its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # the larger subtrees first: one for each 1 in the binary size

    def add(self, entry: bytes) -> None:
        """Add the next entry."""
        node = hashlib.sha256(b"\x00" + entry).digest()
        self.size += 1
        for _whole in range((self.size & -self.size).bit_length() - 1):
            node = hashlib.sha256(b"\x01" + self._edge.pop() + node).digest()
        self._edge.append(node)

    def root(self) -> str:
        """Return the root over the entries so far, in base64."""
        if not self._edge:
            return _base64(hashlib.sha256(b"").digest())
        node = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return _base64(node)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
