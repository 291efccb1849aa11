"""A partner approaches the city: the same engine by another workflow, whose end begins the proposal in the main one."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from homes import BOERDE, JERICHOW, proposal_of, tamper, workflow_text

from ikz_workflow.errors import DefinitionError, HistoryBroken, InvalidInput, RequirementsUnmet, RoleRequired
from ikz_workflow.services import audit, corrections, documents, proposals, records, timeline, workflows
from ikz_workflow.services.home import Home

ROOT = Path(__file__).parent.parent
FIRST, SECOND = "IKZ-2026-0001", "IKZ-2026-0002"
GIVEN = [
    "received-on=2026-11-02",
    "channel=letter",
    "request=Der Landkreis möchte Ersatzpflanzungen gemeinsam ausschreiben.",
    "occasion=Beide schreiben getrennt aus.",
    "partner-contact=Frau Muster, Leiterin",
    "partner-salutation=Sehr geehrte Frau Muster",
    "partner-address=Bornsche Straße 2",
    "benefit-partner=Weniger Ausschreibungen",
    "benefit-us=Bessere Preise",
    "direction=interkommunal",
    "assessment=worthwhile",
    "assessment-reasons=Passt zum Thema der FB 23",
]


def incoming(home: Home) -> str:
    """Start an incoming request, assess it and answer it."""
    key = proposals.new(
        home,
        "Pflanzungen mit dem Landkreis",
        "FB 23",
        workflow="eingang",
        topic="compensatory-planting",
        on="2026-11-02",
    ).key
    proposals.set_fields(home, key, GIVEN)
    records.set_party(home, key, BOERDE, "interested", new=True, on="2026-11")
    records.set_party(home, key, JERICHOW, "declined", new=True)
    records.add_contact(home, key, BOERDE, "Anruf im Amt", person="Frau Muster", on="2026-11-02")
    proposals.advance(home, key)
    proposals.set_fields(home, key, ["reply-text=Wir möchten das gern mit Ihnen besprechen."])
    documents.create(home, key, "reply")
    proposals.advance(home, key)
    return key


def keys(home: Home) -> list[str]:
    with home.ready.reading(home.now()) as tx:
        return tx.keys()


@pytest.fixture
def answered(home: Home) -> Home:
    assert incoming(home) == FIRST
    return home


def test_the_take_over_begins_the_proposal_with_all_that_is_known(answered: Home) -> None:
    records.decide(answered, FIRST, "release", "head", "approved")
    former, what = proposals.advance(answered, FIRST, "take-over")
    assert (former.stage, former.started, what.started) == ("taken-over", SECOND, SECOND)
    assert former.ended is not None
    assert former.ended.reason == "continued"
    seen = proposals.view(answered, SECOND)
    new = seen.proposal
    assert (new.workflow, new.stage, new.after, new.topic) == ("kooperation", "idea", FIRST, "compensatory-planting")
    assert seen.title == "Pflanzungen mit dem Landkreis"
    assert [(party.organisation, party.standing, party.on) for party in new.parties] == [
        (BOERDE, "interested", "2026-11")
    ]
    [contact] = new.contacts
    assert (seen.text(contact.text), seen.text(contact.person), contact.on) == (
        "Anruf im Amt",
        "Frau Muster",
        "2026-11-02",
    )
    fields = {name: proposals.shown_value(seen, seen.case.definition.fields[name]) for name in new.fields}
    assert fields["summary"] == "Der Landkreis möchte Ersatzpflanzungen gemeinsam ausschreiben."
    assert (fields["direction"], fields["goals"]) == ("interkommunal", "Bessere Preise")
    assert fields["partner-contact"] == "Frau Muster, Leiterin"
    audit.verify(answered)
    audit.rebuild(answered)
    audit.verify(answered)


def test_the_history_names_each_in_the_other(answered: Home) -> None:
    records.decide(answered, FIRST, "release", "head", "approved")
    proposals.advance(answered, FIRST, "take-over")
    assert timeline.history(answered, FIRST)[-1].sentence.endswith(f"Damit beginnt {SECOND}.")
    taken = timeline.history(answered, FIRST)[-1].seq
    with pytest.raises(InvalidInput, match=SECOND):
        corrections.correct(answered, FIRST, taken, "Irrtum")


def test_nothing_begins_without_the_release_nor_in_a_dry_run(answered: Home) -> None:
    with pytest.raises(RequirementsUnmet) as caught:
        proposals.advance(answered, FIRST, "take-over")
    assert "Freigabe" in caught.value.missing[0].text
    records.decide(answered, FIRST, "release", "head", "approved")
    _proposal, what = proposals.advance(answered, FIRST, "take-over", dry_run=True)
    assert what.started == SECOND
    assert keys(answered) == [FIRST]


def test_who_may_not_write_by_the_other_workflow_begins_nothing(answered: Home) -> None:
    target = answered.path / "workflows" / "kooperation.toml"
    target.parent.mkdir(exist_ok=True)
    text = workflow_text().replace('write = ["clerk", "head", "centre", "legal", "finance"]', 'write = ["centre"]')
    target.write_text(text, encoding="utf-8")
    records.decide(answered, FIRST, "release", "head", "approved")
    with pytest.raises(RoleRequired):
        proposals.advance(answered.acting_as("schulz"), FIRST, "take-over")
    assert proposal_of(answered, FIRST).stage == "answered"
    proposals.advance(answered, FIRST, "take-over")
    audit.verify(answered)


@pytest.mark.parametrize(
    ("transition", "reason", "stage"),
    [("decline", "no-capacity", "declined"), ("forward", None, "forwarded"), ("partner-gone", None, "declined")],
)
def test_a_request_also_ends_without_a_proposal(
    answered: Home, transition: str, reason: str | None, stage: str
) -> None:
    ended, _what = proposals.advance(answered, FIRST, transition, reason=reason, note="Grund der Sache")
    assert (ended.stage, ended.started) == (stage, None)
    assert ended.ended is not None
    assert ended.ended.reason == (reason or {"forward": "taken-over", "partner-gone": "partner-withdrew"}[transition])
    audit.verify(answered)


def test_the_reply_is_a_letter_to_the_partner(answered: Home) -> None:
    content = documents.read(answered, FIRST, "reply").content
    text = "\n".join(paragraph.text for paragraph in Document(BytesIO(content)).paragraphs)
    assert "Sehr geehrte Frau Muster," in text
    assert "vielen Dank für Ihre Anfrage vom 2. November 2026" in text
    assert "Wir möchten das gern mit Ihnen besprechen." in text
    assert "noch zu klären: Nächster" not in text


def edited(home: Home, old: str, new: str) -> None:
    text = workflow_text("eingang")
    assert old in text
    target = home.path / "workflows" / "eingang.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('summary = "request"', 'sumary = "request"', "Das Feld „sumary“ kennt das Verfahren „kooperation“ nicht."),
        ('summary = "request"', 'summary = "received-on"', "„received-on“ passt nicht in das Feld „summary“"),
        (
            'workflow = "kooperation"',
            'workflow = "koperation"',
            "Das Verfahren „koperation“ gibt es nicht. Meinten Sie",
        ),
    ],
)
def test_what_does_not_fit_the_other_workflow_is_told_with_its_line(home: Home, old: str, new: str, said: str) -> None:
    edited(home, old, new)
    [problem] = workflows.problems(home)
    assert said in problem.text
    assert problem.line is not None
    there = (home.path / "workflows/eingang.toml").read_text(encoding="utf-8").split("\n")[problem.line - 1]
    assert "take-over.starts" in there or there == new
    with pytest.raises(DefinitionError):
        proposals.new(home, "x", "FB 23", workflow="eingang")


def test_a_link_to_a_proposal_that_did_not_begin_with_it_is_found(answered: Home) -> None:
    records.decide(answered, FIRST, "release", "head", "approved")
    proposals.advance(answered, FIRST, "take-over")
    tamper(answered, f'UPDATE event SET payload = replace(payload, \'"after":"{FIRST}"\', \'"after":"{SECOND}"\')')
    with pytest.raises(HistoryBroken):
        audit.verify(answered)


def test_no_code_names_the_workflow() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "ikz_workflow").rglob("*.py")]
    assert not any("eingang" in re.findall(r"[a-z-]+", text) for text in sources)
