"""Say what can happen, and what each event makes of a proposal or a register entry.

A `Record` is the envelope that is sealed into the history; its `what` is one of the events below. Applying all
records of a subject in order gives the stored entry; nothing else ever changes it.
"""

from __future__ import annotations

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
    Standing,
    Topic,
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
    return tuple(value for value in values if value)


class Created(Event, frozen=True, tag="created"):
    """A proposal was started."""

    title: Commitment
    workflow: str
    stage: str
    department: str
    topic: str | None = None
    after: str | None = None
    sample: bool = False

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the title's commitment."""
        return (self.title,)


class Advanced(Event, frozen=True, tag="advanced"):
    """A transition happened; what decided it (bodies asked, the legal form's row) is inside."""

    transition: str
    source: str
    target: str
    effect: Literal["", "suspend", "resume", "end"] = ""
    bodies: dict[str, tuple[str, ...]] = {}
    form: str | None = None
    form_sha256: str | None = None
    reason: str | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Move the proposal on, or let it rest, or end it."""
        if self.effect == "suspend":
            return replace(proposal, suspended=record.note)
        if self.effect == "resume":
            return replace(proposal, suspended=None)
        moved = replace(proposal, stage=self.target, since=record.at, stage_on=record.on)
        if self.effect == "end":
            ended = Ended(self.source, self.reason or "", record.note, record.on)
            return replace(moved, ended=ended, suspended=None)
        return moved


class FieldsSet(Event, frozen=True, tag="fields-set"):
    """Fields got a value; None clears one. `texts` names those whose value is a commitment."""

    values: dict[str, FieldValue | None]
    texts: tuple[str, ...] = ()

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Lay the new values over the old ones."""
        merged = {**proposal.fields, **self.values}
        return replace(proposal, fields={name: value for name, value in merged.items() if value is not None})

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the commitments of the free texts."""
        return tuple(str(self.values.get(name)) for name in self.texts)


class PartySet(Event, frozen=True, tag="party-set"):
    """A party's standing or lead changed, or the party is new."""

    organisation: str
    standing: Standing
    lead: bool = False

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Set the party; only one party leads."""
        changed = Party(self.organisation, self.standing, self.lead, record.on)
        others = [
            replace(party, lead=False) if self.lead else party
            for party in proposal.parties
            if party.organisation != self.organisation
        ]
        return replace(proposal, parties=tuple(sorted([*others, changed], key=lambda party: party.organisation)))


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
        return replace(proposal, obstacles=(*others, changed), obstacles_assessed=True)

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

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the milestone with the next number."""
        milestone = Milestone(len(proposal.milestones) + 1, self.title, self.due, self.party)
        return replace(proposal, milestones=(*proposal.milestones, milestone))

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
    """A body answered at a gate; the bodies asked and the legal form's row in force are inside."""

    gate: str
    body: str
    outcome: Outcome
    bodies: tuple[str, ...]
    text: str | None = None
    reference: str | None = None
    votes: tuple[int, ...] | None = None
    attachment: str | None = None
    evidence: Commitment | None = None
    form: str | None = None
    form_sha256: str | None = None
    corrects: int | None = None

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
        )
        kept = [known for known in proposal.decisions if known.seq != self.corrects]
        return replace(proposal, decisions=(*kept, decision))

    def _approved(self, proposal: Proposal) -> str | None:
        """Return the text the answer approves; for an amended one the next other text, if it was filed already."""
        if self.outcome != "adopted-amended":
            return self.text
        texts = [version.text_hash for version in proposal.documents]
        later = texts[texts.index(self.text) + 1 :] if self.text in texts else []
        kinds = {version.text_hash: version.kind for version in proposal.documents}
        return next((text for text in later if text != self.text and kinds[text] == kinds[self.text or ""]), None)

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the evidence's commitment."""
        return _some(self.evidence)


class DocumentAdded(Event, frozen=True, tag="document-added"):
    """A document got its next version; the template used is named by its SHA-256."""

    kind: str
    number: int
    file_hash: str
    text_hash: str
    size: int
    origin: Origin
    template_sha256: str | None = None

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the version; a new text is what amended votes on the former one stand for."""
        version = DocumentVersion(
            self.kind, self.number, self.file_hash, self.text_hash, self.origin, record.seq, record.at, record.on
        )
        former = proposal.latest(self.kind)
        decisions = proposal.decisions
        if former is not None and former.text_hash != self.text_hash:
            decisions = tuple(
                replace(known, stands_for=self.text_hash)
                if known.outcome == "adopted-amended" and known.text == former.text_hash and known.stands_for is None
                else known
                for known in decisions
            )
        return replace(proposal, documents=(*proposal.documents, version), decisions=decisions)


class Attached(Event, frozen=True, tag="attached"):
    """A file was laid to the proposal."""

    sha256: str
    name: Commitment
    size: int
    kind: str = ""

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Add the attachment."""
        attachment = Attachment(self.sha256, self.name, self.size, self.kind)
        return replace(proposal, attachments=(*proposal.attachments, attachment))

    def commitments(self) -> tuple[Commitment, ...]:
        """Return the file name's commitment."""
        return (self.name,)


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


class Noted(Event, frozen=True, tag="noted"):
    """Something was worth a note; the text is the record's note."""

    def apply(self, proposal: Proposal, record: Record) -> Proposal:
        """Change nothing but the version."""
        return proposal


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


class FormRegistered(RegisterEvent, frozen=True, tag="form-registered"):
    """A legal form's row was entered, or changed."""

    form: LegalForm

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new row."""
        return self.form


class PersonRegistered(RegisterEvent, frozen=True, tag="person-registered"):
    """A person was entered."""

    name: Commitment
    account: Commitment
    roles: tuple[str, ...] = ()

    def entry(self, former: RegisterEntry | None) -> RegisterEntry:
        """Return the new entry."""
        return Person(self.name, self.account, self.roles)

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
    | Noted
)
AnyRegisterEvent: TypeAlias = (
    OrganisationRegistered | DepartmentRegistered | TopicRegistered | FormRegistered | PersonRegistered | RolesChanged
)


class Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The envelope of one event, as sealed into the history.

    `at` is when it was recorded (UTC, ISO with microseconds), `on` when it happened (partial date, or None for
    unknown). `previous` is the hash of the subject's event before ("" for the first), `definition` the SHA-256 of
    the workflow definition the subject is bound to (None for a register entry).
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

    def commitments(self) -> tuple[Commitment, ...]:
        """Return every commitment of the record: the actor's, the note's, the event's."""
        return (self.actor.person, *_some(self.note), *self.what.commitments())


def apply(former: Proposal | None, record: Record, sealed: str) -> Proposal:
    """Return the proposal after the record; `sealed` is the record's hash. ValueError if the record does not fit."""
    what = record.what
    if former is None:
        if not isinstance(what, Created) or record.version != 1:
            raise ValueError("the first event of a proposal is its creation, with version 1")
        return Proposal(
            key=record.subject,
            version=1,
            head=sealed,
            definition=record.definition or "",
            workflow=what.workflow,
            title=what.title,
            stage=what.stage,
            since=record.at,
            created=record.at,
            department=what.department,
            stage_on=record.on,
            topic=what.topic,
            after=what.after,
            sample=what.sample,
        )
    follows = record.version == former.version + 1 and record.previous == former.head
    if not follows or isinstance(what, RegisterEvent | Created):
        raise ValueError("the event does not follow the one before")
    return replace(what.apply(former, record), version=record.version, head=sealed)
