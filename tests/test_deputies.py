"""Somebody acts for another: with the other's roles, both recorded, and only if the central office said so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from homes import meet, started
from test_roles import KEY, broken, shipped
from test_verify import Payload, find, forge

from ikz_workflow.errors import InvalidInput, NotAllowed, NotFound, RequirementsUnmet
from ikz_workflow.services import audit, proposals, registers, tasks, timeline
from ikz_workflow.services.home import Home


@pytest.fixture
def office(home: Home) -> Home:
    """Return a home with "klein", who may only audit, and "gross", who leads; a proposal stands before co-signing."""
    registers.add_person(home, "K. Klein", "klein", ["auditor"])
    registers.add_person(home, "G. Groß", "gross", ["head"])
    started(home)
    return home


def standing_in(home: Home, holder: str = "gross") -> Home:
    return replace(home.acting_as("klein"), behalf=holder)


def test_a_deputy_acts_with_the_roles_of_the_one_represented_and_both_are_recorded(office: Home) -> None:
    registers.change_deputies(office, "G. Groß", appointed=["klein"])
    meet(office, KEY, "idea")
    proposals.add_note(standing_in(office), KEY, "Gelesen.")
    last = timeline.history(office, KEY)[-1]
    assert (last.actor, last.behalf, last.role) == ("K. Klein", "G. Groß", "Leitung des federführenden Dezernats")
    audit.verify(office)


def test_nobody_acts_for_another_without_being_appointed_or_after_it_ended(office: Home) -> None:
    with pytest.raises(NotAllowed, match="ikz person appoint"):
        proposals.add_note(standing_in(office), KEY, "Gelesen.")
    registers.change_deputies(office, "gross", appointed=["klein"])
    proposals.add_note(standing_in(office), KEY, "Gelesen.")
    registers.change_deputies(office, "gross", dismissed=["klein"])
    with pytest.raises(NotAllowed):
        proposals.add_note(standing_in(office), KEY, "Noch einmal gelesen.")
    with pytest.raises(NotFound):
        proposals.add_note(standing_in(office, "niemand"), KEY, "Gelesen.")
    audit.verify(office)


def test_a_deputy_of_the_central_office_keeps_the_registers_and_only_it_appoints(office: Home) -> None:
    with pytest.raises(NotAllowed):
        registers.change_deputies(office.acting_as("gross"), "gross", appointed=["klein"])
    registers.change_deputies(office, "meier", appointed=["klein"])
    registers.assign_topic(standing_in(office, "meier"), "payroll", "FB 01")
    audit.verify(office)


def test_an_appointment_that_changes_nothing_or_names_oneself_is_refused(office: Home) -> None:
    for names in (["gross"], []):
        with pytest.raises(InvalidInput):
            registers.change_deputies(office, "gross", appointed=names)


def test_four_eyes_are_not_two_pairs_when_the_deputy_of_the_one_who_brought_it_in_acts(office: Home) -> None:
    shipped(
        office, ("[stage.idea.transition.draft-guideline]", "[stage.idea.transition.draft-guideline]\nfour-eyes = true")
    )
    key = started(office, "Vier Augen")
    meet(office, key, "idea")
    registers.change_deputies(office, "meier", appointed=["klein"])
    with pytest.raises(RequirementsUnmet, match="Punkt"):
        proposals.advance(standing_in(office, "meier"), key)


def test_what_is_due_for_the_one_represented_is_shown_to_the_deputy(office: Home) -> None:
    registers.change_deputies(office, "gross", appointed=["klein"])
    assert "head" in tasks.today(standing_in(office)).roles


def test_verify_tells_a_deputy_whom_nobody_appointed(office: Home) -> None:
    key = registers.change_deputies(office, "gross", appointed=["klein"]).key
    proposals.add_note(standing_in(office), KEY, "Gelesen.")

    def never_appointed(payloads: list[Payload]) -> None:
        find(payloads, f"person/{key}", "deputies-changed")["what"]["appointed"] = ["p-0002"]

    forge(office, never_appointed)
    assert "nicht zur Vertretung bestellt" in broken(office)
