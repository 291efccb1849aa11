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


def judged_on(on: PartialDate, at: str) -> str:
    """Return the day by whose rules an event is judged: when it happened (a partial date from its first day), if
    known, else when it was recorded."""
    return (on + "-01-01"[len(on) - 4 :] if on else at)[:10]


class Value(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The form all stored values share: frozen, strict when read, defaults left out when written."""


class Actor(Value, frozen=True):
    """Who acted: the person's commitment within this proposal, the role acted in; `behalf` is the one represented."""

    person: Commitment
    role: str
    behalf: Commitment | None = None


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

    `text` is the text hash put to the vote. `stands_for` is the text hash the answer approves: the same one, or, where
    the body `amends` it, that of the first version filed afterwards (None until it is there). `name` is what the body
    was called then. `void` says that a later change of direction or legal form took the decision's validity.
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
    name: str = ""
    amends: bool = False
    void: bool = False
    non_public: bool = False


class DocumentVersion(Value, frozen=True):
    """One version of a document: its two hashes, its origin, the history position it was made from.

    `open` counts what the text says is still to be settled. `void` says that a later change of direction or legal form
    took the text's validity, `erased` that the bytes are gone.
    """

    kind: str
    number: int
    file_hash: str
    text_hash: str
    origin: Origin
    seq: int
    at: str
    on: PartialDate = None
    open: int = 0
    void: bool = False
    erased: bool = False


class Attachment(Value, frozen=True):
    """A file kept with the proposal, by the SHA-256 of its bytes; size in bytes; `kind` says what it is."""

    sha256: str
    name: Commitment
    size: int
    kind: Commitment | None = None
    erased: bool = False


class Rest(Value, frozen=True):
    """A span in which a proposal rested: its first day, the day it went on (None while it rests); ISO dates."""

    start: str
    end: str | None = None


class Ended(Value, frozen=True):
    """How it ended: from which stage, for which reason, with which lesson."""

    stage: str
    reason: str
    lesson: Commitment | None = None
    on: PartialDate = None


class Proposal(Value, frozen=True):
    """A proposal as it stands: its events applied in order.

    `brought_by` is who brought it into its stage, or started it. `entered` is the position of its last transition,
    `told` that of the last change of what documents print. `review` is the day a resting proposal is looked at again;
    `rests` are all spans it rested. `arrived` names the day each stage was entered last, `changed` the time of the last
    event.
    """

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
    entered: int = 0
    brought_by: Commitment | None = None
    told: int = 0
    stage_on: PartialDate = None
    clerk: Commitment | None = None
    topic: str | None = None
    after: str | None = None
    sample: bool = False
    non_public: bool = False
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
    review: str | None = None
    rests: tuple[Rest, ...] = ()
    arrived: dict[str, str] = {}
    changed: str = ""
    ended: Ended | None = None
    started: str | None = None

    def party(self, organisation: str) -> Party | None:
        """Return the party of that register key, or None."""
        return next((party for party in self.parties if party.organisation == organisation), None)

    def latest(self, kind: str) -> DocumentVersion | None:
        """Return the newest version of a document kind, or None."""
        return next((version for version in reversed(self.documents) if version.kind == kind), None)

    def valid(self, kind: str) -> DocumentVersion | None:
        """Return the newest version of a document kind if its text is still valid, or None."""
        version = self.latest(kind)
        return version if version is not None and not version.void else None

    def is_stale(self, version: DocumentVersion) -> bool:
        """Tell whether what documents print was changed after a version was made."""
        return self.told > version.seq

    def check(self, name: str) -> Check | None:
        """Return the answer to a check, or None."""
        return next((check for check in self.checks if check.name == name), None)


class Organisation(Value, frozen=True):
    """A register entry: a body that can be a party or an authority; `authority` is a register key.

    `official_key` is the one of the official Gemeindeverzeichnis: 5 digits of a Landkreis, 8 of a municipality (AGS),
    9 of a Gemeindeverband. `valid_from` and `valid_to` are its first and last day, `inhabitants` 0 where unknown.
    """

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
    official_key: str = ""
    inhabitants: int = 0


class Department(Value, frozen=True):
    """A register entry: an organisational unit of our own administration and the Dezernat it belongs to."""

    name: str
    short: str
    head: str = ""
    source: str = ""


class Topic(Value, frozen=True):
    """A register entry: a matter fit for co-operation, where it was named, and the department it is assigned to."""

    label: str
    origins: tuple[str, ...] = ()
    department: str = ""
    source: str = ""


class Cooperation(Value, frozen=True):
    """A register entry: co-operation that exists already; `basis` is the law where one prescribes it.

    `partners` and `department` are register keys, `since` is a partial date.
    """

    label: str
    partners: tuple[str, ...] = ()
    form: str = ""
    since: str = ""
    prescribed: bool = False
    basis: str = ""
    department: str = ""
    source: str = ""


class Person(Value, frozen=True):
    """A register entry: a person by commitments, with the roles granted.

    `departments` are the register keys of those where roles bound to a department count; none means everywhere.
    `deputies` are the persons who may act for this one, by register key.
    """

    name: Commitment
    account: Commitment
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()


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

    @property
    def begins(self) -> str:
        """Return from which day the row holds, "" for one that has no beginning."""
        return "" if self.valid_from == "undated" else self.valid_from


RegisterEntry: TypeAlias = Organisation | Department | Topic | Person | LegalForm | Cooperation
REGISTERS: dict[str, type[RegisterEntry]] = {
    "organisation": Organisation,
    "department": Department,
    "topic": Topic,
    "person": Person,
    "form": LegalForm,
    "cooperation": Cooperation,
}
