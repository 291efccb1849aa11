"""Say what can happen, and what each event makes of a proposal or a register entry.

A `Record` is the envelope that is sealed into the history; its `what` is one of the events below. Applying all
records of a subject in order gives the stored entry; nothing else ever changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.proposal import (
    Actor,
    Attachment,
    Check,
    CheckResult,
    Commitment,
    Contact,
    Cooperation,
    Decision,
    Department,
    DocumentVersion,
    Ended,
    FieldValue,
    LegalForm,
    Milestone,
    Obstacle,
    Organisation,
    Origin,
    Outcome,
    PartialDate,
    Party,
    Person,
    Proposal,
    RegisterEntry,
    Rest,
    Standing,
    Topic,
    judged_on,
)


class Event(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="type"):
    """Something that happened to a proposal."""

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Return the proposal as it stands after this event (version, head: see `apply`)."""
        raise TypeError(f"{type(self).__name__} does not change a proposal")

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments this event brings in."""
        return ()


def _some(*values: Commitment | None) -> tuple[Commitment, ...]:
    return tuple(filter(None, values))


class Created(Event, frozen=True, tag="created"):
    """A proposal was started; `fingerprint` opens to what tells the row of a survey it was taken over from."""

    title: Commitment
    workflow: str
    stage: str
    department: str
    topic: str | None = None
    after: str | None = None
    sample: bool = False
    fingerprint: Commitment | None = None
    non_public: bool = False

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of title and fingerprint."""
        return (self.title, *_some(self.fingerprint))


class Advanced(Event, frozen=True, tag="advanced"):
    """A transition happened; what decided it (bodies asked, the legal form's row) is inside.

    `started` is the key of the proposal that began with it.
    """

    transition: str
    source: str
    target: str
    effect: Literal["", "suspend", "resume", "end"] = ""
    bodies: dict[str, tuple[str, ...]] = {}
    form: str | None = None
    form_sha256: str | None = None
    reason: str | None = None
    review: str | None = None
    started: str | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Move the proposal on, or let it rest, or end it."""
        if self.effect == "suspend":
            rests = proposal.rests if proposal.suspended else (*proposal.rests, Rest(record.day))
            return replace(proposal, suspended=record.note, review=self.review, rests=rests)
        if self.effect == "resume":
            return _resumed(proposal, record)
        if self.source == self.target:
            return replace(proposal, entered=record.seq)
        arrived = {**proposal.arrived, self.target: record.day}
        moved = replace(
            proposal,
            stage=self.target,
            since=record.at,
            stage_on=record.on,
            arrived=arrived,
            entered=record.seq,
            brought_by=record.actor.person,
            started=self.started or proposal.started,
        )
        if self.effect == "end":
            ended = Ended(self.source, self.reason or "", record.note, record.on)
            return replace(_resumed(moved, record), ended=ended)
        return moved


def _resumed(proposal: Proposal, record: Record) -> Proposal:
    """Return the proposal with its rest, if any, closed."""
    rests = tuple(one if one.end else replace(one, end=record.day) for one in proposal.rests)
    return replace(proposal, suspended=None, review=None, rests=rests)


class FieldsSet(Event, frozen=True, tag="fields-set"):
    """Fields got a value; None clears one. `texts` names those whose value is a commitment.

    `voids` names by history position the decisions and documents that lose their validity, because the direction or
    the legal form is another one now. `taken_from` is the key of the proposal whose values were taken over.
    """

    values: dict[str, FieldValue | None]
    texts: tuple[str, ...] = ()
    voids: tuple[int, ...] = ()
    taken_from: str | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Lay the new values over the old ones."""
        changed = replace(proposal, fields=self.merged(proposal), told=record.seq)
        if not self.voids:
            return changed
        return replace(
            changed,
            decisions=tuple(replace(one, void=one.void or one.seq in self.voids) for one in proposal.decisions),
            documents=tuple(replace(one, void=one.void or one.seq in self.voids) for one in proposal.documents),
        )

    def merged(self, proposal: Proposal) -> dict[str, FieldValue]:
        """Return the proposal's fields with the new values laid over them."""
        merged = {**proposal.fields, **self.values}
        if None not in self.values.values():
            return merged  # type: ignore[return-value]
        return {name: value for name, value in merged.items() if value is not None}

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of the free texts."""
        return tuple(str(self.values.get(name)) for name in self.texts)


class PartySet(Event, frozen=True, tag="party-set"):
    """A party's standing or lead changed, or the party is new; `asked` names the bodies of each gate that now asks
    others than before."""

    organisation: str
    standing: Standing
    lead: bool = False
    asked: dict[str, tuple[str, ...]] = {}

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set the party."""
        return replace(proposal, parties=self.parties(proposal, record.on), told=record.seq)

    def parties(self, proposal: Proposal, on: PartialDate) -> tuple[Party, ...]:
        """Return the proposal's parties with this one as it is since a day; only one party leads."""
        changed = Party(self.organisation, self.standing, self.lead, on)
        others = [
            replace(party, lead=False) if self.lead else party
            for party in proposal.parties
            if party.organisation != self.organisation
        ]
        return tuple(sorted([*others, changed], key=lambda party: party.organisation))


