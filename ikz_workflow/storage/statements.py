"""Compile every statement of this room once for a database, and run it on the driver's cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    Dialect,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.sql import ClauseElement

from ikz_workflow.errors import HistoryBroken
from ikz_workflow.language import gettext as _
from ikz_workflow.storage import tables
from ikz_workflow.storage.finding import Sought, chosen, counted, counted_by_stage, within_years
from ikz_workflow.storage.tables import table_of

EVENT, HEAD = table_of(tables.EventRow), table_of(tables.ChainHeadRow)
PROPOSAL, REGISTER = table_of(tables.ProposalRow), table_of(tables.RegisterRow)
PARTY = table_of(tables.PartyRow)
DISCLOSURE, BLOB, DEFINITION = table_of(tables.DisclosureRow), table_of(tables.BlobRow), table_of(tables.DefinitionRow)

Stream = Callable[[DBAPIConnection], Any]
_PART = 100  # rows fetched at a time, few enough to stay near the processor; a server says what suits it
PART = 500  # proposals read at a time
NO_END = 2**62  # as many as there are


def _parts(cursor: DBAPICursor) -> Iterator[Sequence[Any]]:
    while part := cursor.fetchmany(max(cursor.arraysize, _PART)):
        yield part
    cursor.close()


class Line:
    """A driver's connection within one transaction; statements take turns on one cursor: another costs up to 8 µs."""

    def __init__(self, connection: DBAPIConnection) -> None:
        self.driver, self.cursor = connection, connection.cursor()


class Statement:
    """A Core statement compiled once for a dialect, run on the driver's cursor: 1 µs, through the engine it is 16."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, stream: Stream | None = None) -> None:
        """Take a statement; `stream` opens the cursor for one that returns more `rows` than memory should hold."""
        self.stream = stream
        self.table = getattr(getattr(statement, "table", None), "name", "")
        self._statement, self._dialect = statement, dialect

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[dict[str, Any]], Any] | None, dict[str, Any]]:
        """Return text, what picks the values if they go by position, and constants; a command needs few statements."""
        compiled: Any = self._statement.compile(dialect=self._dialect)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return str(compiled), _picker(compiled.positiontup), constants

    def run(self, line: Line, **values: Any) -> DBAPICursor:
        """Execute with the named values; the next statement on this line takes the cursor away."""
        return self._executed(line.cursor, values)

    def _executed(self, cursor: DBAPICursor, values: dict[str, Any]) -> DBAPICursor:
        text, picked, constants = self._compiled
        parameters: Any = {**constants, **values} if constants else values
        if picked is not None:
            parameters = picked(parameters)
        cursor.execute(text, parameters)
        return cursor

    def many(self, line: Line, rows: Sequence[dict[str, Any]]) -> None:
        """Execute once for each row of named values."""
        text, picked, _constants = self._compiled
        parameters: Any = rows if picked is None else [picked(row) for row in rows]
        line.cursor.executemany(text, parameters)

    def first(self, line: Line, **values: Any) -> Any:
        """Return the first row of few, None if there is none."""
        rows = self._executed(line.cursor, values).fetchall()
        return rows[0] if rows else None

    def rows(self, line: Line, **values: Any) -> Iterator[Any]:
        """Return the rows as they come, on a cursor of their own, while others are asked for; memory stays flat."""
        opened = self.stream(line.driver) if self.stream else line.driver.cursor()
        return chain.from_iterable(_parts(self._executed(opened, values)))

    def named(self, line: Line, **values: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows by the names of their columns."""
        cursor = self._executed(line.cursor, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())

    def one(self, line: Line, **values: Any) -> None:
        """Execute and change exactly one row. HistoryBroken if the database took it for done and did nothing."""
        if self._executed(line.cursor, values).rowcount != 1:
            what = _("Die Datenbank hat einen Eintrag nicht angenommen; ein fremder Auslöser hält ihn auf.")
            raise HistoryBroken(
                _("Tabelle {name}").format(name=self.table), what, remedy=_("Bitte ausführen: ikz init.")
            )


def _picker(names: Sequence[str] | None) -> Callable[[dict[str, Any]], Any] | None:
    """Return what picks the values of these names in their order, None if they go by name."""
    if names is None:
        return None
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda values: (values[names[0]],)) if names else lambda _values: ()


