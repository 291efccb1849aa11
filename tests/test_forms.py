"""What the law says of a legal form is dated data that somebody confirms; old histories are judged by old rows."""

from __future__ import annotations

import pytest
from homes import OWN, amend, tamper

from ikz_workflow import engine
from ikz_workflow.errors import HistoryBroken, InvalidInput, NotFound, RoleRequired
from ikz_workflow.events import Decided
from ikz_workflow.services import audit, cases, forms, proposals, records, registers, timeline
from ikz_workflow.services.home import Home

KEY = "IKZ-2026-0001"
FORM = "delegating-agreement"


def row(home: Home, day: str, key: str = FORM):  # type: ignore[no-untyped-def]
    return next(one for one in forms.valid_forms(home, day) if one.key == key)


def test_a_confirmed_row_is_no_longer_called_unconfirmed(voting: Home) -> None:
    def council() -> list[bool]:
        items = [item for one in proposals.outlook(voting, KEY).possible for item in one.missing]
        return [item.unconfirmed for item in items if item.name == "supervision"]

    assert set(council()) <= {True}
    form = str(proposals.view(voting, KEY).proposal.fields["legal-form"])
    found = forms.confirm(voting, form, "Amt 30, Frau Muster", on="2026-11-20")
    assert (found.checked_by, found.checked_on) == ("Amt 30", "2026-11-20")
    assert set(council()) <= {False}
    audit.verify(voting)
    audit.rebuild(voting)
    audit.verify(voting)


def test_the_name_of_who_checked_is_no_part_of_the_row_but_told_in_the_history(home: Home) -> None:
    forms.confirm(home, FORM, "Rechtsamt, Frau Muster")
    assert "Muster" not in repr(row(home, "2026-11-22"))
    assert "Rechtsform geprüft durch Amt 30, Frau Muster am" in timeline.history(home)[-1].sentence


def test_an_older_row_is_confirmed_by_its_first_day(home: Home) -> None:
    forms.confirm(home, FORM, "Amt 30", valid_from="undated")
    assert row(home, "2022-01-01").checked_by == "Amt 30"
    assert row(home, "2026-11-22").checked_by == ""
    forms.confirm(home, FORM, "Amt 30", valid_from="01.07.2024")
    assert row(home, "2026-11-22").checked_by == "Amt 30"
    with pytest.raises(NotFound, match="Es gibt Zeilen ab"):
        forms.confirm(home, FORM, "Amt 30", valid_from="2020-01-01")


def test_only_the_legal_or_the_central_office_confirms(home: Home) -> None:
    with pytest.raises(RoleRequired, match="Rechtsamt“ oder „Zentrale Stelle"):
        forms.confirm(home.acting_as("schulz"), FORM, "Amt 30")
    registers.change_roles(home, "schulz", granted=["legal"])
    forms.confirm(home.acting_as("schulz"), FORM, "Amt 30")
    audit.verify(home)
    registers.change_roles(home, "schulz", revoked=["legal"])
    audit.verify(home)


@pytest.mark.parametrize(
    ("form", "by", "on", "fault"),
    [
        ("delegating", "Amt 30", None, InvalidInput),
        (FORM, "Amt 99", None, NotFound),
        (FORM, "Amt 30", "2011-02", InvalidInput),
        (FORM, "Amt 30", "unknown", InvalidInput),
        (FORM, "Amt 30", "2030-01-01", InvalidInput),
    ],
)
def test_a_check_without_row_office_or_day_is_refused(
    home: Home, form: str, by: str, on: str | None, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        forms.confirm(home, form, by, on=on)


def test_the_same_check_twice_is_refused(home: Home) -> None:
    forms.confirm(home, FORM, "Amt 30")
    with pytest.raises(InvalidInput, match="schon diesen Prüfvermerk"):
        forms.confirm(home, FORM, "Amt 30")


def test_every_row_of_the_domain_is_there_with_the_law_before_and_after_july_2024(home: Home) -> None:
    keys = {
        *("working-group", "simple-consortium", "delegating-agreement", "mandating-agreement"),
        *("special-purpose-association", "company", "public-law-contract", "private-contract"),
        "administrative-agreement",
    }
    assert {one.key for one in forms.valid_forms(home, "2026-11-22")} == keys
    for key in ("simple-consortium", "delegating-agreement", "mandating-agreement", "special-purpose-association"):
        before, after = row(home, "2024-06-30", key), row(home, "2024-07-01", key)
        assert (before.valid_to, after.valid_from) == ("2024-06-30", "2024-07-01")
        assert before.basis != after.basis


def test_an_older_history_is_judged_by_the_law_of_its_day(voting: Home) -> None:
    proposals.set_fields(voting, KEY, [f"legal-form={FORM}"])
    amend(voting, KEY)
    texts: list[tuple[str, str]] = []
    for day, correct in (("2022-05-01", None), ("2025-05-01", "Andere Sitzung")):
        records.decide(voting, KEY, "council", OWN, "adopted", on=day, correct=correct)
        with voting.ready.reading(voting.now()) as tx:
            what = list(tx.records(KEY))[-1].what
            assert isinstance(what, Decided)
            assert what.form_sha256 == engine.form_hash(row(voting, day))
            judged = cases.load(tx, KEY, day).circumstances.form
            assert judged is not None
            texts.append((str(what.form_sha256), judged.basis_supervision.replace("\u00a0", " ")))
    assert texts[0] != texts[1]
    assert "Fassung bis 30. Juni 2024" in texts[0][1]
    assert "Fassung" not in texts[1][1]
    audit.verify(voting)


def test_a_check_forged_to_another_role_is_found(home: Home) -> None:
    forms.confirm(home, FORM, "Amt 30")
    tamper(home, 'UPDATE event SET payload = replace(payload, \'"by":"Amt 30"\', \'"by":"Amt 31"\')')
    with pytest.raises(HistoryBroken):
        audit.verify(home)
