"""Give the format of workflow files as a JSON Schema, generated from the shapes the reader goes by."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from ikz_workflow.definition.model import FORM_COLUMNS
from ikz_workflow.definition.shape import (
    CHOICE_REGISTERS,
    DURATION_PATTERN,
    NAME_PATTERN,
    REQUIREMENTS,
    SHAPES,
    Key,
    Shape,
    beside,
)

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_SAID: Schema = {"type": "string", "pattern": r"\S"}
_NAMES: Schema = {"type": "array", "items": _TEXT}
_NAME: Schema = {"pattern": f"^{NAME_PATTERN}$"}
_LABELS: Schema = {"type": "object", "minProperties": 1, "additionalProperties": _SAID}
_OF_WORKFLOW = ("workflow", "stage", "field", "transition", "starts", "anywhere", "gate")


def schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a workflow file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Verfahren für ikz",
        **_table(SHAPES["workflow"]),
        "$defs": {
            **{name: _table(SHAPES[name], **_MORE.get(name, {})) for name in _OF_WORKFLOW[1:]},
            "requirement": {"oneOf": [_requirement(kind) for kind in REQUIREMENTS]},
            "condition": _condition(),
        },
    }


def text() -> str:
    """Return the schema as it is kept beside the workflows."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _table(shape: Shape, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": {name: _value(key) for name, key in shape.items()},
        "required": [name for name, key in shape.items() if key.needed],
        "additionalProperties": False,
        **more,
    }


# What one table alone can still tell beyond its keys.
_MORE: dict[str, Schema] = {
    "transition": {"required": ["label", "to", "role"]},
    "anywhere": {"oneOf": [{"required": ["to"]}, {"required": ["effect"]}]},
    "field": {
        "allOf": [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"required": [key]},
                "else": {"not": {"required": [key]}},
            }
            for kind, key in (("choice", "choices"), ("table", "columns"))
        ]
    },
}


def _value(key: Key) -> Schema:
    return {"description": key.about, **_KINDS[key.kind](key)}


def _entries(key: Key) -> Schema:
    return {"type": "object", "propertyNames": _NAME, "additionalProperties": {"$ref": f"#/$defs/{key.of}"}}


def _text(key: Key) -> Schema:
    return {"enum": list(key.values)} if key.values else _SAID if key.needed else _TEXT


def _outcomes(key: Key) -> Schema:
    known = {"enum": list(key.values)}
    return {"anyOf": [{"type": "array", "minItems": 1, "items": known}, {**_LABELS, "propertyNames": known}]}


_KINDS: dict[str, Callable[[Key], Schema]] = {
    "text": _text,
    "flag": lambda _key: {"type": "boolean"},
    "number": lambda _key: {"type": "integer"},
    "count": lambda _key: {"type": "integer", "minimum": 1},
    "names": lambda key: {**_NAMES, "minItems": 1} if key.needed else _NAMES,
    "labels": lambda _key: {"type": "object", "propertyNames": _NAME, "additionalProperties": _SAID},
    "entries": _entries,
    "table": lambda key: {"$ref": f"#/$defs/{key.of}"},
    "duration": lambda _key: {"type": "string", "pattern": f"^({DURATION_PATTERN})?$"},
    "pattern": lambda _key: {"type": "string", "format": "regex"},
    "choices": lambda _key: {"anyOf": [{"enum": list(CHOICE_REGISTERS)}, _LABELS]},
    "bodies": lambda key: {"anyOf": [{"enum": list(key.values)}, _LABELS]},
    "rule": lambda key: {"anyOf": [{"enum": list(key.values)}, {"type": "integer", "minimum": 1}]},
    "outcomes": _outcomes,
    "requirements": lambda _key: {"type": "array", "items": {"$ref": "#/$defs/requirement"}},
    "condition": lambda _key: {"$ref": "#/$defs/condition"},
}


def _requirement(kind: str) -> Schema:
    return _table({kind: REQUIREMENTS[kind], **beside(kind)})


def _condition() -> Schema:
    """Return what `Reader.condition_of` reads: a field or a form's column with its values, or any or all of several."""
    one: Schema = {"type": ["string", "boolean", "integer"]}
    of_field = {"field": _SAID, "is": {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}}
    leaves = [_closed(of_field)]
    for column, values in FORM_COLUMNS.items():
        known: Schema = {"enum": list(values)}
        several = {"anyOf": [known, {"type": "array", "minItems": 1, "items": known}]}
        leaves.append(_closed({"form": {"const": column}, "is": several}))
    parts: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    return {"oneOf": [*leaves, _closed({"any": parts}), _closed({"all": parts})]}


def _closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
