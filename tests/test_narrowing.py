"""A procedure is shown for one direction or legal form: what can never apply there falls away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from homes import FORM, definition_of
from msgspec.structs import replace

from ikz_workflow.definition import Condition, Definition, Gate
from ikz_workflow.definition.narrowing import narrowed
from ikz_workflow.services import forms, workflows
from ikz_workflow.services.home import Home

TEXT = """\
name = "probe"
version = 1
label = "Probe"
initial = "start"
write = ["clerk"]
role = { clerk = "Sachbearbeitung" }

[stage.start]
label = "Anfang"
field.way = { label = "Richtung", type = "choice", ask = "?", choices = "directions" }
field.form = { label = "Form", type = "choice", ask = "?", choices = "forms" }
field.duty = { label = "Pflicht", type = "yes-no", ask = "?", when = { form = "supervision", is = "case-by-case" } }
field.after = { label = "Danach", type = "line", ask = "?", when = { field = "duty", is = true } }
field.office = { label = "Amt", type = "line", ask = "?", when = { field = "way", is = ["intrakommunal", "vertikal"] } }

[stage.start.transition.finish]
label = "Beenden"
to = "done"
role = "clerk"
requires = [
  { fields = ["form", "duty", "after", "office"] },
  { gate = "council" },
  { gate = "supervision" },
  { note = true, when = { form = "decides", is = ["councils", "heads"] } },
]

[stage.done]
label = "Fertig"
final = true

[gate.council]
label = "Beschluss"
question = "?"
bodies = "councils"
outcomes = ["adopted"]
yes = ["adopted"]

[gate.supervision]
label = "Genehmigung"
question = "?"
bodies = "authorities"
outcomes = ["approved"]
yes = ["approved"]
when = { any = [
  { form = "supervision", is = "approval" },
  { all = [{ form = "supervision", is = "case-by-case" }, { field = "duty", is = true }] },
] }
"""
APPROVED = FORM
FREE = replace(FORM, key="free", supervision="none", decides="by-value")
CASE = replace(FORM, key="case", supervision="case-by-case", decides="heads")


def kinds(definition: Definition) -> list[tuple[str, tuple[str, ...]]]:
    return [(need.kind, need.names) for need in definition.stages["start"].transitions["finish"].requires]


def test_what_holds_for_no_form_falls_away_with_everything_that_hangs_on_it() -> None:
    found = narrowed(definition_of(TEXT), [FREE], "interkommunal")
    assert list(found.fields) == ["way", "form"]
    assert list(found.gates) == ["council"]
    assert kinds(found) == [("fields", ("form",)), ("gate", ("council",))]


def test_what_holds_for_every_form_loses_its_condition() -> None:
    found = narrowed(definition_of(TEXT), [APPROVED], "vertikal")
    assert found.gates["supervision"].when is None
    assert found.fields["office"].when is None
    assert ("note", ()) in kinds(found)
    assert all(need.when is None for need in found.stages["start"].transitions["finish"].requires)


def test_what_depends_on_an_answer_keeps_the_part_that_is_open() -> None:
    found = narrowed(definition_of(TEXT), [CASE], "interkommunal")
    assert found.gates["supervision"].when == Condition("field", "duty", ("true",))
    assert found.fields["duty"].when is None
    assert "office" not in found.fields


def test_what_holds_for_some_forms_only_names_the_values_that_occur() -> None:
    found = narrowed(definition_of(TEXT), [FREE, CASE])
    [note] = [need for need in found.stages["start"].transitions["finish"].requires if need.kind == "note"]
    assert note.when == Condition("form", "decides", ("heads",))
    assert "office" in found.fields


def test_narrowing_to_every_form_in_every_direction_changes_no_transition(kooperation: Definition, home: Home) -> None:
    rows = forms.valid_forms(home, "2026-11-22")
    found = narrowed(kooperation, rows)
    assert found.stages.keys() == kooperation.stages.keys()
    assert found.gates.keys() == kooperation.gates.keys()


@pytest.mark.parametrize("direction", ["interkommunal", "intrakommunal", "vertikal"])
def test_every_narrowed_definition_is_whole(kooperation: Definition, home: Home, direction: str) -> None:
    found = workflows.narrowed_definition(home, "kooperation", direction, None).definition
    for stage in found.stages.values():
        for transition in stage.transitions.values():
            for need in transition.requires:
                known = {"fields": found.fields, "gate": found.gates}.get(need.kind, need.names)
                assert set(need.names) <= set(known)


def leaves_of(gate: Gate) -> Iterator[Condition]:
    return gate.when.leaves() if gate.when else iter(())


def test_a_city_with_an_institution_needs_no_approval_of_an_association(home: Home) -> None:
    inter = workflows.narrowed_definition(home, "kooperation", "interkommunal", None).definition
    intra = workflows.narrowed_definition(home, "kooperation", "intrakommunal", None).definition
    approval = Condition("form", "supervision", ("approval",))
    assert approval in list(leaves_of(inter.gates["supervision"]))
    assert approval not in list(leaves_of(intra.gates["supervision"]))
