"""Create one kind of document for many proposals, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from ikz_workflow.errors import HistoryBroken, IkzError, NotAllowed, StorageError
from ikz_workflow.services import documents
from ikz_workflow.services.documents import Made
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter, select
from ikz_workflow.services.work import asked_of


class Outcome(Struct, frozen=True):
    """What became of one proposal: the document made (or found current), or the error that kept it from being made."""

    key: str
    made: Made | None = None
    error: IkzError | None = None

    @property
    def is_refused(self) -> bool:
        """Tell whether it may not be done as things stand, such as over a version edited by hand."""
        return isinstance(self.error, NotAllowed)


def chosen(home: Home, kind: str, wanted: Filter) -> list[str]:
    """Return the keys of the proposals asked for whose workflow knows the document. NotFound if none does."""
    with home.ready.reading(home.now()) as tx:
        cases = [one.case for one in select(tx, asked_of(tx, home, wanted), home.today)]
    knowing = [case for case in cases if documents.knows(case.definition, kind)]
    if cases and not knowing:
        documents.known_kind(cases[0].definition, kind)
    return [case.proposal.key for case in knowing]


def create_each(
    home: Home, kind: str, keys: Sequence[str], folder: Path, *, on: str | None = None, note: str | None = None
) -> Iterator[Outcome]:
    """Create the document of each proposal and write its file; yield what became of it.

    A proposal that refuses does not stop the rest. StorageError and HistoryBroken do: the next would fare alike.
    """
    for key in keys:
        try:
            made = documents.create(home, key, kind, on=on, note=note)
            documents.export(made, folder)
        except (StorageError, HistoryBroken):
            raise
        except IkzError as error:
            yield Outcome(key, error=error)
        else:
            yield Outcome(key, made)
