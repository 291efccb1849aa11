"""Turn a proposal into the plain values that templates print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ikz_workflow import german
from ikz_workflow.definition import GUIDELINE_CHAPTERS, Definition, Field
from ikz_workflow.documents.amounts import amounts_of
from ikz_workflow.documents.comparison import directions, of_direction
from ikz_workflow.documents.values import Open
from ikz_workflow.economics import compare
from ikz_workflow.gates import Circumstances, GateState
from ikz_workflow.proposal import Commitment, Decision, Department, LegalForm, Organisation, Party, Proposal

STATES = {
    "yes": "zugestimmt",
    "no": "nicht zugestimmt",
    "pending": "noch nicht abschließend",
    "outdated": "zu älterem Text",
    "amended": "Text geändert",
    "open": "offen",
}
WEIGHTS = {1: "gering", 2: "mittel", 3: "hoch"}
MOST_EARLIER = 12  # earlier proposals a guideline tells of
# Who has no official seal: bodies of private law.
_WITHOUT_SEAL = ("company", "club")
# Gates at which the representations of the parties decide: their answers are the resolutions an authority asks for.
_REPRESENTATIONS = ("councils", "heads", "own-council")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Material(Struct, frozen=True):
    """All that a document is made from; `day` is the ISO date it bears, `labels` those of standings and checks."""

    proposal: Proposal
    definition: Definition
    circumstances: Circumstances
    texts: Mapping[Commitment, str]
    department: Department
    clerk: str
    gates: tuple[GateState, ...]
    forms: tuple[LegalForm, ...]
    standings: Mapping[str, str]
    results: Mapping[str, str]
    day: str
    version: int
    earlier: tuple[dict[str, str], ...] = ()


def context_of(material: Material) -> dict[str, Any]:
    """Return the context of all templates (docs/handbuch.md names them)."""
    proposal, form = material.proposal, material.circumstances.form
    own = {**_organisation(material, material.circumstances.own), "standing_key": "joined"}
    parties = [
        _party(material, party) for party in proposal.parties if party.organisation != material.circumstances.own
    ]
    joined = [party for party in parties if party["standing_key"] == "joined"]
    # Before anybody has joined, a draft names those who may.
    expected = [party for party in parties if party["standing_key"] in ("approached", "interested")]
    lead = next((party for party in proposal.parties if party.lead), None)
    fields = {_name(field.name): _printed(material, field) for field in material.definition.fields.values()}
    # What may come up once the co-operation is in force is told when somebody has decided on it.
    states = [state for state in material.gates if not state.gate.fresh or any(one.decision for one in state.answers)]
    forms, gates = [_form(row) for row in material.forms], [_gate(material, state) for state in states]
    contacts = [_contact(material, number) for number in range(len(proposal.contacts))]
    names = german.listed(sorted(party["name"] for party in (joined or parties)))
    return {
        "proposal": {
            "key": proposal.key,
            "title": _text(material, proposal.title, "Titel"),
            "stage": material.definition.stages[proposal.stage].label,
            "sample": proposal.sample,
            "workflow": material.definition.label,
        },
        "department": {
            "name": material.department.name,
            "short": material.department.short,
            "head": material.department.head or Open("Dezernat"),
        },
        "clerk": material.clerk or Open("Sachbearbeitung"),
        "date": german.long_date(material.day),
        "legal_status": german.long_date(material.day),
        "version": material.version,
        "f": fields,
        "raw": {_name(name): _raw(material, name) for name in material.definition.fields},
        "form": {**_form(form), "duty": _duty(form, proposal)} if form else Open("Rechtsform"),
        "forms": forms,
        "directions": directions(forms, fields),
        "forms_possible": of_direction(forms, proposal.fields.get("direction")),
        "contract": _contract(material),
        "own": own,
        "parties": parties,
        "joined": joined,
        "partners": sorted(joined or expected, key=lambda party: str(party["name"])),
        "signatories": sorted([own, *(joined or expected)], key=lambda party: str(party["name"])),
        "lead": _organisation(material, lead.organisation) if lead else Open("Federführung"),
        "partner": next(iter(joined or parties), Open("Partner")),
        "partner_names": names or Open("Partner"),
        "authorities": sorted({str(party["authority"]) for party in [own, *joined] if party["authority"]}),
        "contacts": contacts,
        "contact": contacts[-1] if contacts else Open("Kontakt"),
        "obstacles": _obstacles(material),
        "checks": _checks(material),
        "milestones": _milestones(material),
        "gates": gates,
        "resolutions": [
            {**body, "gate": state.gate.label}
            for state, gate in zip(states, gates, strict=True)
            if state.gate.bodies in _REPRESENTATIONS and state.gate.on
            for body in gate["bodies"]
        ],
        "guidance": _guidance(material.definition),
        "earlier": list(material.earlier[:MOST_EARLIER]),
        "earlier_more": max(0, len(material.earlier) - MOST_EARLIER),
        "amounts": amounts_of(compare(proposal, material.texts, own["name"])),
    }


def _guidance(definition: Definition) -> dict[str, list[dict[str, str]]]:
    """Return the advice by the chapter of the guideline where it helps; "general" is what belongs to none."""
    found: dict[str, list[dict[str, str]]] = {chapter: [] for chapter in (*GUIDELINE_CHAPTERS, "general")}
    for one in definition.catalogue.guidance.values():
        found[one.chapter or "general"].append({"title": one.title, "text": one.text})
    return found


def _name(name: str) -> str:
    return name.replace("-", "_")


def column_name(title: str) -> str:
    """Return the name under which a table's column stands in the context (`Aufwand in Euro` → `aufwand_in_euro`)."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower().translate(_UMLAUTS)).strip("_")


