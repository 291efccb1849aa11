"""Set up a home and keep its registers: organisations, departments, topics, legal forms, persons with roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from ikz_workflow import resources
from ikz_workflow.definition.faults import parse
from ikz_workflow.definition.model import FORM_COLUMNS
from ikz_workflow.errors import DefinitionError, InvalidInput, Problem
from ikz_workflow.events import (
    AnyRegisterEvent,
    DepartmentRegistered,
    FormRegistered,
    OrganisationRegistered,
    PersonRegistered,
    RolesChanged,
    TopicRegistered,
)
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, Department, LegalForm, Organisation, Person, RegisterEntry, Topic
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import CENTRE, current, form_row, hidden, keeper, own_organisation, roles_of
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Entry, Transaction

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHIPPED = ("organisations", "departments", "topics", "forms")


def init(home: Home, *, name: str | None = None) -> tuple[int, bool]:
    """Set up a home, or bring it up to date: tables, shipped register entries it lacks, and the one who runs it.

    Returns how many register entries are new, and whether the home is. Entries that exist stay as they are: what
    the office changed is not undone by a newer shipped state.
    """
    definition, _text = current(home, "kooperation")
    shipped = _shipped_entries(home)
    is_new = not home.database.exists()
    home.database.migrate()
    day = home.today.isoformat()
    with home.ready.writing(home.now()) as tx:
        someone = tx.person_of(home.account)
        if someone is None and not tx.entries("person"):
            _register_first_person(tx, home, name or home.account, tuple(sorted(definition.roles)), day)
        count = 0
        for kind, key, value in shipped:
            former = tx.find(kind, key)
            if former is None:
                tx.register(kind, key, registered(value), _keeper(tx, home, f"{kind}/{key}"), day)
                count += 1
        return count, is_new


def _register_first_person(tx: Transaction, home: Home, name: str, roles: tuple[str, ...], day: str) -> Entry:
    key = re.sub(r"[^a-z0-9]+", "-", home.account.casefold()).strip("-") or "person"
    actor = tx.actor(f"person/{key}", key, CENTRE)
    cleaned = inputs.text(_("Name"), name, lines=False)
    what = PersonRegistered(tx.hide("name", cleaned), tx.hide("account", home.account), roles)
    return tx.register("person", key, what, actor, day)


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
    raise TypeError("persons are entered with their commitments")


def _shipped_entries(home: Home) -> list[tuple[str, str, RegisterEntry]]:
    """Return what the files under workflows/registers say; DefinitionError names all faults."""
    found: list[tuple[str, str, RegisterEntry]] = []
    problems: list[Problem] = []
    for name in _SHIPPED:
        path = resources.find(home.path, "workflows", f"registers/{name}.toml")
        if path is None:
            continue
        kind = name.removesuffix("s")
        tables, faults = parse(f"registers/{name}.toml", resources.text(path))
        faults.keys(tables, (), {kind})
        rows = faults.entries(tables, (kind,))
        for key in rows:
            row = faults.table(rows, (kind, key))
            for subject, values in (_dated(key, row) if kind == "form" else {key: row}).items():
                plain = {str(column).replace("-", "_"): value for column, value in values.items()}
                try:
                    found.append((kind, subject, _converted(kind, plain)))
                except msgspec.ValidationError as error:
                    faults.add((kind, key, *subject.split("@")[1:]), _in_german(error))
        problems.extend(faults.problems)
    if problems:
        raise DefinitionError(problems)
    return found


def _dated(key: str, rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of a legal form by key and the day each is valid from."""
    dated = {day: row if isinstance(row, dict) else {"valid_from": row} for day, row in rows.items()}
    return {f"{key}@{day}": {**row, "key": key, "valid-from": day} for day, row in dated.items()}


def _in_german(error: msgspec.ValidationError) -> str:
    """Return what a register entry lacks, as a German sentence."""
    message = str(error)
    name = (re.search(r"`([a-z_]+)`", message) or re.search(r"`\$\.([a-z_]+)", message) or [None, ""])[1]
    column = str(name).replace("_", "-")
    if "missing required" in message:
        return _("Es fehlt der Schlüssel „{name}“.").format(name=column)
    if "unknown field" in message:
        return _("Der Schlüssel „{name}“ ist nicht bekannt.").format(name=column)
    return _("Der Wert von „{name}“ ist von der falschen Art oder nicht möglich.").format(name=column)


_TYPES: dict[str, type[RegisterEntry]] = {
    "organisation": Organisation,
    "department": Department,
    "topic": Topic,
    "form": LegalForm,
}


def _converted(kind: str, values: dict[str, Any]) -> RegisterEntry:
    entry = msgspec.convert(values, _TYPES[kind])
    if isinstance(entry, LegalForm):
        for column, known in FORM_COLUMNS.items():
            if getattr(entry, column) not in known:
                raise msgspec.ValidationError(f"Invalid value - at `$.{column}`")
    return entry


