"""Set up a home and keep its registers: organisations, departments, topics, legal forms, persons with roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from ikz_workflow import resources
from ikz_workflow.definition.faults import parse
from ikz_workflow.errors import DefinitionError, InvalidInput, StorageError
from ikz_workflow.events import (
    AnyRegisterEvent,
    CooperationRegistered,
    DepartmentRegistered,
    DepartmentsChanged,
    DeputiesChanged,
    FormRegistered,
    OrganisationRegistered,
    PersonRegistered,
    RolesChanged,
    TopicAssigned,
    TopicRegistered,
)
from ikz_workflow.german import ORGANISATION_KINDS
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import (
    Commitment,
    Cooperation,
    Department,
    LegalForm,
    Organisation,
    Person,
    RegisterEntry,
    Topic,
)
from ikz_workflow.services import inputs, shipped
from ikz_workflow.services.cases import (
    CENTRE,
    current,
    department_key,
    hidden,
    keeper,
    named_entries,
    organisation_key,
    own_organisation,
    person_key,
)
from ikz_workflow.services.home import Home
from ikz_workflow.services.permission import departments_of, deputies_of, roles_of
from ikz_workflow.storage.rows import Entry
from ikz_workflow.storage.transaction import Transaction

_NAMES = ("name", "short", "label")  # what an entry is called by; never empty
_KEY = re.compile(r"(?=.{1,100}$)[a-z0-9]+(-[a-z0-9]+)*")
_FIRST = {"organisation": {"kind": "municipality"}}  # what a new entry is unless it says otherwise


class SetUp(NamedTuple):
    """What `init` did: how many register entries are new, whether the home is, which guard rails it had to put back."""

    entries: int
    is_new: bool
    guards: tuple[str, ...] = ()


def init(home: Home, *, name: str | None = None) -> SetUp:
    """Set up a home, or bring it up to date: tables, shipped register entries it lacks, and the one who runs it.

    Entries that exist stay as they are: what the office changed is not undone by a newer shipped state. Stored rows of
    a former projection are renewed.
    """
    from ikz_workflow.services import audit

    definition, _text = current(home, "kooperation")
    known = shipped.entries(home)
    is_new = not home.database.exists()
    guards = () if is_new else _guards_lost(home)
    home.database.migrate()
    audit.renew(home.database, home.now())
    day = home.today.isoformat()
    with home.writing() as tx:
        someone = tx.person_of(home.account)
        if someone is None and not tx.entries("person"):
            _register_first_person(tx, home, name or home.account, tuple(sorted(definition.roles)), day)
        count = 0
        for kind, key, value in known:
            former = tx.find(kind, key)
            if former is None:
                _check_named(tx, value)
                tx.register(kind, key, registered(value), _keeper(tx, home, f"{kind}/{key}"), day)
                count += 1
        return SetUp(count, is_new, guards)


def _guards_lost(home: Home) -> tuple[str, ...]:
    """Return the guard rails that somebody removed, altered or added; an older form of the tables may have others."""
    try:
        home.database.check()
    except StorageError:
        return ()
    return tuple(sorted(home.database.missing_guards()))


def _register_first_person(tx: Transaction, home: Home, name: str, roles: tuple[str, ...], day: str) -> Entry:
    key = _next_person(tx)
    actor = tx.actor(f"person/{key}", key, CENTRE)
    cleaned = inputs.text(_("Name"), name, lines=False)
    what = PersonRegistered(tx.hide("name", cleaned), tx.hide("account", home.account), roles)
    return tx.register("person", key, what, actor, day)


def _next_person(tx: Transaction) -> str:
    """Return the next free key of a person: a number, as a key stands in clear and outlasts the name."""
    numbers = [int(entry.key.removeprefix("p-")) for entry in tx.entries("person")]
    return f"p-{max(numbers, default=0) + 1:04d}"


def _keeper(tx: Transaction, home: Home, subject: str) -> Any:
    return keeper(tx, home, subject, _("Verzeichnisse pflegen"))


def registered(value: RegisterEntry) -> AnyRegisterEvent:
    """Return the event that enters a value into its register."""
    if isinstance(value, Organisation):
        return OrganisationRegistered(value)
    if isinstance(value, Department):
        return DepartmentRegistered(value)
    if isinstance(value, Topic):
        return TopicRegistered(value)
    if isinstance(value, LegalForm):
        return FormRegistered(value)
    if isinstance(value, Cooperation):
        return CooperationRegistered(value)
    raise TypeError("persons are entered with their commitments")


def entries(home: Home, kind: str) -> list[Entry]:
    """Return all entries of a register."""
    with home.ready.reading(home.now()) as tx:
        return tx.entries(kind)


def own(home: Home) -> str:
    """Return the key of our own organisation."""
    with home.ready.reading(home.now()) as tx:
        return own_organisation(tx)


class PersonLine(msgspec.Struct, frozen=True):
    """What a list shows of a person, names in clear; `departments` by their short names, `deputies` by key."""

    key: str
    name: str
    account: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    deputies: tuple[str, ...]


def persons(home: Home) -> list[PersonLine]:
    """Return all persons by key."""
    with home.ready.reading(home.now()) as tx:
        found = []
        for entry in tx.entries("person"):
            texts = tx.texts(f"person/{entry.key}")
            person = entry.value
            if isinstance(person, Person):
                units = tuple(_name(tx, f"department/{key}") for key in person.departments)
                name, account = texts.get(person.name, ""), texts.get(person.account, "")
                found.append(PersonLine(entry.key, name, account, person.roles, units, person.deputies))
        return found


def add(
    home: Home,
    kind: str,
    key: str,
    values: dict[str, Any],
    *,
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Enter an entry of a register without persons, or change the values given of an entry that exists."""
    given = _given(key, values)
    if kind == "organisation":
        given |= _normal(given)
    day = inputs.happened(on, home.today)
    with home.writing() as tx:
        return _entered(tx, home, kind, key, given, day, note)


