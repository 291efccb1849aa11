"""Who may do what: roles count in the own department, and verify asks again with the registers of that moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import definition_of, meet, proposal_of, started, tamper, workflow_text
from test_verify import Payload, find, forge

from ikz_workflow.errors import DefinitionError, HistoryBroken, InvalidInput, NotFound, RequirementsUnmet, RoleRequired
from ikz_workflow.history import commit
from ikz_workflow.reports.stories import Scope, selected
from ikz_workflow.services import audit, corrections, documents, proposals, records, registers, reports, timeline
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"
OTHER = "fb-02"


@pytest.fixture
def offices(home: Home) -> Home:
    """Return a home where "schulz" is a clerk of FB 23 and "klein" one of FB 02, with a proposal of FB 23."""
    registers.set_departments(home, "schulz", ["FB 23"])
    registers.add_person(home, "K. Klein", "klein", ["clerk"], departments=["FB 02"])
    started(home)
    return home


def seen_by(home: Home, account: str) -> Home:
    return home.acting_as(account)


def broken(home: Home) -> str:
    with pytest.raises(HistoryBroken) as caught:
        audit.verify(home)
    return str(caught.value)


def shipped(home: Home, *changes: tuple[str, str]) -> None:
    """Lay the main procedure into the home, changed."""
    text = workflow_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    target = home.path / "workflows" / "kooperation.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")


# ------------------------------------------------------------------------------------------------ departments
def test_a_clerk_records_in_the_own_department_and_the_history_proves_it(offices: Home) -> None:
    clerk = seen_by(offices, "schulz")
    meet(clerk, KEY, "idea")
    proposals.advance(clerk, KEY)
    audit.verify(offices)
    assert proposal_of(offices, KEY).stage == "guideline-drafted"


def test_what_a_clerk_of_another_department_tries_is_refused_with_the_way_out(offices: Home, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    meet(offices, KEY, "idea")
    proposals.add_note(offices, KEY, "Notiz")
    note = timeline.history(offices, KEY)[-1].seq
    other = seen_by(offices, "klein")
    for attempt in (
        lambda: proposals.set_fields(other, KEY, ["goals=Neu"]),
        lambda: proposals.add_note(other, KEY, "Notiz"),
        lambda: proposals.advance(other, KEY),
        lambda: proposals.assign(other, KEY, OTHER),
        lambda: proposals.new(other, "Fremdes", "fb-23"),
        lambda: records.set_obstacle(other, KEY, "parochialism"),
        lambda: records.attach(other, KEY, tmp_path / "x.pdf"),
        lambda: documents.create(other, KEY, "guideline"),
        lambda: corrections.correct(other, KEY, note, "Irrtum"),
    ):
        with pytest.raises(RoleRequired) as caught:
            attempt()
        assert "nur für die eigene Organisationseinheit" in str(caught.value)
        assert "ikz person set p-0004 --department fb-02 --department fb-23" in str(caught.value)
    assert not any(one.allowed for one in proposals.outlook(other, KEY).possible)
    assert proposals.view(other, KEY).title == "Ersatzpflanzungen"


def test_roles_that_are_not_bound_count_in_every_department(offices: Home) -> None:
    registers.add_person(offices, "R. Recht", "recht", ["legal"], departments=["FB 02"])
    records.answer_check(seen_by(offices, "recht"), KEY, "vat", "met", evidence="Vermerk")
    audit.verify(offices)


def test_who_was_assigned_later_could_not_write_before(offices: Home) -> None:
    registers.set_departments(offices, "klein", ["fb-02", "fb-23"])
    proposals.add_note(seen_by(offices, "klein"), KEY, "Jetzt ja")
    audit.verify(offices)

    def swap(payloads: list[Payload]) -> None:
        change, fact = payloads[-2], payloads[-1]
        assert (change["what"]["type"], fact["what"]["type"]) == ("departments-changed", "noted")
        payloads[-2:] = [fact, change]

    forge(offices, swap)
    assert "galt dort nicht" in broken(offices)


def test_a_department_nobody_entered_is_told_by_verify(offices: Home) -> None:
    def invent(payloads: list[Payload]) -> None:
        find(payloads, "person/p-0004", "person-registered")["what"]["departments"] = ["fb-99"]

    with pytest.raises(NotFound):
        registers.set_departments(offices, "klein", ["fb-99"])
    forge(offices, invent)
    assert "in keinem Verzeichnis" in broken(offices)


def test_a_person_without_departments_may_write_everywhere_again(offices: Home) -> None:
    registers.set_departments(offices, "klein", [])
    proposals.add_note(seen_by(offices, "klein"), KEY, "Von überall")
    with pytest.raises(InvalidInput, match="ändert sich nichts"):
        registers.set_departments(offices, "klein", [])
    audit.verify(offices)
    told = [entry.sentence for entry in timeline.history(offices) if entry.subject == "person/p-0004"]
    assert told == [
        "Person eingetragen: K. Klein (Rollen: Sachbearbeitung der federführenden Organisationseinheit; FB 02).",
        "Organisationseinheiten von K. Klein: keine, die Rollen gelten überall.",
    ]


def test_a_bound_role_and_one_that_decides_are_checked_at_load() -> None:
    text = workflow_text()
    assert definition_of(text).bound == ("clerk", "head")
    wrong = text.replace('bound = ["clerk", "head"]', 'bound = ["clerc"]', 1)
    wrong = wrong.replace("[gate.co-signature]\n", '[gate.co-signature]\nrole = "auditor"\n', 1)
    with pytest.raises(DefinitionError) as caught:
        definition_of(wrong)
    told = [problem.text for problem in caught.value.problems]
    assert len(told) == 2
    assert any("„clerc“" in one for one in told)
    assert any("„auditor“ fehlt in „write“" in one for one in told)


# ------------------------------------------------------------------------------------------------ who decides
def test_a_gate_may_say_whose_role_records_its_decisions(home: Home) -> None:
    shipped(home, ("[gate.co-signature]\n", '[gate.co-signature]\nrole = "legal"\n'))
    started(home)
    documents.create(home, KEY, "council-paper")
    clerk = seen_by(home, "schulz")
    with pytest.raises(RoleRequired, match="„Rechtsamt \\(Amt 30\\)“"):
        records.decide(clerk, KEY, "co-signature", "legal", "approved")
    with pytest.raises(NotFound, match="Die Entscheidung"):
        records.decide(clerk, KEY, "co-sign", "legal", "approved")
    registers.change_roles(home, "schulz", granted=["legal"])
    records.decide(clerk, KEY, "co-signature", "legal", "approved")
    seq = timeline.history(home, KEY)[-1].seq
    registers.change_roles(home, "schulz", revoked=["legal"])
    with pytest.raises(RoleRequired):
        corrections.correct(clerk, KEY, seq, "Irrtum")
    audit.verify(home)

    def by_clerk(payloads: list[Payload]) -> None:
        find(payloads, KEY, "decided")["actor"]["role"] = "clerk"

    forge(home, by_clerk)
    assert "hatte die Rolle nicht" in broken(home)


# ------------------------------------------------------------------------------------------------ what is not public
def test_what_is_not_public_is_marked_and_left_out_of_reports_unless_asked_for(home: Home) -> None:
    proposals.new(home, "Grundstückssache", "fb-23", non_public=True)
    proposals.advance(home, KEY, "fail", reason="no-result", note="Früher fragen")
    found = reports.failures(home)
    assert (found.counted, found.failed, found.non_public) == (0, 0, 1)
    assert reports.failures(home, non_public=True).failed == 1
    proposals.mark(home, KEY, non_public=False)
    assert reports.failures(home).failed == 1
    with pytest.raises(InvalidInput, match="Kennzeichnung"):
        proposals.mark(home, KEY, non_public=False)
    told = [entry.sentence for entry in timeline.history(home, KEY)]
    assert told[0].endswith("nicht öffentlich).")
    assert told[-1] == "Als öffentlich gekennzeichnet."
    audit.verify(home)

    def again(payloads: list[Payload]) -> None:
        payloads[-1]["what"]["non_public"] = True

    forge(home, again)
    broken(home)


def test_a_decision_that_is_not_public_stays_in_the_file_and_leaves_the_report(home: Home) -> None:
    started(home)
    documents.create(home, KEY, "council-paper")
    records.decide(home, KEY, "co-signature", "legal", "approved", non_public=True)
    records.decide(home, KEY, "co-signature", "finance", "approved")
    assert [one.non_public for one in proposal_of(home, KEY).decisions] == [True, False]
    with home.ready.reading(home.now()) as tx:
        told = reports.stories(tx)
    [public] = selected(told, Scope()).stories
    assert [one.body for one in public.proposal.decisions] == ["finance"]
    assert len(public.moves) == len(told[0].moves) - 1
    assert selected(told, Scope(non_public=True)).stories == tuple(told)
    assert "nicht öffentlich" in timeline.history(home, KEY)[-2].sentence
    audit.verify(home)


# ------------------------------------------------------------------------------------------------ four eyes
EYES = ("[stage.idea.transition.draft-guideline]\n", "[stage.idea.transition.draft-guideline]\nfour-eyes = true\n")


def test_where_a_workflow_wants_four_eyes_somebody_else_has_to_act_and_the_history_proves_it(home: Home) -> None:
    shipped(home, EYES)
    started(home)
    meet(home, KEY, "idea")
    [missing] = proposals.outlook(home, KEY).possible[0].missing
    assert (missing.kind, missing.who.startswith("eine andere Person: ")) == ("four-eyes", True)
    with pytest.raises(RequirementsUnmet) as caught:
        proposals.advance(home, KEY)
    assert [item.kind for item in caught.value.missing] == ["four-eyes"]  # type: ignore[attr-defined]
    other = seen_by(home, "schulz")
    assert proposals.outlook(other, KEY).possible[0].ready
    proposals.advance(other, KEY)
    audit.verify(home)

    def alone(payloads: list[Payload]) -> None:
        one, first = find(payloads, KEY, "advanced"), find(payloads, KEY, "created")
        one["actor"]["person"] = first["actor"]["person"]

    forge(home, alone)
    assert "„Handlungsleitfaden erarbeiten“ ist noch nicht möglich" in broken(home)


def test_a_second_reference_of_the_same_person_is_told_by_verify(home: Home) -> None:
    started(home)
    row = (commit("actor", "p-0001", b"0" * 32), KEY, "actor", "p-0001", b"0" * 32)
    tamper(home, ("INSERT INTO disclosure VALUES (?, ?, ?, ?, ?)", row))
    assert "zwei Kennungen" in broken(home)
