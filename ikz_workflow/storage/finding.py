"""Say in SQL which proposals are sought, so that an index leads to them in the order of their keys."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.functions import FunctionElement

from ikz_workflow.storage.tables import CLERKS, FOUND_BY, DisclosureRow, EventRow, PartyRow, ProposalRow, table_of

_PROPOSAL, _PARTY, _DISCLOSURE = table_of(ProposalRow), table_of(PartyRow), table_of(DisclosureRow)
_EVENT = table_of(EventRow)
_ON = '"on":"'  # what stands before the day in a payload
UNSEARCHED = ("actor", "name", "account")  # who recorded something is not what it is about
_NAMES = (*FOUND_BY[:3], "due", *FOUND_BY[3:], "ended", "definition")  # by what they leave, usually the least first
_YES: ColumnElement[int] = literal_column("1")


Years = tuple[str, str]  # the first and the last


class Sought(Struct, frozen=True, dict=True):
    """What the database chooses proposals by; "" and None choose nothing.

    Of several partners one is enough. `due` keeps those of which something may be due before that day (ISO), `clerk`
    those which a person has, or once had, as clerk. `parts` keeps those whose texts, present or former, may mention
    the words with these steady parts; also those which one of the `clerks` has, whose names mention a word.
    `years` keeps those to which something may have happened from the first to the last.
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
    parts: tuple[str, ...] = ()
    clerks: tuple[str, ...] = ()
    years: Years | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the columns asked for, the one that leaves the fewest first."""
        return tuple(name for name in _NAMES if getattr(self, name) not in ("", None))

    @property
    def shape(self) -> tuple[object, ...]:
        """Return what its statement depends on."""
        return (len(self.partners), bool(self.clerk), bool(self.years), len(self.parts), len(self.clerks), *self.names)

    @property
    def values(self) -> dict[str, Any]:
        """Return the values its statement takes."""
        several = {"partner": self.partners, "part": self.parts, "clerk": self.clerks}
        values = {f"{name}_{place}": value for name, some in several.items() for place, value in enumerate(some)}
        values |= {"clerk": self.clerk} if self.clerk else {}
        values |= {"first_year": self.years[0], "last_year": self.years[1]} if self.years else {}
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
    if sought.partners:
        return [_PROPOSAL.c.key.in_(_with_partner(sought))]
    return _of_itself(sought, [])


def _of_itself(sought: Sought, found: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Return what was found to lead to a proposal, and what the proposal itself has to meet then."""
    found = [*found, _with_clerk()] if sought.clerk else [*found]
    for name in sought.names:
        column = _PROPOSAL.c[name]
        if name == "due":
            # Only of what has not ended something is due; its index holds the days beside the keys, in their order.
            found += [] if found else [_PROPOSAL.c.ended == literal_column("0")]
            found.append(column < bindparam(name))
        else:
            found.append((func.coalesce(column, column) if found else column) == bindparam(name))
    found += [_happened()] if sought.years else []
    found += [_mentioned(sought)] if sought.parts else []
    return found


def _with_partner(sought: Sought) -> CompoundSelect[Any]:
    """Return the keys of no more than `size` proposals behind `after` for each partner.

    Each partner's keys are read in their order, and no more of them than may be needed: of those who take part in ten
    thousand, a page needs fifty.
    """
    branches = []
    for place in range(len(sought.partners)):
        party = _PARTY.alias()
        leading = [party.c.organisation == bindparam(f"partner_{place}"), _behind(party.c.key)]
        conditions = _of_itself(sought, leading)
        keys = select(party.c.key).where(*conditions).order_by(party.c.key).limit(bindparam("size"))
        if len(conditions) > len(leading):
            keys = keys.join_from(party, _PROPOSAL, _PROPOSAL.c.key == party.c.key)
        branches.append(select(keys.subquery().c.key))
    return union_all(*branches)


def _with_clerk() -> ColumnElement[bool]:
    subject, value = _DISCLOSURE.c.subject, _DISCLOSURE.c.value
    having = select(subject).where(CLERKS, value == bindparam("clerk"), _behind(subject))
    return _PROPOSAL.c.key.in_(having)


def _mentioned(sought: Sought) -> ColumnElement[bool]:
    """Return the condition that a proposal's texts may mention the words sought, or its clerk may be called so."""
    texts = _DISCLOSURE.alias().c
    parts = [bindparam(f"part_{place}", type_=String()) for place in range(len(sought.parts))]
    mentions: ColumnElement[bool] = MayMention(texts.value, *parts)
    if sought.clerks:
        keys: list[BindParameter[str]] = [bindparam(f"clerk_{place}") for place in range(len(sought.clerks))]
        is_named = and_(texts.field == literal_column("'clerk'"), texts.value.in_(keys))
        mentions = or_(mentions, func.max(case((is_named, _YES), else_=literal_column("0"))) == _YES)
    searched = (texts.field != literal_column(f"'{name}'") for name in UNSEARCHED)
    of_one = select(texts.subject).where(texts.subject == _PROPOSAL.c.key, *searched).group_by(texts.subject)
    return of_one.having(mentions).correlate(_PROPOSAL).exists()


def _happened() -> ColumnElement[bool]:
    """Return the condition that something may have happened to a proposal in the years sought."""
    event = _EVENT.alias().c
    found = select(event.seq).where(event.subject == _PROPOSAL.c.key, within_years(event.payload))
    return found.correlate(_PROPOSAL).exists()


def within_years(payload: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an event happened in a year from `first_year` to `last_year`, known as it may be.

    Of what stands before the day in the canonical form nothing is called `on`.
    """
    year = func.substr(payload, Place(payload, literal_column(f"'{_ON}'")) + len(_ON), 4)
    return year.between(bindparam("first_year"), bindparam("last_year"))


class Place(FunctionElement[int]):
    """Finds where a text begins within another, counted from 1; each database calls it otherwise."""

    type = Integer()
    inherit_cache = True


class MayMention(FunctionElement[bool]):
    """Asks of many texts, and of parts of words, what `folding.may_mention` tells; each database in its own way."""

    type = Boolean()
    inherit_cache = True
