"""Gather what a use case works on: the proposal, its definition, the circumstances, the actor."""

from __future__ import annotations

import hashlib
from typing import Protocol

from msgspec import Struct

from ikz_workflow import resources
from ikz_workflow.definition import Definition, Source, bundle, read, unbundle
from ikz_workflow.errors import HistoryBroken, NotFound, RoleRequired, StorageError, near
from ikz_workflow.events import Record
from ikz_workflow.gates import Circumstances
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Actor, Commitment, LegalForm, Organisation, PartialDate, Person, Proposal
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Entry, Transaction

CENTRE = "centre"  # the role that keeps the registers
CATALOGUE_FILES = ("obstacles", "checks", "reasons", "guidance")


class Case(Struct, frozen=True):
    """A proposal with everything that decides about it, as read in one transaction."""

    proposal: Proposal
    definition: Definition
    circumstances: Circumstances
    day: str


_definitions: dict[str, Definition] = {}


def pinned(tx: Transaction, sha256: str) -> Definition:
    """Return the definition a proposal is bound to, from the text kept in the database."""
    found = _definitions.get(sha256)
    if found is None:
        found = _definitions[sha256] = _unbroken(tx.definition(sha256), sha256)
    return found


def _unbroken(text: bytes, sha256: str) -> Definition:
    """Return the definition of a stored text. HistoryBroken if the text is not the one that was pinned."""
    if hashlib.sha256(text).hexdigest() != sha256:
        name = _("Definition {sha}").format(sha=sha256[:12])
        raise HistoryBroken(name, _("Der gespeicherte Text ist verändert; bitte eine Sicherung zurückspielen."))
    return read(unbundle(text))


def source_of(home: Home, name: str) -> Source:
    """Return the texts of a workflow by name. NotFound with the nearest."""
    known = resources.names(home.path, "workflows", "*.toml")
    path = known.get(f"{name}.toml")
    if path is None:
        names = [file.removesuffix(".toml") for file in known]
        raise NotFound(_("Das Verfahren"), name, near(name, names), _("Alle Verfahren: ikz workflow list"))
    catalogue = {
        part: resources.text(file)
        for part in CATALOGUE_FILES
        if (file := resources.find(home.path, "workflows", f"catalogue/{part}.toml")) is not None
    }
    return Source(path.name, resources.text(path), catalogue)


def template_kinds(home: Home) -> frozenset[str]:
    """Return the document kinds that have a template."""
    return frozenset(file.removesuffix(".md.j2") for file in resources.names(home.path, "templates", "*.md.j2"))


def current(home: Home, name: str) -> tuple[Definition, bytes]:
    """Return a workflow as it stands in the files now, with the text to be kept; DefinitionError names all faults."""
    source = source_of(home, name)
    return read(source, template_kinds(home)), bundle(source)


def judged_on(on: PartialDate, at: str) -> str:
    """Return the day by whose rules an event is judged: when it happened (a partial date from its first day), if
    known, else when it was recorded."""
    return (on + "-01-01"[len(on) - 4 :] if on else at)[:10]


class Registers(Protocol):
    """Where register entries are looked up: a transaction, or the state a replay has reached."""

    def find(self, kind: str, key: str) -> Entry | None:
        """Return an entry, or None."""

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a small register."""

    def own(self) -> str | None:
        """Return the key of our own organisation."""


def circumstances(registers: Registers, definition: Definition, proposal: Proposal, day: str) -> Circumstances:
    """Return the proposal's organisations with their authorities, ours too, and the legal form's row of the day."""
    own = own_organisation(registers)
    organisations: dict[str, Organisation] = {}
    for key in _concerned(own, proposal):
        found = _organisation(registers, key)
        authority = _organisation(registers, found.authority) if found else None
        if found:
            organisations[key] = found
        if found and authority:
            organisations[found.authority] = authority
    return Circumstances(organisations, own, form_on(registers, definition, proposal, day), day)


def _concerned(own: str, proposal: Proposal) -> dict[str, None]:
    """Return the keys of all organisations a proposal names, ours first."""
    keys = [own, *(one.organisation for one in proposal.parties), *(one.organisation for one in proposal.contacts)]
    keys += [one.party for one in proposal.obstacles if one.party]
    keys += [one.party for one in proposal.milestones if one.party]
    return dict.fromkeys(keys)


def _organisation(registers: Registers, key: str) -> Organisation | None:
    entry = registers.find("organisation", key) if key else None
    return entry.value if entry and isinstance(entry.value, Organisation) else None


def own_organisation(registers: Registers) -> str:
    """Return the key of our own organisation. StorageError if the register names none."""
    own = registers.own()
    if own is None:
        what = _("Das Verzeichnis nennt keine eigene Organisation.")
        raise StorageError(what, _("Bitte eintragen: ikz organisation add SCHLÜSSEL NAME --own"))
    return own


def form_on(registers: Registers, definition: Definition, proposal: Proposal, day: str) -> LegalForm | None:
    """Return the row of the proposal's legal form that is valid on a day, None while no form is chosen."""
    field = definition.form_field
    chosen = proposal.fields.get(field) if field else None
    return form_row(forms(registers), str(chosen), day) if chosen else None


