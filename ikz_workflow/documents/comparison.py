"""Set the three directions of co-operation beside each other, each with the legal forms it allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ikz_workflow.proposal import DIRECTIONS

_PARTNERS = {
    "interkommunal": "Stadt–Umland, Stadt–Stadt",
    "intrakommunal": "Stadt–ortsansässige Institutionen",
    "vertikal": "Stadt–Land, Stadt–Bund",
}
_DECIDES = {
    "councils": "die Vertretungen aller Beteiligten",
    "heads": "die Hauptverwaltungsbeamten",
    "by-value": "je nach Gewicht und Wert der Hauptverwaltungsbeamte, ein Ausschuss oder die Vertretung",
}
_SUPERVISION = {
    "approval": "Genehmigung",
    "case-by-case": "Genehmigung oder Anzeige je nach Fall",
    "notice": "Anzeige",
    "by-special-law": "wie es das Fachgesetz bestimmt",
    "none": "keine Beteiligung",
}


Row = dict[str, Any]


def directions(forms: Sequence[Row], fields: Mapping[str, Any]) -> list[Row]:
    """Return each direction with the view taken of it and what the forms valid on the day say.

    `forms` are the rows as templates see them, `fields` the printed fields of the proposal; a workflow that asks for
    no views gives empty ones.
    """
    found = []
    for key in DIRECTIONS:
        possible = of_direction(forms, key)
        found.append(
            {
                "key": key,
                "partners": _PARTNERS[key],
                "view": fields.get(f"view_{key}", ""),
                "forms": [form["label"] for form in possible],
                "decides": list(dict.fromkeys(_DECIDES[form["decides"]] for form in possible)),
                "supervision": list(dict.fromkeys(_SUPERVISION[form["supervision"]] for form in possible)),
            }
        )
    return found


def of_direction(forms: Iterable[Row], direction: object) -> list[Row]:
    """Return the forms possible in a direction, all of them while none is chosen."""
    return [form for form in forms if direction not in DIRECTIONS or direction in form["directions"]]