def _given(key: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are given, cleaned. InvalidInput for a key that is none."""
    if not _KEY.fullmatch(key):
        why = _(
            "Ein Schlüssel besteht aus höchstens 100 Kleinbuchstaben, Ziffern und Bindestrichen, z. B. "
            "landkreis-boerde."
        )
        raise InvalidInput(_("Schlüssel"), key, why)
    for name in _NAMES:
        if isinstance(values.get(name), str) and not values[name].strip():
            raise InvalidInput(key, "", _("Die Bezeichnung darf nicht leer sein."))
    return {name: _cleaned(name, value) for name, value in values.items() if value is not None}


def _normal(given: dict[str, Any]) -> dict[str, Any]:
    """Return the kind, days and official key of an organisation as they are stored."""
    readers: dict[str, Callable[[str], str]] = {
        "kind": lambda value: inputs.choice("--kind", value, ORGANISATION_KINDS),
        "valid_from": lambda value: inputs.full_date("--valid-from", value),
        "valid_to": lambda value: inputs.full_date("--valid-to", value),
        "official_key": lambda value: inputs.official_key("--official-key", value),
    }
    return {name: read(given[name]) for name, read in readers.items() if given.get(name)}


def _entered(
    tx: Transaction, home: Home, kind: str, key: str, given: dict[str, Any], day: str | None, note: str | None
) -> Entry:
    """Enter a value, or lay what is given over the entry there is."""
    former = tx.find(kind, key)
    before = msgspec.to_builtins(former.value) if former else _FIRST.get(kind, {})
    try:
        value = shipped.converted(kind, {**before, **given})
    except msgspec.ValidationError as error:
        raise InvalidInput(key, "", shipped.in_german(error)) from None
    if former is not None and former.value == value:
        raise InvalidInput(key, "", _("Der Eintrag steht schon so im Verzeichnis."))
    _check_organisation(tx, key, value)
    _check_named(tx, value)
    if isinstance(value, Cooperation) and value.prescribed and not value.basis:
        raise InvalidInput("--prescribed", "", _("Bitte auch sagen, welches Gesetz es vorschreibt: --basis TEXT"))
    actor = _keeper(tx, home, f"{kind}/{key}")
    return tx.register(kind, key, registered(value), actor, day, _noted(tx, note))


def _cleaned(name: str, value: Any) -> Any:
    """Return a value with its texts cleaned."""
    if isinstance(value, list | tuple):
        return [_cleaned(name, one) for one in value]
    return inputs.text(name, value, lines=False) if isinstance(value, str) and value else value


def _noted(tx: Transaction, note: str | None) -> Commitment | None:
    return hidden(tx, "note", inputs.text("--note", note) if note else None)


def _check_organisation(tx: Transaction, key: str, value: RegisterEntry) -> None:
    if not isinstance(value, Organisation):
        return
    if key in (value.authority, *value.successors):
        raise InvalidInput(key, "", _("Eine Organisation kann nicht ihre eigene Aufsicht oder Nachfolgerin sein."))
    for other in (value.authority, *value.successors):
        if other:
            tx.entry("organisation", other)
    if value.official_key:
        inputs.official_key("--official-key", value.official_key, value.kind)
    for entry in tx.entries("organisation") if value.official_key else ():
        if entry.key != key and getattr(entry.value, "official_key", "") == value.official_key:
            raise InvalidInput("--official-key", value.official_key, _("Den hat schon {key}.").format(key=entry.key))
    own = tx.own()
    if value.own and own not in (None, key):
        raise InvalidInput("--own", key, _("Die eigene Organisation ist schon {own}.").format(own=own))


def _check_named(tx: Transaction, value: RegisterEntry) -> None:
    """NotFound if an entry names another that is in no register."""
    for subject in sorted(named_entries(value)):
        tx.entry(*subject.split("/"))


def assign_topic(home: Home, key: str, department: str, *, on: str | None = None, note: str | None = None) -> Entry:
    """Assign a topic to the department that works on it."""
    day = inputs.happened(on, home.today)
    with home.writing() as tx:
        topic, name = tx.entry("topic", key), department_key(tx, department)
        if isinstance(topic.value, Topic) and topic.value.department == name:
            raise InvalidInput(key, "", _("Das Thema ist dieser Organisationseinheit schon zugeordnet."))
        actor = _keeper(tx, home, f"topic/{key}")
        return tx.register("topic", key, TopicAssigned(name), actor, day, _noted(tx, note))


def add_cooperation(
    home: Home,
    key: str,
    values: dict[str, Any],
    *,
    partners: Sequence[str] = (),
    department: str | None = None,
    since: str | None = None,
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Enter co-operation that exists already, or change it; partners and department are given by key or name."""
    given = _given(key, values)
    day = inputs.happened(on, home.today)
    if since:
        given["since"] = inputs.partial_date("--since", since)
    with home.writing() as tx:
        if partners:
            given["partners"] = [organisation_key(tx, name) for name in partners]
        if department:
            given["department"] = department_key(tx, department)
        return _entered(tx, home, "cooperation", key, given, day, note)


def cooperations(home: Home, key: str | None = None) -> list[tuple[Entry, dict[str, str]]]:
    """Return the register of existing co-operation, or one entry, each with the names behind its keys."""
    with home.ready.reading(home.now()) as tx:
        found = [tx.entry("cooperation", key)] if key else tx.entries("cooperation")
        return [(entry, {subject: _name(tx, subject) for subject in named_entries(entry.value)}) for entry in found]


def _name(tx: Transaction, subject: str) -> str:
    entry = tx.find(*subject.split("/"))
    return str(getattr(entry.value, "short", "") or getattr(entry.value, "name", "")) if entry else subject


def add_person(
    home: Home,
    name: str,
    account: str,
    roles: Sequence[str] = (),
    *,
    departments: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Enter a person with the operating system account, the roles granted and the departments they are bound to."""
    day = inputs.happened(on, home.today)
    named, login = inputs.text(_("Name"), name, lines=False), inputs.text("--account", account, lines=False)
    granted = known_roles(home, roles)
    with home.writing() as tx:
        if (someone := tx.person_of(login)) is not None:
            raise InvalidInput("--account", login, _("Das Konto gehört schon zu {key}.").format(key=someone.key))
        key = _next_person(tx)
        actor = _keeper(tx, home, f"person/{key}")
        units = _departments(tx, departments)
        what = PersonRegistered(tx.hide("name", named), tx.hide("account", login), granted, units)
        return tx.register("person", key, what, actor, day, _noted(tx, note))


def set_departments(
    home: Home, person: str, departments: Sequence[str], *, on: str | None = None, note: str | None = None
) -> Entry:
    """Say which departments a person given by key, name or account belongs to; none: the roles count everywhere."""
    day = inputs.happened(on, home.today)
    with home.writing() as tx:
        key = person_key(tx, person)
        entry = tx.entry("person", key)
        units = _departments(tx, departments)
        if units == departments_of(entry):
            raise InvalidInput(key, "", _("An den Organisationseinheiten ändert sich nichts."))
        actor = _keeper(tx, home, f"person/{key}")
        return tx.register("person", key, DepartmentsChanged(units), actor, day, _noted(tx, note))


def _departments(tx: Transaction, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({department_key(tx, name) for name in names}))


def change_roles(
    home: Home,
    person: str,
    *,
    granted: Sequence[str] = (),
    revoked: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Grant roles to a person given by key, name or account, or revoke them.

    InvalidInput if nobody would be left to keep the registers.
    """
    day = inputs.happened(on, home.today)
    gives, takes = known_roles(home, granted), known_roles(home, revoked)
    with home.writing() as tx:
        key = person_key(tx, person)
        entry = tx.entry("person", key)
        held = set(roles_of(entry))
        if set(gives) <= held and not set(takes) & held:
            raise InvalidInput(key, "", _("An den Rollen ändert sich nichts."))
        keepers = [one.key for one in tx.entries("person") if CENTRE in roles_of(one)]
        if CENTRE in takes and keepers == [key]:
            why = _("Danach könnte niemand mehr die Verzeichnisse pflegen. Zuerst jemand anderem erteilen.")
            raise InvalidInput(_("Rolle"), CENTRE, why)
        actor = _keeper(tx, home, f"person/{key}")
        return tx.register("person", key, RolesChanged(gives, takes), actor, day, _noted(tx, note))


def change_deputies(
    home: Home,
    name: str,
    *,
    appointed: Sequence[str] = (),
    dismissed: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Let others act for a person, or end that; persons by key or name."""
    day = inputs.happened(on, home.today)
    with home.writing() as tx:
        key = person_key(tx, name)
        comes, goes = (tuple(sorted({person_key(tx, one) for one in names})) for names in (appointed, dismissed))
        if key in comes:
            raise InvalidInput(_("Vertretung"), key, _("Niemand vertritt sich selbst."))
        held = set(deputies_of(tx.entry("person", key)))
        if set(comes) <= held and not set(goes) & held:
            raise InvalidInput(key, "", _("An der Vertretung ändert sich nichts."))
        actor = _keeper(tx, home, f"person/{key}")
        return tx.register("person", key, DeputiesChanged(comes, goes), actor, day, _noted(tx, note))


def role_labels(home: Home) -> dict[str, str]:
    """Return the labels of the roles that any workflow knows, by key."""
    labels: dict[str, str] = {}
    for file in resources.names(home.path, "workflows", "*.toml").values():
        try:
            tables, _faults = parse(file.name, resources.text(file))
        except DefinitionError:
            continue  # ikz workflow check names the fault; other workflows' roles still count
        found = tables.get("role", {})
        if isinstance(found, dict):
            labels |= {role: label for role, label in found.items() if isinstance(label, str)}
    return labels


def known_roles(home: Home, names: Sequence[str]) -> tuple[str, ...]:
    """Return role keys given by key or label. InvalidInput for an unknown one."""
    labels = role_labels(home)
    return tuple(sorted(inputs.choice(_("Rolle"), name, labels) for name in names))
