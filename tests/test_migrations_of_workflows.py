"""A workflow edited under running proposals changes nothing until they are migrated, and old histories stay valid."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from homes import BOERDE, meet, proposal_of, started, tamper, workflow_text

from ikz_workflow.errors import HistoryBroken, InvalidInput, NotFound
from ikz_workflow.services import (
    audit,
    comparing,
    corrections,
    documents,
    migrations,
    proposals,
    records,
    timeline,
    workflows,
)
from ikz_workflow.services.home import Home

FIRST, SECOND = "IKZ-2026-0001", "IKZ-2026-0002"
RISEN = ("version = 1\n", "version = 2\n")


def edit(home: Home, *changes: tuple[str, str]) -> None:
    """Lay an edited text of the main workflow into the home, where it takes the place of the shipped one."""
    text = workflow_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    target = home.path / "workflows" / "kooperation.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")


DEMAND = ('"task-kind"] },', '"task-kind", "pilot"] },')


@pytest.fixture
def running(home: Home) -> Home:
    """Return a home with a proposal that has all the first stage demands, and another one just started."""
    meet(home, started(home), "idea")
    started(home, "Bauhof")
    return home


def test_an_edited_workflow_changes_nothing_until_migrated(running: Home) -> None:
    before = [proposals.outlook(running, key).possible for key in (FIRST, SECOND)]
    edit(running, RISEN, DEMAND)
    assert [proposals.outlook(running, key).possible for key in (FIRST, SECOND)] == before
    audit.verify(running)
    proposals.advance(running, FIRST)
    assert proposal_of(running, FIRST).stage == "guideline-drafted"


def test_a_migration_says_what_is_newly_missing_and_what_no_more(running: Home) -> None:
    edit(running, RISEN, DEMAND, ('  { obstacles = "assessed" },\n', ""))
    first, second = migrations.migrate(running, "kooperation", dry_run=True)
    assert (first.fits, first.from_version, first.to_version) == (True, 1, 2)
    assert first.newly_missing == ("Es fehlt: Pilot und Evaluierung.",)
    assert first.no_longer_missing == ()
    assert any("Hemmnisse" in text for text in second.no_longer_missing)
    assert proposal_of(running, FIRST).definition == proposal_of(running, SECOND).definition
    assert workflows.definition(running, "kooperation").sha256 != proposal_of(running, FIRST).definition


def test_a_migration_says_that_the_next_deadline_moves(running: Home) -> None:
    edit(running, RISEN, ('due = "60 working days"', 'due = "2 weeks"'))
    for effect in migrations.migrate(running, "kooperation", dry_run=True):
        before, _arrow, after = effect.due[0].partition(" → ")
        assert before != after
    edit(running, RISEN)
    assert [effect.due for effect in migrations.migrate(running, "kooperation")] == [(), ()]


def test_after_the_migration_the_new_text_rules_and_the_old_history_stays_valid(running: Home) -> None:
    old = proposal_of(running, FIRST).definition
    edit(running, RISEN, DEMAND)
    migrations.migrate(running, "kooperation")
    new = workflows.definition(running, "kooperation").sha256
    assert {proposal_of(running, key).definition for key in (FIRST, SECOND)} == {new}
    missing = [item.text for item in proposals.outlook(running, FIRST).possible[0].missing]
    assert missing == ["Es fehlt: Pilot und Evaluierung."]
    proposals.set_fields(running, FIRST, ["pilot=Ein Jahr"])
    proposals.advance(running, FIRST)
    audit.verify(running)
    audit.rebuild(running)
    audit.verify(running)
    with running.ready.reading(running.now()) as tx:
        assert {old, new} <= {sha for sha, _name, _text in tx.definitions()}
    assert "Auf Version 2 des Verfahrens umgestellt (vorher 1)." in [
        entry.sentence for entry in timeline.history(running, FIRST)
    ]


def test_only_the_proposals_named_are_migrated(running: Home) -> None:
    edit(running, RISEN)
    [effect] = migrations.migrate(running, "kooperation", [SECOND])
    assert effect.key == SECOND
    assert proposal_of(running, FIRST).definition != proposal_of(running, SECOND).definition
    with pytest.raises(InvalidInput, match="schon an diese Fassung"):
        migrations.migrate(running, "kooperation", [SECOND])
    audit.verify(running)


def test_fields_the_new_version_does_not_know_are_named_and_lost(running: Home) -> None:
    proposals.set_fields(running, FIRST, ["cases=120", "pilot=Ein Jahr"])
    edit(running, RISEN, ("[stage.idea.field.cases]", "[stage.idea.field.cases-a-year]"))
    effect = migrations.migrate(running, "kooperation")[0]
    assert effect.lost == ("Fälle je Jahr",)
    assert "cases" not in proposal_of(running, FIRST).fields
    assert "pilot" in proposal_of(running, FIRST).fields
    assert "Entfallene Angaben: Fälle je Jahr." in timeline.history(running, FIRST)[-1].sentence
    proposals.view(running, FIRST)
    audit.verify(running)


def gone_stage(home: Home) -> None:
    proposals.advance(home, FIRST)
    edit(home, RISEN, ("stage.guideline-drafted", "stage.guideline-made"), ('"guideline-drafted"', '"guideline-made"'))


def gone_document(home: Home) -> None:
    edit(home, RISEN, ('guideline = "Handlungsleitfaden"\n', ""), ('  { document = "guideline" },\n', ""))


def gone_gate(home: Home) -> None:
    documents.create(home, FIRST, "council-paper")
    records.decide(home, FIRST, "co-signature", "legal", "approved")
    edit(home, RISEN, ("[gate.co-signature]", "[gate.signing-off]"), ('gate = "co-signature"', 'gate = "signing-off"'))


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (gone_stage, "Die Stufe „Handlungsleitfaden erarbeitet“"),
        (gone_document, "Das Dokument „Handlungsleitfaden“"),
        (gone_gate, "Zur Entscheidung „Mitzeichnung“"),
        (lambda home: edit(home, DEMAND), "Die Versionsnummer muss steigen"),
    ],
)
def test_what_does_not_fit_stays_and_says_why(running: Home, prepare: Callable[[Home], None], said: str) -> None:
    prepare(running)
    before = proposal_of(running, FIRST)
    effect = migrations.migrate(running, "kooperation")[0]
    assert not effect.fits
    assert any(said in problem for problem in effect.problems)
    assert proposal_of(running, FIRST) == before
    proposals.view(running, FIRST)
    audit.verify(running)


def test_what_ended_stays_with_the_text_it_ran_by(running: Home) -> None:
    proposals.advance(running, FIRST, "fail", reason="no-result", note="x")
    edit(running, RISEN)
    assert [effect.key for effect in migrations.migrate(running, "kooperation")] == [SECOND]
    with pytest.raises(InvalidInput, match="beendet"):
        migrations.migrate(running, "kooperation", [FIRST])
    audit.verify(running)


def test_a_record_from_before_the_migration_can_still_be_taken_back(running: Home) -> None:
    records.add_contact(running, FIRST, BOERDE, "Irrtum")
    wrong = timeline.history(running, FIRST)[-1].seq
    edit(running, RISEN, ("[stage.idea.field.cases]", "[stage.idea.field.cases-a-year]"))
    migrations.migrate(running, "kooperation")
    corrections.correct(running, FIRST, wrong, "Irrtum")
    found = proposal_of(running, FIRST)
    assert (found.contacts, found.definition) == ((), workflows.definition(running, "kooperation").sha256)
    proposals.view(running, FIRST)
    audit.verify(running)


def test_a_migration_forged_to_another_definition_is_found(running: Home) -> None:
    edit(running, RISEN)
    migrations.migrate(running, "kooperation", [FIRST])
    old, new = proposal_of(running, SECOND).definition, proposal_of(running, FIRST).definition
    tamper(running, f'UPDATE event SET payload = replace(payload, \'"target":"{new}"\', \'"target":"{old}"\')')
    with pytest.raises(HistoryBroken):
        audit.verify(running)


def test_check_asks_for_a_higher_version_when_the_text_of_one_in_use_changed(running: Home) -> None:
    assert migrations.version_problems(running) == []
    edit(running, DEMAND)
    [problem] = migrations.version_problems(running)
    assert "„version“ erhöhen" in problem.text
    edit(running, RISEN, DEMAND)
    assert migrations.version_problems(running) == []


# ------------------------------------------------------------------------------------------------------- differences
def test_a_difference_is_told_as_a_person_reads_it(running: Home) -> None:
    edit(
        running,
        RISEN,
        DEMAND,
        ('due = "60 working days"', 'due = "30 days"'),
        ("[stage.idea.field.cases]", "[stage.idea.field.cases-a-year]"),
        ('veto = true\non = "form.document"\n', 'on = "form.document"\n'),
        ('label = "Neu verhandeln"', 'label = "Nachverhandeln"'),
    )
    found = comparing.differences(running, "kooperation@running", "kooperation")
    told = {(one.section, one.name): (one.change, one.text) for one in found}
    assert told["Verfahren", "kooperation"] == ("geändert", "Version: 1 → 2")
    assert told["Stufen", "idea"] == ("geändert", "Frist: 60 Arbeitstage → 30 Tage")
    assert told["Felder", "cases"] == ("entfällt", "")
    assert told["Felder", "cases-a-year"] == ("neu", "")
    assert told["Übergänge", "draft-guideline"] == ("geändert", "verlangt zusätzlich Angaben: Pilot und Evaluierung")
    assert told["Übergänge", "renegotiate"] == ("geändert", "Bezeichnung: Neu verhandeln → Nachverhandeln")
    assert told["Entscheidungen", "council"][1].startswith("Ein Nein beendet: ja → nein")


def test_a_workflow_does_not_differ_from_itself_however_it_is_named(running: Home) -> None:
    sha = proposal_of(running, FIRST).definition
    for name in ("kooperation@running", sha[:8], str(workflows_file(running))):
        assert comparing.differences(running, name, "kooperation") == []


def workflows_file(home: Home) -> str:
    path = home.path / "kopie.toml"
    path.write_text(workflow_text(), encoding="utf-8")
    return str(path)


def test_names_that_mean_nothing_or_too_much_are_refused(running: Home) -> None:
    with pytest.raises(NotFound):
        comparing.differences(running, "koperation", "kooperation")
    with pytest.raises(NotFound):
        comparing.differences(running, "abcdef12", "kooperation")
    with pytest.raises(NotFound):
        comparing.differences(running, "nacherfassung@running", "kooperation")
    edit(running, RISEN)
    migrations.migrate(running, "kooperation", [FIRST])
    with pytest.raises(InvalidInput, match="mehrere Fassungen"):
        comparing.differences(running, "kooperation@running", "kooperation")


def test_every_difference_between_two_shipped_workflows_can_be_told(running: Home) -> None:
    found = comparing.differences(running, "kooperation", "nacherfassung")
    assert {one.change for one in found} == {"neu", "entfällt", "geändert"}
    assert all(one.label for one in found)
