"""Say in SQL which proposals are sought, so that an index leads to them in the order of their keys."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, literal_column, select

from ikz_workflow.storage.tables import CLERKS, FOUND_BY, DisclosureRow, PartyRow, ProposalRow, table_of

_PROPOSAL, _PARTY, _DISCLOSURE = table_of(ProposalRow), table_of(PartyRow), table_of(DisclosureRow)
_NAMES = (*FOUND_BY[:3], "due", *FOUND_BY[3:], "ended", "definition")  # by what they leave, usually the least first


class Sought(Struct, frozen=True, dict=True):
    """What the database chooses proposals by; "" and None choose nothing.

    Of several partners one is enough. `due` keeps those of which something may be due before that day (ISO), `clerk`
    those which a person has, or once had, as clerk.
    """

    topic: str = ""
    department: str = ""
    stage: str = ""
    due: str = ""
    direction: str = ""
    workflow: str = ""
    ended: bool | None = None
    definition: str = ""
    partners: tuple[str, ...] = ()
    clerk: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the columns asked for, the one that leaves the fewest first."""
        return tuple(name for name in _NAMES if getattr(self, name) not in ("", None))

    @property
    def shape(self) -> tuple[object, ...]:
        """Return what its statement depends on."""
        return (len(self.partners), bool(self.clerk), *self.names)

    @property
    def values(self) -> dict[str, Any]:
        """Return the values its statement takes."""
        values = {f"partner_{place}": partner for place, partner in enumerate(self.partners)}
        values |= {"clerk": self.clerk} if self.clerk else {}
        return values | {name: getattr(self, name) for name in self.names} | self._ended

    @property
    def _ended(self) -> dict[str, int]:
        return {} if self.ended is None else {"ended": int(self.ended)}


EVERY = Sought()


def chosen(sought: Sought) -> Select[Any]:
    """Return the statement for `size` proposals sought behind the key `after`, with their titles, by key."""
    proposal = _PROPOSAL.c
    titled = _PROPOSAL.outerjoin(_DISCLOSURE, _DISCLOSURE.c.commitment == proposal.title)
    columns = (proposal.key, proposal.state, proposal.version, proposal.projection, _DISCLOSURE.c.value)
    return (
        select(*columns)
        .select_from(titled)
        .where(_behind(proposal.key), *_conditions(sought))
        .order_by(proposal.key)
        .limit(bindparam("size"))
    )


def counted(sought: Sought) -> Select[Any]:
    """Return the statement that counts the proposals sought behind the key `after`, up to `size`."""
    found = select(_PROPOSAL.c.key).where(_behind(_PROPOSAL.c.key), *_conditions(sought)).limit(bindparam("size"))
    return select(func.count()).select_from(found.subquery())


def counted_by_stage(sought: Sought) -> Select[Any]:
    """Return the statement that counts the proposals sought behind the key `after` by definition and stage."""
    standing = _PROPOSAL.c.definition, _PROPOSAL.c.stage
    return select(*standing, func.count()).where(*_conditions(sought)).group_by(*standing).order_by(*standing)


def _behind(column: ColumnElement[str]) -> ColumnElement[bool]:
    return column > bindparam("after")


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    """Return what a proposal has to meet.

    Only the first condition may use an index: which one leaves the fewest is known here, and SQLite would have to
    guess. An expression instead of the bare column keeps the others off theirs.
    """
    found = [_with_partner(len(sought.partners))] if sought.partners else []
    if sought.clerk:
        found.append(_with_clerk())
    for name in sought.names:
        column = _PROPOSAL.c[name]
        if name == "due":
            # Only of what has not ended something is due; its index holds the days beside the keys, in their order.
            found += [] if found else [_PROPOSAL.c.ended == literal_column("0")]
            found.append(column < bindparam(name))
        else:
            found.append((func.coalesce(column, column) if found else column) == bindparam(name))
    return found


def _with_partner(count: int) -> ColumnElement[bool]:
    names: list[BindParameter[str]] = [bindparam(f"partner_{place}") for place in range(count)]
    return _PROPOSAL.c.key.in_(select(_PARTY.c.key).where(_PARTY.c.organisation.in_(names), _behind(_PARTY.c.key)))


def _with_clerk() -> ColumnElement[bool]:
    subject, value = _DISCLOSURE.c.subject, _DISCLOSURE.c.value
    having = select(subject).where(CLERKS, value == bindparam("clerk"), _behind(subject))
    return _PROPOSAL.c.key.in_(having)
