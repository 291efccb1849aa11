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
    BODY_RULES,
    DURATION_UNITS,
    FIELD_TYPES,
    FORM_COLUMNS,
    REQUIREMENT_KINDS,
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
    Transition,
)
from ikz_workflow.errors import DefinitionError, Problem
from ikz_workflow.proposal import OUTCOMES, STANDINGS

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

    def entries(name: str, key: str, make: Callable[[Faults, dict[str, Any], Path], V]) -> dict[str, V]:
        tables, faults = parse(f"catalogue/{name}.toml", texts.get(name, ""))
        faults.keys(tables, (), {key})
        rows = faults.entries(tables, (key,))
        found = {entry: make(faults, faults.table(rows, (key, entry)), (key, entry)) for entry in rows}
        problems.extend(faults.problems)
        return found

    return Catalogue(
        obstacles=entries("obstacles", "obstacle", _obstacle),
        checks=entries("checks", "check", _check),
        reasons=entries("reasons", "reason", _reason),
        guidance=entries("guidance", "guidance", _guidance),
    ), problems


def _obstacle(faults: Faults, row: dict[str, Any], path: Path) -> Obstacle:
    faults.keys(row, path, {"label", "shows-as", "measures", "source"})
    return Obstacle(
        path[-1],
        faults.take(row, path, "label", str),
        faults.take(row, path, "shows-as", str, ""),
        faults.names(row, path, "measures"),
        faults.take(row, path, "source", str, ""),
    )


def _check(faults: Faults, row: dict[str, Any], path: Path) -> Check:
    optional = ("hint", "basis", "source", "as-of", "checked-by", "checked-on")
    faults.keys(row, path, {"label", "question", *optional})
    label, question = faults.take(row, path, "label", str), faults.take(row, path, "question", str)
    return Check(path[-1], label, question, *(faults.take(row, path, key, str, "") for key in optional))


def _reason(faults: Faults, row: dict[str, Any], path: Path) -> Reason:
    faults.keys(row, path, {"label", "hint"})
    return Reason(path[-1], faults.take(row, path, "label", str), faults.take(row, path, "hint", str, ""))


def _guidance(faults: Faults, row: dict[str, Any], path: Path) -> Guidance:
    faults.keys(row, path, {"title", "text", "source"})
    title, text = faults.take(row, path, "title", str), faults.take(row, path, "text", str)
    return Guidance(path[-1], title, text, faults.take(row, path, "source", str, ""))


