"""Import organisations from the official Gemeindeverzeichnis or from a table: all of them or none."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import resources
from ikz_workflow.definition.faults import parse
from ikz_workflow.errors import DefinitionError, InvalidInput, Problem, TableRefused, near, suggestion
from ikz_workflow.events import OrganisationRegistered
from ikz_workflow.exchange.municipalities import Body, is_directory, read_directory
from ikz_workflow.exchange.sheets import Column, Line, Table, read_table
from ikz_workflow.german import ORGANISATION_KINDS, misfit
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Organisation
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import backups, hidden
from ikz_workflow.services.home import Home
from ikz_workflow.services.records import read_file
from ikz_workflow.storage.rows import Entry, folded

MAX_FILE = 50 * 2**20
_SOURCE = "Gemeindeverzeichnis GV100AD"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_KINDS = {"town": "municipality"}  # a town is a municipality by another name; all other forms are kinds
COLUMNS = (
    Column("key", "Schlüssel", ("key", "Kürzel")),
    Column("name", "Name", ("Bezeichnung", "Organisation", "Gemeinde", "Gemeindename"), needed=True),
    Column("kind", "Art", ("Typ", "Organisationsart")),
    Column("official_key", "Amtlicher Schlüssel", ("AGS", "ARS", "Gemeindeschlüssel", "Regionalschlüssel")),
    Column("state", "Land", ("Bundesland",)),
    Column("county", "Landkreis", ("Kreis",)),
    Column("inhabitants", "Einwohner", ("Bevölkerung", "Einwohnerzahl")),
    Column("council", "Vertretung", ("Rat",)),
    Column("head", "Leitung", ("Hauptverwaltungsbeamter", "Amtsbezeichnung")),
    Column("authority", "Aufsicht", ("Aufsichtsbehörde", "Kommunalaufsicht")),
    Column("seat", "Sitz", ("Ort",)),
    Column("valid_from", "gültig ab", ("besteht seit",)),
    Column("valid_to", "gültig bis", ("bestand bis",)),
    Column("successors", "Nachfolger"),
    Column("source", "Quelle"),
)


class Imported(Struct, frozen=True):
    """What became of an import: how many entries are new, changed, the same; what was left aside."""

    new: int
    changed: int
    same: int
    ignored: tuple[str, ...] = ()


class Law(Struct, frozen=True, forbid_unknown_fields=True):
    """How the bodies of one form are called in a Land; `authority` is a register key or "county"."""

    council: str = ""
    head: str = ""
    authority: str = ""


class _State(Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    county: Law = Law()
    city: Law = Law()
    town: Law = Law()
    municipality: Law = Law()
    association: Law = Law()


class _Register:
    """The register of organisations as it grows during the import, found by key, official key and name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_key: dict[str, Organisation] = {}
        self.official: dict[str, str] = {}
        self.named: dict[str, list[str]] = {}
        for entry in entries:
            if isinstance(entry.value, Organisation):
                self.put(entry.key, entry.value)

    def put(self, key: str, value: Organisation) -> None:
        """Lay in an entry."""
        if key not in self.by_key:
            self.named.setdefault(folded(value.name), []).append(key)
        self.by_key[key] = value
        if value.official_key:
            self.official[value.official_key] = key

    def match(self, official_key: str, name: str, state: str = "") -> str | None:
        """Return the key of the entry that is the same body: by official key, else by a name only one bears."""
        if official_key in self.official:
            return self.official[official_key]
        keys = self.named.get(folded(name), [])
        if len(keys) != 1:
            return None
        known = self.by_key[keys[0]]
        differs = (known.official_key and official_key) or (known.state and state and known.state != state)
        return None if differs else keys[0]

    def free(self, name: str, official_key: str, *, is_taken: bool) -> str:
        """Return a readable key that nobody has: the name, else with the official key or a number."""
        slug = slug_of(name) or "organisation"
        if not is_taken and slug not in self.by_key:
            return slug
        if official_key:
            return f"{slug}-{official_key}"
        return next(key for number in range(2, 10**6) if (key := f"{slug}-{number}") not in self.by_key)


def slug_of(name: str) -> str:
    """Return a name as a register key: small letters, umlauts spelt out, hyphens."""
    small = unicodedata.normalize("NFC", name).casefold().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", small).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-")


