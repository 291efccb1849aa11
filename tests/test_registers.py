# ruff: noqa: E501  a case reads better in one line
"""Registers change by events too: who may, what is checked, and what a change means for proposals."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import AUTHORITY, BOERDE, DEPARTMENT, OWN, WORKFLOWS, Clock, head_of, home_at, proposal_of, rows_of, started

from ikz_workflow.errors import DefinitionError, InvalidInput, NotFound, RoleRequired
from ikz_workflow.proposal import LegalForm, Organisation, Person
from ikz_workflow.services import audit, forms, proposals, records, registers
from ikz_workflow.services.cases import form_row
from ikz_workflow.services.home import Home
from ikz_workflow.services.imports import slug_of


def test_a_home_starts_with_the_shipped_registers_and_the_one_who_set_it_up(home: Home) -> None:
    assert registers.own(home) == OWN
    assert {entry.key for entry in registers.entries(home, "department")} >= {DEPARTMENT, "i-01"}
    assert len(registers.entries(home, "topic")) >= 20
    assert len(forms.valid_forms(home, "2026-11-22")) >= 8
    [one] = [one for one in registers.persons(home) if one.key == "p-0001"]
    assert (one.name, one.account, one.departments) == ("K. Meier", "meier", ())
    assert set(one.roles) == {"auditor", "centre", "clerk", "finance", "head", "legal"}


def test_every_authority_and_successor_of_the_shipped_registers_is_in_them(home: Home) -> None:
    known = {entry.key: entry.value for entry in registers.entries(home, "organisation")}
    for value in known.values():
        assert isinstance(value, Organisation)
        assert not value.authority or value.authority in known
        assert set(value.successors) <= set(known)
    assert [key for key, value in known.items() if isinstance(value, Organisation) and value.own] == [OWN]


def test_every_shipped_form_has_one_row_for_every_day(home: Home) -> None:
    rows = [entry.value for entry in registers.entries(home, "form") if isinstance(entry.value, LegalForm)]
    for key in {row.key for row in rows}:
        for day in ("1990-01-01", "2003-05-01", "2024-06-30", "2024-07-01", "2026-11-22"):
            covering = [
                row for row in rows
                if row.key == key and (row.valid_from == "undated" or row.valid_from <= day) and (not row.valid_to or day <= row.valid_to)
            ]  # fmt: skip
            assert len(covering) <= 1, (key, day)
            assert form_row(rows, key, day) is not None


@pytest.mark.parametrize(
    ("day", "basis"), [("2024-06-30", "Fassung bis 30. Juni 2024"), ("2024-07-01", "§ 3 Abs. 1 Nr. 1 GKG-LSA")]
)
def test_the_law_of_the_day_is_the_one_that_counts(home: Home, day: str, basis: str) -> None:
    [row] = [row for row in forms.valid_forms(home, day) if row.key == "delegating-agreement"]
    assert basis in row.basis.replace("\u00a0", " ")


@pytest.mark.parametrize("account", ["schulz", "gast", "niemand"])
def test_only_the_central_office_keeps_the_registers(home: Home, account: str) -> None:
    other = home.acting_as(account)
    before = head_of(home)
    with pytest.raises(RoleRequired, match="ikz person"):
        registers.add(other, "topic", "neu", {"label": "Neu"})
    with pytest.raises(RoleRequired):
        registers.add_person(other, "Neu", "neu")
    with pytest.raises(RoleRequired):
        registers.change_roles(other, "gast", granted=["clerk"])
    assert head_of(home) == before


def test_the_central_office_can_hand_over_but_never_vanish(home: Home) -> None:
    with pytest.raises(InvalidInput, match="niemand"):
        registers.change_roles(home, "meier", revoked=["centre"])
    registers.change_roles(home, "schulz", granted=["centre"])
    registers.change_roles(home, "meier", revoked=["centre"])
    with pytest.raises(RoleRequired):
        registers.add(home, "topic", "neu", {"label": "Neu"})
    registers.add(home.acting_as("schulz"), "topic", "neu", {"label": "Neu"})
    audit.verify(home)


def test_a_role_counts_from_when_it_is_granted_until_it_is_revoked(home: Home) -> None:
    key, guest = started(home), home.acting_as("gast")
    with pytest.raises(RoleRequired):
        proposals.add_note(guest, key, "a")
    registers.change_roles(home, "gast", granted=["clerk"])
    proposals.add_note(guest, key, "b")
    registers.change_roles(home, "gast", revoked=["clerk"])
    with pytest.raises(RoleRequired):
        proposals.add_note(guest, key, "c")
    audit.verify(home)


def test_granting_what_is_held_and_revoking_what_is_not_changes_nothing(home: Home) -> None:
    with pytest.raises(InvalidInput, match="ändert sich nichts"):
        registers.change_roles(home, "schulz", granted=["clerk"], revoked=["head"])
    with pytest.raises(InvalidInput, match="Meinten Sie"):
        registers.change_roles(home, "schulz", granted=["clrek"])


def test_a_person_and_an_account_are_entered_once(home: Home) -> None:
    with pytest.raises(InvalidInput, match="gehört schon zu p-0002"):
        registers.add_person(home, "Neu", "schulz")
    registers.add_person(home, "S. Schulz", "schulz-2")
    with pytest.raises(InvalidInput, match=r"p-0002 \(S. Schulz\), p-0004 \(S. Schulz\)"):
        registers.change_roles(home, "S. Schulz", granted=["head"])
    for name in ("p-0004", "schulz-2"):
        assert registers.change_roles(home, name, granted=["head" if name == "p-0004" else "legal"]).key == "p-0004"


def test_a_persons_key_is_a_number_that_says_nothing_of_the_name(home: Home) -> None:
    assert [one.key for one in registers.persons(home)] == ["p-0001", "p-0002", "p-0003"]
    assert registers.add_person(home, "N. Neu", "neu").key == "p-0004"


@pytest.mark.parametrize("key", ["", "Neu", "neu neu", "ä", "-neu", "neu-", "neu--neu", "neu/neu", "neu@1", "neu\n"])
def test_a_key_is_small_letters_digits_and_hyphens(home: Home, key: str) -> None:
    with pytest.raises(InvalidInput, match="Kleinbuchstaben"):
        registers.add(home, "topic", key, {"label": "Neu"})


def test_an_entry_is_changed_only_in_what_is_given(home: Home) -> None:
    before = next(entry.value for entry in registers.entries(home, "organisation") if entry.key == BOERDE)
    entry = registers.add(home, "organisation", BOERDE, {"head": "Landrätin", "seat": None})
    assert isinstance(before, Organisation)
    assert isinstance(entry.value, Organisation)
    assert (entry.version, entry.value.head, entry.value.seat) == (2, "Landrätin", before.seat)
    with pytest.raises(InvalidInput, match="schon so"):
        registers.add(home, "organisation", BOERDE, {"head": "Landrätin"})
    audit.verify(home)


def test_there_is_one_own_organisation(home: Home) -> None:
    with pytest.raises(InvalidInput, match=OWN):
        registers.add(home, "organisation", BOERDE, {"own": True})


def test_an_authority_has_to_be_known(home: Home) -> None:
    with pytest.raises(NotFound) as caught:
        registers.add(home, "organisation", BOERDE, {"authority": "landesverwaltungsamt"})
    assert AUTHORITY in caught.value.near


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("organisation", {"name": " ", "kind": "city"}),
        ("organisation", {"name": "Verein", "kind": "Verein"}),
        ("organisation", {"name": "Verein", "kind": "city", "authority": "neu"}),
        ("organisation", {"name": "Verein", "kind": "city", "successors": ["neu"]}),
        ("department", {"name": "", "short": "FB 9"}),
        ("department", {"name": "Fachbereich 9", "short": ""}),
        ("topic", {"label": ""}),
    ],
)
def test_an_entry_without_a_name_of_no_known_kind_or_above_itself_is_refused(
    home: Home, kind: str, values: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        registers.add(home, kind, "neu", values)


def test_the_kind_of_an_organisation_is_given_by_its_label_too(home: Home) -> None:
    entry = registers.add(home, "organisation", "neu", {"name": "Stadtwerke", "kind": "Unternehmen"})
    assert isinstance(entry.value, Organisation)
    assert entry.value.kind == "company"


def test_topic_and_clerk_are_known_by_their_names_and_a_clerk_changes_alone(home: Home) -> None:
    key = proposals.new(home, "Winterdienst", DEPARTMENT, topic="bauhöfe, betriebshöfe, Winterdienst").key
    before = proposal_of(home, key)
    assert before.topic == "depots-and-winter-service"
    after = proposals.assign(home, key, clerk="k. meier")
    assert (after.department, proposals.view(home, key).text(after.clerk)) == (before.department, "p-0001")
    with pytest.raises(InvalidInput, match="clerk"):
        proposals.assign(home, key)


def test_a_key_has_a_bound_also_where_it_is_made_of_a_name(home: Home) -> None:
    registers.add(home, "topic", "a" * 100, {"label": "Neu"})
    with pytest.raises(InvalidInput, match="höchstens 100"):
        registers.add(home, "topic", "a" * 101, {"label": "Neu"})
    assert slug_of("Zweckverband " * 500) == "zweckverband-" * 6 + "zw"


def test_the_same_assignment_is_not_recorded_again(home: Home) -> None:
    key = proposals.new(home, "Winterdienst", "fb-23").key
    for changing, same in (("fb-02", None), ("fb-02", "meier"), (None, "schulz"), ("fb-23", None)):
        proposals.assign(home, key, changing, same)
        version = proposal_of(home, key).version
        with pytest.raises(InvalidInput, match="ist schon so zugeordnet"):
            proposals.assign(home, key, changing, same)
        assert proposal_of(home, key).version == version


def test_a_refused_value_is_explained_in_german(home: Home) -> None:
    for values in ({"label": 5}, {"lable": "x"}, {}):
        with pytest.raises(InvalidInput) as caught:
            registers.add(home, "topic", "neu", dict(values))
        assert not any(word in str(caught.value) for word in ("Expected", "Object", "missing", "unknown"))


def test_what_changes_in_a_register_counts_from_then_on_and_the_past_stays_proven(voting: Home) -> None:
    key = "IKZ-2026-0001"
    records.decide(voting, key, "council", BOERDE, "adopted")
    registers.add(voting, "organisation", BOERDE, {"council": "Kreisversammlung"})
    outlook = proposals.outlook(voting, key)
    [council] = [state for state in outlook.gates if state.gate.name == "council"]
    assert council.answers[1].body.name == "Kreisversammlung – Landkreis Börde"
    assert council.answers[1].name == "Kreistag – Landkreis Börde"  # who voted
    audit.verify(voting)
    audit.rebuild(voting)
    audit.verify(voting)


def test_a_newer_shipped_state_does_not_undo_what_the_office_changed(home: Home) -> None:
    registers.add(home, "department", DEPARTMENT, {"name": "Fachbereich Grün"})
    assert registers.init(home) == (0, False, ())
    [entry] = [entry for entry in registers.entries(home, "department") if entry.key == DEPARTMENT]
    assert getattr(entry.value, "name", "") == "Fachbereich Grün"


def test_persons_stand_in_the_register_without_their_names(home: Home) -> None:
    stored = "\n".join(str(row) for row in rows_of(home)["register"])
    assert "Meier" not in stored
    assert "Schulz" not in stored
    [schulz] = [entry.value for entry in registers.entries(home, "person") if entry.key == "p-0002"]
    assert isinstance(schulz, Person)
    assert schulz.name.startswith("c:")


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("organisations", '[organisation.neu]\nname = "N"\nkind = "city"\nlable = "x"\n', "registers/organisations.toml:1: „lable“ ist nicht bekannt."),
        ("organisations", "organisation = 5\n", "registers/organisations.toml:1"),
        ("organisations", "[organisation]\nneu = 5\n", "registers/organisations.toml:2"),
        ("departments", '[department.x]\nname = "N"\n', "registers/departments.toml:1: Es fehlt „"),
        ("topics", '[topic.x]\nlabel = "a"\norigins = "b"\n', "„origins“ ist von der falschen Art"),
        ("topics", '[topic."Groß Klein"]\nlabel = "a"\n', "registers/topics.toml:1"),
        ("topics", "[topic.x\n", "registers/topics.toml:1"),
        ("forms", '[form.x]\nlabel = "a"\n', "registers/forms.toml"),
        ("forms", '[form.x."undated"]\nlabel = "a"\n', "registers/forms.toml:1"),
        ("forms", '[form.x."undated"]\nlabel = "a"\ndirections = []\ndecides = "kings"\nsupervision = "none"\npublication = "none"\n', "registers/forms.toml"),
        ("forms", '[form.x."2026-02-30"]\nlabel = "a"\ndirections = []\ndecides = "heads"\nsupervision = "none"\npublication = "none"\n', "„valid-from“"),
        ("organisations", '[organisation.neu]\nname = "N"\nkind = "city"\nvalid-to = "30.02.2026"\n', "„valid-to“"),
    ],
)  # fmt: skip
def test_a_faulty_register_file_is_named_and_nothing_is_set_up(
    tmp_path: Path, name: str, text: str, where: str
) -> None:
    folder = tmp_path / "workflows" / "registers"
    folder.mkdir(parents=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    home = home_at(tmp_path, now=Clock())
    with pytest.raises(DefinitionError) as caught:
        registers.init(home)
    assert where in str(caught.value)
    assert not (tmp_path / "ikz.db").exists()


@pytest.mark.parametrize(
    "name", ["kooperation.toml", "catalogue/checks.toml", "registers/topics.toml", "registers/forms.toml"]
)
def test_a_file_that_is_no_utf_8_is_named_as_a_fault(tmp_path: Path, name: str) -> None:
    target = tmp_path / "workflows" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes((WORKFLOWS / name).read_text(encoding="utf-8").encode("latin-1", "replace"))
    home = home_at(tmp_path, now=Clock())
    with pytest.raises(DefinitionError) as caught:
        registers.init(home)
    assert Path(name).name in str(caught.value)


def test_an_own_workflow_of_the_home_wins_over_the_shipped_one(home: Home) -> None:
    folder = home.path / "workflows"
    folder.mkdir()
    text = (WORKFLOWS / "kooperation.toml").read_text(encoding="utf-8")
    (folder / "kooperation.toml").write_text(
        "\ufeff" + text.replace('label = "Idee"', 'label = "Einfall"'), encoding="utf-8"
    )
    key = started(home)
    assert proposals.view(home, key).stage.label == "Einfall"
    (folder / "kooperation.toml").write_text("kaputt", encoding="utf-8")
    assert proposals.view(home, key).stage.label == "Einfall"
    with pytest.raises(DefinitionError):
        started(home)
    assert proposal_of(home, key).version == 1
    audit.verify(home)
