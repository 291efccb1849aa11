"""Whatever is decided, filed and joined in whatever order: in force is open exactly when the conjunction holds."""

from __future__ import annotations

import pytest
from homes import AUTHORITY, BOERDE, FORM, JERICHOW, OWN, around, blank, happen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from ikz_workflow import engine, events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import RequirementsUnmet

PARTNERS = (BOERDE, JERICHOW)
TODAY = "2026-11-22"
DAYS = ("2026-11-01", TODAY, "2026-11-23")
YES = {"council": "adopted", "supervision": "approved", "notice": "noted", "signature": "approved"}


class Agreement(RuleBasedStateMachine):
    """One agreement before its councils, beside a plain account of who said yes to which text."""

    definition: Definition
    reached = 0

    @initialize(
        supervision=st.sampled_from(["approval", "notice", "none"]), publication=st.sampled_from(["required", "none"])
    )
    def begin(self, supervision: str, publication: str) -> None:
        self.form = replace(FORM, supervision=supervision, publication=publication)
        self.proposal = blank(self.definition, stage="council-vote")
        self.joined: set[str] = set()
        self.filed = 0
        self.text = ""
        self.yes: set[tuple[str, str, str]] = set()
        self.amended: set[str] = set()  # who amended the present text; the amended one is awaited
        self.published = self.effective = ""
        self.file("a")

    def say(self, *what: events.ProposalEvent) -> None:
        self.proposal = happen(self.proposal, *what)

    def asked(self) -> list[tuple[str, str]]:
        """Return every gate that applies with every body it asks."""
        everyone = [OWN, *sorted(self.joined)]
        authority = {"approval": ["supervision"], "notice": ["notice"], "none": []}[self.form.supervision]
        return [(gate, body) for gate in ("council", "signature") for body in everyone] + [
            (gate, AUTHORITY) for gate in authority
        ]

    def holds(self) -> bool:
        """Tell whether the conjunction holds, by our own account."""
        agreed = not self.amended and all((*one, self.text) in self.yes for one in self.asked())
        public = self.form.publication == "none" or bool(self.published and self.published <= self.effective)
        return agreed and public and bool(self.effective) and self.effective <= TODAY

    @rule(letter=st.sampled_from("abc"))
    def file(self, letter: str) -> None:
        """File a text; another one is what those who amended the last have agreed to."""
        digest = letter * 64
        if digest != self.text:
            self.yes |= {("council", body, digest) for body in self.amended}
            self.amended, self.text = set(), digest
        self.filed += 1
        self.say(events.DocumentAdded("agreement", self.filed, digest, digest, 1, "filed"))

    @rule(partner=st.sampled_from(PARTNERS), standing=st.sampled_from(["joined", "joined", "withdrew"]))
    def party(self, partner: str, standing: str) -> None:
        self.joined = self.joined | {partner} if standing == "joined" else self.joined - {partner}
        self.say(events.PartySet(partner, standing))  # type: ignore[arg-type]

    @rule(data=st.data(), outcome=st.sampled_from(["yes", "yes", "rejected", "deferred", "adopted-amended"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        gate, body = data.draw(st.sampled_from(self.asked()))
        if body in self.amended or (gate, outcome) in ((one, "adopted-amended") for one in YES if one != "council"):
            return
        self.answer(gate, body, outcome)

    def answer(self, gate: str, body: str, outcome: str) -> None:
        self.yes.discard((gate, body, self.text))
        if outcome == "yes":
            self.yes.add((gate, body, self.text))
        if outcome == "adopted-amended":
            self.amended.add(body)
        bodies = tuple(one for known, one in self.asked() if known == gate)
        answer = YES[gate] if outcome == "yes" else outcome
        self.say(events.Decided(gate, body, answer, bodies, text=self.text))  # type: ignore[arg-type]

    @rule(data=st.data(), but=st.sampled_from([None, None, 0, 1]))
    def all_agree_in_some_order(self, data: st.DataObject, but: int | None) -> None:
        """Let everybody agree who has not, or everybody but one."""
        if self.amended:
            return
        open_ones = [one for one in self.asked() if (*one, self.text) not in self.yes]
        for number, one in enumerate(data.draw(st.permutations(open_ones))):
            if number != but:
                self.answer(*one, "yes")

    @rule(published=st.sampled_from(DAYS), effective=st.sampled_from(DAYS))
    def set_days(self, published: str, effective: str) -> None:
        self.published, self.effective = published, effective
        fields = {"publication-date": published, "publication-place": "c:1", "effective-from": effective}
        self.say(events.FieldsSet(fields))

    @invariant()
    def in_force_is_open_exactly_when_the_conjunction_holds(self) -> None:
        possible = engine.outlook(self.definition, self.proposal, around(self.form, TODAY), ["head"])
        (enact,) = [one for one in possible if one.transition.name == "enact"]
        assert enact.ready == self.holds(), [item.text for item in enact.missing]
        if enact.ready:
            event = engine.advance(self.definition, self.proposal, around(self.form, TODAY), "enact", ["head"])
            assert event.target == "in-force"
            type(self).reached += 1
        else:
            with pytest.raises(RequirementsUnmet):
                engine.advance(self.definition, self.proposal, around(self.form, TODAY), "enact", ["head"])


def test_in_force_is_reachable_exactly_when_the_conjunction_holds(kooperation: Definition) -> None:
    Agreement.definition, Agreement.reached = kooperation, 0
    run_state_machine_as_test(
        Agreement,
        settings=settings(max_examples=60, stateful_step_count=20, deadline=None, derandomize=True, database=None),
    )
    assert Agreement.reached, "nothing came into force: the rules are too rarely met to prove anything"
