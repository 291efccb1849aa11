"""Gather what a use case works on: the proposal, its definition, the circumstances, the actor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from ikz_workflow import resources
from ikz_workflow.definition import Definition, Source, bundle, read
from ikz_workflow.errors import InvalidInput, NotAllowed, NotFound, RoleRequired, StorageError, near
from ikz_workflow.events import Record
from ikz_workflow.exchange.public_holidays import PublicHolidays
from ikz_workflow.gates import Circumstances
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import (
    ERASED,
    Actor,
    Commitment,
    Cooperation,
    LegalForm,
    Organisation,
    Person,
    Proposal,
    RegisterEntry,
    Topic,
)
from ikz_workflow.services import inputs, templates
from ikz_workflow.services.home import Home
from ikz_workflow.services.permission import Acting, acting_on, deputies_of
from ikz_workflow.storage.definitions import Definitions
from ikz_workflow.storage.definitions import pinned as pinned  # told on: every use case needs it
from ikz_workflow.storage.finding import EVERY, Sought
from ikz_workflow.storage.rows import Entry, Summary, altered
from ikz_workflow.storage.transaction import Transaction

CENTRE = "centre"  # the role that keeps the registers
CONFIRMING = ("legal", CENTRE)  # the roles that confirm what the law says of a legal form
CATALOGUE_FILES = ("obstacles", "checks", "reasons", "guidance")


class Case(Struct, frozen=True):
    """A proposal with everything that decides about it, as read in one transaction."""

    proposal: Proposal
    definition: Definition
    circumstances: Circumstances
    day: str


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
    return frozenset(one.kind for one in templates.files(home))


def current(home: Home, name: str) -> tuple[Definition, bytes]:
    """Return a workflow as it stands in the files now, with the text to be kept; DefinitionError names all faults."""
    source = source_of(home, name)
    return read(source, template_kinds(home)), bundle(source)


class Registers(Protocol):
    """Where register entries are looked up: a transaction, or the state a replay has reached."""

    def find(self, kind: str, key: str) -> Entry | None:
        """Return an entry, or None."""

    def cached(self, kind: str) -> list[Entry]:
        """Return all entries of a small register."""

    def linked(self) -> list[Entry]:
        """Return every organisation that names successors."""

    def own(self) -> str | None:
        """Return the key of our own organisation."""


class Reader(Registers, Definitions, Protocol):
    """Where proposals are read: a transaction, or a state replayed."""

    def summaries(
        self, sought: Sought = EVERY, *, after: str = "", first: int = 0, passes: Callable[[str], bool] | None = None
    ) -> Iterator[Summary]:
        """Yield the proposals sought behind a key, whose keys pass, with their titles in clear, by key."""

    def entries(self, kind: str) -> list[Entry]:
        """Return all entries of a register by key."""

    def named(self, kind: str, name: str) -> list[Entry]:
        """Return the entries of a register that bear a name."""

    def text(self, commitment: Commitment) -> str:
        """Return what a commitment opens to, "" for none."""

    def written(self, subject: str) -> list[tuple[str, str]]:
        """Return the texts of a subject, present and former, each with the name of its field."""

    def records(self, subject: str) -> Iterator[Record]:
        """Yield the records of one subject in order."""

    def person_name(self, key: str) -> str:
        """Return a person's name, "" for nobody registered."""

    def persons(self) -> list[tuple[str, str]]:
        """Return the keys of all persons, each with a name borne now or once."""

    def bound(self) -> list[str]:
        """Return the definitions that proposals are bound to, by SHA-256."""


def holidays_of(registers: Registers) -> PublicHolidays:
    """Return the holidays of the Land our own organisation belongs to."""
    own = _organisation(registers, own_organisation(registers))
    return PublicHolidays(own.state if own else "")


def circumstances(registers: Registers, definition: Definition, proposal: Proposal, day: str) -> Circumstances:
    """Return the proposal's organisations with their authorities, ours too, and the legal form's row of the day."""
    own = own_organisation(registers)
    organisations: dict[str, Organisation] = {}
    for key in _concerned(own, proposal):
        if found := _organisation(registers, key):
            organisations[key] = found
            known = not found.authority or found.authority in organisations
            if not known and (authority := _organisation(registers, found.authority)):
                organisations[found.authority] = authority
    form = form_on(registers, definition, proposal, day)
    return Circumstances(organisations, own, form, day, _departments(registers, definition, proposal))