def organisations(
    home: Home,
    path: Path,
    *,
    state: str | None = None,
    dry_run: bool = False,
    on: str | None = None,
    note: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import a Gemeindeverzeichnis or a table; `state` limits it to one Land, a dry run writes nothing.

    Entries are recognised by key, official key or name; what is the same stays untouched. TableRefused names every
    fault. `progress` is told how many of how many are written.
    """
    content = read_file(path, MAX_FILE)
    day = inputs.happened(on, home.today)
    with home.writing(dry_run=dry_run) as tx:
        who, role = backups(tx, home, _("Organisationen importieren"))
        register = _Register(tx.entries("organisation"))
        former = dict(register.by_key)
        ignored: tuple[str, ...] = ()
        if is_directory(content):
            wanted = _from_directory(home, register, path.name, content, state)
        else:
            table = read_table(path.name, content, COLUMNS)
            wanted, ignored = _from_table(register, path.name, table, state), table.ignored
        changed = {key: value for key, value in wanted.items() if former.get(key) != value}
        commitment = hidden(tx, "note", inputs.text("--note", note) if note else None)
        for count, (key, value) in enumerate(changed.items(), start=1):
            actor = who.actor(tx, f"organisation/{key}", role)
            tx.register(
                "organisation", key, OrganisationRegistered(value), actor, day, commitment if count == 1 else None
            )
            if progress is not None:
                progress(count, len(changed))
        new = sum(key not in former for key in changed)
        return Imported(new, len(changed) - new, len(wanted) - len(changed), ignored)


# ------------------------------------------------------------------------------------------------------ the directory
def _from_directory(
    home: Home, register: _Register, name: str, content: bytes, state: str | None
) -> dict[str, Organisation]:
    """Return the entries a Gemeindeverzeichnis gives, by key; what the office entered itself is only completed."""
    directory = read_directory(name, content)
    states = sorted({body.state for body in directory.bodies})
    chosen = _state(state, states)
    bodies = [body for body in directory.bodies if chosen in ("", body.state)]
    laws = _laws(home)
    source = _("{name}, Gebietsstand {day}, © Statistisches Bundesamt (Destatis)").format(
        name=_SOURCE, day=".".join(reversed(directory.day.split("-")))
    )
    slugs = Counter(slug_of(body.name) for body in bodies)
    counties: dict[str, str] = {}
    wanted = {}
    for body in bodies:
        key = register.match(body.official_key, body.name, body.state)
        if key is None:
            key = register.free(body.name, body.official_key, is_taken=slugs[slug_of(body.name)] > 1)
        if body.form == "county":
            counties[body.official_key] = key
        value = _completed(register.by_key.get(key), body, source, laws.get(body.state), counties, register)
        register.put(key, value)
        wanted[key] = value
    return wanted


def _state(given: str | None, known: Sequence[str]) -> str:
    if not given:
        return ""
    return inputs.choice("--state", given, {name: name for name in known})


def _completed(
    former: Organisation | None,
    body: Body,
    source: str,
    law: _State | None,
    counties: dict[str, str],
    register: _Register,
) -> Organisation:
    """Return the entry of a body: the directory's own entries follow it, those of the office are only completed."""
    rule: Law = getattr(law, body.form) if law else Law()
    authority = counties.get(body.official_key[:5], "") if rule.authority == "county" else rule.authority
    by_law = {
        "council": rule.council,
        "head": rule.head,
        "authority": authority if authority in register.by_key else "",
        "source": f"{source}; {law.source}" if law else source,
    }
    told = {
        "name": body.name,
        "kind": _KINDS.get(body.form, body.form),
        "state": body.state,
        "county": body.county,
        "seat": body.seat,
    }
    known = {"official_key": body.official_key, "inhabitants": body.inhabitants}
    if former is None:
        return Organisation(**told, **by_law, **known)  # type: ignore[arg-type]
    is_ours = former.source.startswith(_SOURCE)
    given = {name: value for name, value in {**told, **by_law, **known}.items() if value}
    follows = {*told, *known} if is_ours else set(known)
    after = replace(former, **{n: v for n, v in given.items() if n in follows or not getattr(former, n)})
    return replace(after, source=by_law["source"]) if is_ours and after != former else after


def _laws(home: Home) -> dict[str, _State]:
    """Return what is known of the Länder's municipal law. DefinitionError names the fault."""
    name = "registers/municipal-law.toml"
    path = resources.find(home.path, "workflows", name)
    if path is None:
        return {}
    tables, faults = parse(name, resources.text(path))
    if faults.problems:
        raise DefinitionError(faults.problems)
    try:
        return msgspec.convert(tables, dict[str, dict[str, _State]]).get("state", {})
    except msgspec.ValidationError as error:
        raise DefinitionError([Problem(name, None, misfit(error).replace("_", "-"))]) from None


# ---------------------------------------------------------------------------------------------------------- the table
def _from_table(register: _Register, name: str, table: Table, state: str | None) -> dict[str, Organisation]:
    """Return the entries a table gives, by key; TableRefused names every cell at fault."""
    faults = list(table.faults)
    wanted: dict[str, Organisation] = {}
    rows: dict[str, int] = {}
    kept: list[tuple[Line, str, dict[str, Any]]] = []
    for line in table.lines:
        values, wrong = _values(table, line)
        faults += wrong
        if state and values.get("state") and folded(str(values["state"])) != folded(state):
            continue
        key = str(values.pop("key", "")) or register.match(
            values.get("official_key", ""), str(values.get("name", "")), str(values.get("state", ""))
        )
        key = key or register.free(str(values.get("name", "")), str(values.get("official_key", "")), is_taken=False)
        if key in rows:
            text = _("Die Zeile nennt dieselbe Organisation wie Zeile {row} ({key}).")
            faults.append(f"{table.place(line.number, 'name')}: {text.format(row=rows[key], key=key)}")
            continue
        rows[key] = line.number
        kept.append((line, key, values))
        former = register.by_key.get(key)
        before = {one: getattr(former, one) for one in Organisation.__struct_fields__} if former else {}
        value = Organisation(**{"name": "", "kind": "municipality", **before, **values})
        faults += _wrong_key(table, line, value)
        owner = register.official.get(value.official_key) if value.official_key else None
        if owner not in (None, key):
            text = _("Diesen Schlüssel hat schon {owner}.").format(owner=owner)
            faults.append(f"{table.place(line.number, 'official_key')}: {text}")
        register.put(key, value)
        wanted[key] = value
    for line, key, values in kept:  # now every organisation of the table is known
        resolved = {}
        for column in ("authority", "successors"):
            if column in values:
                names = values[column] if column == "successors" else (values[column],)
                found, wrong = _keys(register, table, line, column, names)
                faults += wrong
                resolved[column] = found if column == "successors" else "".join(found)
        wanted[key] = replace(wanted[key], **resolved)
    if faults:
        raise TableRefused(name, in_order(faults))
    if not wanted:
        raise TableRefused(name, [_("Unter der Kopfzeile steht keine Organisation, die zu übernehmen wäre.")])
    return _named_ones_first(wanted)


def _wrong_key(table: Table, line: Line, value: Organisation) -> list[str]:
    """Return what is wrong with an official key for a body of that kind."""
    if "official_key" in line.cells and value.official_key:
        try:
            inputs.official_key("", value.official_key, value.kind)
        except InvalidInput as error:
            return [f"{table.place(line.number, 'official_key')}: „{value.official_key}“ – {error.why}"]
    return []


def in_order(faults: Iterable[str]) -> list[str]:
    """Return faults by the number of their row."""
    return sorted(faults, key=lambda fault: int((re.search(r"\d+", fault) or ["0"])[0]))


def _named_ones_first(wanted: dict[str, Organisation]) -> dict[str, Organisation]:
    """Return the entries so that an authority or successor comes before those that name it, circles aside."""
    ordered: dict[str, Organisation] = {}

    def lay(key: str, above: tuple[str, ...]) -> None:
        if key in ordered or key in above or key not in wanted:
            return
        for other in (wanted[key].authority, *wanted[key].successors):
            lay(other, (*above, key))
        ordered[key] = wanted[key]

    for key in wanted:
        lay(key, ())
    return ordered


def _keys(
    register: _Register, table: Table, line: Line, column: str, names: Iterable[str]
) -> tuple[tuple[str, ...], list[str]]:
    """Return the register keys of organisations named by key or name, and what is wrong with the others."""
    keys, faults = [], []
    for name in names:
        found = [name] if name in register.by_key else register.named.get(folded(name), [])
        if len(found) == 1:
            keys.append(found[0])
            continue
        why = _("„{name}“ steht nicht im Verzeichnis.") if not found else _("„{name}“ heißen mehrere.")
        close = suggestion(near(name, [*register.by_key, *register.named])) if not found else ""
        faults.append(f"{table.place(line.number, column)}: {why.format(name=name)}{close}")
    return tuple(keys), faults


def _values(table: Table, line: Line) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a row as an organisation holds them, and every fault."""
    values: dict[str, Any] = {}
    faults = []
    for column, text in line.cells.items():
        try:
            values[column] = _value(column, text)
        except InvalidInput as error:
            faults.append(f"{table.place(line.number, column)}: „{error.value or text}“ – {error.why}")
    if "name" not in line.cells:
        faults.append(f"{table.place(line.number, 'name')}: {_('Der Name fehlt.')}")
    return values, faults


def _value(column: str, text: str) -> Any:
    cleaned = inputs.text(column, text, lines=column == "successors")
    if column == "key" and slug_of(cleaned) != cleaned:
        why = _("Ein Schlüssel besteht aus Kleinbuchstaben, Ziffern und Bindestrichen, z. B. landkreis-boerde.")
        raise InvalidInput(column, cleaned, why)
    if column == "kind":
        return inputs.choice(column, cleaned, ORGANISATION_KINDS)
    if column == "official_key":
        padded = f"0{cleaned}" if cleaned.isdigit() and len(cleaned) in (4, 7, 11) else cleaned  # Excel drops the zero
        return inputs.official_key(column, padded)
    if column == "inhabitants":
        if not re.fullmatch(r"\d{1,3}([.\u00a0 ]\d{3})*|\d{1,9}", cleaned):
            raise InvalidInput(column, cleaned, _("Eine Einwohnerzahl ist eine ganze Zahl, z. B. 12.345."))
        return int(re.sub(r"\D", "", cleaned))
    if column in ("valid_from", "valid_to"):
        return inputs.full_date(column, cleaned)
    if column == "successors":
        return tuple(part.strip() for part in re.split(r"[;\n]", cleaned) if part.strip())
    return cleaned