class Statements:
    """All statements of this room for one dialect."""

    def __init__(self, dialect: Dialect, stream: Stream) -> None:
        self._dialect = dialect
        self._made: dict[tuple[object, ...], Statement] = {}

        def made(statement: ClauseElement) -> Statement:
            return Statement(statement, dialect)

        def inserting(table: Table) -> Statement:
            return made(insert(table))

        self.head = made(select(*HEAD.c))
        self.locked_head = made(select(*HEAD.c).with_for_update())
        self.move_head = made(
            update(HEAD).values(seq=bindparam("seq"), hash=bindparam("hash"), register_seq=bindparam("register_seq"))
        )
        self.insert_head = inserting(HEAD)
        self.insert_event = inserting(EVENT)
        event = EVENT.c
        self.last_event = made(select(event.seq, event.hash).order_by(event.seq.desc()).limit(literal_column("1")))
        self.events = Statement(select(*event).order_by(event.seq), dialect, stream)
        later = select(*event).where(event.seq > bindparam("after")).order_by(event.seq)
        self.events_after = Statement(later.limit(bindparam("size")), dialect, stream)
        self.events_within = Statement(later.where(within_years(event.payload)), dialect, stream)
        of_subject = event.subject == bindparam("subject"), event.version > bindparam("after")
        self.events_of = made(select(*event).where(*of_subject).order_by(event.version))
        self.event = made(select(*event).where(event.seq == bindparam("seq")))
        self.events_sealed = made(
            select(*event).where(event.hash >= bindparam("first"), event.hash < bindparam("beyond")).order_by(event.seq)
        )
        proposal = PROPOSAL.c
        one = select(proposal.state, proposal.version, proposal.projection).where(proposal.key == bindparam("key"))
        self.proposal = made(one)
        last = EVENT.alias("last")
        end = last.c.seq == select(func.max(event.seq)).scalar_subquery()
        actor = _actor_of("key", "person").scalar_subquery()
        to_write = one.add_columns(last.c.seq, last.c.hash, actor).outerjoin_from(PROPOSAL, last, end)
        self.proposal_to_write = made(to_write)
        self.keys = made(select(proposal.key).order_by(proposal.key))
        others = (table.c.projection != bindparam("projection") for table in (PROPOSAL, REGISTER))
        self.outdated = made(select(or_(*(select(literal_column("1")).where(one).exists() for one in others))))
        self.next_definition = made(
            select(proposal.definition)
            .where(proposal.definition > bindparam("after"))
            .order_by(proposal.definition)
            .limit(literal_column("1"))
        )
        of_year = select(proposal.key).where(proposal.key >= bindparam("prefix"), proposal.key < bindparam("beyond"))
        self.last_key = made(of_year.order_by(proposal.key.desc()).limit(literal_column("1")))
        longest = of_year.order_by(func.length(proposal.key).desc(), proposal.key.desc())
        self.longest_key = made(longest.limit(literal_column("1")))
        self.insert_proposal = inserting(PROPOSAL)
        self.delete_proposals = made(delete(PROPOSAL))
        party = PARTY.c
        self.insert_party = inserting(PARTY)
        self.delete_party = made(
            delete(PARTY).where(party.organisation == bindparam("organisation"), party.key == bindparam("key"))
        )
        self.delete_parties = made(delete(PARTY))
        register = REGISTER.c
        self.entry = made(select(*register).where(register.subject == bindparam("subject")))
        self.entries = made(select(*register).where(register.kind == bindparam("kind")).order_by(register.subject))
        self.own_organisation = made(
            select(register.subject).where(register.tag == bindparam("tag")).order_by(register.subject)
        )
        self.tagged = made(select(*register).where(register.tag > "").order_by(register.subject))
        self.entries_named = made(
            select(*register)
            .where(register.name == bindparam("name"), register.kind == bindparam("kind"))
            .order_by(register.subject)
        )
        self.insert_entry = inserting(REGISTER)
        self.update_entry = made(
            update(REGISTER)
            .where(register.subject == bindparam("of_subject"), register.version == bindparam("of_version"))
            .values({name: bindparam(name) for name in list(REGISTER.c.keys()) if name not in ("subject", "kind")})
        )
        self.delete_entries = made(delete(REGISTER))
        disclosure = DISCLOSURE.c
        self.texts = made(
            select(disclosure.commitment, disclosure.value).where(disclosure.subject == bindparam("subject"))
        )
        self.text = made(select(disclosure.value).where(disclosure.commitment == bindparam("commitment")))
        self.written = made(
            select(disclosure.field, disclosure.value).where(disclosure.subject == bindparam("subject"))
        )
        self.subjects_with = made(
            select(disclosure.value, disclosure.subject).where(disclosure.field == bindparam("field"))
        )
        self.titles = made(
            select(disclosure.commitment, disclosure.value).where(disclosure.field == bindparam("field"))
        )
        self.actor = made(_actor_of("subject", "person"))
        self.subject_of = made(select(disclosure.subject).where(disclosure.commitment == bindparam("commitment")))
        self.disclosures = Statement(select(*disclosure), dialect, stream)
        self.insert_disclosure = inserting(DISCLOSURE)
        of_persons = disclosure.subject >= "person/", disclosure.subject < "person0"
        self.persons_by_account = made(
            select(disclosure.subject).where(
                *of_persons, disclosure.field == "account", disclosure.value == bindparam("value")
            )
        )
        self.person_names = made(
            select(disclosure.subject, disclosure.value).where(*of_persons, disclosure.field == "name")
        )
        self.erase_disclosure = made(
            update(DISCLOSURE)
            .where(disclosure.commitment == bindparam("of"), disclosure.subject == bindparam("of_subject"))
            .values(value=bindparam("value"), salt=bindparam("salt"))
        )
        blob = BLOB.c
        self.blob = made(select(blob.content).where(blob.sha256 == bindparam("sha256")))
        self.blob_keys = made(select(blob.sha256))
        self.insert_blob = inserting(BLOB)
        self.update_blob = made(update(BLOB).where(blob.sha256 == bindparam("of")).values(content=bindparam("content")))
        definition = DEFINITION.c
        self.definition = made(select(definition.text).where(definition.sha256 == bindparam("sha256")))
        self.definitions = made(select(*definition).order_by(definition.name))
        self.insert_definition = inserting(DEFINITION)

    def once(self, key: tuple[object, ...], statement: Callable[[], ClauseElement]) -> Statement:
        """Return the statement of that key, made on first use."""
        if key not in self._made:
            self._made[key] = Statement(statement(), self._dialect)
        return self._made[key]

    def updating(self, columns: Iterable[str]) -> Statement:
        """Return the statement that changes these columns of one version of a proposal, `of_key` and `of_version`."""
        names = tuple(columns)
        return self._made.get(names) or self.once(names, lambda: _updating(names))

    def chosen(self, sought: Sought) -> Statement:
        """Return the statement for the next proposals sought behind a key."""
        return self.once((chosen, *sought.shape), lambda: chosen(sought))

    def counted(self, sought: Sought) -> Statement:
        """Return the statement that counts the proposals sought behind a key."""
        return self.once((counted, *sought.shape), lambda: counted(sought))

    def counted_by_stage(self, sought: Sought) -> Statement:
        """Return the statement that counts the proposals sought by definition and stage."""
        return self.once((counted_by_stage, *sought.shape), lambda: counted_by_stage(sought))

    def mentioning(self, count: int) -> Statement:
        """Return the statement for proposals whose state fits one of so many patterns, named word_0, word_1 …"""
        return self.once((_mentioning, count), lambda: _mentioning(count))

    def start_chain(self, connection: DBAPIConnection, log_id: str, first: str) -> None:
        """Write the chain's first head."""
        self.insert_head.one(Line(connection), id=1, log_id=log_id, seq=0, hash=first, register_seq=0)


def _actor_of(subject: str, person: str) -> Select[tuple[str]]:
    """Return the query for a person's reference within a subject, both given by these names."""
    disclosure = DISCLOSURE.c
    is_actor = disclosure.field == literal_column("'actor'")
    return select(func.min(disclosure.commitment)).where(  # there is one, if the tables were not altered
        disclosure.subject == bindparam(subject), is_actor, disclosure.value == bindparam(person)
    )


def _mentioning(count: int) -> Select[Any]:
    state = PROPOSAL.c.state
    fits = or_(*(state.like(bindparam(f"word_{place}"), escape="\\") for place in range(count)))
    return select(*PROPOSAL.c).where(fits).order_by(PROPOSAL.c.key)


def _updating(names: Sequence[str]) -> Update:
    changed: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in names}
    which = PROPOSAL.c.key == bindparam("of_key"), PROPOSAL.c.version == bindparam("of_version")
    return update(PROPOSAL).where(*which).values(changed)
