"""Say in words what a definition demands, for whoever shows it."""

from __future__ import annotations

from ikz_workflow.definition import Condition, Definition, Requirement
from ikz_workflow.language import gettext as _
from ikz_workflow.requirements import STANDING_LABELS

BODIES = {
    "councils": "die Vertretungen aller Beteiligten",
    "heads": "die Hauptverwaltungsbeamten aller Beteiligten",
    "own-council": "die eigene Vertretung",
    "authorities": "die Aufsichtsbehörden der Beteiligten",
    "parties": "alle Beteiligten",
}


def requirement_phrase(found: Definition, requirement: Requirement) -> str:
    """Return what a requirement demands in general, as a phrase."""
    names = requirement.names
    first = names[0] if names else ""
    phrases = {
        "fields": lambda: _("Angaben: ") + ", ".join(found.fields[name].label for name in names),
        "reached": lambda: _("erreicht: ") + found.fields[first].label,
        "order": lambda: _("Reihenfolge: ") + ", ".join(found.fields[name].label for name in names),
        "document": lambda: _("Dokument: ") + (found.documents.get(first) or _("der Text, den die Rechtsform nennt")),
        "parties": lambda: _("Partner „{standing}“: mindestens {n}").format(
            standing=STANDING_LABELS[requirement.standing], n=requirement.count
        ),
        "contacts": lambda: _("Kontakte mit jedem Partner: mindestens {n}").format(n=requirement.count),
        "milestones": lambda: _("Meilensteine: mindestens {n}").format(n=requirement.count),
        "obstacles": lambda: _("Hemmnisse eingeschätzt") if first == "assessed" else _("jedes Hemmnis beantwortet"),
        "checks": lambda: _("Prüfungen: ") + ", ".join(found.catalogue.checks[name].label for name in names),
        "gate": lambda: _("Entscheidung: ") + found.gates[first].label,
        "reason": lambda: _("ein Grund"),
        "note": lambda: _("eine Begründung"),
        "review": lambda: _("ein Tag der Wiedervorlage"),
    }
    condition = requirement.when or (found.gates[first].when if requirement.kind == "gate" else None)
    when = _(" (wenn {condition})").format(condition=condition_phrase(found, condition)) if condition else ""
    return f"{phrases[requirement.kind]()}{when}"


def condition_phrase(found: Definition, condition: Condition) -> str:
    """Return when something applies, as a phrase."""
    if condition.parts:
        phrases = [condition_phrase(found, part) for part in condition.parts]
        told = [f"({one})" if part.parts else one for one, part in zip(phrases, condition.parts, strict=True)]
        return (_(" oder ") if condition.kind == "any" else _(" und ")).join(told)
    labels = VALUES
    label = COLUMNS.get(condition.name, condition.name)
    if condition.kind == "field":
        field = found.fields[condition.name]
        label, labels = field.label, {**VALUES, **field.choices}
    return f"{label}: {_(' oder ').join(labels.get(value, value) for value in condition.values)}"


COLUMNS = {
    "supervision": "Aufsicht",
    "publication": "Bekanntmachung",
    "document": "Dokument der Rechtsform",
    "decides": "Zuständigkeit",
    "variant": "Art der Vereinbarung",
}
VALUES = {
    "approval": "Genehmigung",
    "case-by-case": "Genehmigung oder Anzeige je nach Fall",
    "notice": "Anzeige",
    "none": "keine",
    "by-special-law": "nach Fachrecht",
    "required": "erforderlich",
    "by-authority": "durch die Aufsicht",
    "register": "Eintragung im Register",
    "agreement": "Zweckvereinbarung",
    "statutes": "Verbandssatzung",
    "cooperation-agreement": "Kooperationsvereinbarung",
    "administrative-agreement": "Verwaltungsvereinbarung",
    "letter-of-intent": "Absichtserklärung",
    "councils": "Vertretungen",
    "heads": "Hauptverwaltungsbeamte",
    "by-value": "nach Gewicht und Wert",
    "delegating": "delegierend",
    "mandating": "mandatierend",
    "consortium": "Arbeitsgemeinschaft",
    "public-law": "öffentlich-rechtlich",
    "private-law": "privatrechtlich",
    "true": "ja",
    "false": "nein",
}
