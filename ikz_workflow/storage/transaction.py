"""Read and write entries inside one transaction; `record` is the only way to write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import starmap
from typing import Any

from sqlalchemy.engine.interfaces import DBAPIConnection

from ikz_workflow import events
from ikz_workflow.errors import AlreadyRecorded, ConcurrentUpdate, HistoryBroken, InvalidInput, NotFound, near
from ikz_workflow.events import AnyRegisterEvent, EntryErased, Erased, ProposalEvent, Record
from ikz_workflow.history import (
    Head,
    Row,
    broken_end,
    canonical,
    commit,
    genesis,
    new_salt,
    once_salt,
    read_payload,
    seal,
)
from ikz_workflow.language import gettext as _
from ikz_workflow.possible import impossible
from ikz_workflow.proposal import ERASED, Actor, Commitment, PartialDate, Person, Proposal
from ikz_workflow.storage.definitions import pinned
from ikz_workflow.storage.finding import EVERY, Sought, Years
from ikz_workflow.storage.memory import Memory
from ikz_workflow.storage.parts import Parts, readable_texts
from ikz_workflow.storage.projection import first_lie
from ikz_workflow.storage.rows import (
    GONE,
    OWN,
    Disclosure,
    Entry,
    Summary,
    altered,
    bytes_of,
    changed_columns,
    entry_columns,
    entry_of,
    folded,
    head_of,
    lost,
    mentions,
    parties_of,
    proposal_columns,
    proposal_of,
)
from ikz_workflow.storage.statements import NO_END, PART, Line, Statements
from ikz_workflow.storage.tables import PROJECTION

_KINDS = {
    "organisation": "Die Organisation",
    "department": "Die Organisationseinheit",
    "topic": "Das Thema",
    "person": "Die Person",
    "form": "Die Rechtsform",
    "cooperation": "Die Zusammenarbeit",
}


class Transaction:
    """One transaction: reads see one state, writes happen all or not at all."""

    def __init__(
        self, connection: DBAPIConnection, statements: Statements, memory: Memory, now: datetime, *, writes: bool
    ) -> None:
        self._connection, self._do, self._memory = Line(connection), statements, memory
        self.now = now
        self.at = now.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
        found = (statements.locked_head if writes else statements.head).run(self._connection).fetchall()
        self.log_id, self._seq, self._hash, self._register_seq = head_of(found)
        memory.upto(self._register_seq)
        self._is_end_checked = not writes
        self._moved = False
        self._once: Commitment | None = None
        self._asked: Commitment | None = None
        self._hidden: list[tuple[Commitment, str, str, bytes]] = []
        self._references: dict[tuple[str, str], Commitment] = {}  # the same few are asked for again and again

    def _check_end(self, seq: object, sealed: object) -> None:
        """Refuse to write after an end that is not the head's: whoever altered the end would be written into it."""
        found = (0, genesis(self.log_id)) if seq is None else (seq, sealed)
        if found != (self._seq, self._hash):
            raise broken_end(self.head, *found)
        self._is_end_checked = True

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
        """Return a proposal. NotFound if there is none, HistoryBroken if its row is lost, StorageError if it needs a
        rebuild."""
        found = self.find_proposal(key)
        if found is None:
            self._refuse_lost(key)
            raise NotFound(_("Das Vorhaben"), key, near(key, self.keys()), _("Alle Vorhaben: ikz list"))
        return found

    def _refuse_lost(self, subject: str) -> None:
        """Refuse to say of what the history knows that there is no such thing. HistoryBroken if its row is lost."""
        if self._do.events_of.first(self._connection, subject=subject, after=0) is not None:
            raise lost(subject)

    def find_proposal(self, key: str) -> Proposal | None:
        """Return a proposal, or None; raises as `proposal` does where its row cannot be read."""
        if self._is_end_checked:
            row = self._do.proposal.first(self._connection, key=key)
        elif row := self._do.proposal_to_write.first(self._connection, key=key, person=self._memory.actor):
            # What every writer asks next comes along: the history's end, and the reference of who will probably act.
            self._check_end(row[3], row[4])
            if row[5]:
                self._references[key, self._memory.actor] = str(row[5])
        return proposal_of(key, *row[:3]) if row is not None else None

    def mentioning(self, words: Sequence[tuple[str, str]]) -> list[Proposal]:
        """Return the proposals in whose stored state one of the attributes has that value, by key; the database reads
        every one."""
        rows = self._do.mentioning(len(words)).named(self._connection, **mentions(words))
        return [proposal_of(row["key"], row["state"], row["version"], row["projection"]) for row in rows]

    def keys(self) -> list[str]:
        """Return the keys of all proposals in order."""
        return [str(row[0]) for row in self._do.keys.rows(self._connection)]

    def next_key(self, year: str) -> str:
        """Return the next free key of a year, such as IKZ-2026-0017."""
        prefix = f"IKZ-{year}-"
        row = self._do.last_key.first(self._connection, prefix=prefix, beyond=f"IKZ-{year}.")
        if row is not None and not str(row[0]).removeprefix(prefix).strip("9"):
            # After 9999 comes 10000, which sorts before it; only then all keys of the year are looked through.
            row = self._do.longest_key.first(self._connection, prefix=prefix, beyond=f"IKZ-{year}.")
        return f"{prefix}{int(str(row[0]).removeprefix(prefix)) + 1 if row else 1:04d}"

    def summaries(
        self, sought: Sought = EVERY, *, after: str = "", first: int = 0, passes: Callable[[str], bool] | None = None
    ) -> Iterator[Summary]:
        """Yield the proposals sought behind a key, whose keys pass, with their titles in clear, by key.

        They are read in parts, the first of `first` rows, each part going on behind the last key: memory stays flat,
        and whoever stops early has read little more than was asked for.
        """
        statement, size = self._do.chosen(sought), first or PART
        while True:
            rows = statement.run(self._connection, **sought.values, after=after, size=size).fetchall()
            for key, state, version, projection, title in rows:
                if passes is None or passes(key):
                    yield Summary(proposal_of(key, state, version, projection), title or "")
            if len(rows) < size:
                return
            after, size = rows[-1][0], min(2 * size, PART)

    def count(self, sought: Sought, after: str, most: int) -> int:
        """Return how many proposals are sought behind a key; beyond `most` it stops counting."""
        row = self._do.counted(sought).first(self._connection, **sought.values, after=after, size=most)
        return int(row[0])

    def counts(self, sought: Sought) -> list[tuple[str, str, int]]:
        """Return how many proposals sought stand at each stage of each definition (by SHA-256)."""
        statement = self._do.counted_by_stage(sought)
        rows = statement.run(self._connection, **sought.values, after="", size=NO_END).fetchall()
        return [tuple(row) for row in rows]

    def bound(self) -> list[str]:
        """Return the definitions that proposals are bound to, by SHA-256; the index is asked once for each."""
        found: list[str] = []
        while row := self._do.next_definition.first(self._connection, after=found[-1] if found else ""):
            found.append(str(row[0]))
        return found

    def texts(self, subject: str) -> dict[Commitment, str]:
        """Return what the commitments of a subject open to."""
        return {str(row[0]): str(row[1]) for row in self._do.texts.rows(self._connection, subject=subject)}

    def opened(self, field: str) -> dict[Commitment, str]:
        """Return what the commitments of one field open to, over all subjects."""
        return {str(row[0]): str(row[1]) for row in self._do.titles.rows(self._connection, field=field)}

    def text(self, commitment: Commitment) -> str:
        """Return what a commitment opens to, "" for none."""
        row = self._do.text.first(self._connection, commitment=commitment)
        return str(row[0]) if row is not None else ""

    def written(self, subject: str) -> list[tuple[str, str]]:
        """Return the texts of a subject, present and former, each with the name of its field."""
        return list(self._do.written.run(self._connection, subject=subject).fetchall())

    def person_name(self, key: str) -> str:
        """Return a person's name, "" for nobody registered; read once as long as no register changes."""
        if key not in self._memory.names:
            entry = self.find("person", key)
            self._memory.names[key] = self.text(entry.value.name) if entry and isinstance(entry.value, Person) else ""
        return self._memory.names[key]

    def persons(self) -> list[tuple[str, str]]:
        """Return the keys of all persons, each with a name borne now or once."""
        rows = self._do.person_names.rows(self._connection)
        return [(str(subject).removeprefix("person/"), str(name)) for subject, name in rows]

    def disclosed(self, field: str) -> dict[str, str]:
        """Return the subject behind each text of a kind that is still in clear."""
        return {str(row[0]): str(row[1]) for row in self._do.subjects_with.rows(self._connection, field=field)}

    def entry(self, kind: str, key: str) -> Entry:
        """Return a register entry. NotFound with the nearest keys."""
        found = self.find(kind, key)
        if found is None:
            self._refuse_lost(f"{kind}/{key}")
            known = [entry.key for entry in self.entries(kind)]
            raise NotFound(_(_KINDS[kind]), key, near(key, known), _("Alle: ikz {kind} list").format(kind=kind))
        return found

    def find(self, kind: str, key: str) -> Entry | None:
        """Return a register entry, or None."""
        subject = f"{kind}/{key}"
        found = self._memory.known.get(subject)
        if found is None and (row := next(self._do.entry.named(self._connection, subject=subject), None)):
            found = self._memory.known[subject] = entry_of(row)
        return found

    def entries(self, kind: str) -> list[Entry]:
        """Return all entries of a register by key."""
        return [entry_of(row) for row in self._do.entries.named(self._connection, kind=kind)]

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a small register, read once as long as no register changes."""
        if kind not in self._memory.lists:
            self._memory.lists[kind] = self.entries(kind)
        return self._memory.lists[kind]

    def named(self, kind: str, name: str) -> list[Entry]:
        """Return the entries of a register that bear a name, whatever its case and blanks; only organisations do."""
        return [entry_of(row) for row in self._do.entries_named.named(self._connection, kind=kind, name=folded(name))]

    def linked(self) -> list[Entry]:
        """Return every organisation that names successors (ours comes along)."""
        return [entry_of(row) for row in self._do.tagged.named(self._connection)]

    def own(self) -> str | None:
        """Return the key of our own organisation, None if the register names none."""
        if self._memory.own is None:
            row = self._do.own_organisation.first(self._connection, tag=OWN)
            self._memory.own = str(row[0]).removeprefix("organisation/") if row else None
        return self._memory.own

    def person_of(self, account: str) -> Entry | None:
        """Return the person registered with an operating system account, or None."""
        if account not in self._memory.accounts:
            row = self._do.persons_by_account.first(self._connection, value=account)
            self._memory.accounts[account] = self.entry("person", str(row[0]).removeprefix("person/")) if row else None
        return self._memory.accounts[account]

    def rows(self, subject: str | None = None, after: int = 0) -> Iterator[Row]:
        """Return history rows in order: all, or those of one subject behind a version; memory stays flat."""
        statement = self._do.events if subject is None else self._do.events_of
        values: dict[str, Any] = {} if subject is None else {"subject": subject, "after": after}
        return starmap(Row, statement.rows(self._connection, **values))

    def rows_after(self, seq: int, years: Years | None = None, most: int = NO_END) -> Iterator[Row]:
        """Return the history rows behind a position in order: no more than so many, or those of some years, as far as a
        year is known; memory stays flat."""
        if years is None:
            return starmap(Row, self._do.events_after.rows(self._connection, after=seq, size=most))
        first, last = years
        found = self._do.events_within.rows(self._connection, after=seq, first_year=first, last_year=last)
        return starmap(Row, found)

    def row(self, seq: int) -> Row | None:
        """Return the history row at a position, None beyond the ends."""
        return next(starmap(Row, self._do.event.rows(self._connection, seq=seq)), None)

    def rows_sealed(self, first: str, beyond: str) -> list[Row]:
        """Return the history rows whose hash lies from `first` up to, but not including, `beyond`."""
        return list(starmap(Row, self._do.events_sealed.rows(self._connection, first=first, beyond=beyond)))

    def records(self, subject: str) -> Iterator[Record]:
        """Yield the records of one subject in order."""
        return map(read_payload, self.rows(subject))

    def disclosures(self) -> Iterator[Disclosure]:
        """Yield all disclosures."""
        return readable_texts(self._do.disclosures.rows(self._connection))

    def parts(self) -> Parts:
        """Return all that this transaction sees, part by part; memory stays flat."""
        return Parts(self._connection, self._do)

    def is_outdated(self) -> bool:
        """Tell whether there are stored rows that another projection made."""
        return bool(self._do.outdated.first(self._connection, projection=PROJECTION)[0])

    def first_lie(self) -> HistoryBroken | None:
        """Return what is to be said of the first stored row that lies, None if there is none."""
        return first_lie(self.parts(), lambda sha256: pinned(self, sha256))

    @property
    def connection(self) -> DBAPIConnection:
        """Return the connection it runs on, for whoever in this room copies whole tables."""
        return self._connection.driver

    def blob(self, sha256: str) -> bytes:
        """Return stored bytes. NotFound if they were erased, HistoryBroken if they are gone."""
        content = self.content(sha256)
        if content == GONE:
            raise NotFound(
                _("Die Datei"), sha256[:12], (), _("Sie wurde gelöscht; wann und weshalb, sagt ikz history.")
            )
        return content

    def content(self, sha256: str) -> bytes:
        """Return what is stored for a SHA-256: the bytes, or `GONE` if they were erased. HistoryBroken for nothing."""
        row = self._do.blob.first(self._connection, sha256=sha256)
        if row is None:
            raise HistoryBroken(sha256[:12], _("Die gespeicherten Bytes fehlen."), sha256)
        return bytes_of(row[0], sha256[:12])

    def blob_keys(self) -> list[str]:
        """Return the SHA-256 of all stored bytes."""
        return [str(row[0]) for row in self._do.blob_keys.rows(self._connection)]

    def definition(self, sha256: str) -> bytes:
        """Return a stored definition text. HistoryBroken if it is gone."""
        row = self._do.definition.first(self._connection, sha256=sha256)
        if row is None:
            raise HistoryBroken(sha256[:12], _("Die gespeicherte Verfahrensdefinition fehlt."), sha256)
        return bytes_of(row[0], sha256[:12])

    def definitions(self) -> list[tuple[str, str, bytes]]:
        """Return SHA-256, name and text of all stored definitions."""
        rows = self._do.definitions.rows(self._connection)
        return [(str(row[0]), str(row[1]), bytes_of(row[2], str(row[1]))) for row in rows]

    # ------------------------------------------------------------------------------------------------ writing
    def hide(self, field: str, value: str) -> Commitment:
        """Return a commitment to a text; it is disclosed with the next event recorded."""
        salt = new_salt()
        commitment = commit(field, value, salt)
        self._hidden.append((commitment, field, value, salt))
        return commitment

    def refuse_twice(self, once: str, asked: str = "") -> None:
        """Record with the next event what the caller gave to be recorded once, and the digest of what was asked for.

        AlreadyRecorded if that was done; it tells whether the same was asked for then, as far as that is known. Writers
        wait for each other at the head, so of two who try at the same time the second sees the first.
        """
        salt = once_salt(self.log_id, once)
        self._once = commit("once", once, salt)
        found = self._do.subject_of.first(self._connection, commitment=self._once)
        if found is not None:
            record = next((one for one in self.records(str(found[0])) if one.once == self._once), None)
            if record is None:
                raise HistoryBroken(_("Text {c}").format(c=self._once[:14]), _("Kein Eintrag nennt diesen Text."))
            first = self.text(record.asked) if record.asked else ""
            is_other = bool(asked and first) and first not in (asked, ERASED)
            raise AlreadyRecorded(record.subject, record.seq, record.at, is_other=is_other)
        self._hidden.append((self._once, "once", once, salt))
        self._asked = self.hide("asked", asked) if asked else None

    def reference(self, subject: str, person: str) -> Commitment:
        """Return the person's reference within this subject, "" if the person never acted there."""
        known = self._references.get((subject, person))
        if known is None:
            (found,) = self._do.actor.first(self._connection, subject=subject, person=person)
            if found is not None:
                known = self._references[subject, person] = str(found)
                self._memory.actor = person
        return known or ""

    def actor(self, subject: str, person: str, role: str, behalf: str = "") -> Actor:
        """Return the actor with the person's reference within this subject, a new random one on first use.

        `behalf` is the person represented.
        """
        return Actor(self._referred(subject, person), role, self._referred(subject, behalf) if behalf else None)

    def _referred(self, subject: str, person: str) -> Commitment:
        return self.reference(subject, person) or self.hide("actor", person)

    def keep(self, content: bytes) -> str:
        """Store bytes and return their SHA-256; bytes already there are not stored twice."""
        sha256 = hashlib.sha256(content).hexdigest()
        row = self._do.blob.first(self._connection, sha256=sha256)
        if row is None:
            self._do.insert_blob.one(self._connection, sha256=sha256, content=content)
        elif bytes_of(row[0], sha256[:12]) == GONE:  # erased once, and now brought in again
            self._do.update_blob.one(self._connection, of=sha256, content=content)
        return sha256

    def keep_definition(self, name: str, text: bytes) -> str:
        """Store a definition text and return its SHA-256."""
        sha256 = hashlib.sha256(text).hexdigest()
        if self._do.definition.first(self._connection, sha256=sha256) is None:
            self._do.insert_definition.one(self._connection, sha256=sha256, name=name, text=text)
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
            once=self._once,
            asked=self._asked,
        )
        payload = canonical(record)
        sealed = seal(self._hash, payload)
        after = events.apply(before, record, sealed, lambda: self.records(key))
        if before is None:
            self._insert(after)
        else:
            self._update(before, after)
        self._append(record, payload, sealed)
        return after

    def _insert(self, proposal: Proposal) -> None:
        columns = proposal_columns(proposal, pinned(self, proposal.definition))
        self._do.insert_proposal.one(self._connection, **columns)
        for organisation in sorted(parties_of(proposal)):
            self._do.insert_party.one(self._connection, organisation=organisation, key=proposal.key)

    def _update(self, before: Proposal, after: Proposal) -> None:
        """Write what changed. ConcurrentUpdate if the stored proposal has another version meanwhile."""
        changed = changed_columns(before, after, lambda sha256: pinned(self, sha256))
        done = self._do.updating(changed).run(self._connection, of_key=before.key, of_version=before.version, **changed)
        if done.rowcount != 1:
            raise ConcurrentUpdate(before.key, before.version, self.proposal(before.key).version)
        if before.parties is not after.parties:
            former, present = parties_of(before), parties_of(after)
            for organisation in sorted(present - former):
                self._do.insert_party.one(self._connection, organisation=organisation, key=after.key)
            for organisation in sorted(former - present):
                self._do.delete_party.run(self._connection, organisation=organisation, key=after.key)

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
            once=self._once,
            asked=self._asked,
        )
        payload = canonical(record)
        sealed = seal(self._hash, payload)
        value = what.entry(former.value if former else None)
        entry = Entry(kind, key, record.version, sealed, value)
        values = entry_columns(entry)
        if former is None:
            self._do.insert_entry.one(self._connection, **values)
        else:
            done = self._do.update_entry.run(self._connection, of_subject=subject, of_version=former.version, **values)
            if done.rowcount != 1:
                raise altered(subject)
        self._append(record, payload, sealed)
        self._register_seq = record.seq
        self._memory.forget()  # whatever becomes of this transaction, the next one reads anew
        return entry

    def _append(self, record: Record, payload: str, sealed: str) -> None:
        if what := impossible(record):  # what nobody could read again is never written
            raise InvalidInput(record.subject, what, _("Diesen Wert kann es nicht geben."))
        if not self._is_end_checked:
            row = self._do.last_event.first(self._connection)
            self._check_end(row[0] if row else None, row[1] if row else None)
        self._do.insert_event.one(
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
            self._do.insert_disclosure.one(
                self._connection, commitment=commitment, subject=record.subject, field=field, value=value, salt=salt
            )
        self._hidden.clear()
        self._once = self._asked = None
        if isinstance(record.what, (Erased, EntryErased)):
            self._erase(record.subject, record.what)
        self._seq, self._hash, self._moved = record.seq, sealed, True

    def _erase(self, subject: str, what: Erased | EntryErased) -> None:
        """Take away what an event says is erased; the rows stay, so that nothing is missed without a reason."""
        self._references.clear()
        for commitment in what.texts:
            self._do.erase_disclosure.one(self._connection, of=commitment, of_subject=subject, value=ERASED, salt=GONE)
        for sha256 in what.files:
            self._do.update_blob.one(self._connection, of=sha256, content=GONE)

    def finish(self) -> None:
        """Move the chain's head to the last event recorded."""
        if self._moved:
            self._do.move_head.one(self._connection, seq=self._seq, hash=self._hash, register_seq=self._register_seq)

    def rewrite(self, made: Iterable[Proposal | Entry]) -> tuple[int, int]:
        """Renew the projections from what the history gave, which itself is not touched; return how many proposals and
        register entries there are."""
        self._do.delete_parties.run(self._connection)
        self._do.delete_proposals.run(self._connection)
        self._do.delete_entries.run(self._connection)
        proposals = entries = 0
        for one in made:
            if isinstance(one, Proposal):
                self._insert(one)
                proposals += 1
            else:
                self._do.insert_entry.one(self._connection, **entry_columns(one))
                entries += 1
        self._memory.forget()
        return proposals, entries