class ContactMade(Event, frozen=True, tag="contact-made"):
    """There was a contact with an organisation."""

    organisation: str
    text: Commitment
    person: Commitment | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the contact."""
        contact = Contact(self.organisation, self.text, self.person, record.on)
        return replace(proposal, contacts=(*proposal.contacts, contact))

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of text and person."""
        return _some(self.text, self.person)


class ObstacleSet(Event, frozen=True, tag="obstacle-set"):
    """An obstacle was seen or answered; kind None says that none was found."""

    kind: str | None
    party: str | None = None
    weight: int = 2
    answer: Commitment | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set the obstacle of that kind and party."""
        if self.kind is None:
            return replace(proposal, obstacles_assessed=True)
        changed = Obstacle(self.kind, self.party, self.weight, self.answer)
        same = (self.kind, self.party)
        others = [known for known in proposal.obstacles if (known.kind, known.party) != same]
        return replace(proposal, obstacles=(*others, changed), obstacles_assessed=True, told=record.seq)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the answer's commitment."""
        return _some(self.answer)


class CheckAnswered(Event, frozen=True, tag="check-answered"):
    """A recurrent legal question was answered."""

    check: str
    result: CheckResult
    evidence: Commitment | None = None
    attachment: str | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set the answer."""
        changed = Check(self.check, self.result, self.evidence, self.attachment, record.on)
        others = [known for known in proposal.checks if known.name != self.check]
        return replace(proposal, checks=(*others, changed))

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the evidence's commitment."""
        return _some(self.evidence)


class MilestoneAdded(Event, frozen=True, tag="milestone-added"):
    """A step of the Projektplan was agreed."""

    title: Commitment
    due: PartialDate = None
    party: str | None = None
    number: int = 0

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the milestone; its number stays, also when another one is taken back."""
        number = self.number or len(proposal.milestones) + 1
        milestone = Milestone(number, self.title, self.due, self.party)
        return replace(proposal, milestones=(*proposal.milestones, milestone), told=record.seq)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the title's commitment."""
        return (self.title,)


