"""Make sample material from a workflow's fields, to try templates with."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

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


def _form(variant: str, document: str, decides: str, supervision: str, publication: str = "none") -> LegalForm:
    return LegalForm(
        key=f"{document}-{variant}",
        label=f"Rechtsform ({document}, {variant})",
        valid_from="2024-07-01",
        directions=("interkommunal",),
        decides=decides,
        supervision=supervision,
        publication=publication,
        document=document,
        variant=variant,
        must=("Kündigung",),
        basis="§ 1 Mustergesetz",
    )


# Every way in which a shipped text is worded differently.
FORMS = (
    _form("delegating", "agreement", "councils", "case-by-case", "required"),
    _form("mandating", "agreement", "councils", "notice", "required"),
    _form("none", "statutes", "councils", "approval", "by-authority"),
    _form("consortium", "cooperation-agreement", "councils", "none"),
    _form("public-law", "cooperation-agreement", "by-value", "by-special-law"),
    _form("private-law", "cooperation-agreement", "by-value", "none"),
    _form("public-law", "administrative-agreement", "by-value", "by-special-law"),
    _form("none", "letter-of-intent", "heads", "none"),
    _form("none", "none", "councils", "notice", "register"),
)
_EARLIER = {
    "key": "IKZ-2003-0001",
    "title": "Früher",
    "relation": "gleiches Thema",
    "ended": "2005",
    "reason": "Grund",
    "lesson": "Lehre",
}
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
    "company": Organisation("Muster GmbH", "company", head="Geschäftsführung", seat="Muster"),
    "state": Organisation("Land Muster", "state", head="Minister"),
}
_PARTNERS = ("partner", "company", "state")


def trials(definition: Definition) -> Iterator[Material]:
    """Yield all a template is tried with: nothing, the least a way through asks for, everything for each form."""
    yield material(definition, full=False)
    yield _minimal(definition)
    for number, form in enumerate(FORMS):
        yield material(definition, full=True, form=form, partners=tuple(_PARTNERS[: number % len(_PARTNERS) + 1]))


def _minimal(definition: Definition) -> Material:
    """Return material with those fields alone that a transition demands in any case."""
    needed = {
        name
        for stage in definition.stages.values()
        for transition in stage.transitions.values()
        for need in transition.requires
        if need.kind == "fields" and need.when is None
        for name in need.names
    }
    whole = material(definition, full=True)
    fields = {name: value for name, value in whole.proposal.fields.items() if name in needed}
    parties = whole.proposal.parties
    proposal = replace(
        whole.proposal, fields=fields, parties=parties, contacts=(), obstacles=(), checks=(), milestones=()
    )
    return replace(whole, proposal=proposal, clerk="", earlier=())


def material(
    definition: Definition, *, full: bool, form: LegalForm = FORMS[0], partners: tuple[str, ...] = ("partner",)
) -> Material:
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
        **(_records(definition, texts, form, partners) if full else {}),  # type: ignore[arg-type]  # each key is a field of Proposal
    )
    around = Circumstances(_ORGANISATIONS, "own", form if full else None, _DAY)
    gates = (gate_state(gate, proposal, around) for gate in definition.gates.values())
    return Material(
        proposal=proposal,
        definition=definition,
        circumstances=around,
        texts=texts,
        department=Department("Fachbereich Muster", "FB 00", "Dezernat 0"),
        clerk="Frau Muster" if full else "",
        gates=tuple(state for state in gates if state.applies),
        forms=FORMS,
        standings={"joined": "beigetreten"},
        results={"met": "erfüllt", "open": "offen"},
        day=_DAY,
        version=1,
        earlier=(_EARLIER,) if full else (),
    )


def _records(
    definition: Definition, texts: dict[str, str], form: LegalForm, partners: tuple[str, ...]
) -> dict[str, object]:
    fields: dict[str, FieldValue] = {}
    for field in definition.fields.values():
        value = form.key if field.register == "forms" else _value(field)
        fields[field.name] = field.name if field.is_free_text else value
        if field.is_free_text:
            texts[field.name] = str(value)
    texts |= {"contact": "Telefonat", "person": "Herr Beispiel", "answer": "Beirat", "milestone": "Entwurf"}
    catalogue = definition.catalogue
    return {
        "fields": fields,
        "parties": (Party("own", "joined", True, _DAY), *(Party(key, "joined", False, _DAY) for key in partners)),
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
    if field.type == "choice":
        return next(iter(field.choices))
    plain: dict[str, FieldValue] = {"date": _DAY, "money": 123_456, "number": "2", "yes-no": True}
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
