"""Read register entries, as files or commands give their values."""

from __future__ import annotations

from typing import Any

import msgspec

from ikz_workflow import resources
from ikz_workflow.definition.faults import parse
from ikz_workflow.definition.model import FORM_COLUMNS
from ikz_workflow.errors import DefinitionError, Problem
from ikz_workflow.german import ORGANISATION_KINDS, misfit
from ikz_workflow.possible import impossible_entry
from ikz_workflow.proposal import Cooperation, Department, LegalForm, Organisation, RegisterEntry, Topic
from ikz_workflow.services.home import Home

_FILES = ("organisations", "departments", "topics", "forms", "cooperations")
_TYPES: dict[str, type[RegisterEntry]] = {
    "organisation": Organisation,
    "department": Department,
    "topic": Topic,
    "form": LegalForm,
    "cooperation": Cooperation,
}


def entries(home: Home) -> list[tuple[str, str, RegisterEntry]]:
    """Return what the files under workflows/registers say; DefinitionError names all faults."""
    found: list[tuple[str, str, RegisterEntry]] = []
    problems: list[Problem] = []
    for name in _FILES:
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
                    found.append((kind, subject, converted(kind, plain)))
                except msgspec.ValidationError as error:
                    faults.add((kind, key, *subject.split("@")[1:]), in_german(error))
        problems.extend(faults.problems)
    if problems:
        raise DefinitionError(problems)
    return found


def problems(home: Home) -> list[Problem]:
    """Return every fault of the files that fill the registers of a new home."""
    try:
        entries(home)
    except DefinitionError as error:
        return list(error.problems)
    return []


def _dated(key: str, rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of a legal form by key and the day each is valid from."""
    dated = {day: row if isinstance(row, dict) else {"valid_from": row} for day, row in rows.items()}
    return {f"{key}@{day}": {**row, "key": key, "valid-from": day} for day, row in dated.items()}


def in_german(error: msgspec.ValidationError) -> str:
    """Return what is wrong with a register entry, whose columns are written with hyphens."""
    return misfit(error).replace("_", "-")


def converted(kind: str, values: dict[str, Any]) -> RegisterEntry:
    """Return the entry some values give. msgspec.ValidationError, see `in_german`, if they give none."""
    entry = msgspec.convert(values, _TYPES[kind])
    if isinstance(entry, Organisation) and entry.kind not in ORGANISATION_KINDS:
        raise msgspec.ValidationError("Invalid value - at `$.kind`")
    if isinstance(entry, LegalForm):
        for column, known in FORM_COLUMNS.items():
            if getattr(entry, column) not in known:
                raise msgspec.ValidationError(f"Invalid value - at `$.{column}`")
    if what := impossible_entry(entry):
        raise msgspec.ValidationError(f"Invalid value - at `$.{what.partition(' ')[0]}`")
    return entry