class MilestoneDone(Event, frozen=True, tag="milestone-done"):
    """A milestone was reached."""

    number: int

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Mark the milestone with the day it was reached."""
        changed = [
            replace(milestone, is_done=True, done=record.on) if milestone.number == self.number else milestone
            for milestone in proposal.milestones
        ]
        return replace(proposal, milestones=tuple(changed))


class Decided(Event, frozen=True, tag="decided"):
    """A body answered at a gate; the bodies asked, what the body was called, and the form's row in force are inside.

    `amends` says that the answer changes the text, so that the changed one has to be put to all.
    """

    gate: str
    body: str
    outcome: Outcome
    bodies: tuple[str, ...]
    name: str = ""
    amends: bool = False
    text: str | None = None
    reference: str | None = None
    votes: tuple[int, ...] | None = None
    attachment: str | None = None
    evidence: Commitment | None = None
    form: str | None = None
    form_sha256: str | None = None
    corrects: int | None = None
    non_public: bool = False

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the decision; a correction takes the place of the decision it corrects."""
        decision = Decision(
            self.gate,
            self.body,
            self.outcome,
            record.seq,
            self.text,
            self._approved(proposal),
            record.on,
            self.reference,
            self.votes,
            self.attachment,
            self.evidence,
            self.name,
            self._changes_text,
            non_public=self.non_public,
        )
        kept = [known for known in proposal.decisions if known.seq != self.corrects]
        return replace(proposal, decisions=(*kept, decision))

    @property
    def _changes_text(self) -> bool:
        return self.amends or self.outcome == "adopted-amended"

    def _approved(self, proposal: Proposal) -> str | None:
        """Return the text the answer approves; for an amended one the next other text, if it was filed already."""
        if not self._changes_text:
            return self.text
        texts = [version.text_hash for version in proposal.documents]
        later = texts[texts.index(self.text) + 1 :] if self.text in texts else []
        kinds = {version.text_hash: version.kind for version in proposal.documents}
        return next((text for text in later if text != self.text and kinds[text] == kinds[self.text or ""]), None)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the evidence's commitment."""
        return _some(self.evidence)


class DocumentAdded(Event, frozen=True, tag="document-added"):
    """A document got its next version; the template used is named by its SHA-256, `open` counts its open points."""

    kind: str
    number: int
    file_hash: str
    text_hash: str
    size: int
    origin: Origin
    template_sha256: str | None = None
    open: int = 0

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the version; a new text is what amended votes on the former one stand for."""
        version = DocumentVersion(
            self.kind,
            self.number,
            self.file_hash,
            self.text_hash,
            self.origin,
            record.seq,
            record.at,
            record.on,
            self.open,
        )
        former = proposal.latest(self.kind)
        decisions = proposal.decisions
        if former is not None and former.text_hash != self.text_hash:
            decisions = tuple(
                replace(known, stands_for=self.text_hash)
                if known.amends and known.text == former.text_hash and known.stands_for is None
                else known
                for known in decisions
            )
        return replace(proposal, documents=(*proposal.documents, version), decisions=decisions)


class Attached(Event, frozen=True, tag="attached"):
    """A file was laid to the proposal."""

    sha256: str
    name: Commitment
    size: int
    kind: Commitment | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the attachment."""
        attachment = Attachment(self.sha256, self.name, self.size, self.kind)
        return replace(proposal, attachments=(*proposal.attachments, attachment))

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of the file's name and of what it is."""
        return (self.name, *_some(self.kind))


class Assigned(Event, frozen=True, tag="assigned"):
    """The proposal was assigned to a department and perhaps a clerk."""

    department: str
    clerk: Commitment | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set department and clerk."""
        return replace(proposal, department=self.department, clerk=self.clerk)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the clerk's commitment."""
        return _some(self.clerk)


class Marked(Event, frozen=True, tag="marked"):
    """The proposal was marked as not public, or as public again."""

    non_public: bool

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set the mark."""
        return replace(proposal, non_public=self.non_public)


class Noted(Event, frozen=True, tag="noted"):
    """Something was worth a note; the text is the record's note."""

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Change nothing but the version."""
        return proposal


class Corrected(Event, frozen=True, tag="corrected"):
    """An earlier record of the proposal was a mistake and is taken back; the reason is the record's note.

    The proposal is then what its other records make of it, see `recomputed`.
    """

    seq: int


class Migrated(Event, frozen=True, tag="migrated"):
    """The proposal was bound to another version of its workflow; fields unknown there are lost."""

    target: str
    from_version: int
    to_version: int
    lost: tuple[str, ...] = ()

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Bind the proposal to the new definition."""
        kept = {name: value for name, value in proposal.fields.items() if name not in self.lost}
        return replace(proposal, definition=self.target, fields=kept)


class Erased(Event, frozen=True, tag="erased"):
    """Texts and files were erased, as the law demands; `basis` opens to the reason.

    `texts` are commitments of this proposal that open to nothing any more, `files` the SHA-256 of bytes that are gone.
    """

    basis: Commitment
    texts: tuple[Commitment, ...] = ()
    files: tuple[str, ...] = ()

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Mark what is gone; the texts themselves never stood here."""
        return replace(
            proposal,
            documents=tuple(
                replace(one, erased=one.erased or one.file_hash in self.files) for one in proposal.documents
            ),
            attachments=tuple(
                replace(one, erased=one.erased or one.sha256 in self.files) for one in proposal.attachments
            ),
        )

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitment of the reason."""
        return (self.basis,)


