"""Co-operations as a clerk would fill them in, one for each kind of text: for golden documents and for the eye."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
from homes import BOERDE, CATALOGUES, JERICHOW, OWN, STENDAL, WORKFLOWS

from ikz_workflow.definition import Definition, Source, read
from ikz_workflow.documents.context import Material
from ikz_workflow.gates import Circumstances, gate_state
from ikz_workflow.proposal import (
    Contact,
    Decision,
    Department,
    DocumentVersion,
    LegalForm,
    Milestone,
    Obstacle,
    Organisation,
    Party,
    Proposal,
)
from ikz_workflow.requirements import STANDING_LABELS

DAY = "2026-11-22"
LAND, COMPANY = "land-sachsen-anhalt", "kid-magdeburg-gmbh"
COMMON = {
    "summary": "Die Beteiligten führen Ersatzpflanzungen beiderseits der Stadtgrenze gemeinsam durch.",
    "occasion": "Geeignete Flächen werden in der Stadt knapp. Heute plant und pflegt jede Seite für sich.",
    "goals": "Beide Seiten sollen ihre Pflanzverpflichtungen früher und mit weniger Aufwand erfüllen.",
    "non-goals": "Keine Seite gibt Eigentum an Flächen ab.",
    "cases": "24",
    "staff": "1.5",
    "cost-today": 9_600_000,
    "cost-joint": 7_800_000,
    "cost-once": 4_500_000,
    "partner-costs": "Landkreis Börde | 62.000 | 51.000 | 12.000",
    "alternatives": "Vergabe an Dritte | 91.500 | 8.000",
    "economics-years": "10",
    "economics-rate": "2.5",
    "economics-swing": "10",
    "economics": "Der Nutzen für die Natur kommt hinzu.",
    "task-kind": "mandatory",
    "legal-framework": "Wer in Natur und Landschaft eingreift, muss ausgleichen oder ersetzen.",
    "view-interkommunal": "Dafür: Die Flächen grenzen aneinander. Dagegen: Zwei Räte müssen zustimmen.",
    "view-intrakommunal": "Dafür: Verbände am Ort kennen die Flächen. Dagegen: Sie haben jenseits der Grenze keine.",
    "view-vertikal": "Dafür: Das Land besitzt Flächen. Dagegen: Es verfolgt eigene Planungen.",
    "form-reasons": "Die Beteiligten bleiben Träger ihrer Aufgaben und binden sich nicht länger als nötig.",
    "benefit-partner": "Der Partner spart eine eigene Ausschreibung und gewinnt Anschluss an den Grünzug.",
    "approach": "Die Fachbereichsleitung spricht die Fachdienstleitung an.",
    "recommendation": "Das Gespräch soll aufgenommen werden.",
    "agreement-subject": "Gegenstand ist die gemeinsame Anlage und Pflege von Ersatzpflanzungen an der Stadtgrenze.",
    "agreement-tasks": "– Auswahl geeigneter Flächen\n– Ausschreibung der Pflanzungen\n– Pflege in fünf Jahren",
    "performance": "Die Pflanzungen werden nach den anerkannten Regeln der Technik angelegt und gepflegt.",
    "contributions": "Die Stadt stellt Flächen und ein Verzeichnis bereit.\nDer Partner stellt Geräte.",
    "management": "Die Geschäfte führt der Fachbereich Umwelt der federführenden Verwaltung.",
    "authority-consent": "Eine Mitwirkung anderer Behörden schreibt keine Rechtsvorschrift vor.",
    "statute-power": False,
    "control": "Ein Beirat aus je zwei Personen tagt halbjährlich.",
    "staff-rules": "Die Beschäftigten bleiben bei ihrem Dienstherrn.",
    "assets": "Geräte werden gegen Nachweis der Betriebsstunden gegenseitig ausgeliehen.",
    "cost-key": "area",
    "cost-rule": "Abgerechnet wird halbjährlich; der Betrag ist einen Monat nach Rechnung fällig.",
    "vat": "Die Beteiligten gehen davon aus, dass keine Umsatzsteuer anfällt.",
    "records": "Personenbezogene Daten fallen nur als Namen der Ansprechpersonen an.",
    "liability": "Jeder Beteiligte haftet für die Schäden, die seine Beschäftigten verursachen.",
    "evaluation": "Nach drei Jahren werden Kosten und Anwuchserfolg ausgewertet.",
    "accession": True,
    "term": "fünf Jahre",
    "notice-period": "ein Jahr zum Ende eines Kalenderjahres",
    "settlement": "Angelegte Pflanzungen bleiben bei dem, dem die Fläche gehört.",
    "annexes": "1 | Flächenverzeichnis\n2 | Pflegeplan",
    "supervision-duty": "notice",
    "study-mandate": "– Fälle, Stellen und Kosten beider Seiten\n– mögliche Rechtsformen\n– Folgen für das Personal",
    "study-until": "2027-06-30",
    "study-group": "Je zwei Personen aus den Fachämtern bilden die Arbeitsgruppe.",
    "study-cost": "Jeder Beteiligte trägt die Kosten, die bei ihm entstehen.",
    "confidential-for": "zwei Jahre",
    "association-name": "Zweckverband Grünzug Elbe-Börde",
    "association-seat": "Haldensleben",
    "association-votes": "Landeshauptstadt Magdeburg | 2 | 10\nLandkreis Börde | 2 | 10",
    "association-publication": "Der Zweckverband macht in den Amtsblättern seiner Mitglieder bekannt.",
    "audit-body": "Rechnungsprüfungsamt der Landeshauptstadt Magdeburg",
    "authority-address": "Ernst-Kamieth-Straße 2\n06112 Halle (Saale)",
    "paper-number": "DS0438/26",
}
# name → legal form, direction, parties besides our own city (the first leads), fields that differ
CASES: dict[str, tuple[str, str, tuple[str, ...], dict[str, Any]]] = {
    "delegating": ("delegating-agreement", "interkommunal", (BOERDE,), {"statute-power": True}),
    "mandating": (
        "mandating-agreement",
        "interkommunal",
        (BOERDE, JERICHOW, STENDAL),
        {"supervision-duty": "approval", "accession": False},
    ),
    "association": ("special-purpose-association", "interkommunal", (BOERDE, JERICHOW), {}),
    "consortium": ("simple-consortium", "interkommunal", (BOERDE, JERICHOW, STENDAL), {}),
    "public-law": ("public-law-contract", "interkommunal", (BOERDE,), {"annexes": None, "accession": False}),
    "private-law": ("private-contract", "intrakommunal", (COMPANY,), {"accession": False}),
    "vertical": ("administrative-agreement", "vertikal", (LAND,), {"effective-from": "2027-01-01"}),
    "intent": ("working-group", "interkommunal", (BOERDE,), {}),
}


def shipped() -> Definition:
    """Return the shipped main procedure."""
    texts = {name: (WORKFLOWS / f"catalogue/{name}.toml").read_text(encoding="utf-8") for name in CATALOGUES}
    return read(Source("kooperation.toml", (WORKFLOWS / "kooperation.toml").read_text(encoding="utf-8"), texts))


def _register(name: str, kind: type[Any]) -> dict[str, Any]:
    tables = tomllib.loads((WORKFLOWS / f"registers/{name}s.toml").read_text(encoding="utf-8"))[name]

    def value(row: dict[str, Any], **more: str) -> Any:
        return msgspec.convert({key.replace("-", "_"): item for key, item in row.items()} | more, kind)

    if kind is LegalForm:
        valid = {key: max(rows, key=lambda day: (day != "undated", day)) for key, rows in tables.items()}
        return {key: value(tables[key][day], key=key, valid_from=day) for key, day in valid.items()}
    return {key: value(row) for key, row in tables.items()}


def material(name: str) -> Material:
    """Return the material of one of the `CASES`, with a text, decisions on it, contacts and milestones."""
    definition, (form_key, direction, partners, changed) = shipped(), CASES[name]
    forms = _register("form", LegalForm)
    organisations = _register("organisation", Organisation)
    organisations[LAND] = Organisation("Land Sachsen-Anhalt", "state", head="Staatssekretär", seat="Magdeburg")
    given = COMMON | {"direction": direction, "legal-form": form_key} | changed
    texts = {"title": "Ersatzpflanzungen an der Stadtgrenze", "contact": "Beide Seiten wollen gemeinsam prüfen."}
    texts |= {"person": "Frau Muster", "milestone": "Entwurf der Vereinbarung", "answer": "Eine gemeinsame Tabelle"}
    texts |= {key: str(value) for key, value in given.items() if definition.fields[key].is_free_text}
    fields = {
        key: key if definition.fields[key].is_free_text else value for key, value in given.items() if value is not None
    }
    kind = forms[form_key].document
    proposal = Proposal(
        key="IKZ-2026-0007",
        version=9,
        head="0" * 64,
        definition=definition.sha256,
        workflow=definition.name,
        title="title",
        stage="agreement",
        since=f"{DAY}T08:00:00.000000Z",
        created=f"{DAY}T08:00:00.000000Z",
        department="fb-23",
        fields=fields,
        parties=(Party(OWN, "joined"), *(Party(key, "joined", not n, DAY) for n, key in enumerate(partners))),
        contacts=(Contact(partners[0], "contact", "person", "2026-10-05"),),
        obstacles=(Obstacle("parochialism", partners[0], 3, "answer"), Obstacle("loss-of-power", None, 2)),
        obstacles_assessed=True,
        milestones=(Milestone(1, "milestone", "2027-03", partners[0]),),
        documents=(DocumentVersion(kind, 2, "f" * 64, "t" * 64, "generated", 40, f"{DAY}T08:00:00.000000Z"),),
        decisions=(
            Decision("council", OWN, "adopted", 41, "t" * 64, "t" * 64, "2026-11-19", "DS0438/26", (43, 0, 1)),
            *(Decision("council", key, "deferred", 42, "t" * 64, "t" * 64, "2026-11-20") for key in partners[:1]),
        ),
    )
    around = Circumstances(organisations, OWN, forms[form_key], DAY)
    states = (gate_state(gate, proposal, around) for gate in definition.gates.values())
    return Material(
        proposal=proposal,
        definition=definition,
        circumstances=around,
        texts=texts,
        department=Department("Fachbereich Umwelt", "FB 23", "Dezernat I"),
        clerk="Erika Beispiel",
        gates=tuple(state for state in states if state.applies),
        forms=tuple(sorted(forms.values(), key=lambda form: form.label)),
        standings=STANDING_LABELS,
        results={"met": "erfüllt", "open": "offen"},
        day=DAY,
        version=1,
    )