def _departments(registers: Registers, definition: Definition, proposal: Proposal) -> dict[str, str]:
    """Return the names of the departments that the proposal's fields list."""
    texts = [str(proposal.fields.get(name, "")) for name in definition.department_fields]
    found = {key: registers.find("department", key) for text in texts for key in text.split(",") if key}
    return {key: getattr(entry.value, "short", key) for key, entry in found.items() if entry}


def _concerned(own: str, proposal: Proposal) -> dict[str, None]:
    """Return the keys of all organisations a proposal names, ours first."""
    keys = [own, *[one.organisation for one in proposal.parties], *[one.organisation for one in proposal.contacts]]
    keys += [one.party for one in proposal.obstacles if one.party]
    keys += [one.party for one in proposal.milestones if one.party]
    return dict.fromkeys(keys)


def _organisation(registers: Registers, key: str) -> Organisation | None:
    entry = registers.find("organisation", key) if key else None
    return entry.value if entry and isinstance(entry.value, Organisation) else None


def named_entries(value: RegisterEntry) -> set[str]:
    """Return the entries that a register entry names and that must be there before it, as `kind/key`."""
    named = set()
    if isinstance(value, Topic | Cooperation) and value.department:
        named.add(f"department/{value.department}")
    if isinstance(value, Person):
        named |= {f"department/{department}" for department in value.departments}
        named |= {f"person/{deputy}" for deputy in value.deputies}
    if isinstance(value, Cooperation):
        named |= {f"organisation/{partner}" for partner in value.partners}
    return named


def lineage(registers: Registers, key: str) -> frozenset[str]:
    """Return an organisation with all it came from and all that came from it, by register key."""
    known = {entry.key: entry.value for entry in registers.linked()}
    successors = {name: set(value.successors) for name, value in known.items() if isinstance(value, Organisation)}
    predecessors: dict[str, set[str]] = {}
    for name, later in successors.items():
        for one in later:
            predecessors.setdefault(one, set()).add(name)
    return _reached(key, successors) | _reached(key, predecessors)


def _reached(start: str, steps: dict[str, set[str]]) -> frozenset[str]:
    """Return what can be reached from a key, itself included; a circle does no harm."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += steps.get(key, ())
    return frozenset(found)


def own_organisation(registers: Registers) -> str:
    """Return the key of our own organisation. StorageError if the register names none."""
    own = registers.own()
    if own is None:
        what = _("Das Verzeichnis nennt keine eigene Organisation.")
        raise StorageError(
            what, _("Bitte ikz init wiederholen, oder eintragen: ikz organisation add SCHLÜSSEL NAME --own")
        )
    return own


def form_on(registers: Registers, definition: Definition, proposal: Proposal, day: str) -> LegalForm | None:
    """Return the row of the proposal's legal form that is valid on a day, None while no form is chosen."""
    field = definition.form_field
    chosen = proposal.fields.get(field) if field else None
    if not chosen:
        return None
    return form_row(forms(registers), str(chosen), day)


def forms(registers: Registers) -> list[LegalForm]:
    """Return all rows of legal forms."""
    return [entry.value for entry in registers.cached("form") if isinstance(entry.value, LegalForm)]


def form_row(rows: list[LegalForm], key: str, day: str) -> LegalForm | None:
    """Return the row of a form valid on a day; where none covers the day, the earliest."""
    mine = [row for row in rows if row.key == key]
    if len(mine) > 1:
        mine.sort(key=lambda row: row.begins)
    for row in reversed(mine):
        if row.begins <= day and (not row.valid_to or day <= row.valid_to):
            return row
    return mine[0] if mine else None


def load(tx: Transaction, key: str, day: str) -> Case:
    """Return the case of a proposal, judged on a day."""
    proposal = tx.proposal(key)
    definition = pinned(tx, proposal.definition)
    if proposal.stage not in definition.stages:
        raise altered(key)
    return Case(proposal, definition, circumstances(tx, definition, proposal, day), day)


def person(tx: Transaction, home: Home) -> Entry:
    """Return the registered person in front of the machine. RoleRequired if nobody is registered with the account."""
    found = tx.person_of(home.account)
    if found is None:
        remedy = _("Eintragen lassen: ikz person add NAME --account {account}").format(account=home.account)
        raise RoleRequired(_("Vorhaben und Verzeichnisse ändern"), [], remedy)
    return found


def acting(tx: Transaction, home: Home) -> Acting:
    """Return who acts, and for whom. RoleRequired if nobody is registered with the account, NotAllowed to act for
    somebody who has not got this deputy."""
    someone = person(tx, home)
    if home.behalf is None:
        return Acting(someone, someone)
    holder = tx.entry("person", person_key(tx, home.behalf))
    if holder.key != someone.key and someone.key not in deputies_of(holder):
        sentence = _(
            "{deputy} ist nicht zur Vertretung von {key} bestellt. Die Zentrale Stelle bestellt: "
            "ikz person appoint {key} {deputy}"
        )
        raise NotAllowed(sentence.format(deputy=someone.key, key=holder.key))
    return Acting(someone, holder)