class RegisterEvent(Event, frozen=True):
    """Something that happened to a register entry."""

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the entry as it stands after this event."""
        raise TypeError(f"{type(self).__name__} does not change a register")


class OrganisationRegistered(RegisterEvent, frozen=True, tag="organisation-registered"):
    """An organisation was entered, or its entry changed."""

    organisation: Organisation

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return self.organisation


class DepartmentRegistered(RegisterEvent, frozen=True, tag="department-registered"):
    """A department was entered, or its entry changed."""

    department: Department

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return self.department


class TopicRegistered(RegisterEvent, frozen=True, tag="topic-registered"):
    """A topic was entered, or its entry changed."""

    topic: Topic

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return self.topic


class TopicAssigned(RegisterEvent, frozen=True, tag="topic-assigned"):
    """A topic was assigned to the department that works on it."""

    department: str

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the topic with its department."""
        if not isinstance(former, Topic):
            raise TypeError("only a topic is assigned")
        return replace(former, department=self.department)


class CooperationRegistered(RegisterEvent, frozen=True, tag="cooperation-registered"):
    """Co-operation that exists already was entered, or its entry changed."""

    cooperation: Cooperation

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return self.cooperation


class FormRegistered(RegisterEvent, frozen=True, tag="form-registered"):
    """A legal form's row was entered, or changed."""

    form: LegalForm

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new row."""
        return self.form


class FormConfirmed(RegisterEvent, frozen=True, tag="form-confirmed"):
    """A department checked a legal form's row on a day; who it was there is a commitment."""

    by: str
    day: str
    checker: Commitment | None = None

    def entry(self, former: RegisterEntry | None) -> LegalForm:
        """Return the row with the check."""
        if not isinstance(former, LegalForm):
            raise TypeError("only a legal form is confirmed")
        return replace(former, checked_by=self.by, checked_on=self.day)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitment of the person's name."""
        return _some(self.checker)


class PersonRegistered(RegisterEvent, frozen=True, tag="person-registered"):
    """A person was entered."""

    name: Commitment
    account: Commitment
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return Person(self.name, self.account, self.roles, self.departments)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of name and account."""
        return (self.name, self.account)


class RolesChanged(RegisterEvent, frozen=True, tag="roles-changed"):
    """A person was granted roles, or lost some."""

    granted: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the person with the roles that remain, in alphabetical order."""
        if not isinstance(former, Person):
            raise TypeError("only a person has roles")
        return replace(former, roles=tuple(sorted({*former.roles, *self.granted} - set(self.revoked))))


class DepartmentsChanged(RegisterEvent, frozen=True, tag="departments-changed"):
    """A person belongs to other departments now; none: the roles count everywhere."""

    departments: tuple[str, ...] = ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the person with these departments."""
        if not isinstance(former, Person):
            raise TypeError("only a person belongs to departments")
        return replace(former, departments=self.departments)


class EntryErased(RegisterEvent, frozen=True, tag="entry-erased"):
    """Texts of a register entry were erased; `texts` are their commitments, `basis` opens to the reason."""

    basis: Commitment
    texts: tuple[Commitment, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Return none: files belong to proposals."""
        return ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the entry as it was: what is gone never stood here."""
        if former is None:
            raise TypeError("only an entry that is there has texts to erase")
        return former

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitment of the reason."""
        return (self.basis,)