def _text(material: Material, commitment: Commitment | None, label: str) -> str | Open:
    return material.texts.get(commitment or "", "") or Open(label)


def _raw(material: Material, name: str) -> str | int | bool | None:
    value = material.proposal.fields.get(name)
    if value is not None and material.definition.fields[name].is_free_text:
        return material.texts.get(str(value), "")
    return value


def _printed(material: Material, field: Field) -> Any:
    value = material.proposal.fields.get(field.name)
    if value is None:
        return Open(field.label)
    if field.is_free_text:
        text = material.texts.get(str(value), "")
        return _rows(field, text) if field.type == "table" else text or Open(field.label)
    if field.register == "forms":
        form = material.circumstances.form
        return form.label if form else str(value)
    if field.type == "choice":
        return field.choices.get(str(value), str(value))
    if field.type == "organisation":
        organisation = material.circumstances.organisations.get(str(value))
        return organisation.name if organisation else str(value)
    if field.type == "money":
        return german.money(int(value))
    if field.type == "number":
        return german.number(str(value))
    return german.yes_no(bool(value)) if field.type == "yes-no" else german.long_date(str(value))


def _rows(field: Field, text: str) -> list[dict[str, str]]:
    names = [column_name(column) for column in field.columns]
    empty = dict.fromkeys(names, "")  # an erased table is one cell
    return [{**empty, **dict(zip(names, line.split(" | "), strict=False))} for line in text.split("\n") if line]


def _organisation(material: Material, key: str) -> dict[str, Any]:
    known = material.circumstances.organisations
    organisation = known.get(key) or Organisation(key, "")
    authority = known.get(organisation.authority)
    return {
        "name": organisation.name,
        "kind": organisation.kind,
        "seat": organisation.seat or Open(f"Sitz ({organisation.name})"),
        "council": organisation.council or Open(f"Vertretung ({organisation.name})"),
        "head": organisation.head or Open(f"Leitung ({organisation.name})"),
        "seal": "" if organisation.kind in _WITHOUT_SEAL else "(Dienstsiegel)",
        "represented_by": german.with_article(organisation.head) or Open(f"Leitung ({organisation.name})"),
        "authority": authority.name if authority else Open(f"Aufsichtsbehörde ({organisation.name})"),
    }


def _party(material: Material, party: Party) -> dict[str, Any]:
    return {
        **_organisation(material, party.organisation),
        "standing": material.standings[party.standing],
        "standing_key": party.standing,
        "lead": party.lead,
    }


def _contact(material: Material, number: int) -> dict[str, Any]:
    contact = material.proposal.contacts[number]
    return {
        "date": german.date(contact.on),
        "organisation": _organisation(material, contact.organisation)["name"],
        "person": material.texts.get(contact.person or "", ""),
        "text": _text(material, contact.text, "Inhalt des Kontakts"),
    }


