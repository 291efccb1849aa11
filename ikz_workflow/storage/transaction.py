"""Read and write entries inside one transaction; `record` is the only way to write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Dialect,
    PoolProxiedConnection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import ClauseElement

from ikz_workflow import events
from ikz_workflow.errors import ConcurrentUpdate, HistoryBroken, NotFound, StorageError, near
from ikz_workflow.events import AnyRegisterEvent, ProposalEvent, Record
from ikz_workflow.history import Head, Row, canonical, commit, new_salt, seal
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import REGISTERS, Actor, Commitment, PartialDate, Proposal, RegisterEntry
from ikz_workflow.storage import tables
from ikz_workflow.storage.tables import PROJECTION, table_of

EVENT, HEAD = table_of(tables.EventRow), table_of(tables.ChainHeadRow)
PROPOSAL, REGISTER = table_of(tables.ProposalRow), table_of(tables.RegisterRow)
DISCLOSURE, BLOB, DEFINITION = table_of(tables.DisclosureRow), table_of(tables.BlobRow), table_of(tables.DefinitionRow)

_PART = 2000  # rows fetched at a time
_encode = msgspec.json.Encoder(order="sorted").encode
_proposal_decoder = msgspec.json.Decoder(Proposal)
_entry_decoders = {kind: msgspec.json.Decoder(entry) for kind, entry in REGISTERS.items()}
_KINDS = {
    "organisation": "Die Organisation",
    "department": "Die Organisationseinheit",
    "topic": "Das Thema",
    "person": "Die Person",
    "form": "Die Rechtsform",
}


class Entry(Struct, frozen=True):
    """A register entry with its key, version and the hash of its last event."""

    kind: str
    key: str
    version: int
    head: str
    value: RegisterEntry


class Stored(Struct, frozen=True):
    """A stored row as it stands, for verification: its identity, version, projection and exact state."""

    subject: str
    version: int
    projection: int
    state: str


class Disclosure(Struct, frozen=True):
    """What opens a commitment."""

    commitment: Commitment
    subject: str
    field: str
    value: str
    salt: bytes


class Summary(Struct, frozen=True):
    """What a list shows of a proposal: the entry itself and its title in clear."""

    proposal: Proposal
    title: str


class Statement:
    """A Core statement compiled once for a dialect, run on the driver's cursor: 2 µs, through the engine it is 16."""

    __slots__ = ("constants", "positions", "text")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self.positions: Sequence[str] | None = compiled.positiontup
        self.constants = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, connection: PoolProxiedConnection, **values: Any) -> DBAPICursor:
        """Execute with the named values."""
        parameters: Any = {**self.constants, **values} if self.constants else values
        if self.positions is not None:
            parameters = [parameters[name] for name in self.positions]
        cursor = connection.cursor()
        cursor.execute(self.text, parameters)
        return cursor

    def first(self, connection: PoolProxiedConnection, **values: Any) -> Any:
        """Return the first row, None if there is none."""
        return self.run(connection, **values).fetchone()

    def rows(self, connection: PoolProxiedConnection, **values: Any) -> Iterator[Any]:
        """Yield the rows; memory stays flat."""
        cursor = self.run(connection, **values)
        while part := cursor.fetchmany(_PART):
            yield from part

    def named(self, connection: PoolProxiedConnection, **values: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows by the names of their columns."""
        cursor = self.run(connection, **values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


class Statements:
    """All statements of this room for one dialect, and the register entries last read."""

    def __init__(self, dialect: Dialect) -> None:
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
        self.events = made(select(*event).order_by(event.seq))
        self.events_of = made(select(*event).where(event.subject == bindparam("subject")).order_by(event.version))
        proposal = PROPOSAL.c
        self.proposal = made(
            select(proposal.state, proposal.version, proposal.projection).where(proposal.key == bindparam("key"))
        )
        self.proposals = made(select(*proposal).order_by(proposal.key))
        self.last_key = made(
            select(proposal.key)
            .where(proposal.key >= bindparam("prefix"), proposal.key < bindparam("beyond"))
            .order_by(func.length(proposal.key).desc(), proposal.key.desc())
            .limit(literal_column("1"))
        )
        self.insert_proposal = inserting(PROPOSAL)
        self.update_proposal = made(
            update(PROPOSAL)
            .where(proposal.key == bindparam("of_key"), proposal.version == bindparam("of_version"))
            .values({name: bindparam(name) for name in list(PROPOSAL.c.keys()) if name != "key"})
        )
        self.delete_proposals = made(delete(PROPOSAL))
        register = REGISTER.c
        self.entry = made(select(*register).where(register.subject == bindparam("subject")))
        self.entries = made(select(*register).where(register.kind == bindparam("kind")).order_by(register.subject))
        self.all_entries = made(select(*register).order_by(register.subject))
        self.own_organisation = made(
            select(register.subject).where(register.kind == bindparam("kind"), register.state.like(bindparam("part")))
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
        self.titles = made(
            select(disclosure.commitment, disclosure.value).where(disclosure.field == bindparam("field"))
        )
        self.actor = made(
            select(disclosure.commitment).where(
                disclosure.subject == bindparam("subject"),
                disclosure.field == "actor",
                disclosure.value == bindparam("value"),
            )
        )
        self.disclosures = made(select(*disclosure))
        self.insert_disclosure = inserting(DISCLOSURE)
        self.persons_by_account = made(
            select(disclosure.subject).where(
                disclosure.subject >= "person/",
                disclosure.subject < "person0",
                disclosure.field == "account",
                disclosure.value == bindparam("value"),
            )
        )
        blob = BLOB.c
        self.blob = made(select(blob.content).where(blob.sha256 == bindparam("sha256")))
        self.blob_keys = made(select(blob.sha256))
        self.insert_blob = inserting(BLOB)
        definition = DEFINITION.c
        self.definition = made(select(definition.text).where(definition.sha256 == bindparam("sha256")))
        self.definitions = made(select(*definition).order_by(definition.name))
        self.insert_definition = inserting(DEFINITION)
        self.register_seq = -1
        self.known: dict[str, Entry] = {}
        self.lists: dict[str, list[Entry]] = {}
        self.own: str | None = None
        self.accounts: dict[str, Entry | None] = {}

    def forget(self) -> None:
        """Forget the register entries read, because a register changed."""
        self.known.clear()
        self.lists.clear()
        self.accounts.clear()
        self.own = None
        self.register_seq = -1

    def start_chain(self, connection: PoolProxiedConnection, log_id: str, first: str) -> None:
        """Write the chain's first head."""
        self.insert_head.run(connection, id=1, log_id=log_id, seq=0, hash=first, register_seq=0)


def _head(rows: Sequence[Any]) -> tuple[str, int, str, int]:
    """Return log id, position, hash and last register position. HistoryBroken unless there is exactly one head."""
    name = _("Kopf des Verlaufs")
    if len(rows) != 1 or rows[0][0] != 1:
        raise HistoryBroken(name, _("Es muss genau einen Kopf geben."), "1", str([row[0] for row in rows]))
    log_id, seq, last, register_seq = rows[0][1:]
    if not (isinstance(seq, int) and isinstance(register_seq, int) and re.fullmatch("[0-9a-f]{32}", str(log_id))):
        raise HistoryBroken(name, _("Der Kopf ist nicht lesbar."), "", str(tuple(rows[0])))
    return str(log_id), seq, str(last), register_seq


class Transaction:
    """One transaction: reads see one state, writes happen all or not at all."""

    def __init__(
        self, connection: PoolProxiedConnection, statements: Statements, now: datetime, *, writes: bool
    ) -> None:
        self._connection, self._do = connection, statements
        self.at = now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        self.log_id, self._seq, self._hash, self._register_seq = _head(
            list((statements.locked_head if writes else statements.head).rows(connection))
        )
        if self._register_seq != statements.register_seq:
            statements.forget()
            statements.register_seq = self._register_seq
        self._moved = False
        self._hidden: list[tuple[Commitment, str, str, bytes]] = []

    # ------------------------------------------------------------------------------------------------ reading
    @property
    def head(self) -> Head:
        """Return the end of the chain."""
        return Head(self.log_id, self._seq, self._hash)

    @property
    def register_seq(self) -> int:
        """Return the position of the last event of a register."""
        return self._register_seq

    def proposal(self, key: str) -> Proposal:
        """Return a proposal. NotFound if there is none, StorageError if its row needs a rebuild."""
        row = self._do.proposal.first(self._connection, key=key)
        if row is None:
            raise NotFound(_("Das Vorhaben"), key, near(key, self.keys()), _("Alle Vorhaben: ikz list"))
        if row[2] != PROJECTION:
            what = _("Die gespeicherten Vorhaben sind von einer anderen Fassung des Programms.")
            raise StorageError(what, _("Bitte ausführen: ikz rebuild."))
        try:
            return _proposal_decoder.decode(row[0])
        except msgspec.MsgspecError:
            what = _("Die gespeicherte Zeile des Vorhabens ist nicht lesbar.")
            raise HistoryBroken(key, what) from None

    def keys(self) -> list[str]:
        """Return the keys of all proposals in order."""
        return [str(row[0]) for row in self._do.proposals.rows(self._connection)]

    def next_key(self, year: str) -> str:
        """Return the next free key of a year, such as IKZ-2026-0017."""
        prefix = f"IKZ-{year}-"
        row = self._do.last_key.first(self._connection, prefix=prefix, beyond=f"IKZ-{year}.")
        return f"{prefix}{int(str(row[0]).removeprefix(prefix)) + 1 if row else 1:04d}"

    def summaries(self) -> list[Summary]:
        """Return all proposals with their titles in clear, by key."""
        titles = dict(self._do.titles.rows(self._connection, field="title"))
        rows = self._do.proposals.named(self._connection)
        proposals = (_proposal_decoder.decode(row["state"]) for row in rows)
        return [Summary(proposal, str(titles.get(proposal.title, ""))) for proposal in proposals]

    def texts(self, subject: str) -> dict[Commitment, str]:
        """Return what the commitments of a subject open to."""
        return {str(row[0]): str(row[1]) for row in self._do.texts.rows(self._connection, subject=subject)}

    def entry(self, kind: str, key: str) -> Entry:
        """Return a register entry. NotFound with the nearest keys."""
        found = self.find(kind, key)
        if found is None:
            known = [entry.key for entry in self.entries(kind)]
            raise NotFound(_(_KINDS[kind]), key, near(key, known), _("Alle: ikz {kind} list").format(kind=kind))
        return found

    def find(self, kind: str, key: str) -> Entry | None:
        """Return a register entry, or None."""
        subject = f"{kind}/{key}"
        if subject not in self._do.known:
            row = next(self._do.entry.named(self._connection, subject=subject), None)
            if row is None:
                return None
            self._do.known[subject] = _entry(row)
        return self._do.known[subject]

    def entries(self, kind: str) -> list[Entry]:
        """Return all entries of a register by key."""
        return [_entry(row) for row in self._do.entries.named(self._connection, kind=kind)]

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a small register, read once as long as no register changes."""
        if kind not in self._do.lists:
            self._do.lists[kind] = self.entries(kind)
        return self._do.lists[kind]

    def own(self) -> str | None:
        """Return the key of our own organisation, None if the register names none."""
        if self._do.own is None:
            row = self._do.own_organisation.first(self._connection, kind="organisation", part='%"own":true%')
            self._do.own = str(row[0]).removeprefix("organisation/") if row else None
        return self._do.own

    def person_of(self, account: str) -> Entry | None:
        """Return the person registered with an operating system account, or None."""
        if account not in self._do.accounts:
            row = self._do.persons_by_account.first(self._connection, value=account)
            self._do.accounts[account] = self.entry("person", str(row[0]).removeprefix("person/")) if row else None
        return self._do.accounts[account]

    def rows(self, subject: str | None = None) -> Iterator[Row]:
        """Yield history rows in order: all, or those of one subject; memory stays flat."""
        statement = self._do.events if subject is None else self._do.events_of
        values = {} if subject is None else {"subject": subject}
        for row in statement.rows(self._connection, **values):
            if not isinstance(row[4], str):
                raise HistoryBroken(_("Verlauf {seq}").format(seq=row[0]), _("Der Eintrag ist nicht lesbar."))
            yield Row(*row)

    def disclosures(self) -> Iterator[Disclosure]:
        """Yield all disclosures."""
        for row in self._do.disclosures.rows(self._connection):
            if not (isinstance(row[3], str) and isinstance(row[4], bytes)):
                raise HistoryBroken(_("Text {c}").format(c=str(row[0])[:14]), _("Die Zeile ist nicht lesbar."))
            yield Disclosure(*row)

    def stored(self) -> Iterator[Stored]:
        """Yield all stored proposals and register entries as they stand."""
        for row in self._do.proposals.named(self._connection):
            yield Stored(row["key"], row["version"], row["projection"], _columns(row))
        for row in self._do.all_entries.named(self._connection):
            yield Stored(row["subject"], row["version"], row["projection"], _columns(row))

    def blob(self, sha256: str) -> bytes:
        """Return stored bytes. HistoryBroken if they are gone."""
        row = self._do.blob.first(self._connection, sha256=sha256)
        if row is None:
            raise HistoryBroken(sha256[:12], _("Die gespeicherten Bytes fehlen."), sha256)
        return _bytes(row[0], sha256[:12])

    def blob_keys(self) -> list[str]:
        """Return the SHA-256 of all stored bytes."""
        return [str(row[0]) for row in self._do.blob_keys.rows(self._connection)]

    def definition(self, sha256: str) -> bytes:
        """Return a stored definition text. HistoryBroken if it is gone."""
        row = self._do.definition.first(self._connection, sha256=sha256)
        if row is None:
            raise HistoryBroken(sha256[:12], _("Die gespeicherte Verfahrensdefinition fehlt."), sha256)
        return _bytes(row[0], sha256[:12])

    def definitions(self) -> list[tuple[str, str, bytes]]:
        """Return SHA-256, name and text of all stored definitions."""
        rows = self._do.definitions.rows(self._connection)
        return [(str(row[0]), str(row[1]), _bytes(row[2], str(row[1]))) for row in rows]

    # ------------------------------------------------------------------------------------------------ writing
    def hide(self, field: str, value: str) -> Commitment:
        """Return a commitment to a text; it is disclosed with the next event recorded."""
        salt = new_salt()
        commitment = commit(field, value, salt)
        self._hidden.append((commitment, field, value, salt))
        return commitment

    def actor(self, subject: str, person: str, role: str) -> Actor:
        """Return the actor with the person's reference within this subject, a new random one on first use."""
        row = self._do.actor.first(self._connection, subject=subject, value=person)
        return Actor(str(row[0]) if row else self.hide("actor", person), role)

    def keep(self, content: bytes) -> str:
        """Store bytes and return their SHA-256; bytes already there are not stored twice."""
        sha256 = hashlib.sha256(content).hexdigest()
        if self._do.blob.first(self._connection, sha256=sha256) is None:
            self._do.insert_blob.run(self._connection, sha256=sha256, content=content)
        return sha256

    def keep_definition(self, name: str, text: bytes) -> str:
        """Store a definition text and return its SHA-256."""
        sha256 = hashlib.sha256(text).hexdigest()
        if self._do.definition.first(self._connection, sha256=sha256) is None:
            self._do.insert_definition.run(self._connection, sha256=sha256, name=name, text=text)
        return sha256

    def record(
        self,
        former: Proposal | str,
        what: ProposalEvent,
        actor: Actor,
        on: PartialDate,
        definition: str,
        note: Commitment | None = None,
    ) -> Proposal:
        """Seal an event into the history and return the proposal as it stands then.

        `former` is the proposal as it was read in this transaction, or the key of a new one. ConcurrentUpdate if the
        stored proposal has another version meanwhile.
        """
        before = None if isinstance(former, str) else former
        key = former if isinstance(former, str) else former.key
        record = Record(
            v=1,
            seq=self._seq + 1,
            subject=key,
            version=before.version + 1 if before else 1,
            previous=before.head if before else "",
            at=self.at,
            on=on,
            actor=actor,
            definition=definition,
            what=what,
            note=note,
        )
        payload = canonical(record)
        sealed = seal(self._hash, payload)
        after = events.apply(before, record, sealed)
        values = proposal_columns(after)
        if before is None:
            self._do.insert_proposal.run(self._connection, **values)
        else:
            done = self._do.update_proposal.run(self._connection, of_key=key, of_version=before.version, **values)
            if done.rowcount != 1:
                raise ConcurrentUpdate(key, before.version, self.proposal(key).version)
        self._append(record, payload, sealed)
        return after

    def register(
        self, kind: str, key: str, what: AnyRegisterEvent, actor: Actor, on: PartialDate, note: Commitment | None = None
    ) -> Entry:
        """Seal a register event into the history and return the entry as it stands then."""
        former = self.find(kind, key)
        subject = f"{kind}/{key}"
        record = Record(
            v=1,
            seq=self._seq + 1,
            subject=subject,
            version=former.version + 1 if former else 1,
            previous=former.head if former else "",
            at=self.at,
            on=on,
            actor=actor,
            definition=None,
            what=what,
            note=note,
        )
        payload = canonical(record)
        sealed = seal(self._hash, payload)
        value = what.entry(former.value if former else None)
        entry = Entry(kind, key, record.version, sealed, value)
        values = entry_columns(entry)
        if former is None:
            self._do.insert_entry.run(self._connection, **values)
        else:
            done = self._do.update_entry.run(self._connection, of_subject=subject, of_version=former.version, **values)
            if done.rowcount != 1:
                raise ConcurrentUpdate(subject, former.version, record.version)
        self._append(record, payload, sealed)
        self._register_seq = record.seq
        self._do.forget()  # whatever becomes of this transaction, the next one reads anew
        return entry

    def _append(self, record: Record, payload: str, sealed: str) -> None:
        self._do.insert_event.run(
            self._connection,
            seq=record.seq,
            subject=record.subject,
            version=record.version,
            at=record.at,
            payload=payload,
            prev_hash=self._hash,
            hash=sealed,
        )
        for commitment, field, value, salt in self._hidden:
            self._do.insert_disclosure.run(
                self._connection, commitment=commitment, subject=record.subject, field=field, value=value, salt=salt
            )
        self._hidden.clear()
        self._seq, self._hash, self._moved = record.seq, sealed, True

    def finish(self) -> None:
        """Move the chain's head to the last event recorded."""
        if self._moved:
            self._do.move_head.run(self._connection, seq=self._seq, hash=self._hash, register_seq=self._register_seq)

    def rewrite(self, proposals: Mapping[str, Proposal], entries: Sequence[Entry]) -> None:
        """Renew the projections from what the history gave; the history itself is not touched."""
        self._do.delete_proposals.run(self._connection)
        self._do.delete_entries.run(self._connection)
        for proposal in proposals.values():
            self._do.insert_proposal.run(self._connection, **proposal_columns(proposal))
        for entry in entries:
            self._do.insert_entry.run(self._connection, **entry_columns(entry))
        self._do.forget()


def _bytes(value: object, name: str) -> bytes:
    if not isinstance(value, bytes):
        raise HistoryBroken(name, _("Die gespeicherten Bytes sind verändert."))
    return value


def proposal_columns(proposal: Proposal) -> dict[str, Any]:
    """Return the stored row of a proposal."""
    return {
        "key": proposal.key,
        "version": proposal.version,
        "projection": PROJECTION,
        "stage": proposal.stage,
        "department": proposal.department,
        "state": _encode(proposal).decode(),
    }


def entry_columns(entry: Entry) -> dict[str, Any]:
    """Return the stored row of a register entry."""
    return {
        "subject": f"{entry.kind}/{entry.key}",
        "kind": entry.kind,
        "version": entry.version,
        "head": entry.head,
        "projection": PROJECTION,
        "state": _encode(entry.value).decode(),
    }


def _columns(row: Mapping[str, Any]) -> str:
    """Return a whole stored row as one text, to be compared byte by byte."""
    return _encode(dict(row)).decode()


def columns_text(values: Mapping[str, Any]) -> str:
    """Return what `Stored.state` must be for a row with these values."""
    return _columns(values)


def _entry(row: Mapping[str, Any]) -> Entry:
    subject, kind = str(row["subject"]), str(row["kind"])
    if row["projection"] != PROJECTION:
        what = _("Die gespeicherten Verzeichnisse sind von einer anderen Fassung des Programms.")
        raise StorageError(what, _("Bitte ausführen: ikz rebuild."))
    try:
        value = _entry_decoders[kind].decode(row["state"])
    except (msgspec.MsgspecError, KeyError):
        raise HistoryBroken(subject, _("Die gespeicherte Zeile des Verzeichnisses ist nicht lesbar.")) from None
    return Entry(kind, subject.removeprefix(f"{kind}/"), int(row["version"]), str(row["head"]), value)
