"""Say what differs between two versions of a workflow, as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.definition import Condition, Definition, Duration, Requirement, Transition, read, unbundle
from ikz_workflow.errors import InvalidInput, NotFound
from ikz_workflow.language import gettext as _
from ikz_workflow.services.cases import pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.workflows import definition, source_of_file
from ikz_workflow.storage.finding import Sought
from ikz_workflow.wording import BODIES, condition_phrase, requirement_phrase

RUNNING = "@running"
NEW, GONE, CHANGED = "neu", "entfällt", "geändert"
# What is compared of each thing, with its German name.
_ATTRIBUTES: dict[str, dict[str, str]] = {
    "workflow": {
        "version": "Version",
        "label": "Bezeichnung",
        "initial": "Anfang",
        "write": "Wer festhalten darf",
        "bound": "Nur in der eigenen Organisationseinheit",
    },
    "stage": {
        "label": "Bezeichnung",
        "final": "Endstufe",
        "due": "Frist",
        "hint": "Hinweis",
        "guidance": "Handlungsempfehlungen",
    },
    "field": {
        "label": "Bezeichnung",
        "stage": "Stufe",
        "type": "Art",
        "ask": "Frage",
        "hint": "Hinweis",
        "example": "Beispiel",
        "pattern": "Muster",
        "choices": "Auswahl",
        "register": "Verzeichnis",
        "columns": "Spalten",
        "amounts": "Beträge in Spalten",
        "when": "nur wenn",
    },
    "transition": {
        "label": "Bezeichnung",
        "to": "Ziel",
        "role": "Rolle",
        "effect": "Wirkung",
        "four_eyes": "Vier Augen",
        "hint": "Hinweis",
    },
}
_EXPLICIT = {"name", "stage"}
_LABELS = {
    "label": "Bezeichnung",
    "question": "Frage",
    "outcomes": "Ergebnisse",
    "yes": "Zustimmung",
    "bodies": "Gefragt",
    "named": "Gefragt",
    "role": "Wer festhält",
    "rule": "Regel",
    "number": "Anzahl",
    "veto": "Ein Nein beendet",
    "on": "Text",
    "basis": "Rechtsgrundlage",
    "optional": "freiwillig",
    "due": "Frist",
    "when": "nur wenn",
    "hint": "Hinweis",
    "source": "Quelle",
    "shows_as": "Zeigt sich",
    "measures": "Gegenmaßnahmen",
    "as_of": "Stand",
    "checked_by": "Geprüft durch",
    "checked_on": "Geprüft am",
    "title": "Überschrift",
    "text": "Text",
}


class Difference(Struct, frozen=True):
    """One difference: in which section, of what, whether it is new, gone or changed, and how."""

    section: str
    name: str
    label: str
    change: str
    text: str = ""


def differences(home: Home, first: str, second: str) -> list[Difference]:
    """Return what differs from the first workflow to the second; see `resolved` for how they are named."""
    return list(_compared(resolved(home, first), resolved(home, second)))


def resolved(home: Home, name: str) -> Definition:
    """Return the definition meant by a name, a file, the beginning of a SHA-256, or NAME@running.

    NotFound if there is none, InvalidInput if running proposals are bound to several, DefinitionError.
    """
    if name.endswith(".toml") or Path(name).is_file():
        return read(source_of_file(home, Path(name)))
    if name.endswith(RUNNING):
        return _running(home, name.removesuffix(RUNNING))
    if re.fullmatch("[0-9a-f]{6,64}", name):
        with home.ready.reading(home.now()) as tx:
            found = [sha for sha, _name, _text in tx.definitions() if sha.startswith(name)]
            if len(found) == 1:
                return read(unbundle(tx.definition(found[0])))
            remedy = _("Prüfsummen zeigt: ikz workflow list --format json")
            raise NotFound(_("Die gebundene Fassung"), name, [sha[:12] for sha in found], remedy)
    return definition(home, name)


def _running(home: Home, name: str) -> Definition:
    definition(home, name)  # NotFound for a name that is none
    with home.ready.reading(home.now()) as tx:
        running = (one.proposal for one in tx.summaries(Sought(workflow=name)) if one.proposal.ended is None)
        bound = dict.fromkeys(one.definition for one in running)
        if not bound:
            raise NotFound(_("Ein laufendes Vorhaben nach"), name)
        if len(bound) > 1:
            why = _("Laufende Vorhaben sind an mehrere Fassungen gebunden; bitte eine nennen: {names}.")
            told = ", ".join(f"{sha[:12]} (Version {pinned(tx, sha).version})" for sha in bound)
            raise InvalidInput(name + RUNNING, "", why.format(names=told))
        return pinned(tx, next(iter(bound)))


def _compared(a: Definition, b: Definition) -> Iterator[Difference]:
    texts = _attributes(_ATTRIBUTES["workflow"], a, b, a, b)
    if texts:
        yield Difference(_("Verfahren"), b.name, b.label, CHANGED, texts)
    yield from _labels(_("Rollen"), a.roles, b.roles)
    yield from _labels(_("Dokumente"), a.documents, b.documents)
    yield from _things(_("Stufen"), a, b, a.stages, b.stages, _of("stage"))
    if list(a.stages) != list(b.stages) and set(a.stages) == set(b.stages):
        order = " → ".join(stage.label for stage in b.stages.values())
        yield Difference(_("Stufen"), "", _("Reihenfolge"), CHANGED, order)
    yield from _things(_("Felder"), a, b, a.fields, b.fields, _of("field"))
    yield from _things(_("Übergänge"), a, b, _transitions(a), _transitions(b), _transition)
    yield from _things(_("Entscheidungen"), a, b, a.gates, b.gates, _plain)
    for section, name in (
        (_("Hemmnisse"), "obstacles"),
        (_("Prüfungen"), "checks"),
        (_("Gründe"), "reasons"),
        (_("Handlungsempfehlungen"), "guidance"),
    ):
        yield from _things(section, a, b, getattr(a.catalogue, name), getattr(b.catalogue, name), _plain)


_Teller = Callable[[Any, Any, Definition, Definition], str]


def _labels(section: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys([*a, *b]):
        if name not in a or name not in b:
            yield Difference(section, name, f"{(b.get(name) or a[name])} ({name})", GONE if name in a else NEW)
        elif a[name] != b[name]:
            yield Difference(section, name, f"{b[name]} ({name})", CHANGED, _step(_("Bezeichnung"), a[name], b[name]))


def _things(
    section: str, a: Definition, b: Definition, old: Mapping[str, Any], new: Mapping[str, Any], told: _Teller
) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        thing = new.get(name) or old[name]
        label = f"{getattr(thing, 'label', '') or thing.title} ({name})"
        if name not in new or name not in old:
            yield Difference(section, name, label, GONE if name in old else NEW)
        elif text := told(old[name], new[name], a, b):
            yield Difference(section, name, label, CHANGED, text)


def _of(kind: str) -> _Teller:
    return lambda old, new, a, b: _attributes(_ATTRIBUTES[kind], old, new, a, b)


def _plain(old: Any, new: Any, a: Definition, b: Definition) -> str:
    names = {name: _LABELS.get(name, name) for name in old.__struct_fields__ if name not in _EXPLICIT}
    return _attributes(names, old, new, a, b)


def _transitions(of: Definition) -> dict[str, Transition]:
    own = (one for stage in of.stages.values() for one in stage.transitions.values())
    return {one.name: one for one in (*own, *of.anywhere.values())}


def _transition(old: Transition, new: Transition, a: Definition, b: Definition) -> str:
    """Return what differs between two transitions, with what is demanded anew and no more."""
    before = [requirement_phrase(a, need) for need in _single(old)]
    after = [requirement_phrase(b, need) for need in _single(new)]
    texts = [_attributes(_ATTRIBUTES["transition"], old, new, a, b)]
    texts += [_("verlangt zusätzlich {text}").format(text=text) for text in after if text not in before]
    texts += [_("verlangt nicht mehr {text}").format(text=text) for text in before if text not in after]
    return "; ".join(text for text in texts if text)


def _single(transition: Transition) -> Iterator[Requirement]:
    """Yield the requirements, those that name several things one by one."""
    for need in transition.requires:
        for name in need.names or ("",):
            yield replace(need, names=(name,) if name else ())


def _attributes(names: Mapping[str, str], old: Any, new: Any, a: Definition, b: Definition) -> str:
    steps = []
    for name, label in names.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            steps.append(_step(label, _told(a, name, before), _told(b, name, after)))
    return "; ".join(steps)


def _step(label: str, before: str, after: str) -> str:
    return f"{label}: {before or '–'} → {after or '–'}"


def _told(of: Definition, name: str, value: Any) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, Condition):
        return condition_phrase(of, value)
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    if name in ("to", "stage", "initial") and value in of.stages:
        return of.stages[value].label
    if name == "bodies":
        return BODIES.get(value, str(value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {label}" for key, label in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
