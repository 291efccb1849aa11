# ruff: noqa: E501  a case reads better in one line
"""Every requirement says whether it is met, and if not, who mends it and how; obeying the remedy mends it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

import pytest
from homes import (
    AUTHORITY,
    BOERDE,
    CHECKS,
    DEPARTMENT,
    FIELDS,
    FORM,
    JERICHOW,
    MAIN_LINE,
    OWN,
    amend,
    around,
    blank,
    definition_of,
    edited,
    meet,
    started,
    walk,
)
from msgspec.structs import replace

from ikz_workflow.definition import Definition
from ikz_workflow.errors import InvalidInput, RequirementsUnmet
from ikz_workflow.proposal import (
    Check,
    Contact,
    Decision,
    DocumentVersion,
    LegalForm,
    Milestone,
    Obstacle,
    Organisation,
    Party,
    Proposal,
)
from ikz_workflow.requirements import Item, Plan, checklist, legal_basis
from ikz_workflow.services import documents, proposals, records, registers
from ikz_workflow.services.home import Home

AT = "2026-11-22T11:00:00.000000Z"
WORKFLOW = """\
name = "probe"
version = 1
label = "Probe"
initial = "a"
write = ["clerk"]
[role]
clerk = "Sachbearbeitung"
legal = "Rechtsamt"
[document]
agreement = "Zweckvereinbarung"
administrative-agreement = "Verwaltungsvereinbarung"
cooperation-agreement = "Kooperationsvereinbarung"
letter-of-intent = "Absichtserklärung"
statutes = "Satzung"
[stage.a]
label = "A"
[stage.a.field.goal]
label = "Ziel"
type = "text"
ask = "?"
[stage.a.field.kind]
label = "Art"
type = "choice"
ask = "?"
choices = { small = "klein", large = "groß" }
[stage.a.field.big]
label = "Größe"
type = "yes-no"
ask = "?"
[stage.a.field.extra]
label = "Zusatz"
type = "line"
ask = "?"
when = { field = "kind", is = "large" }
[stage.a.field.day]
label = "Tag"
type = "date"
ask = "?"
[stage.a.field.form]
label = "Rechtsform"
type = "choice"
ask = "?"
choices = "forms"
[stage.a.field.later]
label = "Späterer Tag"
type = "date"
ask = "?"
[stage.a.field.direction]
label = "Richtung"
type = "choice"
ask = "?"
choices = "directions"
[stage.a.transition.go]
label = "Weiter"
to = "z"
role = "clerk"
requires = [ REQUIRES ]
[stage.z]
label = "Z"
final = true
[anywhere.rest]
label = "Ruhen"
effect = "suspend"
role = "clerk"
requires = [{ review = true }, { note = true }]
[anywhere.resume]
label = "Wieder"
effect = "resume"
role = "clerk"
[gate.council]
label = "Beschluss"
question = "?"
bodies = "councils"
veto = true
on = "agreement"
outcomes = ["adopted", "adopted-amended", "rejected", "deferred", "noted"]
yes = ["adopted", "adopted-amended"]
basis = "decides"
[gate.supervision]
label = "Genehmigung"
question = "?"
bodies = "authorities"
on = "agreement"
outcomes = ["approved", "rejected"]
yes = ["approved"]
basis = "supervision"
when = { form = "supervision", is = "approval" }
"""
TEXT = DocumentVersion("agreement", 1, "f" * 64, "t" * 64, "generated", 3, AT)
JOINED = (Party(BOERDE, "joined"),)


def version(number: int = 1, text: str = "t" * 64) -> DocumentVersion:
    return DocumentVersion("agreement", number, "f" * 64, text, "generated", number, AT)


def said(gate: str, body: str, outcome: str, text: str | None = "t" * 64) -> Decision:
    stands = None if outcome == "adopted-amended" else text
    return Decision(gate, body, outcome, 5, text, stands, amends=stands is None)  # type: ignore[arg-type]


def items(
    requires: str,
    *,
    form: LegalForm | None = FORM,
    today: str = "2026-11-22",
    plan: Plan | None = None,
    name: str = "go",
    **values: object,
) -> list[Item]:
    definition = definition_of(WORKFLOW.replace("REQUIRES", requires))
    proposal = blank(definition, **values)
    transition = definition.transitions_from("a")[name]
    return list(checklist(definition, transition, proposal, around(form, today), plan or Plan()))


@dataclass
class Case:
    """A requirement, values of a proposal that do not meet it, and values that do."""

    requires: str
    unmet: dict[str, object]
    met: dict[str, object]
    said: str
    who: str = "Sachbearbeitung"
    remedy: str = ""
    kind: str = ""  # of the line in the checklist, where it is not called as the requirement is
    plans: tuple[Plan, Plan] = field(default=(Plan(), Plan()))

    @property
    def usual(self) -> str:
        """Return the kind of line in the checklist."""
        name = self.requires.split()[1]
        return {"fields": "field", "checks": "check"}.get(name, name)


CASES = {
    "fields": Case('{ fields = ["goal"] }', {}, {"fields": {"goal": "c:1"}}, "Es fehlt: Ziel.", remedy="ikz fill IKZ-2026-0001 --field goal"),
    "document": Case('{ document = "agreement" }', {}, {"documents": (TEXT,)}, "Es fehlt das Dokument „Zweckvereinbarung“.", remedy="ikz document create IKZ-2026-0001 agreement"),
    "no-party": Case('{ parties = 1, standing = "joined" }', {}, {"parties": JOINED}, "Kein Partner ist „beigetreten“.", remedy="ikz party add IKZ-2026-0001 ORGANISATION --standing joined"),
    "party-not-so-far": Case('{ parties = 1, standing = "joined" }', {"parties": (Party(BOERDE, "interested"),)}, {"parties": JOINED}, "Kein Partner ist „beigetreten“.", remedy=f"ikz party set IKZ-2026-0001 {BOERDE} --standing joined"),
    "we-are-no-partner": Case('{ parties = 1, standing = "joined" }', {"parties": (Party(OWN, "joined"),)}, {"parties": (Party(OWN, "joined"), *JOINED)}, "Kein Partner", remedy="ikz party add IKZ-2026-0001 ORGANISATION --standing joined"),
    "two-parties": Case('{ parties = 2, standing = "joined" }', {"parties": JOINED}, {"parties": (*JOINED, Party(JERICHOW, "joined"))}, "Es braucht 2 Partner „beigetreten“, es sind 1.", remedy=f"ikz party set IKZ-2026-0001 {BOERDE} --standing joined"),
    "contact-with-nobody": Case("{ contacts = 1 }", {}, {"contacts": (Contact(BOERDE, "c:1"),)}, "Es ist kein Kontakt mit einem Partner festgehalten.", remedy='ikz contact IKZ-2026-0001 ORGANISATION "…"'),
    "contact-with-who-did-not-join": Case("{ contacts = 1 }", {"parties": (Party(OWN, "joined"), Party(BOERDE, "approached"))}, {"parties": (Party(BOERDE, "approached"),), "contacts": (Contact(BOERDE, "c:1"),)}, "Es ist kein Kontakt mit einem Partner festgehalten.", remedy=f'ikz contact IKZ-2026-0001 {BOERDE} "…"'),
    "contact-with-each-joined": Case("{ contacts = 1 }", {"parties": JOINED, "contacts": (Contact(JERICHOW, "c:1"),)}, {"parties": JOINED, "contacts": (Contact(BOERDE, "c:1"),)}, "kein Kontakt mit Börde", remedy=f'ikz contact IKZ-2026-0001 {BOERDE} "…"'),
    "two-contacts": Case("{ contacts = 2 }", {"parties": JOINED, "contacts": (Contact(BOERDE, "c:1"),)}, {"parties": JOINED, "contacts": (Contact(BOERDE, "c:1"), Contact(BOERDE, "c:2"))}, "1 von 2", remedy=f'ikz contact IKZ-2026-0001 {BOERDE} "…"'),
    "milestones": Case("{ milestones = 1 }", {}, {"milestones": (Milestone(1, "c:1"),)}, "0 von 1", remedy='ikz milestone add IKZ-2026-0001 "…" --due TT.MM.JJJJ'),
    "obstacles-assessed": Case('{ obstacles = "assessed" }', {}, {"obstacles_assessed": True}, "noch nicht eingeschätzt", remedy="ikz obstacle IKZ-2026-0001 parochialism"),
    "obstacles-answered": Case('{ obstacles = "answered" }', {"obstacles": (Obstacle("parochialism", BOERDE),)}, {"obstacles": (Obstacle("parochialism", BOERDE, 2, "c:1"),)}, "„Kirchturmdenken“", remedy=f'ikz obstacle IKZ-2026-0001 parochialism --party {BOERDE} --answer "…"'),
    "obstacle-no-longer-listed": Case('{ obstacles = "answered" }', {"obstacles": (Obstacle("former"),)}, {"obstacles": (Obstacle("former", None, 2, "c:1"),)}, "„former“", remedy='ikz obstacle IKZ-2026-0001 former --answer "…"'),
    "check-unanswered": Case('{ checks = ["vat"] }', {}, {"checks": (Check("vat", "met"),)}, "Noch nicht geprüft: Umsatzsteuer.", "Rechtsamt", 'ikz check IKZ-2026-0001 vat met --evidence "…"'),
    "check-open": Case('{ checks = ["vat"] }', {"checks": (Check("vat", "open"),)}, {"checks": (Check("vat", "not-applicable"),)}, "Offen oder verletzt: Umsatzsteuer.", "Rechtsamt", 'ikz check IKZ-2026-0001 vat met --evidence "…"'),
    "check-violated": Case('{ checks = ["vat"] }', {"checks": (Check("vat", "violated"),)}, {"checks": (Check("vat", "risk-accepted"),)}, "Offen oder verletzt: Umsatzsteuer.", "Rechtsamt", 'ikz check IKZ-2026-0001 vat met --evidence "…"'),
    "reached": Case('{ reached = "day" }', {"fields": {"day": "2026-11-23"}}, {"fields": {"day": "2026-11-22"}}, "Tag ist noch nicht erreicht", remedy="ikz advance IKZ-2026-0001 go"),
    "reason": Case('{ reason = "end" }', {}, {}, "Es fehlt der Grund", remedy="ikz advance IKZ-2026-0001 go --reason GRUND", plans=(Plan("no-result"), Plan("completed"))),
    "note": Case("{ note = true }", {}, {}, "Was ist daraus zu lernen?", remedy='ikz advance IKZ-2026-0001 go --note "…"', plans=(Plan(), Plan(note=True))),
    "document-of-another-form": Case('{ document = "agreement" }', {"documents": (replace(TEXT, void=True),)}, {"documents": (TEXT,)}, "„Zweckvereinbarung“ galt einer anderen Richtung oder Rechtsform", remedy="ikz document create IKZ-2026-0001 agreement"),
    "gate-amended-before": Case('{ gate = "council" }', {"documents": (TEXT, version(2, "u" * 64)), "decisions": (said("council", OWN, "adopted-amended"),)}, {"documents": (TEXT,), "decisions": (said("council", OWN, "adopted"),)}, "Stadtrat – Magdeburg hat den Text geändert; die geänderte Fassung fehlt", "Stadtrat – Magdeburg", f"ikz decide IKZ-2026-0001 council {OWN} adopted"),
    "gate-for-another-form": Case('{ gate = "council" }', {"documents": (TEXT,), "decisions": (replace(said("council", OWN, "adopted"), void=True),)}, {"documents": (TEXT,), "decisions": (said("council", OWN, "adopted"),)}, "Stadtrat – Magdeburg hat für eine andere Richtung oder Rechtsform entschieden", "Stadtrat – Magdeburg", f"ikz decide IKZ-2026-0001 council {OWN} adopted"),
    "gate-without-text": Case('{ gate = "council" }', {"parties": JOINED}, {"parties": JOINED, "documents": (TEXT,), "decisions": (said("council", OWN, "adopted"), said("council", BOERDE, "adopted"))}, "Es gibt noch keinen Text „Zweckvereinbarung“", remedy="ikz document create IKZ-2026-0001 agreement", kind="text"),
    "gate-open": Case('{ gate = "council" }', {"parties": JOINED, "documents": (TEXT,), "decisions": (said("council", OWN, "adopted"),)}, {"parties": JOINED, "documents": (TEXT,), "decisions": (said("council", OWN, "adopted"), said("council", BOERDE, "adopted"))}, "Kreistag – Börde steht noch aus", "Kreistag – Börde", f"ikz decide IKZ-2026-0001 council {BOERDE} adopted"),
    "gate-refused": Case('{ gate = "council" }', {"documents": (TEXT,), "decisions": (said("council", OWN, "rejected"),)}, {"documents": (TEXT,), "decisions": (said("council", OWN, "adopted"),)}, "Stadtrat – Magdeburg hat nicht zugestimmt (abgelehnt)", "Stadtrat – Magdeburg", f'ikz decide IKZ-2026-0001 council {OWN} adopted --correct "…"'),
    "gate-outdated": Case('{ gate = "council" }', {"documents": (TEXT, version(2, "u" * 64)), "decisions": (said("council", OWN, "adopted"),)}, {"documents": (TEXT, version(2, "u" * 64)), "decisions": (said("council", OWN, "adopted", "u" * 64),)}, "über einen älteren Text entschieden", "Stadtrat – Magdeburg", f"ikz decide IKZ-2026-0001 council {OWN} adopted"),
    "gate-amended": Case('{ gate = "council" }', {"documents": (TEXT,), "decisions": (said("council", OWN, "adopted-amended"),)}, {"documents": (TEXT, version(2, "u" * 64)), "decisions": (replace(said("council", OWN, "adopted-amended"), stands_for="u" * 64),)}, "wurde geändert beschlossen", remedy="ikz document file IKZ-2026-0001 agreement GEÄNDERT.docx", kind="text"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_unmet_requirement_says_what_is_missing_who_mends_it_and_how(name: str) -> None:
    case = CASES[name]
    [item] = [item for item in items(case.requires, plan=case.plans[0], **case.unmet) if not item.met]
    assert case.said in item.text
    assert (item.kind, item.who, item.remedy) == (case.kind or case.usual, case.who, case.remedy)


@pytest.mark.parametrize("name", CASES)
def test_a_met_requirement_stands_in_the_checklist_as_met(name: str) -> None:
    case = CASES[name]
    found = items(case.requires, plan=case.plans[1], **case.met)
    assert {item.kind for item in found} == {case.usual}
    assert all(item.met and item.text and not item.remedy for item in found)


@pytest.mark.parametrize(
    ("standing", "label", "enough"),
    [
        ("approached", "angesprochen", {"approached", "interested", "joined"}),
        ("interested", "interessiert", {"interested", "joined"}),
        ("joined", "beigetreten", {"joined"}),
        ("declined", "abgelehnt", {"declined"}),
        ("withdrew", "zurückgezogen", {"withdrew"}),
    ],
)
def test_who_went_further_counts_for_the_lesser_standing(standing: str, label: str, enough: set[str]) -> None:
    [nobody] = items(f'{{ parties = 1, standing = "{standing}" }}', parties=(Party(JERICHOW, "none"),))  # type: ignore[arg-type]
    assert nobody.text == f"Kein Partner ist „{label}“."
    found = {
        one
        for one in ("approached", "interested", "joined", "declined", "withdrew")
        if items(f'{{ parties = 1, standing = "{standing}" }}', parties=(Party(BOERDE, one),))[0].met  # type: ignore[arg-type]
    }
    assert found == enough


@pytest.mark.parametrize(
    ("when", "fields", "form", "asked"),
    [
        ('{ field = "kind", is = "large" }', {}, FORM, False),
        ('{ field = "kind", is = "large" }', {"kind": "small"}, FORM, False),
        ('{ field = "kind", is = "large" }', {"kind": "large"}, FORM, True),
        ('{ field = "kind", is = ["small", "large"] }', {"kind": "small"}, FORM, True),
        ('{ field = "big", is = true }', {"big": True}, FORM, True),
        ('{ field = "big", is = true }', {"big": False}, FORM, False),
        ('{ field = "big", is = false }', {"big": False}, FORM, True),
        ('{ field = "big", is = false }', {}, FORM, False),
        ('{ form = "supervision", is = "approval" }', {}, FORM, True),
        ('{ form = "supervision", is = "notice" }', {}, FORM, False),
        ('{ form = "supervision", is = "approval" }', {}, None, False),
        ('{ any = [{ field = "big", is = true }, { form = "decides", is = "councils" }] }', {}, FORM, True),
        ('{ all = [{ field = "big", is = true }, { form = "decides", is = "councils" }] }', {}, FORM, False),
        ('{ all = [{ field = "big", is = true }, { form = "decides", is = "councils" }] }', {"big": True}, FORM, True),
    ],
)
def test_a_requirement_is_asked_only_when_its_condition_holds(
    when: str, fields: dict[str, object], form: LegalForm | None, asked: bool
) -> None:
    assert bool(items(f'{{ fields = ["goal"], when = {when} }}', form=form, fields=fields)) == asked


def test_a_field_with_a_condition_of_its_own_is_asked_only_when_it_holds() -> None:
    assert items('{ fields = ["extra"] }', fields={"kind": "small"}) == []
    assert [item.name for item in items('{ fields = ["extra"] }', fields={"kind": "large"})] == ["extra"]


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-21", "2026-11", "2026"])
def test_days_in_their_order_or_the_same_are_not_spoken_of(day: str) -> None:
    assert items('{ order = ["day", "later"] }', fields={"day": day, "later": "2026-11-22"}) == []
    assert items('{ order = ["day", "later"] }', fields={"day": day}) == []


def test_days_in_the_wrong_order_are_told_with_both_and_the_later_one_is_to_be_mended() -> None:
    [item] = items('{ order = ["day", "later"] }', fields={"day": "2026-11-23", "later": "2026-11-22"})
    assert (item.met, item.kind, item.name, item.who) == (False, "order", "later", "Sachbearbeitung")
    assert item.text == "Späterer Tag (22.11.2026) liegt vor: Tag (23.11.2026)."
    assert item.remedy == "ikz fill IKZ-2026-0001 --field later"


def test_a_form_no_register_knows_any_more_counts_as_given() -> None:
    chosen = {"form": "former", "direction": "intrakommunal"}
    [item] = items('{ fields = ["form"] }', form=None, fields=chosen)
    assert (item.met, item.name) == (True, "form")


@pytest.mark.parametrize(("checked_by", "unconfirmed"), [("", True), ("K. Meier", False)])
def test_a_form_that_does_not_go_with_the_direction_is_told_with_its_basis(checked_by: str, unconfirmed: bool) -> None:
    form = replace(FORM, directions=("interkommunal", "vertikal"), checked_by=checked_by)
    chosen = {"form": "probe-form", "direction": "intrakommunal"}
    [item] = items('{ fields = ["form"] }', form=form, fields=chosen)
    assert (item.met, item.kind, item.name, item.who) == (False, "field", "form", "Sachbearbeitung")
    assert item.text == (
        "Die Rechtsform „Probeform“ gibt es nicht für die Richtung intrakommunal (nur interkommunal, vertikal)."
    )
    assert (item.basis, item.unconfirmed) == ("§ 1 Probegesetz", unconfirmed)
    assert item.remedy == "ikz fill IKZ-2026-0001 --field form"


def test_a_form_chosen_before_any_direction_is_taken_as_given() -> None:
    [item] = items('{ fields = ["form"] }', fields={"form": "probe-form"})
    assert (item.met, item.text) == (True, "Angegeben: Rechtsform.")


def test_contacts_are_asked_of_those_who_joined_and_of_no_other() -> None:
    parties = (Party(OWN, "joined"), *JOINED, Party(JERICHOW, "approached"))
    [item] = items("{ contacts = 1 }", parties=parties, contacts=(Contact(BOERDE, "c:1"),))
    assert (item.met, item.name, item.text) == (True, BOERDE, "Kontakte mit Börde: 1.")


def test_the_text_of_a_legal_form_that_has_none_is_not_asked_for() -> None:
    assert items('{ document = "form.document" }', form=replace(FORM, document="none")) == []
    assert items('{ document = "form.document" }', form=None) == []
    assert [item.name for item in items('{ document = "form.document" }')] == ["agreement"]


def test_a_gate_with_nobody_to_ask_is_not_passed_and_says_why() -> None:
    probe = WORKFLOW.replace('legal = "Rechtsamt"', 'legal = "Rechtsamt"\ncentre = "Zentrale Stelle"')
    definition = definition_of(probe.replace("REQUIRES", '{ gate = "supervision" }, { gate = "council" }'))
    firm = Organisation(
        "Stadtwerke", "company", own=True
    )  # no council, and nobody entered whose supervision it is under
    proposal = blank(definition, documents=(TEXT,))
    found = checklist(definition, definition.transitions_from("a")["go"], proposal, around(**{OWN: firm}), Plan())
    assert [(item.met, item.kind, item.name, item.text, item.who, item.remedy) for item in found] == [
        (False, "gate", "supervision",
         "Genehmigung: Für keine der beteiligten Organisationen ist die Aufsichtsbehörde eingetragen.",
         "Zentrale Stelle", f'ikz organisation add {OWN} "Stadtwerke" --authority SCHLÜSSEL'),
        (False, "gate", "council", "Beschluss: Es ist keine Stelle zu fragen, weil kein Partner beigetreten ist.",
         "Sachbearbeitung", "ikz party set IKZ-2026-0001 ORGANISATION --standing joined"),
    ]  # fmt: skip


def test_who_enters_the_authority_that_is_missing_can_ask_it(home: Home) -> None:
    for key in (OWN, BOERDE):
        registers.add(home, "organisation", key, {"authority": ""})
    key = started(home)
    walk(home, key, "council-vote")
    [nobody] = [item for item in missing(home, key, "enact") if item.name == "supervision"]
    assert nobody.remedy == f'ikz organisation add {OWN} "Landeshauptstadt Magdeburg" --authority SCHLÜSSEL'
    registers.add(home, "organisation", OWN, {"authority": AUTHORITY})
    mend(home, key, "enact")


@pytest.mark.parametrize("brought_by", ["c:1", "c:2"])
def test_four_eyes_ask_for_somebody_who_did_not_bring_it_here(brought_by: str) -> None:
    definition = definition_of(WORKFLOW.replace("requires = [ REQUIRES ]", "four-eyes = true"))
    proposal = blank(definition, brought_by=brought_by)
    plan = Plan(by=("c:1",))
    [item] = checklist(definition, definition.transitions_from("a")["go"], proposal, around(), plan)
    assert (item.met, item.kind, item.name) == (brought_by == "c:2", "four-eyes", "go")
    assert item.who == ("" if item.met else "eine andere Person: Sachbearbeitung")
    assert item.remedy == ("" if item.met else "ikz advance IKZ-2026-0001 go")


@pytest.mark.parametrize(
    ("plan", "text", "remedy"),
    [
        (Plan("completed", note=True), "Grund und Begründung sind angegeben.", ""),
        (Plan("completed"), "Es fehlt die Begründung: Was ist daraus zu lernen?", '--reason completed --note "…"'),
        (Plan(note=True), "Es fehlt der Grund. Hier möglich: {reasons}.", '--reason GRUND --note "…"'),
        (Plan(), "Es fehlt der Grund. Hier möglich: {reasons}. Es fehlt die Begründung: Was ist daraus zu lernen?", '--reason GRUND --note "…"'),
    ],
)  # fmt: skip
def test_reason_and_note_stand_in_one_line_that_names_only_what_is_missing(plan: Plan, text: str, remedy: str) -> None:
    [item] = items('{ reason = "end" }, { note = true }', plan=plan)
    reasons = definition_of(WORKFLOW.replace("REQUIRES", "")).catalogue.reasons
    listed = ", ".join(f"{name} ({one.label})" for name, one in reasons.items() if "end" in one.kinds)
    assert item.text == text.format(reasons=listed)
    assert item.remedy == (f"ikz advance IKZ-2026-0001 go {remedy}" if remedy else "")


def test_a_reason_without_a_note_is_enough_where_no_note_is_demanded() -> None:
    [met] = items('{ reason = "end" }', plan=Plan("completed"))
    assert (met.met, met.name, met.text) == (True, "completed", "Der Grund ist genannt.")
    [unmet] = items('{ reason = "end" }')
    assert unmet.remedy == "ikz advance IKZ-2026-0001 go --reason GRUND"


@pytest.mark.parametrize(
    ("review", "met", "text"),
    [
        ("", False, "Es fehlt der Tag, an dem das Vorhaben wieder angesehen wird (Wiedervorlage)."),
        ("2026-11-22", False, "Die Wiedervorlage (22.11.2026) muss nach dem Tag liegen, ab dem das Vorhaben ruht (22.11.2026)."),
        ("2026-11-23", True, "Der Tag der Wiedervorlage ist angegeben (23.11.2026)."),
    ],
)  # fmt: skip
def test_a_rest_needs_a_day_of_review_after_today(review: str, met: bool, text: str) -> None:
    item, note = items("", name="rest", plan=Plan(review=review))
    assert (item.met, item.kind, note.kind, item.text) == (met, "review", "note", text)
    assert item.remedy == ("" if met else 'ikz advance IKZ-2026-0001 rest --until TT.MM.JJJJ --note "…"')
    assert note.text == "Es fehlt die Begründung."  # there is something to learn of an end only
    assert note.remedy == 'ikz advance IKZ-2026-0001 rest --until TT.MM.JJJJ --note "…"'


def test_who_brings_nothing_along_has_brought_nothing() -> None:
    [item] = items("{ note = true }")
    assert not item.met


def test_a_partner_nobody_named_is_looked_up_and_a_known_one_is_not() -> None:
    [nobody] = items('{ parties = 1, standing = "joined" }')
    assert nobody.text == "Kein Partner ist „beigetreten“. Alle Organisationen: ikz organisation list"
    [known] = items('{ parties = 1, standing = "joined" }', parties=(Party(BOERDE, "approached"),))
    assert known.text == "Kein Partner ist „beigetreten“."


def test_of_a_text_without_open_points_nothing_is_remarked() -> None:
    [item] = items('{ document = "agreement" }', documents=(TEXT,))
    assert item.text == "Zweckvereinbarung liegt vor (Fassung 1)."


def test_of_a_text_open_points_and_facts_changed_since_are_remarked_together() -> None:
    [item] = items('{ document = "agreement" }', documents=(replace(TEXT, open=2),), told=TEXT.seq + 1)
    assert item.text == ("Zweckvereinbarung liegt vor (Fassung 1). Offene Punkte: 2; Angaben wurden danach geändert.")


def test_where_the_catalogue_names_no_obstacle_the_remedy_is_that_there_is_none() -> None:
    definition = definition_of(WORKFLOW.replace("REQUIRES", '{ obstacles = "assessed" }'))
    bare = replace(definition, catalogue=replace(definition.catalogue, obstacles={}))
    transition = bare.transitions_from("a")["go"]
    [item] = checklist(bare, transition, blank(bare), around(), Plan())
    assert item.remedy == "ikz obstacle IKZ-2026-0001 none"
    [met] = checklist(bare, transition, blank(bare, obstacles_assessed=True), around(), Plan())
    assert (met.met, met.name, met.text) == (True, "assessed", "Die Hemmnisse sind eingeschätzt.")


def test_the_first_three_obstacles_are_named_as_examples() -> None:
    catalogue = definition_of(WORKFLOW.replace("REQUIRES", "")).catalogue.obstacles
    named = [f"{name} = {one.label}" for name, one in catalogue.items()]
    assert len(named) > 3
    [item] = items('{ obstacles = "assessed" }')
    assert f"({', '.join(named[:3])} …; none = keines)" in item.text


def test_answered_obstacles_stand_in_one_line() -> None:
    [item] = items(
        '{ obstacles = "answered" }',
        obstacles=(Obstacle("parochialism", None, 2, "c:1"), Obstacle("x", None, 1, "c:2")),
    )
    assert (item.met, item.name, item.text) == (True, "answered", "Auf jedes Hemmnis gibt es eine Antwort.")


@pytest.mark.parametrize(("column", "form"), [("", FORM), ("supervision", None), ("", None)])
def test_where_no_column_or_no_form_says_so_there_is_no_legal_basis(column: str, form: LegalForm | None) -> None:
    assert legal_basis(column, form) == ("", False)


def test_what_rests_on_no_law_is_not_unconfirmed() -> None:
    assert not any(item.unconfirmed for item in items('{ fields = ["goal"] }, { obstacles = "assessed" }'))


def test_a_gate_that_does_not_apply_asks_nobody() -> None:
    assert items('{ gate = "supervision" }', form=replace(FORM, supervision="none")) == []
    assert [item.who for item in items('{ gate = "supervision" }', documents=(TEXT,))] == ["Landesverwaltungsamt"]


@pytest.mark.parametrize(("day", "met"), [("2026", True), ("2026-11", True), ("2026-12", False), ("2027", False)])
def test_a_partial_day_is_reached_when_its_time_has_begun(day: str, met: bool) -> None:
    [item] = items('{ reached = "day" }', fields={"day": day})
    assert item.met == met


def test_a_day_nobody_named_is_asked_for_once_by_the_field_alone() -> None:
    assert [item.kind for item in items('{ fields = ["day"] }, { reached = "day" }')] == ["field"]


@pytest.mark.parametrize(("checked_by", "unconfirmed"), [("", True), ("K. Meier", False)])
def test_a_row_of_law_nobody_confirmed_shows_as_unconfirmed(checked_by: str, unconfirmed: bool) -> None:
    form = replace(FORM, checked_by=checked_by)
    [item] = items('{ gate = "supervision" }', form=form, documents=(TEXT,))
    assert (item.basis, item.unconfirmed) == ("§ 2 Probegesetz", unconfirmed)
    [item] = items('{ gate = "council" }', form=form, documents=(TEXT,))
    assert (item.basis, item.unconfirmed) == ("§ 1 Probegesetz", unconfirmed)


def test_a_check_names_its_legal_basis_and_that_nobody_confirmed_it() -> None:
    [item] = items('{ checks = ["vat"] }')
    assert "2b" in item.basis
    assert item.unconfirmed


def test_everything_missing_is_named_at_once(home: Home) -> None:
    key = started(home)
    with pytest.raises(RequirementsUnmet) as caught:
        proposals.advance(home, key, "draft-guideline")
    assert {item.name for item in caught.value.missing if isinstance(item, Item)} == {
        *(one.partition("=")[0] for one in FIELDS["idea"]), "assessed", "guideline",
    }  # fmt: skip


# ------------------------------------------------------------------------------------------ remedies that really mend
class Obedient:
    """Does what a remedy says, word for word, as the command line would."""

    def __init__(self, home: Home, key: str) -> None:
        self.home, self.key = home, key
        self.values = {one.partition("=")[0]: one for stage in FIELDS.values() for one in stage}
        self.reason, self.note = "", ""

    def obey(self, remedy: str) -> None:
        words = shlex.split(remedy.replace("…", "Ein Text").replace("GRUND", "other"))
        assert words[0] == "ikz", remedy
        options = {word[2:]: words[place + 1] for place, word in enumerate(words[:-1]) if word.startswith("--")}
        plain = [
            word
            for place, word in enumerate(words)
            if not word.startswith("--") and not words[place - 1].startswith("--")
        ]
        verb = "_".join(plain[1:3]) if plain[1] in ("party", "document", "milestone") else plain[1]
        rest = [BOERDE if word == "ORGANISATION" else word for word in plain[3 if "_" in verb else 2 :]]
        assert rest[0] == self.key
        getattr(self, verb)(rest[1:], options)

    def fill(self, words: list[str], options: dict[str, str]) -> None:
        proposals.set_fields(self.home, self.key, [self.values[options["field"]]])

    def document_create(self, words: list[str], options: dict[str, str]) -> None:
        documents.create(self.home, self.key, words[0])

    def document_file(self, words: list[str], options: dict[str, str]) -> None:
        assert re.fullmatch(r".+\.docx", words[1])
        path = edited(self.home, self.key, words[0], "Zehn Jahre.", self.home.path)
        documents.file_edited(self.home, self.key, words[0], path)

    def party_add(self, words: list[str], options: dict[str, str]) -> None:
        records.set_party(self.home, self.key, words[0], options["standing"], new=True)

    def party_set(self, words: list[str], options: dict[str, str]) -> None:
        records.set_party(self.home, self.key, words[0], options["standing"])

    def contact(self, words: list[str], options: dict[str, str]) -> None:
        records.add_contact(self.home, self.key, words[0], words[1])

    def obstacle(self, words: list[str], options: dict[str, str]) -> None:
        records.set_obstacle(self.home, self.key, words[0], party=options.get("party"), answer=options.get("answer"))

    def check(self, words: list[str], options: dict[str, str]) -> None:
        records.answer_check(self.home, self.key, words[0], words[1], evidence=options["evidence"])

    def decide(self, words: list[str], options: dict[str, str]) -> None:
        records.decide(self.home, self.key, *words, correct=options.get("correct"))

    def advance(self, words: list[str], options: dict[str, str]) -> None:
        self.reason, self.note = options.get("reason", self.reason), options.get("note", self.note)


def missing(home: Home, key: str, transition: str) -> list[Item]:
    [found] = [one for one in proposals.outlook(home, key).possible if one.transition.name == transition]
    return list(found.missing)


def mend(home: Home, key: str, transition: str, limit: int = 40) -> None:
    """Obey the first remedy until nothing is missing; each one has to take its own line away."""
    servant = Obedient(home, key)
    for _ in range(limit):
        left = [item for item in missing(home, key, transition) if item.kind not in ("reason", "note")]
        if not left:
            break
        servant.obey(left[0].remedy)
        after = missing(home, key, transition)
        assert left[0] not in after, f"not mended by: {left[0].remedy}"
    for item in missing(home, key, transition):
        servant.obey(item.remedy)
    proposals.advance(home, key, transition, reason=servant.reason or None, note=servant.note or None)


def test_the_reasons_offered_fit_the_way_it_ends(home: Home) -> None:
    key = started(home)
    [failing] = missing(home, key, "fail")
    assert "partner-withdrew (Partner hat sich zurückgezogen)" in failing.text
    assert "completed" not in failing.text
    with pytest.raises(InvalidInput, match="partner-withdrew"):
        proposals.advance(home, key, "fail", reason="completed", note="Es war einmal")


def test_obeying_remedies_alone_leads_from_the_idea_to_the_end(home: Home) -> None:
    key = started(home)
    for name in (
        "draft-guideline",
        "contact-partner",
        "settle-agreement",
        "submit-to-council",
        "enact",
        "end-cooperation",
    ):
        mend(home, key, name)
    assert proposals.view(home, key).proposal.stage == "ended"


@pytest.mark.parametrize("outcome", ["rejected", "deferred", "noted", "adopted-amended"])
def test_obeying_remedies_leads_on_from_any_vote(voting: Home, outcome: str) -> None:
    records.decide(voting, "IKZ-2026-0001", "council", BOERDE, outcome)
    mend(voting, "IKZ-2026-0001", "enact")


def test_obeying_remedies_leads_on_from_a_text_that_changed_after_all_votes(voting: Home) -> None:
    meet(voting, "IKZ-2026-0001", "council-vote")
    amend(voting, "IKZ-2026-0001")
    assert {item.kind for item in missing(voting, "IKZ-2026-0001", "enact")} == {"gate"}
    mend(voting, "IKZ-2026-0001", "enact")


def test_obeying_remedies_leads_on_when_a_partner_joins_after_all_votes(voting: Home) -> None:
    meet(voting, "IKZ-2026-0001", "council-vote")
    records.set_party(voting, "IKZ-2026-0001", JERICHOW, "joined", new=True)
    assert {item.who for item in missing(voting, "IKZ-2026-0001", "enact")} == {
        "Kreistag – Landkreis Jerichower Land", "Landkreis Jerichower Land",
    }  # fmt: skip
    mend(voting, "IKZ-2026-0001", "enact")


@pytest.mark.parametrize("outcome", ["rejected", "deferred"])
@pytest.mark.parametrize("gate", ["supervision", "signature", "co-signature"])
def test_obeying_remedies_leads_on_from_any_refusal(home: Home, gate: str, outcome: str) -> None:
    key = started(home)
    body = {"supervision": AUTHORITY, "signature": OWN, "co-signature": "legal"}[gate]
    walk(home, key, "agreement" if gate == "co-signature" else "council-vote")
    if gate == "co-signature":
        documents.create(home, key, "council-paper")
    records.decide(home, key, gate, body, outcome)
    mend(home, key, "submit-to-council" if gate == "co-signature" else "enact")


@pytest.mark.parametrize("result", ["open", "violated"])
def test_obeying_remedies_leads_on_from_an_open_check(home: Home, result: str) -> None:
    key = started(home)
    walk(home, key, "partner-contacted")
    for check in CHECKS:
        records.answer_check(home, key, check, result)
    records.set_obstacle(home, key, "loss-of-power", party=BOERDE)
    mend(home, key, "settle-agreement")


@pytest.mark.parametrize("stage", MAIN_LINE[:-1])
def test_every_stage_can_be_left_for_an_end_by_its_remedies(home: Home, stage: str) -> None:
    key = started(home)
    walk(home, key, stage)
    mend(home, key, "end-cooperation" if stage == "in-force" else "fail")
    assert proposals.view(home, key).proposal.ended is not None


def test_a_shipped_form_decides_what_is_asked(kooperation: Definition) -> None:
    """An informal group asks heads, no authority, no publication; a delegating agreement the opposite."""
    transition = kooperation.stages["council-vote"].transitions["enact"]
    proposal: Proposal = blank(kooperation, stage="council-vote", parties=JOINED, documents=(TEXT,))
    informal = replace(FORM, decides="heads", supervision="none", publication="none", document="none")
    asked = {item.name: item.who for item in checklist(kooperation, transition, proposal, around(informal), Plan())}
    assert set(asked) == {"head-decision", "signature", "effective-from"}
    heads = [
        item.who
        for item in checklist(kooperation, transition, proposal, around(informal), Plan())
        if item.name == "head-decision"
    ]
    assert heads == ["Oberbürgermeisterin – Magdeburg", "Landrat – Börde"]
    strict = replace(FORM, supervision="approval", publication="required")
    asked = {item.name: item.who for item in checklist(kooperation, transition, proposal, around(strict), Plan())}
    assert set(asked) == {
        "council",
        "supervision",
        "signature",
        "publication-date",
        "publication-place",
        "effective-from",
    }


def test_a_document_with_open_points_or_older_than_its_facts_says_so(home: Home) -> None:
    key = started(home)
    meet(home, key, "idea")
    [first] = [one for one in proposals.outlook(home, key).possible if one.transition.name == "draft-guideline"]
    [item] = [one for one in first.items if one.kind == "document"]
    assert item.met
    assert "Offene Punkte:" in item.text
    assert "danach geändert" not in item.text
    proposals.set_fields(home, key, ["goals=Andere Ziele"])
    [first] = [one for one in proposals.outlook(home, key).possible if one.transition.name == "draft-guideline"]
    [item] = [one for one in first.items if one.kind == "document"]
    assert "Angaben wurden danach geändert" in item.text
    [(_label, version, remarks, _votes)] = documents.versions(home, key)
    assert version.open > 0
    assert remarks.startswith(f"Offene Punkte: {version.open}; ")


def test_departments_are_known_by_their_short_name(home: Home) -> None:
    assert proposals.new(home, "Titel", "FB 23").department == DEPARTMENT
