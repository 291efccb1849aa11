# ruff: noqa: E501  a case reads better in one line
"""Editors get the format of workflows from the code that reads it."""

from __future__ import annotations

import tomllib

import pytest
from homes import WORKFLOWS, workflow_text
from jsonschema import Draft202012Validator
from test_definition import PLANTS, PROBE, Plant, faults_of, planted

from ikz_workflow.definition.schema import schema, text

VALIDATOR = Draft202012Validator(schema())
# What one table alone does not tell: names that other tables or the catalogues give, ways, and two plants of text.
BEYOND = {
    *("unknown-stage", "unknown-initial", "unknown-field", "unknown-role", "unknown-writer", "unknown-gate"),
    *("unknown-document", "unknown-document-of-gate", "unknown-check", "unknown-basis", "unknown-condition-field"),
    *("unknown-condition-value", "condition-on-free-text", "unknown-guidance", "yes-not-an-outcome"),
    *("unreachable-stage", "no-way-to-an-end", "exit-from-a-final-stage", "field-demanded-too-early"),
    *("gate-without-a-yes", "gate-asking-too-many", "transition-named-twice", "field-asked-twice"),
    *("reached-without-date", "pattern-not-regular", "unknown-reason", "reason-without-end"),
    *("unknown-field-to-take-along", "unknown-column-of-amounts"),
}


def refused(text: str) -> bool:
    return not VALIDATOR.is_valid(tomllib.loads(text))


def test_the_schema_itself_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", sorted(path.stem for path in WORKFLOWS.glob("*.toml")))
def test_the_shipped_workflows_are_valid(name: str) -> None:
    found = [
        f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(tomllib.loads(workflow_text(name)))
    ]
    assert found == []


def test_the_probe_is_valid() -> None:
    assert not refused(PROBE)


@pytest.mark.parametrize("plant", [p for p in PLANTS if p.name not in BEYOND], ids=lambda plant: plant.name)
def test_a_planted_fault_that_one_table_tells_is_refused_by_schema_and_reader(plant: Plant) -> None:
    assert refused(planted(plant))
    assert faults_of(planted(plant))


@pytest.mark.parametrize("plant", [p for p in PLANTS if p.name in BEYOND], ids=lambda plant: plant.name)
def test_what_only_the_whole_file_tells_is_left_to_the_reader(plant: Plant) -> None:
    assert not refused(planted(plant))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("requires = [{ note = true }]", "requires = [{ fields = [] }]"),
        ("requires = [{ note = true }]", "requires = [{ parties = 0, standing = \"joined\" }]"),
        ("requires = [{ note = true }]", "requires = [{ note = true, checks = [\"vat\"] }]"),
        ('parties = 1, standing = "joined"', "parties = 1"),
        ('type = "date"', 'type = "date"\nchoices = "forms"'),
        ('effect = "suspend"', 'effect = "suspend"\nto = "done"'),
        ("[stage.middle.field.day]", '[stage.middle.field."ein Tag"]\nlabel = "x"\ntype = "line"\nask = "?"\n[stage.middle.field.day]'),
        ('when = { field = "kind", is = "large" }', 'when = { field = "kind" }'),
    ],
)  # fmt: skip
def test_schema_and_reader_refuse_the_same(old: str, new: str) -> None:
    assert PROBE.count(old) >= 1
    text = PROBE.replace(old, new, 1)
    assert refused(text)
    assert faults_of(text, None)


def test_the_schema_beside_the_workflows_is_the_one_the_code_gives() -> None:
    assert (WORKFLOWS / "workflow.schema.json").read_text(encoding="utf-8") == text()
