"""Turn the TOML texts of a workflow with its catalogue into a `Definition`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ikz_workflow.definition.checking import check
from ikz_workflow.definition.faults import Faults, parse
from ikz_workflow.definition.lines import Path
from ikz_workflow.definition.model import (
    DURATION_UNITS,
    FORM_COLUMNS,
    Catalogue,
    Check,
    Condition,
    Definition,
    Duration,
    Field,
    Gate,
    Guidance,
    Obstacle,
    Reason,
    Requirement,
    Stage,
    Starts,
    Transition,
)
from ikz_workflow.definition.shape import (
    CHOICE_REGISTERS,
    DURATION_PATTERN,
    REQUIREMENTS,
    SHAPES,
    Key,
    Shape,
    beside,
)
from ikz_workflow.errors import DefinitionError, Problem

CATALOGUES = ("obstacles", "checks", "reasons", "guidance")
OUTCOME_LABELS = {
    "adopted": "ungeändert beschlossen",
    "adopted-amended": "geändert beschlossen",
    "approved": "genehmigt",
    "approved-with-conditions": "genehmigt mit Auflagen",
    "rejected": "abgelehnt",
    "deferred": "vertagt",
    "noted": "zur Kenntnis genommen",
}
DIRECTION_LABELS = {"interkommunal": "interkommunal", "intrakommunal": "intrakommunal", "vertikal": "vertikal"}
V = TypeVar("V")


class Source(msgspec.Struct, frozen=True):
    """The texts a definition is made of: the workflow's file name and text, the catalogues' by name."""

    name: str
    workflow: str
    catalogue: dict[str, str]


def bundle(source: Source) -> bytes:
    """Return the one text that is stored and pinned for a definition; its SHA-256 identifies it."""
    return msgspec.json.encode(source, order="sorted")


def unbundle(data: bytes) -> Source:
    """Return the texts out of a stored bundle."""
    return msgspec.json.decode(data, type=Source)


def read(source: Source, templates: frozenset[str] | None = None) -> Definition:
    """Return the definition; DefinitionError names every fault of workflow and catalogues at once.

    `templates` are the document kinds that have a template; None leaves that question open (a pinned definition is
    replayed without its templates).
    """
    catalogue, problems = _catalogue(source.catalogue)
    tables, faults = parse(source.name, source.workflow)
    if not tables:
        raise DefinitionError([*(faults.problems or [Problem(source.name, None, "Die Datei ist leer.")]), *problems])
    definition = _Reader(faults, tables).definition(catalogue, hashlib.sha256(bundle(source)).hexdigest())
    check(definition, faults, templates)
    found = sorted({*faults.problems, *problems}, key=lambda problem: (problem.where, problem.line or 0, problem.text))
    if found:
        raise DefinitionError(found)
    return definition


def _catalogue(texts: Mapping[str, str]) -> tuple[Catalogue, list[Problem]]:
    problems: list[Problem] = []

    def entries(name: str, key: str, kind: Callable[..., V]) -> dict[str, V]:
        tables, faults = parse(f"catalogue/{name}.toml", texts.get(name, ""))
        faults.keys(tables, (), {key})
        reader = _Reader(faults, tables)
        rows = faults.entries(tables, (key,))
        found = {entry: kind(name=entry, **reader.row(key, rows, (key, entry))) for entry in rows}
        problems.extend(faults.problems)
        return found

    return Catalogue(
        obstacles=entries("obstacles", "obstacle", Obstacle),
        checks=entries("checks", "check", Check),
        reasons=entries("reasons", "reason", Reason),
        guidance=entries("guidance", "guidance", Guidance),
    ), problems


class _Reader:
    """Reads the tables of one file by their shapes; faults are collected, never raised."""

    def __init__(self, faults: Faults, tables: dict[str, Any]) -> None:
        self.faults, self.tables = faults, tables

    def row(self, shape: str, parent: Any, path: Path) -> dict[str, Any]:
        """Return the values of the table at the path, by the names of the struct that holds them."""
        return self.values(SHAPES[shape], self.faults.table(parent, path) if path else parent, path)

    def values(self, shape: Shape, table: dict[str, Any], path: Path) -> dict[str, Any]:
        self.faults.keys(table, path, shape)
        return {name.replace("-", "_"): self.value(key, table, path, name) for name, key in shape.items()}

    def value(self, key: Key, table: dict[str, Any], path: Path, name: str) -> Any:
        found: Any = getattr(self, key.kind)(key, table, path, name)
        return found

    # --------------------------------------------------------------------------------------- what `Key.kind` names
    def text(self, key: Key, table: dict[str, Any], path: Path, name: str) -> str:
        value = self.faults.take(table, path, name, str) if key.needed else self.faults.take(table, path, name, str, "")
        if value and key.values:
            self.faults.known((*path, name), key.called, value, key.values)
        return value

    def flag(self, key: Key, table: dict[str, Any], path: Path, name: str) -> bool:
        return (
            self.faults.take(table, path, name, bool)
            if key.needed
            else self.faults.take(table, path, name, bool, False)
        )

    def number(self, key: Key, table: dict[str, Any], path: Path, name: str) -> int:
        return self.faults.take(table, path, name, int)

    def count(self, key: Key, table: dict[str, Any], path: Path, name: str) -> int:
        count = self.faults.take(table, path, name, int)
        if count < 1:
            self.faults.add(path, f"„{name}“ muss mindestens 1 sein.")
        return count

    def names(self, key: Key, table: dict[str, Any], path: Path, name: str) -> tuple[str, ...]:
        found = self.faults.names(table, path, name)
        if key.needed and not found:
            self.faults.add(path, f"„{name}“ nennt nichts.")
        for one in found if key.values else ():
            self.faults.known((*path, name), key.called, one, key.values)
        return found

    def labels(self, key: Key, table: dict[str, Any], path: Path, name: str) -> dict[str, str]:
        rows = self.faults.entries(table, (*path, name))
        return {one: self.faults.take(rows, (*path, name), one, str) for one in rows}

    def entries(self, key: Key, table: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
        rows = self.faults.entries(table, (*path, name))
        make = getattr(self, f"make_{key.of}")
        return {one: make(rows, (*path, name, one)) for one in rows}

    def table(self, key: Key, table: dict[str, Any], path: Path, name: str) -> Any:
        return getattr(self, f"make_{key.of}")(table, (*path, name)) if name in table else None

    def duration(self, key: Key, table: dict[str, Any], path: Path, name: str) -> Duration | None:
        text = self.faults.take(table, path, name, str, "")
        if not text:
            return None
        if match := re.fullmatch(DURATION_PATTERN, text, re.ASCII):
            return Duration(int(match[1]), match[2])
        units = ", ".join(DURATION_UNITS)
        self.faults.add(
            (*path, name), f"Die Frist „{text}“ braucht Zahl und Einheit, z. B. „60 working days“ ({units})."
        )
        return None

    def pattern(self, key: Key, table: dict[str, Any], path: Path, name: str) -> str:
        pattern = self.faults.take(table, path, name, str, "")
        try:
            re.compile(pattern)
        except (re.error, OverflowError):
            self.faults.add((*path, name), f"Das Muster „{pattern}“ ist kein regulärer Ausdruck.")
        return pattern

    def choices(self, key: Key, table: dict[str, Any], path: Path, name: str) -> dict[str, str] | str:
        """Return the choices, or the name of the register they come from."""
        value = table.get(name)
        if (table.get("type") == "choice") != (value is not None):
            self.faults.add(path, "„choices“ gehört zu einem Feld vom Typ „choice“ und nur dorthin.")
        if value in CHOICE_REGISTERS:
            return str(value)
        if isinstance(value, dict) and value:
            return self.labels(key, table, path, name)
        if value is not None:
            known = ", ".join(f"„{one}“" for one in CHOICE_REGISTERS)
            self.faults.add(
                (*path, name), f"„choices“ ist eine Tabelle Schlüssel = Bezeichnung, oder eines von: {known}."
            )
        return {}

    def bodies(self, key: Key, table: dict[str, Any], path: Path, name: str) -> dict[str, str] | str:
        """Return the bodies by key, or the rule that says who they are."""
        value = table.get(name)
        if isinstance(value, str):
            self.faults.known((*path, name), "Die Regel für die Stellen", value, key.values)
            return value
        if isinstance(value, dict) and value:
            return self.labels(key, table, path, name)
        self.faults.add((*path, name), "„bodies“ nennt eine Regel oder eine Tabelle Schlüssel = Bezeichnung.")
        return {}

    def rule(self, key: Key, table: dict[str, Any], path: Path, name: str) -> str | int:
        """Return the rule, or the number of bodies that have to agree."""
        value = table.get(name, key.values[0])
        if isinstance(value, int) and not isinstance(value, bool) and value:
            return value
        if value not in key.values:
            self.faults.unknown((*path, name), "Die Regel", str(value), (*key.values, "eine Anzahl"))
        return str(value)

    def outcomes(self, key: Key, table: dict[str, Any], path: Path, name: str) -> dict[str, str]:
        value = table.get(name, [])
        if isinstance(value, dict):
            labels = {one: self.faults.take(value, (*path, name), one, str) for one in value}
        else:
            labels = {one: OUTCOME_LABELS.get(one, "") for one in self.faults.names(table, path, name)}
        for one in labels:
            self.faults.known((*path, name), "Das Ergebnis", one, key.values)
        if not labels:
            self.faults.add(path, "Es fehlt „outcomes“: welche Ergebnisse möglich sind.")
        return labels

    def requirements(self, key: Key, table: dict[str, Any], path: Path, name: str) -> tuple[Requirement, ...]:
        rows = table.get(name, [])
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            self.faults.add((*path, name), "„requires“ muss eine Liste von { … } sein.")
            rows = []
        return tuple(self.requirement(row, (*path, name)) for row in rows)

    def condition(self, key: Key, table: dict[str, Any], path: Path, name: str) -> Condition | None:
        return self.condition_of(table.get(name), (*path, name))

    # ------------------------------------------------------------------------------------------- what the tables make
    def definition(self, catalogue: Catalogue, sha256: str) -> Definition:
        row = self.row("workflow", self.tables, ())
        stages: dict[str, Stage] = row.pop("stage")
        fields: dict[str, Field] = {}
        for stage in stages.values():
            for field in stage.fields.values():
                if field.name in fields:
                    where = ("stage", stage.name, "field", field.name)
                    said = f"Das Feld „{field.name}“ fragt schon die Stufe „{fields[field.name].stage}“ ab."
                    self.faults.add(where, said)
                fields.setdefault(field.name, field)
        return Definition(
            sha256=sha256,
            roles=row.pop("role"),
            documents=row.pop("document"),
            stages=stages,
            gates=row.pop("gate"),
            catalogue=catalogue,
            fields=fields,
            **row,
        )

    def make_stage(self, parent: Any, path: Path) -> Stage:
        row = self.row("stage", parent, path)
        return Stage(name=path[-1], fields=row.pop("field"), transitions=row.pop("transition"), **row)

    def make_field(self, parent: Any, path: Path) -> Field:
        row = self.row("field", parent, path)
        if (row["type"] == "table") != bool(row["columns"]):
            self.faults.add(path, "„columns“ gehört zu einem Feld vom Typ „table“ und nur dorthin.")
        for column in row["amounts"]:
            self.faults.known((*path, "amounts"), "Die Spalte", column, row["columns"])
        if row["calendar"] and row["type"] not in ("date", "table"):
            self.faults.add((*path, "calendar"), "In den Kalender kommen nur Felder vom Typ „date“ oder „table“.")
        choices = row.pop("choices")
        register = choices if isinstance(choices, str) else ""
        if register:
            choices = dict(DIRECTION_LABELS) if register == "directions" else {}
        return Field(name=path[-1], stage=path[1], choices=choices, register=register, **row)

    def make_anywhere(self, parent: Any, path: Path) -> Transition:
        return self.make_transition(parent, path)

    def make_transition(self, parent: Any, path: Path) -> Transition:
        anywhere = path[0] == "anywhere"
        row = self.row("anywhere" if anywhere else "transition", parent, path)
        effect, excepted, to = row.pop("effect", ""), row.pop("except", ()), row["to"]
        if bool(to) == bool(effect):
            self.faults.add(path, "Ein Übergang braucht „to“ (oder, unter „anywhere“, stattdessen „effect“).")
        target = self.faults.table(self.tables, ("stage",)).get(to, {})
        ends = isinstance(target, dict) and target.get("final") is True
        return Transition(name=path[-1], effect="end" if ends else effect, anywhere=anywhere, excepted=excepted, **row)

    def make_starts(self, parent: Any, path: Path) -> Starts:
        return Starts(**self.row("starts", parent, path))

    def make_gate(self, parent: Any, path: Path) -> Gate:
        row = self.row("gate", parent, path)
        bodies, rule = row.pop("bodies"), row.pop("rule")
        return Gate(
            name=path[-1],
            bodies=bodies if isinstance(bodies, str) else "",
            named=bodies if isinstance(bodies, dict) else {},
            rule="number" if isinstance(rule, int) else rule,
            number=rule if isinstance(rule, int) else 0,
            **row,
        )

    def requirement(self, row: dict[str, Any], path: Path) -> Requirement:
        kind = next((one for one in row if one in REQUIREMENTS), "")
        if not kind:
            self.faults.add(path, f"Eine Voraussetzung nennt eines von: {', '.join(REQUIREMENTS)}.")
            self.faults.keys(row, path, {*REQUIREMENTS, "when", "standing"})
            return Requirement("")
        read = self.values({kind: REQUIREMENTS[kind], **beside(kind)}, row, path)
        value = read[kind]
        return Requirement(
            kind,
            names=value if isinstance(value, tuple) else (value,) if isinstance(value, str) else (),
            count=value if type(value) is int else 0,
            standing=read.get("standing", "joined" if kind == "contacts" else ""),
            when=read["when"],
        )

    def condition_of(self, value: Any, path: Path) -> Condition | None:
        faults = self.faults
        if value is None:
            return None
        if not isinstance(value, dict):
            faults.add(path, "„when“ muss eine Tabelle sein: { field|form = NAME, is = WERT } oder { any|all = […] }.")
            return None
        for kind in ("any", "all"):
            if kind in value:
                faults.keys(value, path, {kind})
                parts = value[kind] if isinstance(value[kind], list) else []
                read = [part for part in (self.condition_of(row, path) for row in parts) if part is not None]
                if not read:
                    faults.add(path, f"„{kind}“ muss eine Liste von Bedingungen sein.")
                return Condition(kind, parts=tuple(read)) if read else None
        faults.keys(value, path, {"field", "form", "is"})
        kind = "form" if "form" in value else "field"
        name, wanted = faults.take(value, path, kind, str), value.get("is")
        values = tuple(_plain(one) for one in (wanted if isinstance(wanted, list) else [wanted]) if one is not None)
        if not values:
            faults.add(path, "Einer Bedingung fehlt „is“ mit dem Wert oder den Werten.")
        if kind == "form" and faults.known(path, "Die Spalte der Rechtsform", name, FORM_COLUMNS):
            for one in values:
                faults.known(path, f"Der Wert für „{name}“", one, FORM_COLUMNS[name])
        return Condition(kind, name, values)


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | int) else str(value)