def writer(
    tx: Transaction, home: Home, case: Case, what: str, *, late: bool = False, roles: Sequence[str] = ()
) -> Actor:
    """Return the actor who records a fact.

    RoleRequired unless one of the roles (else of those that may write) counts in the proposal's department; NotAllowed
    on a proposal that has ended, unless the fact may come `late`, such as a note.
    """
    if case.definition.stages[case.proposal.stage].final and not late:
        sentence = _("{key} ist beendet; daran ändert sich nichts mehr. Eine Notiz bleibt möglich: ikz note {key} TEXT")
        raise NotAllowed(sentence.format(key=case.proposal.key))
    return author(tx, acting(tx, home), case, what, roles or case.definition.write)


def author(tx: Transaction, who: Acting, case: Case, what: str, roles: Sequence[str]) -> Actor:
    """Return the actor of an event of a proposal. RoleRequired unless one of the roles counts in its department."""
    return acting_on(tx, who, case.proposal.key, what, case.definition, case.proposal.department, roles)


def keeper(tx: Transaction, home: Home, subject: str, what: str, roles: Sequence[str] = (CENTRE,)) -> Actor:
    """Return the actor who changes a register. RoleRequired unless one of the roles is held: the central office's."""
    who, role = backups(tx, home, what, roles)
    return who.actor(tx, subject, role)


def backups(tx: Transaction, home: Home, what: str, roles: Sequence[str] = (CENTRE,)) -> tuple[Acting, str]:
    """Return who changes registers, with the role held. RoleRequired if it is none of the roles."""
    who = acting(tx, home)
    role = who.role(roles)
    if role is None:
        labels = {CENTRE: _("Zentrale Stelle"), "legal": _("Rechtsamt")}
        remedy = _("Die Rolle erteilt: ikz person grant {key} {role}").format(key=who.holder.key, role=roles[0])
        raise RoleRequired(what, [labels[role] for role in roles], remedy)
    return who, role


def department_key(registers: Registers, name: str) -> str:
    """Return the key of a department given by key, short name or name. NotFound with the nearest."""
    names = {
        entry.key: (getattr(entry.value, "short", ""), getattr(entry.value, "name", ""))
        for entry in registers.cached("department")
    }
    return inputs.one_of(_("Die Organisationseinheit"), name, names, _("Alle: ikz department list"))


def topic_key(registers: Registers, name: str) -> str:
    """Return the key of a topic given by key or label. NotFound with the nearest."""
    names = {entry.key: (getattr(entry.value, "label", ""),) for entry in registers.cached("topic")}
    return inputs.one_of(_("Das Thema"), name, names, _("Alle: ikz topic list"))


def person_key(tx: Transaction, name: str) -> str:
    """Return the key of a registered person given by key, name or account. NotFound with the nearest."""
    names: dict[str, tuple[str, ...]] = {}
    for entry in tx.entries("person"):
        if isinstance(entry.value, Person):
            texts = tx.texts(f"person/{entry.key}")
            known = (texts.get(one, "") for one in (entry.value.name, entry.value.account))
            names[entry.key] = tuple(text for text in known if text not in ("", ERASED))
    return inputs.one_of(_("Die Person"), name, names, _("Alle: ikz person list"))


def organisation_key(reader: Reader, name: str) -> str:
    """Return the key of an organisation given by key or name. NotFound with the nearest, InvalidInput if several
    bear the name."""
    if reader.find("organisation", name) is not None:
        return name
    found = [entry.key for entry in reader.named("organisation", name)]
    if len(found) > 1:
        why = _("So heißen mehrere; bitte den Schlüssel nennen: {keys}.").format(keys=", ".join(found))
        raise InvalidInput(_("Organisation"), name, why)
    if found:
        return found[0]
    known = {one.key: one.value.name for one in reader.entries("organisation") if isinstance(one.value, Organisation)}
    if name.strip().casefold() in known:
        return name.strip().casefold()
    remedy = _("Suchen: ikz organisation list --text TEXT. Eintragen: ikz organisation add SCHLÜSSEL NAME")
    raise NotFound(_("Die Organisation"), name, near(name, [*known, *known.values()]), remedy)


def hidden(tx: Transaction, field: str, value: str | None) -> Commitment | None:
    """Return a commitment to a text, None for none."""
    return tx.hide(field, value) if value else None