def forms(registers: Registers) -> list[LegalForm]:
    """Return all rows of legal forms."""
    return [entry.value for entry in registers.cached("form") if isinstance(entry.value, LegalForm)]


def form_row(rows: list[LegalForm], key: str, day: str) -> LegalForm | None:
    """Return the row of a form valid on a day; where none covers the day, the earliest."""
    mine = sorted((row for row in rows if row.key == key), key=_begins)
    for row in reversed(mine):
        if _begins(row) <= day and (not row.valid_to or day <= row.valid_to):
            return row
    return mine[0] if mine else None


def _begins(row: LegalForm) -> str:
    return "" if row.valid_from == "undated" else row.valid_from


def load(tx: Transaction, key: str, day: str) -> Case:
    """Return the case of a proposal, judged on a day."""
    proposal = tx.proposal(key)
    definition = pinned(tx, proposal.definition)
    return Case(proposal, definition, circumstances(tx, definition, proposal, day), day)


def person(tx: Transaction, home: Home) -> Entry:
    """Return the registered person in front of the machine. RoleRequired if nobody is registered with the account."""
    found = tx.person_of(home.account)
    if found is None:
        remedy = _("Eintragen lassen: ikz person add SCHLÜSSEL NAME --account {account}").format(account=home.account)
        raise RoleRequired(_("Schreiben"), [_("eingetragene Personen")], remedy)
    return found


def roles_of(entry: Entry) -> tuple[str, ...]:
    """Return the roles of a person's entry."""
    return entry.value.roles if isinstance(entry.value, Person) else ()


def writer(tx: Transaction, home: Home, case: Case, what: str) -> Actor:
    """Return the actor who records a fact. RoleRequired unless one of the roles may write."""
    someone = person(tx, home)
    held = roles_of(someone)
    role = next((role for role in case.definition.write if role in held), None)
    if role is None:
        labels = [case.definition.roles[role] for role in case.definition.write]
        remedy = _("Die Rolle erteilt: ikz person grant {key} clerk").format(key=someone.key)
        raise RoleRequired(what, labels, remedy)
    return tx.actor(case.proposal.key, someone.key, role)


def keeper(tx: Transaction, home: Home, subject: str, what: str) -> Actor:
    """Return the actor who changes a register. RoleRequired unless it is the central office."""
    someone = person(tx, home)
    if CENTRE not in roles_of(someone):
        remedy = _("Die Rolle erteilt: ikz person grant {key} centre").format(key=someone.key)
        raise RoleRequired(what, [_("Zentrale Stelle")], remedy)
    return tx.actor(subject, someone.key, CENTRE)


def department_key(tx: Transaction, name: str) -> str:
    """Return the key of a department given by key, short name or name. NotFound with the nearest."""
    found = tx.entries("department")
    for entry in found:
        value = entry.value
        names = [entry.key, getattr(value, "short", ""), getattr(value, "name", "")]
        if name.strip().casefold() in [one.casefold() for one in names]:
            return entry.key
    known = [entry.key for entry in found] + [getattr(entry.value, "short", "") for entry in found]
    raise NotFound(_("Die Organisationseinheit"), name, near(name, known), _("Alle: ikz department list"))


def hidden(tx: Transaction, field: str, value: str | None) -> Commitment | None:
    """Return a commitment to a text, None for none."""
    return tx.hide(field, value) if value else None


def day_of(record: Record) -> str:
    """Return the day by whose rules a recorded event was judged."""
    return judged_on(record.on, record.at)
