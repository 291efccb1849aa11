"""The names a template may use, as its author needs them: what each stands for, with an example."""

from __future__ import annotations

from collections.abc import Iterator

from ikz_workflow.definition import Definition
from ikz_workflow.documents.context import column_name, context_of
from ikz_workflow.documents.sample import material

_GROUPS = {
    "proposal": "Vorhaben",
    "department": "Organisationseinheit",
    "clerk": "Sachbearbeitung",
    "date": "Datum des Dokuments",
    "legal_status": "Rechtsstand",
    "version": "Fassung",
    "form": "Rechtsform",
    "forms": "alle Rechtsformen",
    "forms_possible": "Rechtsformen der gewählten Richtung",
    "directions": "die drei Richtungen im Vergleich",
    "contract": "Text der Vereinbarung",
    "own": "eigene Organisation",
    "parties": "andere Beteiligte",
    "joined": "beigetretene Beteiligte",
    "partners": "Beteiligte nach Namen geordnet",
    "signatories": "wer unterschreibt",
    "lead": "Federführung",
    "partner": "der erste Partner",
    "partner_names": "Namen der Partner",
    "authorities": "Aufsichtsbehörden",
    "contacts": "Kontakte",
    "contact": "der letzte Kontakt",
    "obstacles": "Hemmnisse",
    "checks": "Rechtsprüfungen",
    "milestones": "Meilensteine",
    "gates": "Entscheidungen",
    "resolutions": "Beschlüsse der Vertretungen",
    "guidance": "Hinweise je Abschnitt des Leitfadens",
    "earlier": "frühere Vorhaben",
    "earlier_more": "Zahl weiterer früherer Vorhaben",
    "amounts": "Kosten und was daraus folgt",
}
_LONGEST = 70


def names_of(definition: Definition) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each name, what it stands for, an example, and whether a loop goes over it; the workflow's fields first."""
    context = context_of(material(definition, full=True))
    for field in definition.fields.values():
        name = field.name.replace("-", "_")
        columns = ", ".join(column_name(column) for column in field.columns)
        example = f"Spalten: {columns}" if field.type == "table" else _example(context["f"].get(name))
        yield f"f.{name}", field.label, example, field.type == "table"
    for group, value in context.items():
        if group in ("f", "raw"):
            continue
        label = _GROUPS.get(group, group)
        if isinstance(value, dict):
            for key, inner in value.items():
                yield f"{group}.{key}", f"{label}: {key}", _example(inner), isinstance(inner, list)
        else:
            yield group, label, _example(value), isinstance(value, list)
    yield "raw.…", "dieselben Angaben unverändert, für Bedingungen", "ja/nein, Schlüssel, Zahl oder leer", False


def _example(value: object) -> str:
    if isinstance(value, list):
        first = value[0] if value else ""
        return f"je Eintrag: {', '.join(first)}" if isinstance(first, dict) else ", ".join(map(str, value))[:_LONGEST]
    if isinstance(value, bool):
        return "ja" if value else "nein"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
