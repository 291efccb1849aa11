"""Read the whole database part by part, each part with all that belongs to some subjects; memory stays flat."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import starmap
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select

from ikz_workflow.errors import HistoryBroken
from ikz_workflow.history import Row
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import REGISTERS
from ikz_workflow.storage.rows import Disclosure, Stored, altered, columns_text, proposal_text
from ikz_workflow.storage.statements import DISCLOSURE, EVENT, PARTY, PROPOSAL, REGISTER, Line, Statements
from ikz_workflow.storage.tables import PROJECTION

SIZE = 16  # subjects of a part; each has some dozens of events
_TABLES = {
    "events": (EVENT, EVENT.c.subject),
    "disclosures": (DISCLOSURE, DISCLOSURE.c.subject),
    "proposals": (PROPOSAL, PROPOSAL.c.key),
    "parties": (PARTY, PARTY.c.key),
    "entries": (REGISTER, REGISTER.c.subject),
}
_TEXT = (str, str, str, str, bytes)
_NAMES = {name: list(table.c.keys()) for name, (table, _subject) in _TABLES.items()}


Range = tuple[str, str | None]  # the first subject, and the one beyond the last, None for no end


class Part(Struct, frozen=True):
    """The rows of all tables that belong to some subjects, as the database holds them: any cell may be altered."""

    events: list[Any]
    disclosures: list[Any]
    proposals: list[Any]
    parties: list[Any]
    entries: list[Any]

    def rows(self) -> Iterator[Row]:
        """Return the history rows."""
        return starmap(Row, self.events)

    def texts(self) -> Iterator[Disclosure]:
        """Yield the disclosures; HistoryBroken for one that is not readable."""
        return readable_texts(self.disclosures)

    def stored(self) -> Iterator[Stored]:
        """Yield the stored proposals with their parties, and the register entries; a row that is gone is "".

        HistoryBroken for one whose key is none.
        """
        parties: dict[str, list[str]] = {}
        for row in self.parties:
            one = dict(zip(_NAMES["parties"], row, strict=True))
            parties.setdefault(_key(one["key"]), []).append(_key(one["organisation"]))
        for row in self.proposals:
            one = dict(zip(_NAMES["proposals"], row, strict=True))
            key = _key(one["key"])
            yield Stored(key, one["version"], one["projection"], proposal_text(one, parties.pop(key, ())))
        for key in parties:
            yield Stored(key, 0, PROJECTION, "")  # parties whose proposal is gone
        for row in self.entries:
            one = dict(zip(_NAMES["entries"], row, strict=True))
            yield Stored(_key(one["subject"]), one["version"], one["projection"], columns_text(one))


def readable_texts(rows: Iterable[Sequence[Any]]) -> Iterator[Disclosure]:
    """Yield disclosures; HistoryBroken for one of whose cells is not of its kind."""
    for row in rows:
        if tuple(map(type, row)) != _TEXT:
            raise HistoryBroken(_("Text {c}").format(c=str(row[0])[:14]), _("Die Zeile ist nicht lesbar."))
        yield Disclosure(*row)


def _key(cell: object) -> str:
    """Return a key. HistoryBroken if the cell is no text."""
    if not isinstance(cell, str):
        raise altered(str(cell))
    return cell


class Parts:
    """All that a transaction sees, part by part in the order of the subjects."""

    def __init__(self, line: Line, statements: Statements) -> None:
        self._line, self._statements = line, statements

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts."""
        return map(self.part, self.ranges())

    def ranges(self) -> Iterator[Range]:
        """Yield the ranges of the parts; together they hold every row, also those of a subject that never began."""
        first, following = "", self._statements.once(("part",), _following)
        while row := following.first(self._line, first=first, size=SIZE):
            yield first, str(row[0])
            first = str(row[0])
        yield first, None

    def part(self, one: Range) -> Part:
        """Return what belongs to the subjects of a range."""
        return self._read(*one)

    def registers(self) -> Iterator[Part]:
        """Yield what belongs to the registers, kind by kind."""
        for kind in sorted(REGISTERS):
            yield self._read(f"{kind}/", f"{kind}0")  # "0" follows "/"

    def _read(self, first: str, beyond: str | None = None) -> Part:
        bounds = {"first": first} if beyond is None else {"first": first, "beyond": beyond}
        found = {}
        for name in _TABLES:
            statement = self._statements.once((name, *bounds), partial(_chosen, name, bounds))
            found[name] = list(statement.run(self._line, **bounds).fetchall())
        return Part(**found)


def _following() -> Select[Any]:
    """Return the statement for the first subject behind a whole part."""
    subject = EVENT.c.subject
    begun = select(subject).where(subject >= bindparam("first"), EVENT.c.version == literal_column("1"))
    return begun.order_by(subject).limit(literal_column("1")).offset(bindparam("size"))


def _chosen(name: str, bounds: Collection[str]) -> Select[Any]:
    """Return the statement for a table's rows of the subjects from the first on, and before the one beyond."""
    table, subject = _TABLES[name]
    chosen = select(*table.c).where(subject >= bindparam("first")).order_by(subject)
    return chosen.where(subject < bindparam("beyond")) if "beyond" in bounds else chosen
