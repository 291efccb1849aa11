"""Make sample material from a workflow's fields, to try templates with."""

from __future__ import annotations

from ikz_workflow.definition import Definition, Field
from ikz_workflow.documents.context import Material, context_of
from ikz_workflow.documents.values import Open
from ikz_workflow.gates import Circumstances, gate_state
from ikz_workflow.proposal import (
    Check,
    Contact,
    Department,
    FieldValue,
    LegalForm,
    Milestone,
    Obstacle,
    Organisation,
    Party,
    Proposal,
)

_DAY = "2026-11-22"
_FORM = LegalForm(
    key="delegating-agreement",
    label="Zweckvereinbarung (delegierend)",
    valid_from="2024-07-01",
    directions=("interkommunal",),
    decides="councils",
    supervision="case-by-case",
    publication="required",
    document="agreement",
    variant="delegating",
    must=("Kündigung",),
)
_ORGANISATIONS = {
    "own": Organisation(
        "Stadt Muster",
        "city",
        council="Stadtrat",
        head="Oberbürgermeisterin",
        authority="authority",
        seat="Muster",
        own=True,
    ),
    "partner": Organisation(
        "Landkreis Beispiel", "county", council="Kreistag", head="Landrat", authority="authority", seat="Beispiel"
    ),
    "authority": Organisation("Landesverwaltungsamt", "authority", seat="Halle (Saale)"),
}


def material(definition: Definition, *, full: bool) -> Material:
    """Return material with every field and record filled, or with none."""
    texts = {"title": "Beispielvorhaben & <Probe>"}
    proposal = Proposal(
        key="IKZ-2026-0001",
        version=1,
        head="0" * 64,
        definition=definition.sha256,
        workflow=definition.name,
        title="title",
        stage=definition.initial,
        since=f"{_DAY}T08:00:00.000000Z",
        created=f"{_DAY}T08:00:00.000000Z",
        department="department",
        **(_records(definition, texts) if full else {}),  # type: ignore[arg-type]  # each key is a field of Proposal
    )
    around = Circumstances(_ORGANISATIONS, "own", _FORM if full else None, _DAY)
    gates = (gate_state(gate, proposal, around) for gate in definition.gates.values())
    return Material(
        proposal=proposal,
        definition=definition,
        circumstances=around,
        texts=texts,
        department=Department("Fachbereich Muster", "FB 00", "Dezernat 0"),
        clerk="Frau Muster" if full else "",
        gates=tuple(state for state in gates if state.applies),
        forms=(_FORM,),
        standings={"joined": "beigetreten"},
        results={"met": "erfüllt", "open": "offen"},
        day=_DAY,
        version=1,
        earlier=({"key": "IKZ-2003-0001", "title": "Früher", "ended": "2005", "reason": "Grund", "lesson": "Lehre"},)
        if full
        else (),
    )


def _records(definition: Definition, texts: dict[str, str]) -> dict[str, object]:
    fields: dict[str, FieldValue] = {}
    for field in definition.fields.values():
        value = _value(field)
        fields[field.name] = field.name if field.is_free_text else value
        if field.is_free_text:
            texts[field.name] = str(value)
    texts |= {"contact": "Telefonat", "person": "Herr Beispiel", "answer": "Beirat", "milestone": "Entwurf"}
    catalogue = definition.catalogue
    return {
        "fields": fields,
        "parties": (Party("own", "joined", True, _DAY), Party("partner", "joined", False, _DAY)),
        "contacts": (Contact("partner", "contact", "person", _DAY),),
        "obstacles": tuple(Obstacle(kind, None, 2, "answer") for kind in list(catalogue.obstacles)[:1]),
        "checks": tuple(Check(name, "met", "answer", None, _DAY) for name in list(catalogue.checks)[:1]),
        "milestones": (Milestone(1, "milestone", _DAY, "partner"),),
    }


def _value(field: Field) -> FieldValue:
    if field.type == "table":
        return field.example or " | ".join(field.columns)
    if field.type in ("text", "line"):
        return field.example or f"{field.label}: ein Satz & noch einer."
    if field.register == "forms":
        return _FORM.key
    if field.type == "choice":
        return next(iter(field.choices))
    plain: dict[str, FieldValue] = {"date": _DAY, "money": 123_456, "number": "1.5", "yes-no": True}
    return plain.get(field.type, "partner")


def names_known(definition: Definition) -> set[str]:
    """Return the dotted names that templates can use, such as `f.summary`."""
    names: set[str] = set()
    for full in (True, False):
        for name, value in context_of(material(definition, full=full)).items():
            names.add(name)
            if isinstance(value, dict):
                names |= {f"{name}.{key}" for key in value}
            if isinstance(value, Open):
                names.add(name)
    return names