class _Reader:
    """Reads the tables of one workflow; faults are collected, never raised."""

    def __init__(self, faults: Faults, tables: dict[str, Any]) -> None:
        self.faults, self.tables = faults, tables

    def definition(self, catalogue: Catalogue, sha256: str) -> Definition:
        faults, tables = self.faults, self.tables
        tops = {"name", "version", "label", "initial", "write", "role", "document", "stage", "anywhere", "gate"}
        faults.keys(tables, (), tops)
        stages = {name: self.stage(name) for name in faults.entries(tables, ("stage",))}
        fields: dict[str, Field] = {}
        for stage in stages.values():
            for field in stage.fields.values():
                if field.name in fields:
                    where = ("stage", stage.name, "field", field.name)
                    faults.add(where, f"Das Feld „{field.name}“ fragt schon die Stufe „{fields[field.name].stage}“ ab.")
                fields.setdefault(field.name, field)
        return Definition(
            name=faults.take(tables, (), "name", str),
            version=faults.take(tables, (), "version", int),
            label=faults.take(tables, (), "label", str),
            initial=faults.take(tables, (), "initial", str),
            sha256=sha256,
            roles=self.labels("role"),
            write=faults.names(tables, (), "write"),
            documents=self.labels("document"),
            stages=stages,
            anywhere={name: self.anywhere(name) for name in faults.entries(tables, ("anywhere",))},
            gates={name: self.gate(name) for name in faults.entries(tables, ("gate",))},
            catalogue=catalogue,
            fields=fields,
        )

    def labels(self, key: str) -> dict[str, str]:
        table = self.faults.entries(self.tables, (key,))
        return {name: self.faults.take(table, (key,), name, str) for name in table}

    def stage(self, name: str) -> Stage:
        path: Path = ("stage", name)
        table = self.faults.table(self.faults.table(self.tables, ("stage",)), path)
        self.faults.keys(table, path, {"label", "final", "due", "hint", "guidance", "field", "transition"})
        fields = self.faults.entries(table, (*path, "field"))
        transitions = self.faults.entries(table, (*path, "transition"))
        return Stage(
            name=name,
            label=self.faults.take(table, path, "label", str),
            final=self.faults.take(table, path, "final", bool, False),
            due=self.duration(table, path),
            hint=self.faults.take(table, path, "hint", str, ""),
            guidance=self.faults.names(table, path, "guidance"),
            fields={key: self.field(fields, (*path, "field", key)) for key in fields},
            transitions={key: self.transition(transitions, (*path, "transition", key)) for key in transitions},
        )

    def duration(self, table: dict[str, Any], path: Path) -> Duration | None:
        text = self.faults.take(table, path, "due", str, "")
        if not text:
            return None
        match = re.fullmatch(r"([1-9]\d{0,3}) ([a-z ]+)", text)
        if match and match.group(2) in DURATION_UNITS:
            return Duration(int(match.group(1)), match.group(2))
        units = ", ".join(DURATION_UNITS)
        self.faults.add(
            (*path, "due"), f"Die Frist „{text}“ braucht Zahl und Einheit, z. B. „60 working days“ ({units})."
        )
        return None

    def field(self, parent: dict[str, Any], path: Path) -> Field:
        faults, table = self.faults, self.faults.table(parent, path)
        known = ("label", "type", "ask", "hint", "example", "pattern", "choices", "columns", "when")
        faults.keys(table, path, known)
        kind = faults.take(table, path, "type", str)
        if kind:
            faults.known((*path, "type"), "Der Feldtyp", kind, FIELD_TYPES)
        choices, register = self.choices(table, path, kind)
        columns = faults.names(table, path, "columns")
        if (kind == "table") != bool(columns):
            faults.add(path, "„columns“ gehört zu einem Feld vom Typ „table“ und nur dorthin.")
        pattern = faults.take(table, path, "pattern", str, "")
        try:
            re.compile(pattern)
        except (re.error, OverflowError):
            faults.add((*path, "pattern"), f"Das Muster „{pattern}“ ist kein regulärer Ausdruck.")
        return Field(
            name=path[-1],
            stage=path[1],
            label=faults.take(table, path, "label", str),
            type=kind,
            ask=faults.take(table, path, "ask", str),
            hint=faults.take(table, path, "hint", str, ""),
            example=faults.take(table, path, "example", str, ""),
            pattern=pattern,
            choices=choices,
            register=register,
            columns=columns,
            when=self.condition(table.get("when"), (*path, "when")),
        )

    def choices(self, table: dict[str, Any], path: Path, kind: str) -> tuple[dict[str, str], str]:
        value = table.get("choices")
        where = (*path, "choices")
        if (kind == "choice") != (value is not None):
            self.faults.add(path, "„choices“ gehört zu einem Feld vom Typ „choice“ und nur dorthin.")
        if value == "directions":
            return dict(DIRECTION_LABELS), "directions"
        if value == "forms":
            return {}, "forms"
        if isinstance(value, dict) and value and all(isinstance(label, str) for label in value.values()):
            return value, ""
        if value is not None:
            self.faults.add(where, "„choices“ ist eine Tabelle Schlüssel = Bezeichnung, „directions“ oder „forms“.")
        return {}, ""

    def anywhere(self, name: str) -> Transition:
        return self.transition(self.faults.table(self.tables, ("anywhere",)), ("anywhere", name))

    def transition(self, parent: dict[str, Any], path: Path) -> Transition:
        faults, table = self.faults, self.faults.table(parent, path)
        anywhere = path[0] == "anywhere"
        faults.keys(table, path, {"label", "to", "role", "requires", "hint", *(["effect"] if anywhere else [])})
        effect = faults.take(table, path, "effect", str, "") if anywhere else ""
        if effect:
            faults.known((*path, "effect"), "Die Wirkung", effect, ("suspend", "resume"))
        to = faults.take(table, path, "to", str, "")
        if bool(to) == bool(effect):
            faults.add(path, "Ein Übergang braucht „to“ (oder, unter „anywhere“, stattdessen „effect“).")
        rows = table.get("requires", [])
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            faults.add((*path, "requires"), "„requires“ muss eine Liste von { … } sein.")
            rows = []
        target = self.faults.table(self.tables, ("stage",)).get(to, {})
        ends = isinstance(target, dict) and target.get("final") is True
        return Transition(
            name=path[-1],
            label=faults.take(table, path, "label", str),
            to=to,
            role=faults.take(table, path, "role", str),
            requires=tuple(self.requirement(row, (*path, "requires")) for row in rows),
            effect="end" if ends else effect,
            anywhere=anywhere,
            hint=faults.take(table, path, "hint", str, ""),
        )

    def requirement(self, row: dict[str, Any], path: Path) -> Requirement:
        faults = self.faults
        kind = next((key for key in row if key in REQUIREMENT_KINDS), "")
        if not kind:
            faults.add(path, f"Eine Voraussetzung nennt eines von: {', '.join(REQUIREMENT_KINDS)}.")
            faults.keys(row, path, {*REQUIREMENT_KINDS, "when", "standing"})
            return Requirement("")
        faults.keys(row, path, {kind, "when", *(["standing"] if kind == "parties" else [])})
        names: tuple[str, ...] = ()
        count = 0
        if kind in ("fields", "checks"):
            names = faults.names(row, path, kind)
            if not names:
                faults.add(path, f"„{kind}“ nennt nichts.")
        elif kind in ("parties", "contacts", "milestones"):
            count = faults.take(row, path, kind, int)
            if count < 1:
                faults.add(path, f"„{kind}“ muss mindestens 1 sein.")
        elif kind == "note":
            faults.take(row, path, kind, bool)
        else:
            names = (faults.take(row, path, kind, str),)
        if kind == "obstacles":
            faults.known(path, "Der Stand der Hemmnisse", names[0], ("assessed", "answered"))
        if kind == "reason":
            faults.known(path, "Die Art des Grundes", names[0], ("end",))
        standing = faults.take(row, path, "standing", str, "joined" if kind == "contacts" else "")
        if kind == "parties":
            faults.known(path, "Der Stand der Beteiligten", standing, STANDINGS)
        return Requirement(kind, names, count, standing, self.condition(row.get("when"), (*path, "when")))

    def condition(self, value: Any, path: Path) -> Condition | None:
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
                read = [part for part in (self.condition(row, path) for row in parts) if part is not None]
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

    def gate(self, name: str) -> Gate:
        faults, path = self.faults, ("gate", name)
        table = faults.table(faults.table(self.tables, ("gate",)), path)
        known = ("label", "question", "bodies", "rule", "veto", "on", "outcomes", "yes", "basis", "optional", "due")
        faults.keys(table, path, (*known, "when"))
        bodies, named = self.bodies(table, path)
        rule = table.get("rule", "all")
        number = rule if isinstance(rule, int) and not isinstance(rule, bool) else 0
        if not number and rule not in ("all", "any", "majority"):
            faults.unknown((*path, "rule"), "Die Regel", str(rule), ("all", "any", "majority", "eine Anzahl"))
        return Gate(
            name=name,
            label=faults.take(table, path, "label", str),
            question=faults.take(table, path, "question", str),
            outcomes=self.outcomes(table, path),
            yes=faults.names(table, path, "yes"),
            bodies=bodies,
            named=named,
            rule="number" if number else str(rule),
            number=number,
            veto=faults.take(table, path, "veto", bool, False),
            on=faults.take(table, path, "on", str, ""),
            basis=faults.take(table, path, "basis", str, ""),
            optional=faults.take(table, path, "optional", bool, False),
            due=self.duration(table, path),
            when=self.condition(table.get("when"), (*path, "when")),
        )

    def bodies(self, table: dict[str, Any], path: Path) -> tuple[str, dict[str, str]]:
        value = table.get("bodies")
        if isinstance(value, str):
            self.faults.known((*path, "bodies"), "Die Regel für die Stellen", value, BODY_RULES)
            return value, {}
        if isinstance(value, dict) and value and all(isinstance(label, str) for label in value.values()):
            return "", value
        self.faults.add((*path, "bodies"), "„bodies“ nennt eine Regel oder eine Tabelle Schlüssel = Bezeichnung.")
        return "", {}

    def outcomes(self, table: dict[str, Any], path: Path) -> dict[str, str]:
        value = table.get("outcomes", [])
        if isinstance(value, dict):
            labels = {one: self.faults.take(value, (*path, "outcomes"), one, str) for one in value}
        else:
            labels = {one: OUTCOME_LABELS.get(one, "") for one in self.faults.names(table, path, "outcomes")}
        for one in labels:
            self.faults.known((*path, "outcomes"), "Das Ergebnis", one, OUTCOMES)
        if not labels:
            self.faults.add(path, "Es fehlt „outcomes“: welche Ergebnisse möglich sind.")
        return labels


def _plain(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | int) else str(value)
