"""The engine says what can happen, decides it by requirements alone, and touches nothing."""

from __future__ import annotations

import copy
import gc
import hashlib
import json

import msgspec
import pytest
from homes import BOERDE, FORM, MAIN_LINE, OWN, around, blank, definition_of, workflow_text
from hypothesis import given, settings
from hypothesis import strategies as st

from ikz_workflow import engine
from ikz_workflow.definition import BY_FORM, Definition
from ikz_workflow.errors import (
    InvalidInput,
    RequirementsUnmet,
    RoleRequired,
    TransitionNotAllowed,
    UnknownTransition,
    WrongStage,
)
from ikz_workflow.proposal import Decision, DocumentVersion, Party, Proposal
from ikz_workflow.requirements import Item, Plan

ROLES = ("clerk", "head", "centre", "legal", "finance", "auditor")
PLAN = Plan("other", note=True)

SMALL = """\
name = "small"
version = 1
label = "Klein"
initial = "a"
write = ["clerk"]
[role]
clerk = "Sachbearbeitung"
head = "Leitung"
[stage.a]
label = "A"
[stage.a.field.goal]
label = "Ziel"
type = "text"
ask = "?"
[stage.a.transition.go]
label = "Weiter"
to = "b"
role = "clerk"
requires = [{ fields = ["goal"] }, { obstacles = "assessed" }, { note = true }]
[stage.b]
label = "B"
[stage.b.transition.back]
label = "Zurück"
to = "a"
role = "clerk"
[stage.b.transition.close]
label = "Schluss"
to = "c"
role = "head"
[stage.c]
label = "C"
final = true
[anywhere.suspend]
label = "Ruhen"
effect = "suspend"
role = "clerk"
requires = [{ note = true }]
[anywhere.resume]
label = "Wieder"
effect = "resume"
role = "clerk"
[anywhere.drop]
label = "Fallen lassen"
to = "c"
role = "clerk"
"""


@pytest.fixture(scope="module")
def small() -> Definition:
    return definition_of(SMALL)


def names(definition: Definition, proposal: Proposal) -> list[str]:
    return [one.transition.name for one in engine.outlook(definition, proposal, around(), ROLES)]


def test_a_definition_has_one_machine_however_often_it_is_asked_for(small: Definition) -> None:
    assert engine.machine(small) is engine.machine(small)
    assert engine.machine(definition_of(SMALL)) is engine.machine(small)
    assert engine.machine(definition_of(SMALL + "# anders\n")) is not engine.machine(small)


def test_the_machine_keeps_no_proposal(small: Definition) -> None:
    engine.advance(small, blank(small, stage="b"), around(), "back", ROLES)
    gc.collect()
    assert engine.machine(small).models == []
    assert not [one for one in gc.get_objects() if type(one).__name__ == "_Token"]


def test_only_declared_transitions_are_known_to_the_machine(kooperation: Definition) -> None:
    machine = engine.machine(kooperation)
    assert set(machine.events) == kooperation.transition_names()
    for name, event in machine.events.items():
        for source, transitions in event.transitions.items():
            declared = kooperation.transitions_from(source)
            assert [one.dest for one in transitions] == [declared[name].to or source]


@pytest.mark.parametrize("stage", MAIN_LINE)
def test_every_declared_transition_leaves_its_stage_and_no_other(kooperation: Definition, stage: str) -> None:
    declared = kooperation.transitions_from(stage)
    proposal = blank(kooperation, stage=stage)
    assert names(kooperation, proposal) == [name for name, one in declared.items() if one.effect != "resume"]
    for name in kooperation.transition_names() - set(declared):
        with pytest.raises(WrongStage):
            engine.advance(kooperation, proposal, around(), name, ROLES, PLAN)


def test_a_transition_goes_from_where_the_proposal_stands_and_never_from_the_first_stage(small: Definition) -> None:
    event = engine.advance(small, blank(small, stage="b"), around(), "close", ROLES)
    assert (event.source, event.target, event.effect) == ("b", "c", "end")
    again = engine.advance(small, blank(small, stage="b"), around(), "back", ROLES)
    assert (again.source, again.target, again.effect) == ("b", "a", "")


def test_an_unmet_requirement_stops_the_transition_with_everything_that_is_missing(small: Definition) -> None:
    with pytest.raises(RequirementsUnmet) as caught:
        engine.advance(small, blank(small), around(), "go", ROLES)
    missing = [item for item in caught.value.missing if isinstance(item, Item)]
    assert [item.kind for item in missing] == ["field", "obstacles", "note"]
    assert not any(item.met for item in missing)
    assert all(item.text and item.who and item.remedy for item in missing)
    assert "3 Punkte fehlen" in str(caught.value)


def test_met_requirements_let_it_happen_and_the_checklist_says_so(small: Definition) -> None:
    proposal = blank(small, fields={"goal": "c:1"}, obstacles_assessed=True)
    assert engine.advance(small, proposal, around(), "go", ROLES, PLAN).target == "b"
    with pytest.raises(RequirementsUnmet) as caught:
        engine.advance(small, proposal, around(), "go", ROLES)
    assert [item.kind for item in caught.value.missing if isinstance(item, Item)] == ["note"]
    assert "ein Punkt fehlt" in str(caught.value)


