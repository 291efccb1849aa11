"""Tell what changed between two versions of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ikz_workflow.errors import NotAllowed
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import DocumentVersion
from ikz_workflow.services.cases import pinned
from ikz_workflow.services.documents import known_kind, version_of
from ikz_workflow.services.home import Home

if TYPE_CHECKING:
    from ikz_workflow.documents.changes import Change


class Difference(Struct, frozen=True):
    """Two versions of a document and what changed from the first to the second."""

    label: str
    first: DocumentVersion
    second: DocumentVersion
    changes: list[Change]


def between(home: Home, key: str, kind: str, first: int | None = None, second: int | None = None) -> Difference:
    """Return what changed between two versions, without numbers between the last two.

    NotFound for a version that is not there, NotAllowed where there is none before.
    """
    from ikz_workflow.documents.changes import changes

    with home.ready.reading(home.now()) as tx:
        proposal = tx.proposal(key)
        definition = pinned(tx, proposal.definition)
        kind = known_kind(definition, kind)
        label = definition.documents[kind]
        later = version_of(proposal, definition, kind, second)
        if first is None and later.number == 1:
            text = _("{label}: Es gibt nur Fassung 1; ein Unterschied braucht zwei. Alle: ikz document list {key}")
            raise NotAllowed(text.format(label=label, key=key))
        former = version_of(proposal, definition, kind, later.number - 1 if first is None else first)
        before, after = tx.blob(former.file_hash), tx.blob(later.file_hash)
    return Difference(label, former, later, changes(before, after))
