# ruff: noqa: E501  a case reads better in one line
"""A gate asks the right bodies, counts only votes on the text at hand, and opens exactly when its rule is met."""

from __future__ import annotations

import itertools

import pytest
from homes import (
    AUTHORITY,
    BOERDE,
    FORM,
    JERICHOW,
    OWN,
    STENDAL,
    amend,
    around,
    blank,
    happen,
    meet,
    proposal_of,
    started,
    walk,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ikz_workflow import engine, events
from ikz_workflow.definition import Condition, Definition, Gate
from ikz_workflow.errors import Contradiction, InvalidInput, NotAllowed, NotFound, RequirementsUnmet
from ikz_workflow.gates import GateState, bodies, gate_state, holds
from ikz_workflow.proposal import Decision, DocumentVersion, LegalForm, Organisation, Party, Proposal
from ikz_workflow.services import audit, documents, proposals, records, timeline
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"
AT = "2026-11-22T11:00:00.000000Z"
OLD, NEW = "a" * 64, "b" * 64
COUNCIL = Gate(
    "council",
    "Beschluss",
    "?",
    {"adopted": "ja", "adopted-amended": "geändert", "rejected": "nein", "deferred": "vertagt"},
    ("adopted", "adopted-amended"),
    bodies="councils",
    on="agreement",
)
PARTIES = (Party(BOERDE, "joined"), Party(JERICHOW, "joined"))


def vote(
    body: str, outcome: str, text: str | None = OLD, gate: str = "council", corrects: int | None = None
) -> events.Decided:
    return events.Decided(gate, body, outcome, (OWN, BOERDE), text=text, corrects=corrects)  # type: ignore[arg-type]


def text(digest: str, number: int = 1) -> events.DocumentAdded:
    return events.DocumentAdded("agreement", number, digest, digest, 1, "filed")


def states(gate: Gate, proposal: Proposal) -> dict[str, str]:
    return {answer.body.key: answer.state for answer in gate_state(gate, proposal, around()).answers}


@pytest.fixture
def bare(kooperation: Definition) -> Proposal:
    """Return a proposal with two joined partners and the first text."""
    return happen(blank(kooperation, parties=PARTIES), text(OLD))


# ------------------------------------------------------------------------------------------------- who is asked
@pytest.mark.parametrize(
    ("rule", "form", "asked"),
    [
        ("councils", FORM, {OWN: "Stadtrat – Magdeburg", BOERDE: "Kreistag – Börde", JERICHOW: "Kreistag – Jerichower Land"}),
        ("heads", FORM, {OWN: "Oberbürgermeisterin – Magdeburg", BOERDE: "Landrat – Börde", JERICHOW: "Landrat – Jerichower Land", "kid": "Geschäftsführung – KID GmbH"}),
        ("own-council", FORM, {OWN: "Stadtrat – Magdeburg"}),
        ("authorities", FORM, {AUTHORITY: "Landesverwaltungsamt"}),
        ("parties", FORM, {OWN: "Magdeburg", BOERDE: "Börde", JERICHOW: "Jerichower Land", "kid": "KID GmbH"}),
    ],
)  # fmt: skip
def test_a_rule_asks_the_bodies_it_says(
    kooperation: Definition, rule: str, form: LegalForm | None, asked: dict[str, str]
) -> None:
    proposal = blank(kooperation, parties=(*PARTIES, Party("kid", "joined"), Party(STENDAL, "interested")))
    found = bodies(replace(COUNCIL, bodies=rule), proposal, around(form))
    assert {body.key: body.name for body in found} == asked
    assert found[0].key in (OWN, AUTHORITY)


def test_only_who_has_joined_is_asked(kooperation: Definition) -> None:
    for standing in ("approached", "interested", "declined", "withdrew"):
        proposal = blank(kooperation, parties=(Party(BOERDE, standing),))  # type: ignore[arg-type]
        assert [body.key for body in bodies(COUNCIL, proposal, around())] == [OWN]


def test_every_authority_is_asked_once_however_many_it_supervises(kooperation: Definition) -> None:
    county = Organisation("Landkreis Stendal", "county", council="Kreistag", authority=AUTHORITY)
    city = Organisation("Stendal", "municipality", council="Stadtrat", authority="county")
    proposal = blank(kooperation, parties=(*PARTIES, Party("city", "joined")))
    found = bodies(replace(COUNCIL, bodies="authorities"), proposal, around(FORM, city=city, county=county))
    assert [body.key for body in found] == [AUTHORITY, "county"]


def test_named_bodies_are_asked_as_they_are_named(kooperation: Definition) -> None:
    gate = replace(COUNCIL, bodies="", named={"b": "Stelle B", "a": "Stelle A"})
    assert [(body.key, body.name) for body in bodies(gate, blank(kooperation), around())] == [
        ("b", "Stelle B"),
        ("a", "Stelle A"),
    ]


# ------------------------------------------------------------------------------------------------- which votes count
def test_a_vote_on_an_older_text_is_outdated(bare: Proposal) -> None:
    later = happen(bare, vote(OWN, "adopted"), vote(BOERDE, "rejected"), text(NEW, 2))
    assert states(COUNCIL, later) == {OWN: "outdated", BOERDE: "outdated", JERICHOW: "open"}


def test_the_same_text_filed_again_outdates_nothing(bare: Proposal) -> None:
    later = happen(bare, vote(OWN, "adopted"), text(OLD, 2))
    assert states(COUNCIL, later)[OWN] == "yes"


def test_going_back_to_a_text_makes_its_votes_count_again(bare: Proposal) -> None:
    later = happen(bare, vote(OWN, "adopted"), text(NEW, 2), text(OLD, 3))
    assert states(COUNCIL, later)[OWN] == "yes"


def test_an_amendment_outdates_the_other_votes_on_the_old_text(bare: Proposal) -> None:
    amended = happen(bare, vote(OWN, "adopted"), vote(BOERDE, "adopted-amended"))
    assert states(COUNCIL, amended) == {OWN: "outdated", BOERDE: "amended", JERICHOW: "open"}
    assert not gate_state(COUNCIL, amended, around()).passed


def test_an_amendment_counts_as_a_yes_to_the_next_text_filed_and_to_that_only(bare: Proposal) -> None:
    filed = happen(bare, vote(OWN, "adopted"), vote(BOERDE, "adopted-amended"), text(NEW, 2))
    assert states(COUNCIL, filed) == {OWN: "outdated", BOERDE: "yes", JERICHOW: "open"}
    again = happen(filed, text("c" * 64, 3))
    assert states(COUNCIL, again)[BOERDE] == "outdated"


def test_an_amendment_stands_for_the_first_text_filed_after_it_whatever_comes_later(bare: Proposal) -> None:
    later = happen(bare, vote(BOERDE, "adopted-amended"), text(NEW, 2), text(OLD, 3), text("c" * 64, 4))
    assert [decision.stands_for for decision in later.decisions] == [NEW]
    assert states(COUNCIL, later)[BOERDE] == "outdated"


def test_the_same_text_filed_again_is_not_the_amended_one(bare: Proposal) -> None:
    later = happen(bare, vote(BOERDE, "adopted-amended"), text(OLD, 2))
    assert states(COUNCIL, later)[BOERDE] == "amended"


def test_an_amendment_at_one_gate_outdates_the_votes_of_every_gate_on_that_text(bare: Proposal) -> None:
    signature = replace(COUNCIL, name="signature", bodies="parties", outcomes={"approved": "ja"}, yes=("approved",))
    amended = happen(bare, vote(OWN, "approved", gate="signature"), vote(BOERDE, "adopted-amended"))
    assert states(signature, amended)[OWN] == "outdated"


def test_what_was_put_off_may_be_decided_later(bare: Proposal) -> None:
    later = happen(bare, vote(OWN, "deferred"))
    assert states(COUNCIL, later)[OWN] == "pending"
    assert states(COUNCIL, happen(later, vote(OWN, "adopted")))[OWN] == "yes"


def test_a_correction_takes_the_place_of_what_it_corrects(bare: Proposal) -> None:
    once = happen(bare, vote(OWN, "rejected"))
    corrected = happen(once, vote(OWN, "adopted", corrects=once.decisions[0].seq))
    assert [decision.outcome for decision in corrected.decisions] == ["adopted"]
    assert states(COUNCIL, corrected)[OWN] == "yes"


def test_without_a_text_nothing_can_be_passed(kooperation: Definition) -> None:
    state = gate_state(COUNCIL, blank(kooperation, parties=PARTIES), around())
    assert state.text_missing
    assert not state.passed


# ------------------------------------------------------------------------------------------------- rules
OUTCOMES = ("adopted", "rejected", "deferred", None)


def counted(gate: Gate, outcomes: tuple[str | None, ...]) -> GateState:
    """Return the state of a gate of named bodies, one for each outcome."""
    named = {f"b{number}": f"Stelle {number}" for number in range(len(outcomes))}
    gate = replace(gate, bodies="", named=named, on="")
    decisions = tuple(
        Decision(gate.name, f"b{number}", outcome, number + 2)  # type: ignore[arg-type]
        for number, outcome in enumerate(outcomes)
        if outcome
    )
    proposal = Proposal(KEY, 1, "", "", "w", "c:1", "a", AT, AT, "d", decisions=decisions)
    return gate_state(gate, proposal, around())


@pytest.mark.parametrize("veto", [False, True])
@pytest.mark.parametrize(
    ("rule", "number"), [("all", 0), ("any", 0), ("majority", 0), ("number", 1), ("number", 2), ("number", 3)]
)
def test_a_rule_counts_as_it_says_for_every_combination_of_answers(rule: str, number: int, veto: bool) -> None:
    gate = replace(COUNCIL, rule=rule, number=number, veto=veto)
    for size in (1, 2, 3, 4):
        for outcomes in itertools.product(OUTCOMES, repeat=size):
            yes, no = outcomes.count("adopted"), outcomes.count("rejected")
            enough = {"all": yes == size, "any": yes >= 1, "majority": yes * 2 > size, "number": yes >= number}[rule]
            possible = {
                "all": no == 0,
                "any": no < size,
                "majority": (size - no) * 2 > size,
                "number": size - no >= number,
            }[rule]
            state = counted(gate, outcomes)
            assert state.passed == (enough and not (veto and no)), (rule, outcomes)
            if no:
                assert state.blocked == (veto or not possible), (rule, outcomes)
            else:
                assert not state.blocked


def test_a_gate_that_asks_nobody_is_not_passed(kooperation: Definition) -> None:
    for rule in ("all", "any", "majority"):
        gate = replace(COUNCIL, bodies="authorities", rule=rule)
        nobody = around(FORM, **{OWN: Organisation("Wir", "city")})
        assert not gate_state(gate, happen(blank(kooperation), text(OLD)), nobody).passed


def test_a_condition_is_as_deep_as_it_is_written(kooperation: Definition) -> None:
    leaf = Condition("field", "direction", ("vertikal",))
    deep = Condition("all", parts=(Condition("any", parts=(leaf, Condition("form", "decides", ("heads",)))), leaf))
    assert holds(deep, blank(kooperation, fields={"direction": "vertikal"}), None)
    assert not holds(deep, blank(kooperation), replace(FORM, decides="heads"))


# ------------------------------------------------------------------------------------------------- orders of things
_VOTES = st.sampled_from(["adopted", "adopted-amended", "rejected", "deferred"])


@settings(max_examples=150)
@given(
    outcomes=st.dictionaries(st.sampled_from([OWN, BOERDE, JERICHOW]), _VOTES, min_size=2),
    filed=st.booleans(),
    data=st.data(),
)
def test_the_order_in_which_bodies_decide_on_one_text_changes_nothing(
    kooperation: Definition, outcomes: dict[str, str], filed: bool, data: st.DataObject
) -> None:
    start = happen(blank(kooperation, parties=PARTIES), text(OLD))
    order = data.draw(st.permutations(list(outcomes)))
    after = [text(NEW, 2)] if filed else []
    straight = happen(start, *(vote(body, outcomes[body]) for body in outcomes), *after)
    permuted = happen(start, *(vote(body, outcomes[body]) for body in order), *after)
    assert states(COUNCIL, straight) == states(COUNCIL, permuted)
    assert gate_state(COUNCIL, straight, around()).passed == gate_state(COUNCIL, permuted, around()).passed


@settings(max_examples=100)
@given(
    data=st.data(),
    missing=st.sets(st.integers(0, 6), max_size=2),
    effective=st.sampled_from(["2026-11-22", "2026-11-23", None]),
    changed=st.booleans(),
)
def test_in_force_means_every_yes_to_one_text_and_approval_and_signature_and_publication_and_the_day(
    kooperation: Definition, data: st.DataObject, missing: set[int], effective: str | None, changed: bool
) -> None:
    """The conjunction itself, in any order of events: nothing more is asked, and nothing less is enough."""
    steps: list[events.ProposalEvent] = [
        vote(OWN, "adopted"),
        vote(BOERDE, "adopted"),
        vote(AUTHORITY, "approved", gate="supervision"),
        vote(OWN, "approved", gate="signature"),
        vote(BOERDE, "approved", gate="signature"),
        events.FieldsSet({"publication-date": "2026-11-01"}),
        events.FieldsSet({"publication-place": "c:1"}),
    ]
    done = [step for number, step in enumerate(steps) if number not in missing]
    if effective:
        done.append(events.FieldsSet({"effective-from": effective}))
    order = data.draw(st.permutations(done))
    form = replace(FORM, publication="required")
    proposal = blank(kooperation, stage="council-vote", parties=(Party(BOERDE, "joined"),))
    proposal = happen(proposal, text(OLD), *order, *([text(NEW, 2)] if changed else []))
    whole = not missing and effective == "2026-11-22" and not changed
    try:
        engine.advance(kooperation, proposal, around(form), "enact", ["head"])
    except RequirementsUnmet:
        assert not whole
    else:
        assert whole


# ------------------------------------------------------------------------------------------------- with a database
def states_of(home: Home, gate: str) -> dict[str, str]:
    [found] = [one for one in proposals.outlook(home, KEY).gates if one.gate.name == gate]
    return {answer.body.key: answer.state for answer in found.answers}


def test_a_second_decision_on_the_same_text_contradicts_and_wants_a_correction(voting: Home) -> None:
    records.decide(voting, KEY, "council", BOERDE, "rejected")
    for outcome in ("adopted", "rejected", "deferred"):
        with pytest.raises(Contradiction, match="--correct"):
            records.decide(voting, KEY, "council", BOERDE, outcome)
    corrected = records.decide(voting, KEY, "council", BOERDE, "adopted", correct="Protokoll verlesen")
    assert [decision.outcome for decision in corrected.decisions if decision.gate == "council"] == ["adopted"]
    audit.verify(voting)


def test_a_correction_needs_something_to_correct(voting: Home) -> None:
    with pytest.raises(InvalidInput, match="noch keine Entscheidung"):
        records.decide(voting, KEY, "council", BOERDE, "adopted", correct="Irrtum")


def test_what_was_put_off_needs_no_correction(voting: Home) -> None:
    records.decide(voting, KEY, "council", BOERDE, "deferred")
    decided = records.decide(voting, KEY, "council", BOERDE, "adopted")
    assert [decision.outcome for decision in decided.decisions if decision.body == BOERDE] == ["deferred", "adopted"]
    audit.verify(voting)


def test_an_amended_text_outdates_the_votes_and_the_amending_council_has_agreed_to_it(voting: Home) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    records.decide(voting, KEY, "council", BOERDE, "adopted-amended")
    with pytest.raises(InvalidInput, match="geändert beschlossen"):
        records.decide(voting, KEY, "signature", OWN, "approved")
    amend(voting, KEY)
    view = proposals.view(voting, KEY)
    gate = view.case.definition.gates["council"]
    found = {one.body.key: one.state for one in gate_state(gate, view.proposal, view.case.circumstances).answers}
    assert found == {OWN: "outdated", BOERDE: "yes"}
    assert proposal_of(voting, KEY).documents[-1].number == 2
    audit.verify(voting)


def test_votes_on_an_older_text_may_still_be_recorded_and_stay_outdated(voting: Home) -> None:
    amend(voting, KEY)
    records.decide(voting, KEY, "council", OWN, "adopted", text=1)
    view = proposals.view(voting, KEY)
    found = gate_state(view.case.definition.gates["council"], view.proposal, view.case.circumstances)
    assert {one.body.key: one.state for one in found.answers} == {OWN: "outdated", BOERDE: "open"}


def test_generating_the_same_text_again_outdates_nothing(voting: Home) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    assert not documents.create(voting, KEY, "agreement").is_new
    view = proposals.view(voting, KEY)
    found = gate_state(view.case.definition.gates["council"], view.proposal, view.case.circumstances)
    assert {one.body.key: one.state for one in found.answers}[OWN] == "yes"


def test_a_body_that_is_not_asked_is_refused_with_those_that_are(voting: Home) -> None:
    with pytest.raises(NotFound) as caught:
        records.decide(voting, KEY, "council", JERICHOW, "adopted")
    assert BOERDE in str(caught.value)
    with pytest.raises(NotFound):
        records.decide(voting, KEY, "council", AUTHORITY, "adopted")


def test_a_gate_that_does_not_apply_takes_no_decision(voting: Home) -> None:
    with pytest.raises(InvalidInput, match="nicht vorgesehen"):
        records.decide(voting, KEY, "notice", AUTHORITY, "noted")


def test_without_a_text_nobody_can_vote(home: Home) -> None:
    key = started(home)
    proposals.set_fields(home, key, ["legal-form=delegating-agreement"])
    records.set_party(home, key, BOERDE, "joined", new=True)
    with pytest.raises(InvalidInput, match="noch keinen Text"):
        records.decide(home, key, "council", OWN, "adopted")


def test_a_party_that_withdraws_is_asked_no_more(voting: Home) -> None:
    meet(voting, KEY, "council-vote")
    records.set_party(voting, KEY, JERICHOW, "joined", new=True)
    with pytest.raises(RequirementsUnmet):
        proposals.advance(voting, KEY, "enact")
    records.set_party(voting, KEY, JERICHOW, "withdrew")
    proposals.advance(voting, KEY, "enact")
    audit.verify(voting)


@pytest.mark.parametrize("change", ["legal-form=mandating-agreement", "direction=vertikal"])
def test_a_change_of_form_or_direction_takes_text_and_votes_their_validity(voting: Home, change: str) -> None:
    meet(voting, KEY, "council-vote")
    changed = proposals.set_fields(voting, KEY, [change])
    assert {one.kind for one in changed.documents if one.void} == {"agreement"}
    assert {one.gate for one in changed.decisions if one.void} == {"council", "supervision", "signature"}
    with pytest.raises(RequirementsUnmet, match="In Kraft setzen"):
        proposals.advance(voting, KEY, "enact")
    with pytest.raises(InvalidInput, match="noch keinen Text"):
        records.decide(voting, KEY, "council", OWN, "adopted")
    [entry] = [one for one in timeline.history(voting, KEY) if "gelten nicht mehr" in one.sentence]
    assert entry.version == changed.version
    audit.verify(voting)


def test_after_a_change_of_form_everybody_decides_anew_on_a_new_text(voting: Home) -> None:
    meet(voting, KEY, "council-vote")
    proposals.set_fields(voting, KEY, ["legal-form=mandating-agreement"])
    documents.create(voting, KEY, "agreement")
    meet(voting, KEY, "council-vote")
    proposals.advance(voting, KEY, "enact")
    audit.verify(voting)


def test_a_vote_taken_before_a_change_of_form_keeps_the_name_of_the_council(voting: Home) -> None:
    records.decide(voting, KEY, "council", OWN, "adopted")
    proposals.set_fields(voting, KEY, ["legal-form=working-group"])
    [vote] = [one for one in proposal_of(voting, KEY).decisions if one.gate == "council"]
    assert (vote.name, vote.void) == ("Stadtrat – Landeshauptstadt Magdeburg", True)


def test_conditions_that_change_the_text_put_it_to_everybody_anew(voting: Home) -> None:
    meet(voting, KEY, "council-vote")
    records.decide(
        voting,
        KEY,
        "supervision",
        AUTHORITY,
        "approved-with-conditions",
        amends=True,
        correct="Bescheid lag falsch vor",
    )
    with pytest.raises(RequirementsUnmet) as refused:
        proposals.advance(voting, KEY, "enact")
    assert {item.remedy.split()[1:3] == ["document", "file"] for item in refused.value.missing} == {True}
    amend(voting, KEY)
    assert states_of(voting, "supervision") == {AUTHORITY: "yes"}
    assert states_of(voting, "council") == {OWN: "outdated", BOERDE: "outdated"}
    audit.verify(voting)


def test_a_party_that_joins_is_asked_and_the_history_says_so(voting: Home) -> None:
    joined = records.set_party(voting, KEY, JERICHOW, "joined", new=True)
    assert {one.gate for one in joined.decisions} == {"co-signature"}
    entry = timeline.history(voting, KEY)[-1]
    assert "Beschluss der Vertretungen: gefragt sind nun Landeshauptstadt Magdeburg" in entry.sentence
    assert "Landkreis Jerichower Land" in entry.sentence
    audit.verify(voting)


def test_an_extension_counts_only_votes_taken_since_the_last_transition(home: Home) -> None:
    key = started(home)
    walk(home, key, "in-force")
    proposals.set_fields(home, key, ["extended-until=31.12.2031"])
    since = proposal_of(home, key).stage_on
    for _round in range(2):
        with pytest.raises(RequirementsUnmet) as refused:
            proposals.advance(home, key, "extend", note="Es hat sich bewährt")
        assert {item.name for item in refused.value.missing} == {"extension"}
        for body in (OWN, BOERDE):
            records.decide(home, key, "extension", body, "adopted")
        proposals.advance(home, key, "extend", note="Es hat sich bewährt")
    assert (proposal_of(home, key).stage, proposal_of(home, key).stage_on) == ("in-force", since)
    audit.verify(home)


def test_listed_departments_co_sign_too(home: Home) -> None:
    key = started(home)
    walk(home, key, "agreement")
    meet(home, key, "agreement")
    proposals.set_fields(home, key, ["co-signers=FB 01, FB 23"])
    assert [change.after for change in timeline.history(home, key)[-1].changes] == ["FB 01, FB 23"]
    assert states_of(home, "co-signature")["fb-01"] == "open"
    records.decide(home, key, "co-signature", "FB 01", "approved")
    records.decide(home, key, "co-signature", "FB 23", "approved")
    proposals.advance(home, key)
    audit.verify(home)


def test_nothing_but_notes_and_attachments_comes_after_the_end(home: Home) -> None:
    key = started(home)
    proposals.advance(home, key, "fail", reason="no-capacity", note="Keine Zeit")
    proposals.add_note(home, key, "Nachtrag")
    for late in (
        lambda: proposals.set_fields(home, key, ["summary=Anders"]),
        lambda: records.set_party(home, key, BOERDE, new=True),
        lambda: records.set_obstacle(home, key, "none"),
    ):
        with pytest.raises(NotAllowed, match="ist beendet"):
            late()


def test_a_legal_form_that_the_direction_does_not_know_is_told(home: Home) -> None:
    key = started(home)
    meet(home, key, "idea")
    proposals.set_fields(home, key, ["direction=vertikal"])
    with pytest.raises(RequirementsUnmet) as refused:
        proposals.advance(home, key)
    [item] = refused.value.missing
    assert "gibt es nicht für die Richtung vertikal" in item.text


def test_an_agreement_takes_effect_no_earlier_than_it_is_published(voting: Home) -> None:
    meet(voting, KEY, "council-vote")
    proposals.set_fields(voting, KEY, ["effective-from=31.10.2026"])
    with pytest.raises(RequirementsUnmet) as refused:
        proposals.advance(voting, KEY, "enact")
    assert [item.kind for item in refused.value.missing] == ["order"]


def test_versions_of_a_text_are_bound_by_what_they_say(voting: Home) -> None:
    first: DocumentVersion = proposal_of(voting, KEY).documents[-2]
    assert first.kind == "agreement"
    decided = records.decide(voting, KEY, "council", OWN, "adopted")
    assert decided.decisions[-1].text == first.text_hash
    assert decided.decisions[-1].stands_for == first.text_hash


def test_the_way_through_a_refusal_is_open(home: Home) -> None:
    key = started(home)
    walk(home, key, "council-vote")
    records.decide(home, key, "council", BOERDE, "rejected")
    proposals.advance(home, key, "rework-agreement", note="Der Kreistag will kürzere Fristen")
    proposals.advance(home, key, "renegotiate", note="Fristen")
    proposals.set_fields(home, key, ["notice-period=sechs Monate"])
    documents.create(home, key, "agreement")
    proposals.advance(home, key, "settle-agreement")
    proposals.advance(home, key, "submit-to-council")
    meet(home, key, "council-vote")
    proposals.advance(home, key)
    assert proposal_of(home, key).stage == "in-force"
    audit.verify(home)
