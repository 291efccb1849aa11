"""Fill homes with proposals that went the whole way, as the use cases would have recorded them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine
from ikz_workflow.definition import Definition, Field
from ikz_workflow.events import (
    Assigned,
    CheckAnswered,
    ContactMade,
    Created,
    Decided,
    DocumentAdded,
    FieldsSet,
    MilestoneAdded,
    MilestoneDone,
    Noted,
    ObstacleSet,
    PartySet,
    ProposalEvent,
)
from ikz_workflow.gates import bodies, gate_state, required_gates, text_kind
from ikz_workflow.proposal import Actor, Commitment, FieldValue, Outcome, Proposal, Standing
from ikz_workflow.services import registers
from ikz_workflow.services.cases import circumstances, current, person
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import asked_after
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.sqlite import Journal
from ikz_workflow.storage.transaction import Transaction

DAY = "2026-01-15"
DEPARTMENT = "fb-23"
MAIN_LINE = ("draft-guideline", "contact-partner", "settle-agreement", "submit-to-council", "enact")
_CHUNK = 5  # fields a clerk fills in at one sitting
_FILE = hashlib.shake_256(b"a Word file").digest(16_000)


@dataclass(frozen=True)
class BenchHome(Home):
    """A home whose database keeps its journal in the given way."""

    journal: Journal = "DELETE"

    @cached_property
    def database(self) -> Database:
        """Return the database; nothing is opened yet."""
        return Database.at(self.place, self.journal)


def open_home(folder: Path, journal: Journal = "DELETE") -> BenchHome:
    """Return a new home with tables, registers and one person who holds every role."""
    home = BenchHome(folder, folder / "ikz.db", "bench", journal=journal)
    registers.init(home, name="Frau Muster")
    return home


def fill(home: Home, events: int) -> None:
    """Record at least `events` events: whole proposals, all in one transaction."""
    definition, text = current(home, "kooperation")
    with home.ready.writing(home.now()) as tx:
        tx.keep_definition(definition.name, text)
        while tx.head.seq < events:
            told = Story(tx, home, definition)
            told.upto("in-force")


def begin(home: Home) -> str:
    """Record one proposal up to where its guideline can be drafted, and return its key."""
    definition, text = current(home, "kooperation")
    with home.ready.writing(home.now()) as tx:
        tx.keep_definition(definition.name, text)
        told = Story(tx, home, definition)
        told.prepare()
        return told.proposal.key


def answered(home: Home, count: int) -> list[str]:
    """Record proposals whose guideline can be written, all in one transaction, and return their keys."""
    definition, text = current(home, "kooperation")
    keys = []
    with home.ready.writing(home.now()) as tx:
        tx.keep_definition(definition.name, text)
        for _count in range(count):
            told = Story(tx, home, definition)
            told.answer()
            keys.append(told.proposal.key)
    return keys


class Begun(Struct, frozen=True):
    """How a proposal begins."""

    key: str
    day: str = DAY
    title: str = "Gemeinsame Pflege der Grünflächen"
    department: str = DEPARTMENT
    topic: str | None = None
    clerk: str = "bench"


class Story:
    """One proposal on its way: what a clerk records at each stage, and the transitions the engine grants."""

    def __init__(self, tx: Transaction, home: Home, definition: Definition, begun: Begun | None = None) -> None:
        self.tx, self.definition = tx, definition
        told = begun or Begun(tx.next_key(DAY[:4]))
        self.day, key = told.day, told.key
        self.actor: Actor = tx.actor(key, person(tx, home).key, "clerk")
        title = tx.hide("title", f"{told.title}, Vorhaben {key}")
        what = Created(title, definition.name, definition.initial, told.department, told.topic)
        self.proposal: Proposal = tx.record(key, what, self.actor, self.day, definition.sha256)
        self.write(Assigned(told.department, tx.hide("clerk", told.clerk)))

    def write(self, what: ProposalEvent, note: Commitment | None = None) -> None:
        """Record an event."""
        self.proposal = self.tx.record(self.proposal, what, self.actor, self.day, self.definition.sha256, note)

    def upto(self, stage: str) -> None:
        """Walk the main line until a stage is reached."""
        for transition in MAIN_LINE:
            if self.proposal.stage == stage:
                return
            self.prepare()
            self.advance(transition)

    def advance(self, name: str) -> None:
        """Let a transition happen that the engine grants."""
        around = circumstances(self.tx, self.definition, self.proposal, self.day)
        what = engine.advance(self.definition, self.proposal, around, name, tuple(self.definition.roles))
        role = self.definition.transitions_from(self.proposal.stage)[name].role
        clerk, self.actor = self.actor, Actor(self.actor.person, role)
        self.write(what)
        self.actor = clerk

    def prepare(self) -> None:
        """Record all that the main transition of the present stage demands."""
        stage = self.definition.stages[self.proposal.stage]
        self.answer()
        for step in _BETWEEN.get(stage.name, ()):
            step(self)
        demanded = required_gates(self.definition)
        if stage.name in ("agreement", "council-vote"):
            for gate in self.definition.gates.values():
                if gate.name in demanded and (gate.name == "co-signature") == (stage.name == "agreement"):
                    self.decide(gate.name)
        self.write(Noted(), self.tx.hide("note", "Die Unterlagen sind vollständig und liegen in der Akte."))

    def answer(self) -> None:
        """Fill in every field of the present stage."""
        for fields in _chunks(list(self.definition.stages[self.proposal.stage].fields.values())):
            self._fill_in(fields)

    def _fill_in(self, fields: list[Field]) -> None:
        values: dict[str, FieldValue | None] = {}
        for field in sorted(fields, key=lambda field: field.name):
            value = _value(field, self.day)
            values[field.name] = self.tx.hide(field.name, str(value)) if field.is_free_text else value
        self.write(FieldsSet(values, tuple(field.name for field in fields if field.is_free_text)))

    def party(self, organisation: str, standing: Standing) -> None:
        """Record how an organisation stands to it, with the bodies that are asked thereby."""
        what = PartySet(organisation, standing)
        asked = asked_after(self.tx, self.definition, self.proposal, what, self.day, self.day)
        self.write(replace(what, asked=asked))

    def document(self, kind: str) -> None:
        """Record the first version of a document: bytes of a Word file's size that no other version has."""
        content = f"{self.proposal.key} {kind}".encode() + _FILE
        sha256 = self.tx.keep(content)
        text_hash = hashlib.sha256(content[:100]).hexdigest()
        self.write(DocumentAdded(kind, 1, sha256, text_hash, len(content), "generated"))

    def decide(self, name: str) -> None:
        """Record that every body asked at a gate agrees."""
        gate = self.definition.gates[name]
        around = circumstances(self.tx, self.definition, self.proposal, self.day)
        if not gate_state(gate, self.proposal, around).applies:
            return
        names = {body.key: body.name for body in bodies(gate, self.proposal, around)}
        form = around.form
        kind = text_kind(gate.on, form)
        version = self.proposal.latest(kind) if kind else None
        for body, called in names.items():
            self.write(
                Decided(
                    gate=name,
                    body=body,
                    outcome=cast(Outcome, gate.yes[0]),
                    bodies=tuple(names),
                    name=called,
                    text=version.text_hash if version else None,
                    reference="DS0438/21",
                    votes=(43, 0, 1),
                    form=form.key if form else None,
                    form_sha256=engine.form_hash(form) if form else None,
                )
            )

    def before_guideline(self) -> None:
        """Record obstacles with their answers, the guideline, and the partner."""
        answer = "Ein gemeinsamer Beirat begleitet die Zusammenarbeit."
        for kind in list(self.definition.catalogue.obstacles)[:3]:
            self.write(ObstacleSet(kind, None, 2, self.tx.hide("answer", answer)))
        self.document("guideline")
        self.party("landkreis-boerde", "approached")

    def before_contact(self) -> None:
        """Record the letter to the partner."""
        self.document("letter")

    def before_agreement(self) -> None:
        """Record contacts, checks, milestones, the partner's accession, and the agreement."""
        text = "Telefonat über die Flächen an der Stadtgrenze; ein Treffen vor Ort ist verabredet."
        for _count in range(3):
            made = ContactMade(
                "landkreis-boerde", self.tx.hide("contact", text), self.tx.hide("person", "Frau Beispiel")
            )
            self.write(made)
        self.party("landkreis-boerde", "joined")
        for name in self.definition.catalogue.checks:
            self.write(
                CheckAnswered(name, "met", self.tx.hide("evidence", "Vermerk des Rechtsamts liegt in der Akte."))
            )
        for number, title in enumerate(("Flächenliste", "Entwurf", "Beschluss"), 1):
            self.write(MilestoneAdded(self.tx.hide("milestone", title), self.day, None, number))
            self.write(MilestoneDone(number))
        self.document("agreement")

    def before_council(self) -> None:
        """Record the council paper."""
        self.document("council-paper")


_BETWEEN = {
    "idea": (Story.before_guideline,),
    "guideline-drafted": (Story.before_contact,),
    "partner-contacted": (Story.before_agreement,),
    "agreement": (Story.before_council,),
}


def _chunks(fields: list[Field]) -> Iterator[list[Field]]:
    for start in range(0, len(fields), _CHUNK):
        yield fields[start : start + _CHUNK]


def _value(field: Field, day: str) -> FieldValue:
    if field.is_free_text:
        return field.example or f"{field.label}: Die Flächen beider Seiten werden gemeinsam gepflegt und bezahlt."
    if field.register == "forms":
        return "delegating-agreement"
    if field.type == "choice":
        return next(iter(field.choices))
    plain: dict[str, FieldValue] = {"date": day, "money": 4_200_000, "number": "1250", "yes-no": False}
    plain |= {"departments": DEPARTMENT}
    return plain[field.type]