def test_the_role_is_asked_for_by_its_label_with_the_way_to_get_it(small: Definition) -> None:
    with pytest.raises(RoleRequired) as caught:
        engine.advance(small, blank(small, stage="b"), around(), "close", ["clerk"])
    assert caught.value.roles == ("Leitung",)
    assert "ikz person grant PERSON head" in str(caught.value)


def test_an_unknown_name_gets_the_nearest_and_what_is_possible(small: Definition) -> None:
    with pytest.raises(UnknownTransition) as caught:
        engine.advance(small, blank(small, stage="b"), around(), "clsoe", ROLES)
    assert caught.value.near == ("close",)
    assert caught.value.possible == ("back", "close", "suspend", "drop")


@pytest.mark.parametrize("name", ["to_b", "to_c", "initial", "", "*", "=", "may_go", "is_a", "__class__", "os.getpid"])
def test_names_a_state_machine_might_obey_are_unknown_here(small: Definition, name: str) -> None:
    with pytest.raises(UnknownTransition):
        engine.advance(small, blank(small), around(), name, ROLES, PLAN)


def test_from_the_wrong_stage_it_says_which_and_what_is_possible(small: Definition) -> None:
    with pytest.raises(WrongStage) as caught:
        engine.advance(small, blank(small), around(), "close", ROLES)
    assert caught.value.stage == "A"
    assert caught.value.possible == ("go", "suspend", "drop")


def test_what_rests_can_resume_or_end_and_nothing_else(small: Definition) -> None:
    resting = blank(small, stage="b", suspended="c:1")
    assert names(small, resting) == ["close", "resume", "drop"]
    for name in ("back", "suspend"):
        with pytest.raises(WrongStage) as caught:
            engine.advance(small, resting, around(), name, ROLES, PLAN)
        assert caught.value.stage == "B (ruht)"
    resumed = engine.advance(small, resting, around(), "resume", ROLES)
    assert (resumed.source, resumed.target, resumed.effect) == ("b", "b", "resume")
    assert engine.advance(small, resting, around(), "drop", ROLES).effect == "end"


def test_a_legal_forms_row_is_bound_by_the_sha256_of_its_canonical_text() -> None:
    row = {"key": "probe-form", "label": "Probeform", "valid_from": "undated", "directions": ["interkommunal"],
           "decides": "councils", "supervision": "approval", "publication": "none", "document": "agreement",
           "basis": "§ 1 Probegesetz", "basis_supervision": "§ 2 Probegesetz"}  # fmt: skip
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert engine.form_hash(FORM) == hashlib.sha256(text.encode()).hexdigest()


def test_a_day_of_review_belongs_to_a_rest_only() -> None:
    definition = definition_of(SMALL, "small.toml")
    there = blank(definition, stage="b")
    with pytest.raises(InvalidInput, match=r"^--until: .*Wiedervorlage"):
        engine.advance(definition, there, around(), "back", ROLES, Plan(note=True, review="2027-03-01"))
    resting = engine.advance(definition, there, around(), "suspend", ROLES, Plan(note=True, review="2027-03-01"))
    assert resting.review == "2027-03-01"


def test_where_no_legal_form_is_chosen_the_event_names_none(small: Definition) -> None:
    event = engine.advance(small, blank(small, stage="b"), around(form=None), "back", ROLES)
    assert (event.form, event.form_sha256) == (None, None)


def test_what_does_not_rest_cannot_resume(small: Definition) -> None:
    assert "resume" not in names(small, blank(small))
    with pytest.raises(WrongStage):
        engine.advance(small, blank(small), around(), "resume", ROLES)


def test_nothing_leaves_a_final_stage(small: Definition) -> None:
    ended = blank(small, stage="c")
    assert names(small, ended) == []
    for name in small.transition_names():
        with pytest.raises(WrongStage):
            engine.advance(small, ended, around(), name, ROLES, PLAN)


def test_a_reason_needs_to_be_one_of_the_catalogue(kooperation: Definition) -> None:
    proposal = blank(kooperation)
    for plan in (Plan("", note=True), Plan("weil", note=True)):
        with pytest.raises(RequirementsUnmet) as caught:
            engine.advance(kooperation, proposal, around(), "fail", ROLES, plan)
        assert [item.kind for item in caught.value.missing if isinstance(item, Item)] == ["reason"]
    event = engine.advance(kooperation, proposal, around(), "fail", ROLES, Plan("no-capacity", note=True))
    assert (event.reason, event.effect, event.target) == ("no-capacity", "end", "ended")