def entries(home: Home, kind: str) -> list[Entry]:
    """Return all entries of a register."""
    with home.ready.reading(home.now()) as tx:
        return tx.entries(kind)


def own(home: Home) -> str:
    """Return the key of our own organisation."""
    with home.ready.reading(home.now()) as tx:
        return own_organisation(tx)


def persons(home: Home) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return key, name, account and roles of all persons."""
    with home.ready.reading(home.now()) as tx:
        found = []
        for entry in tx.entries("person"):
            texts = tx.texts(f"person/{entry.key}")
            person = entry.value
            if isinstance(person, Person):
                found.append((entry.key, texts.get(person.name, ""), texts.get(person.account, ""), person.roles))
        return found


def valid_forms(home: Home, day: str) -> list[LegalForm]:
    """Return the rows of legal forms valid on a day: of the register, or as shipped where there is no home yet."""
    if home.database.exists():
        rows = [entry.value for entry in entries(home, "form") if isinstance(entry.value, LegalForm)]
    else:
        rows = [value for _kind, _key, value in _shipped_entries(home) if isinstance(value, LegalForm)]
    keys = dict.fromkeys(row.key for row in rows)
    return [row for key in keys if (row := form_row(rows, key, day)) is not None]


def add(
    home: Home,
    kind: str,
    key: str,
    values: dict[str, Any],
    *,
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Enter an organisation, department or topic, or change the values given of an entry that exists."""
    if not _KEY.fullmatch(key):
        why = _("Ein Schlüssel besteht aus Kleinbuchstaben, Ziffern und Bindestrichen, z. B. landkreis-boerde.")
        raise InvalidInput(_("Schlüssel"), key, why)
    given = {name: _cleaned(name, value) for name, value in values.items() if value is not None}
    day = inputs.happened(on, home.today)
    with home.ready.writing(home.now()) as tx:
        former = tx.find(kind, key)
        before = msgspec.to_builtins(former.value) if former else {}
        try:
            value = _converted(kind, {**before, **given})
        except msgspec.ValidationError as error:
            raise InvalidInput(key, "", _in_german(error)) from None
        if former is not None and former.value == value:
            raise InvalidInput(key, "", _("Der Eintrag steht schon so im Verzeichnis."))
        _check_organisation(tx, key, value)
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
    for other in (value.authority, *value.successors):
        if other and other != key:
            tx.entry("organisation", other)
    own = tx.own()
    if value.own and own not in (None, key):
        raise InvalidInput("--own", key, _("Die eigene Organisation ist schon {own}.").format(own=own))


def add_person(
    home: Home,
    key: str,
    name: str,
    account: str,
    roles: Sequence[str] = (),
    *,
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Enter a person with the operating system account and the roles granted."""
    if not _KEY.fullmatch(key):
        why = _("Ein Schlüssel besteht aus Kleinbuchstaben, Ziffern und Bindestrichen, z. B. meier-k.")
        raise InvalidInput(_("Schlüssel"), key, why)
    day = inputs.happened(on, home.today)
    named, login = inputs.text(_("Name"), name, lines=False), inputs.text("--account", account, lines=False)
    granted = known_roles(home, roles)
    with home.ready.writing(home.now()) as tx:
        if tx.find("person", key) is not None:
            raise InvalidInput(_("Schlüssel"), key, _("Die Person ist schon eingetragen."))
        if (someone := tx.person_of(login)) is not None:
            raise InvalidInput("--account", login, _("Das Konto gehört schon zu {key}.").format(key=someone.key))
        actor = _keeper(tx, home, f"person/{key}")
        what = PersonRegistered(tx.hide("name", named), tx.hide("account", login), granted)
        return tx.register("person", key, what, actor, day, _noted(tx, note))


def change_roles(
    home: Home,
    key: str,
    *,
    granted: Sequence[str] = (),
    revoked: Sequence[str] = (),
    on: str | None = None,
    note: str | None = None,
) -> Entry:
    """Grant roles to a person or revoke them. InvalidInput if nobody would be left to keep the registers."""
    day = inputs.happened(on, home.today)
    gives, takes = known_roles(home, granted), known_roles(home, revoked)
    with home.ready.writing(home.now()) as tx:
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


def known_roles(home: Home, names: Sequence[str]) -> tuple[str, ...]:
    """Return role keys given by key or label. InvalidInput for an unknown one."""
    labels: dict[str, str] = {}
    for file in resources.names(home.path, "workflows", "*.toml").values():
        try:
            tables, _faults = parse(file.name, resources.text(file))
        except DefinitionError:
            continue  # ikz workflow check names the fault; other workflows' roles still count
        found = tables.get("role", {})
        if isinstance(found, dict):
            labels |= {role: label for role, label in found.items() if isinstance(label, str)}
    return tuple(sorted(inputs.choice(_("Rolle"), name, labels) for name in names))
