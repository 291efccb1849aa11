"""Hold the values a proposal is made of.

All values are frozen. Free text and names of persons never stand here: in their place stands a commitment
(`c:` and 64 hexadecimal digits, see `history.commit`), which the storage opens for whoever may read it.
Money is in whole cents, numbers are decimal text, dates are ISO text of reduced precision where needed
(`2003`, `2011-02`, `2026-11-22`) or None where nobody knows.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from msgspec import Struct

Commitment: TypeAlias = str
FieldValue: TypeAlias = str | int | bool
PartialDate: TypeAlias = str | None

Standing = Literal["approached", "interested", "joined", "declined", "withdrew"]
Outcome = Literal["adopted", "adopted-amended", "approved", "approved-with-conditions", "rejected", "deferred", "noted"]
CheckResult = Literal["met", "not-applicable", "open", "risk-accepted", "violated"]
Direction = Literal["interkommunal", "intrakommunal", "vertikal"]
Origin = Literal["generated", "filed"]

STANDINGS: tuple[str, ...] = get_args(Standing)
OUTCOMES: tuple[str, ...] = get_args(Outcome)
CHECK_RESULTS: tuple[str, ...] = get_args(CheckResult)
DIRECTIONS: tuple[str, ...] = get_args(Direction)

ERASED = "[gelöscht]"


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The form all stored values share: frozen, strict when read, defaults left out when written."""


class Actor(Value, frozen=True):
    """Who acted: the person's commitment within this proposal, the role acted in."""

    person: Commitment
    role: str


class Party(Value, frozen=True):
    """An organisation taking part, by register key, with its standing since a date."""

    organisation: str
    standing: Standing
    lead: bool = False
    on: PartialDate = None


class Contact(Value, frozen=True):
    """One contact with an organisation at working level."""

    organisation: str
    text: Commitment
    person: Commitment | None = None
    on: PartialDate = None


class Obstacle(Value, frozen=True):
    """A Hemmnis, general or of one party, with weight 1 to 3; without an answer it is open."""

    kind: str
    party: str | None = None
    weight: int = 2
    answer: Commitment | None = None


class Check(Value, frozen=True):
    """The answer to a recurrent legal question, with its evidence (text, or an attachment by SHA-256)."""

    name: str
    result: CheckResult
    evidence: Commitment | None = None
    attachment: str | None = None
    on: PartialDate = None


class Milestone(Value, frozen=True):
    """A step of the agreed Projektplan; `done` is the day it was reached."""

    number: int
    title: Commitment
    due: PartialDate = None
    party: str | None = None
    done: PartialDate = None
    is_done: bool = False


class Decision(Value, frozen=True):
    """One body's answer at a gate.

    `text` is the text hash put to the vote. `stands_for` is the text hash the answer approves: the same one, or,
    for "adopted-amended", that of the first version filed afterwards (None until it is there).
    """

    gate: str
    body: str
    outcome: Outcome
    seq: int
    text: str | None = None
    stands_for: str | None = None
    on: PartialDate = None
    reference: str | None = None
    votes: tuple[int, ...] | None = None
    attachment: str | None = None
    evidence: Commitment | None = None


class DocumentVersion(Value, frozen=True):
    """One version of a document: its two hashes, its origin, the history position it was made from."""

    kind: str
    number: int
    file_hash: str
    text_hash: str
    origin: Origin
    seq: int
    at: str
    on: PartialDate = None


class Attachment(Value, frozen=True):
    """A file kept with the proposal, by the SHA-256 of its bytes; size in bytes."""

    sha256: str
    name: Commitment
    size: int
    kind: str = ""


class Ended(Value, frozen=True):
    """How it ended: from which stage, for which reason, with which lesson."""

    stage: str
    reason: str
    lesson: Commitment | None = None
    on: PartialDate = None


class Proposal(Value, frozen=True):
    """A proposal as it stands: its events applied in order."""

    key: str
    version: int
    head: str
    definition: str
    workflow: str
    title: Commitment
    stage: str
    since: str
    created: str
    department: str
    stage_on: PartialDate = None
    clerk: Commitment | None = None
    topic: str | None = None
    after: str | None = None
    sample: bool = False
    fields: dict[str, FieldValue] = {}
    parties: tuple[Party, ...] = ()
    contacts: tuple[Contact, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    obstacles_assessed: bool = False
    checks: tuple[Check, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    decisions: tuple[Decision, ...] = ()
    documents: tuple[DocumentVersion, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    suspended: Commitment | None = None
    ended: Ended | None = None

    def party(self, organisation: str) -> Party | None:
        """Return the party of that register key, or None."""
        return next((party for party in self.parties if party.organisation == organisation), None)

    def latest(self, kind: str) -> DocumentVersion | None:
        """Return the newest version of a document kind, or None."""
        return next((version for version in reversed(self.documents) if version.kind == kind), None)

    def check(self, name: str) -> Check | None:
        """Return the answer to a check, or None."""
        return next((check for check in self.checks if check.name == name), None)


class Organisation(Value, frozen=True):
    """A register entry: a body that can be a party or an authority; `authority` is a register key."""

    name: str
    kind: str
    state: str = ""
    county: str = ""
    council: str = ""
    head: str = ""
    authority: str = ""
    seat: str = ""
    own: bool = False
    valid_from: str = ""
    valid_to: str = ""
    successors: tuple[str, ...] = ()
    source: str = ""


class Department(Value, frozen=True):
    """A register entry: an organisational unit of our own administration and the Dezernat it belongs to."""

    name: str
    short: str
    head: str = ""
    source: str = ""


class Topic(Value, frozen=True):
    """A register entry: a matter fit for co-operation and where it was named."""

    label: str
    origins: tuple[str, ...] = ()
    source: str = ""


class Person(Value, frozen=True):
    """A register entry: a person by commitments, with the roles granted."""

    name: Commitment
    account: Commitment
    roles: tuple[str, ...] = ()


class LegalForm(Value, frozen=True):
    """A register entry: what the law says of one legal form from one day on, with its source."""

    key: str
    label: str
    valid_from: str
    directions: tuple[str, ...]
    decides: str
    supervision: str
    publication: str
    document: str = "none"
    variant: str = "none"
    must: tuple[str, ...] = ()
    decides_note: str = ""
    supervision_note: str = ""
    publication_note: str = ""
    basis: str = ""
    basis_decides: str = ""
    basis_supervision: str = ""
    basis_publication: str = ""
    source: str = ""
    valid_to: str = ""
    checked_by: str = ""
    checked_on: str = ""


RegisterEntry: TypeAlias = Organisation | Department | Topic | Person | LegalForm
REGISTERS: dict[str, type[RegisterEntry]] = {
    "organisation": Organisation,
    "department": Department,
    "topic": Topic,
    "person": Person,
    "form": LegalForm,
}