def test_the_event_carries_the_bodies_asked_and_the_form_that_decided(kooperation: Definition) -> None:
    text = workflow_text().replace(
        'role = "head"\nrequires = [\n  { gate = "council" },\n  { gate = "head-decision" },',
        'role = "head"\nrequires = [',
    )
    definition = definition_of(text.replace('  { gate = "supervision" },\n  { gate = "notice" },\n', ""))
    gates = definition.gates["signature"]
    assert gates.on == BY_FORM
    version = DocumentVersion("agreement", 1, "f" * 64, "t" * 64, "generated", 3, "2026-11-22T00:00:00.000000Z")
    said = tuple(Decision("signature", body, "approved", 4, "t" * 64, "t" * 64) for body in (OWN, BOERDE))
    proposal = blank(
        definition,
        stage="council-vote",
        parties=(Party(BOERDE, "joined"),),
        documents=(version,),
        decisions=said,
        fields={"effective-from": "2026-01-01"},
    )
    event = engine.advance(definition, proposal, around(), "enact", ROLES)
    assert event.bodies == {"signature": (OWN, BOERDE)}
    circumstances = around()
    assert circumstances.form is not None
    assert (event.form, event.form_sha256) == ("probe-form", engine.form_hash(circumstances.form))


@settings(max_examples=60)
@given(
    stage=st.sampled_from(MAIN_LINE),
    suspended=st.sampled_from([None, "c:1"]),
    roles=st.sets(st.sampled_from(ROLES)),
    fields=st.dictionaries(st.sampled_from(["summary", "goals", "effective-from", "direction"]), st.just("2026-01-01")),
    joined=st.booleans(),
)
def test_outlook_changes_nothing_and_agrees_with_advance(
    kooperation: Definition, stage: str, suspended: str | None, roles: set[str], fields: dict[str, str], joined: bool
) -> None:
    parties = (Party(BOERDE, "joined"),) if joined else ()
    proposal = blank(kooperation, stage=stage, suspended=suspended, fields=fields, parties=parties)
    circumstances = around()
    before = msgspec.json.encode([proposal, circumstances, kooperation], order="sorted")
    kept = copy.deepcopy(proposal)
    possible = engine.outlook(kooperation, proposal, circumstances, roles)
    for one in possible:
        name, wanted = one.transition.name, one.transition.role in roles
        assert one.allowed == wanted
        if one.ready:
            event = engine.advance(kooperation, proposal, circumstances, name, roles)
            assert event.target == (one.transition.to or stage)
        elif not wanted:
            with pytest.raises(RoleRequired):
                engine.advance(kooperation, proposal, circumstances, name, roles)
        else:
            with pytest.raises(RequirementsUnmet) as caught:
                engine.advance(kooperation, proposal, circumstances, name, roles)
            assert caught.value.missing == one.missing
    assert proposal == kept
    assert msgspec.json.encode([proposal, circumstances, kooperation], order="sorted") == before
    assert [one.transition.name for one in engine.outlook(kooperation, proposal, circumstances, roles)] == [
        one.transition.name for one in possible
    ]


@pytest.mark.parametrize("day", ["2026-10-31", "2026-10", "2025"])
def test_nothing_moves_on_before_the_day_its_stage_began(day: str) -> None:
    definition = definition_of(workflow_text("nacherfassung"))
    proposal = blank(definition, stage="agreement", stage_on="2026-11-01")
    with pytest.raises(TransitionNotAllowed, match=r"erst seit 01\.11\.2026"):
        engine.advance(definition, proposal, around(), "record-submission", ("clerk",), Plan(on=day))


@pytest.mark.parametrize(
    ("since", "day"),
    [("2026-11-01", "2026-11-01"), ("2026-11-01", "2026"), ("2003", "2003-02-01"), ("2003", None), (None, "1999")],
)
def test_a_day_known_too_little_does_not_hinder(since: str | None, day: str | None) -> None:
    definition = definition_of(workflow_text("nacherfassung"))
    proposal = blank(definition, stage="agreement", stage_on=since)
    event = engine.advance(definition, proposal, around(), "record-submission", ("clerk",), Plan(on=day))
    assert event.target == "council-vote"


@pytest.mark.parametrize(
    ("stage", "since"), [("agreement", "2026-11-22"), ("agreement", "2026-11-30"), ("idea", "2026-11-21")]
)
def test_only_the_first_stage_of_a_proposal_entered_without_a_day_hinders_nothing(stage: str, since: str) -> None:
    definition = definition_of(workflow_text("nacherfassung"))
    proposal = blank(definition, stage=stage, stage_on=since)  # entered on 22 November
    name = next(iter(definition.transitions_from(stage)))
    with pytest.raises(TransitionNotAllowed, match="erst seit"):
        engine.advance(definition, proposal, around(), name, ROLES, Plan(on="2026-11-20"))


def test_the_past_of_a_proposal_can_be_recorded_after_it_was_entered_today() -> None:
    definition = definition_of(workflow_text("nacherfassung"))
    written = {"summary": "c:" + "1" * 64, "source": "c:" + "2" * 64}
    proposal = blank(definition, stage_on="2026-11-22", fields=written)
    event = engine.advance(definition, proposal, around(), "record-guideline", ("clerk",), Plan(on="2003-05"))
    assert event.target == "guideline-drafted"
