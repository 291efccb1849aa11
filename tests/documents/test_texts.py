"""What the shipped texts say: the contracts word for word, the papers around them in what matters."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import pytest

from ikz_workflow.documents.context import Material, context_of
from ikz_workflow.documents.markdown import Template, compile_template
from ikz_workflow.documents.package import Design
from ikz_workflow.documents.reading import as_text
from ikz_workflow.documents.render import render
from ikz_workflow.gates import gate_state, holds
from ikz_workflow.proposal import Decision

from .cases import CASES, OWN, material
from .conftest import STAMP

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = Path(__file__).parents[2] / "templates"
Write = Callable[[str, Material], str]


@cache
def shipped(kind: str) -> Template:
    return compile_template((TEMPLATES / f"{kind}.md.j2").read_text(encoding="utf-8"), f"{kind}.md.j2")


@pytest.fixture
def write(design: Design) -> Write:
    """Return a function: document kind, material → the document as readable text."""
    return lambda kind, of: as_text(render(shipped(kind), context_of(of), replace(STAMP, title="Probe"), design))


def contract(of: Material) -> str:
    assert of.circumstances.form is not None
    return of.circumstances.form.document


def changed(of: Material, **fields: object) -> Material:
    """Return the material with fields changed; None takes one away."""
    given = {**of.proposal.fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
    kept = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(of, proposal=msgspec.structs.replace(of.proposal, fields=kept))


@pytest.mark.parametrize("name", CASES)
def test_the_contract_reads_as_agreed(name: str, write: Write) -> None:
    """RENEW_GOLDEN=1 writes the texts anew; read the difference before you commit it."""
    of = material(name)
    text, golden = write(contract(of), of), GOLDEN / f"{name}.txt"
    if os.environ.get("RENEW_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_for_a_form_fills_its_contract(name: str, write: Write) -> None:
    of = material(name)
    fields = of.definition.fields
    unasked = {name: None for name in fields if not holds(fields[name].when, of.proposal, of.circumstances.form)}
    assert "noch zu klären" not in write(contract(of), changed(of, **unasked))


@pytest.mark.parametrize("name", CASES)
def test_references_stay_right_when_a_section_falls_away(name: str, write: Write) -> None:
    """A reference to what is not there would be a DocumentError; the others must move with what they name."""
    of = material(name)
    kind = contract(of)
    if kind == "letter-of-intent":
        return
    for accession in (True, False):
        text = write(kind, changed(of, accession=accession))
        number = re.findall(r"^Heading 2: (§\u00a0\d+) .*(?:Inkrafttreten|Entstehen)$", text, re.MULTILINE)[0]
        assert f"nach {number}" in text
        assert ("Beitritt weiterer" in text) is accession


def test_a_seal_belongs_to_public_bodies(write: Write) -> None:
    text = write("cooperation-agreement", material("private-law"))
    row = next(line for line in text.splitlines() if "GmbH /" in line)
    company, city = row.split(" |  | ")
    assert "siegel" not in company.casefold()
    assert city.endswith("(Dienstsiegel)")


@pytest.mark.parametrize(
    ("name", "subject", "sentence"),
    [
        ("delegating", "Anzeige der Zweckvereinbarung", "zeigen wir Ihnen die beigefügte Zweckvereinbarung an"),
        ("mandating", "Antrag auf Genehmigung der Zweckvereinbarung", "beantragen wir, die beigefügte"),
        ("association", "Antrag auf Genehmigung der Verbandssatzung", "zu genehmigen (§\u00a08 Abs.\u00a04 GKG-LSA)"),
    ],
)
def test_the_authority_is_asked_or_told_as_the_form_demands(
    name: str, subject: str, sentence: str, write: Write
) -> None:
    text = write("approval-request", material(name)).replace("§ 8 Abs. 4", "§\u00a08 Abs.\u00a04")
    assert f"Betreff: {subject} „Ersatzpflanzungen" in text
    assert sentence in text


def test_the_authority_sees_every_resolution_with_votes_number_and_text(write: Write) -> None:
    lines = write("approval-request", material("delegating")).splitlines()
    own = next(line for line in lines if "Stadtrat – Landeshauptstadt" in line)
    assert "19.11.2026, DS0438/26 | Ja: 43, Nein: 0, Enthaltungen: 1 | Fassung 2" in own
    assert any("Kreistag – Landkreis Börde | vertagt | 20.11.2026" in line for line in lines)
    assert any("Noch nicht alle Stellen" in line for line in lines)


def test_votes_of_later_years_are_told_when_they_were_cast(write: Write) -> None:
    of = material("mandating")
    assert write("approval-request", of).count("Kreistag – Landkreis Börde") == 1
    assert "Beitritt" not in write("guideline", of)
    vote = Decision("accession", OWN, "adopted", 50, "t" * 64, "t" * 64, "2026-11-21")
    proposal = msgspec.structs.replace(of.proposal, decisions=(*of.proposal.decisions, vote))
    gates = (gate_state(gate, proposal, of.circumstances) for gate in of.definition.gates.values())
    later = msgspec.structs.replace(of, proposal=proposal, gates=tuple(state for state in gates if state.applies))
    assert "Beschluss über den Beitritt" in write("guideline", later)


def test_an_answer_left_from_another_form_decides_nothing(write: Write) -> None:
    assert "Aufsichtsbehörde angezeigt" not in write("cooperation-agreement", material("private-law"))


def test_every_partner_gets_a_sheet_of_its_own(write: Write) -> None:
    text = write("partner-paper", material("mandating"))
    assert [line for line in text.splitlines() if line.startswith("Subtitle")] == [
        "Subtitle: Hansestadt Stendal", "Subtitle: Landkreis Börde", "Subtitle: Landkreis Jerichower Land",
    ]  # fmt: skip
    assert text.count("List Number: 1.\tDer Zweckvereinbarung „Ersatzpflanzungen an der Stadtgrenze“") == 3
    own = changed(material("mandating"), partner_resolution="resolution")
    own = msgspec.structs.replace(own, texts={**own.texts, "resolution": "Der Kreistag stimmt zu."})
    assert write("partner-paper", own).count("Der Kreistag stimmt zu.") == 3


def test_minutes_tell_of_the_last_contact(write: Write) -> None:
    text = write("minutes", material("delegating"))
    assert "Gespräch mit | Landkreis Börde" in text
    assert "Datum | 05.10.2026" in text
    assert "Normal: Beide Seiten wollen gemeinsam prüfen." in text
    assert "Entwurf der Vereinbarung | 03.2027 | Landkreis Börde" in text
    assert "Befürchteter Machtverlust (alle Beteiligten)" in text
    assert "Kirchturmdenken (" not in text


def test_the_guideline_compares_directions_and_the_forms_of_the_one_chosen(write: Write) -> None:
    text = write("guideline", material("vertical"))
    possible = next(line for line in text.splitlines() if "Welche Rechtsformen" in line).split(" | ")
    assert "Zweckverband" in possible[1]
    assert "Zweckverband" not in possible[3]
    assert "Verwaltungsvereinbarung mit Land oder Bund" in possible[3]
    compared = text[text.index("Rechtsform | Wer entscheidet") : text.index("Empfohlene Rechtsform")]
    assert "Verwaltungsvereinbarung" in compared
    assert "Zweckverband" not in compared
    undecided = write("guideline", changed(material("vertical"), direction=None))
    assert "Zweckverband (§§" in undecided


def test_the_guideline_gives_advice_where_it_helps(write: Write) -> None:
    lines = write("guideline", material("delegating")).splitlines()
    staff = lines.index("Heading 1: 7\tPersonal")
    checks = lines.index("Heading 1: 8\tRechtliche Prüfungen")
    assert any(line.startswith("Hinweis: Personalvertretungen früh") for line in lines[staff:checks])
    assert not any(line.startswith("Heading 1: Anhang") for line in lines)


def test_the_guideline_marks_an_obstacle_without_answer(write: Write) -> None:
    text = write("guideline", material("delegating"))
    assert "Kirchturmdenken | Landkreis Börde | hoch | Eine gemeinsame Tabelle" in text
    assert "Machtverlust | allgemein | mittel | [noch zu klären: Antwort auf das Hemmnis" in text
    assert "Als Gegenmaßnahmen zum Hemmnis „Befürchteter Machtverlust“" in text


def test_guideline_and_council_paper_calculate_whether_it_pays(write: Write) -> None:
    of = material("mandating")
    guideline, paper = write("guideline", of), write("council-paper", of)
    for text in (guideline, paper):
        assert "über 10 Jahre bei einem Zinssatz von 2,5 % um 112.537,15 Euro günstiger" in text
        assert "Landkreis Börde | 62.000,00 | 51.000,00 | 11.000,00 | 12.000,00" in text
        assert "zusammen | 158.000,00 | 129.000,00 | 29.000,00 | 57.000,00" in text
        assert "Vergabe an Dritte | 91.500,00 | 8.000,00 | 80" in text
    assert "Amortisation (statisch) | 2,5 Jahre" in guideline
    assert "Amortisation (dynamisch) | 2,6 Jahre" in guideline
    assert "alles zugleich ungünstig (Kosten 10 % höher, Zinssatz 3,5 %) | 10.200,00 | 35.329,37" in guideline
    at_no_interest = write("guideline", changed(of, economics_rate="0"))
    assert "Amortisation (dynamisch)" not in at_no_interest
    assert "Kapitalwert | 135.000,00 Euro" in at_no_interest


def test_figures_that_are_missing_stand_open_and_are_listed(write: Write) -> None:
    names = ("cost_once", "partner_costs", "economics_years", "economics_rate", "economics_swing")
    of = changed(material("mandating"), **dict.fromkeys(names))
    for kind in ("guideline", "council-paper"):
        text = write(kind, of)
        for label in ("Einmalige Kosten", "Kosten der Partner", "Betrachtungszeitraum", "Zinssatz", "Kapitalwert"):
            assert text.count(f"[noch zu klären: {label}]") >= 1, (kind, label)
    assert "[noch zu klären: Unsicherheit der Kosten]" in write("guideline", of)
    assert "lässt sich erst berechnen" in write("guideline", of)


def test_a_partner_is_asked_by_name_for_what_it_has_not_told(write: Write) -> None:
    of = material("mandating")
    of = msgspec.structs.replace(of, texts={**of.texts, "partner-costs": "Landkreis Börde | 62.000 | – |"})
    text = write("guideline", of)
    assert "[noch zu klären: Kosten gemeinsam je Jahr (Landkreis Börde)]" in text
    assert "zusammen | 158.000,00 | – | – | – | –" in text


def test_what_does_not_pay_is_said(write: Write) -> None:
    text = write("council-paper", changed(material("mandating"), cost_joint=9_700_000))
    assert "rechnet sich die Zusammenarbeit nicht: Gemeinsam kostet im Jahr 1.000,00 Euro mehr" in text
    assert "keine, weil keine Einsparung entsteht" in text