def _obstacles(material: Material) -> list[dict[str, Any]]:
    catalogue = material.definition.catalogue.obstacles
    return [
        {
            "label": catalogue[one.kind].label if one.kind in catalogue else one.kind,
            "party": _organisation(material, one.party)["name"] if one.party else "",
            "weight": WEIGHTS.get(one.weight, str(one.weight)),
            "answer": _text(material, one.answer, f"Antwort auf das Hemmnis „{catalogue[one.kind].label}“"),
            "measures": list(catalogue[one.kind].measures),
        }
        for one in material.proposal.obstacles
        if one.kind in catalogue
    ]


def _checks(material: Material) -> list[dict[str, Any]]:
    found = []
    for check in material.definition.catalogue.checks.values():
        answer = material.proposal.check(check.name)
        result = answer.result if answer else "open"
        found.append(
            {
                "label": check.label,
                "question": check.question,
                "result": material.results[result],
                "result_key": result,
                "evidence": material.texts.get(answer.evidence or "", "") if answer else "",
                "basis": check.basis,
                "checked": checked(check.checked_by, check.checked_on),
            }
        )
    return found


def _milestones(material: Material) -> list[dict[str, Any]]:
    return [
        {
            "title": _text(material, one.title, "Meilenstein"),
            "due": german.date(one.due) if one.due else Open("Termin eines Meilensteins"),
            "party": _organisation(material, one.party)["name"] if one.party else "",
            "done": one.is_done,
        }
        for one in material.proposal.milestones
    ]


def _gate(material: Material, state: GateState) -> dict[str, Any]:
    answers = []
    for answer in state.answers:
        decision = answer.decision
        votes = decision.votes if decision else None
        answers.append(
            {
                "name": answer.name,
                "state": STATES[answer.state],
                "outcome": state.gate.outcomes.get(decision.outcome, decision.outcome) if decision else "",
                "date": german.date(decision.on) if decision else "",
                "reference": (decision.reference or "") if decision else "",
                "votes": german.votes(votes) if votes else "",
                "text": _voted_on(material, decision) if decision else "",
            }
        )
    return {
        "key": state.gate.name,
        "label": state.gate.label,
        "rule": state.gate.rule,
        "on": state.text,
        "bodies": answers,
    }


def _voted_on(material: Material, decision: Decision) -> str:
    """Return which version of the text a decision approves, "" where it was about none."""
    text = decision.stands_for or decision.text
    found = next((version for version in material.proposal.documents if version.text_hash == text), None)
    return f"Fassung {found.number}" if found else ""


def _contract(material: Material) -> dict[str, Any]:
    """Return the document that holds the text to agree on, as the legal form's row names it.

    Its German name is feminine for every kind, so that templates can say „der {{ contract.label }}“.
    """
    form = material.circumstances.form
    kind = form.document if form else "none"
    label = material.definition.documents.get(kind, "Vereinbarung")
    latest = material.proposal.latest(kind)
    version: str | Open = Open(f"Fassung der {label}")
    if latest is not None:
        version = f"Fassung {latest.number} vom {german.long_date(latest.on or latest.at[:10])}"
    return {"kind": kind, "label": label, "version": version}


def _duty(form: LegalForm, proposal: Proposal) -> str | Open:
    """Return how the authority takes part: what the row says, or what the examination of the case has shown."""
    if form.supervision != "case-by-case":
        return form.supervision
    return str(proposal.fields.get("supervision-duty") or "") or Open("Beteiligung der Aufsicht")


def _form(form: LegalForm) -> dict[str, Any]:
    return {
        "key": form.key,
        "label": form.label,
        "directions": list(form.directions),
        "basis": form.basis,
        "basis_decides": form.basis_decides,
        "basis_supervision": form.basis_supervision or form.basis,
        "basis_publication": form.basis_publication or form.basis,
        "decides": form.decides,
        "decides_note": form.decides_note,
        "supervision": form.supervision,
        "supervision_note": form.supervision_note,
        "publication": form.publication,
        "publication_note": form.publication_note,
        "variant": form.variant,
        "document": form.document,
        "must": list(form.must),
        "checked": checked(form.checked_by, form.checked_on),
    }


def checked(by: str, on: str) -> str:
    """Return who confirmed a rule of law and when, or that nobody has."""
    return f"geprüft durch {by} am {german.date(on)}" if by else "ungeprüft"