class DeputiesChanged(RegisterEvent, frozen=True, tag="deputies-changed"):
    """Others may act for a person now, or may no longer."""

    appointed: tuple[str, ...] = ()
    dismissed: tuple[str, ...] = ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the person with the deputies that remain, in alphabetical order."""
        if not isinstance(former, Person):
            raise TypeError("only a person has deputies")
        return replace(former, deputies=tuple(sorted({*former.deputies, *self.appointed} - set(self.dismissed))))


ProposalEvent: TypeAlias = (
    Created
    | Advanced
    | FieldsSet
    | PartySet
    | ContactMade
    | ObstacleSet
    | CheckAnswered
    | MilestoneAdded
    | MilestoneDone
    | Decided
    | DocumentAdded
    | Attached
    | Assigned
    | Marked
    | Noted
    | Corrected
    | Migrated
    | Erased
)
AnyRegisterEvent: TypeAlias = (
    OrganisationRegistered
    | DepartmentRegistered
    | TopicRegistered
    | TopicAssigned
    | CooperationRegistered
    | FormRegistered
    | FormConfirmed
    | PersonRegistered
    | RolesChanged
    | DepartmentsChanged
    | EntryErased
    | DeputiesChanged
)


class Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The envelope of one event, as sealed into the history.

    `at` is when it was recorded (UTC, ISO with microseconds), `on` when it happened (partial date, or None for
    unknown). `previous` is the hash of the subject's event before ("" for the first), `definition` the SHA-256 of
    the workflow definition the subject is bound to (None for a register entry), `once` what a caller gave so that a
    command that is repeated is recorded once, `asked` the digest of what that command asked for.
    """

    v: int
    seq: int
    subject: str
    version: int
    previous: str
    at: str
    on: PartialDate
    actor: Actor
    definition: str | None
    what: ProposalEvent | AnyRegisterEvent
    note: Commitment | None = None
    once: Commitment | None = None
    asked: Commitment | None = None

    @property
    def day(self) -> str:
        """Return the day by whose rules the event is judged."""
        return judged_on(self.on, self.at)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return every commitment of the record: the actor's, the note's, the event's."""
        actor = self.actor
        if actor.behalf is self.note is self.once is self.asked is None:  # most records
            return (actor.person, *self.what.commitments())
        mine = _some(actor.behalf, self.note, self.once, self.asked)
        return (actor.person, *mine, *self.what.commitments())


def apply(
    former: Proposal | None, record: Record, sealed: str, earlier: Callable[[], Iterable[Record]] = tuple
) -> Proposal:
    """Return the proposal after the record; `sealed` is the record's hash, `earlier` gives the proposal's records
    before it, asked for only where one of them is taken back. ValueError if the record does not fit."""
    what = record.what
    if former is None:
        if not isinstance(what, Created) or record.version != 1:
            raise ValueError("the first event of a proposal is its creation, with version 1")
        return replace(_started(record, what), head=sealed)
    follows = record.version == former.version + 1 and record.previous == former.head
    if not follows or isinstance(what, (RegisterEvent, Created)):
        raise ValueError("the event does not follow the one before")
    after = recomputed([*earlier(), record]) if isinstance(what, Corrected) else what.apply(former, record)
    return replace(after, version=record.version, head=sealed, changed=record.at)


def _started(record: Record, what: Created) -> Proposal:
    return Proposal(
        key=record.subject,
        version=1,
        head="",
        definition=record.definition or "",
        workflow=what.workflow,
        title=what.title,
        stage=what.stage,
        since=record.at,
        created=record.at,
        department=what.department,
        entered=record.seq,
        brought_by=record.actor.person,
        stage_on=record.on,
        arrived={what.stage: record.day},
        changed=record.at,
        topic=what.topic,
        after=what.after,
        sample=what.sample,
        non_public=what.non_public,
    )


def recomputed(records: Iterable[Record]) -> Proposal:
    """Return what a proposal's records make of it without those that were taken back (version and head left open).

    ValueError if they do not begin with the creation.
    """
    known = list(records)
    gone = taken_back(known)
    if not known or not isinstance(known[0].what, Created):
        raise ValueError("the first event of a proposal is its creation")
    proposal = _started(known[0], known[0].what)
    for record in known[1:]:
        if record.seq not in gone and not isinstance(record.what, Corrected):
            proposal = record.what.apply(proposal, record)
    return proposal


def taken_back(records: Iterable[Record]) -> dict[int, int]:
    """Return the positions of records taken back, each with that of the record that did it."""
    return {record.what.seq: record.seq for record in records if isinstance(record.what, Corrected)}
