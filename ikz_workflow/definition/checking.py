"""Check a definition as a whole: what single tables cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ikz_workflow.definition.faults import Faults
from ikz_workflow.definition.lines import Path
from ikz_workflow.definition.model import BY_FORM, FORM_COLUMNS, Condition, Definition, Gate, Requirement, Transition


def check(definition: Definition, faults: Faults, templates: frozenset[str] | None) -> None:
    """Note every fault of names, ways and gates."""
    _roles(definition, faults)
    _documents(definition, faults, templates)
    _stages(definition, faults)
    depths = _depths(definition)
    _ways(definition, faults, depths)
    for transition, path in _transitions(definition):
        _transition(definition, faults, transition, path, depths)
    for gate in definition.gates.values():
        _gate(definition, faults, gate)
    for field in definition.fields.values():
        _condition(definition, faults, field.when, ("stage", field.stage, "field", field.name, "when"))


def _transitions(definition: Definition) -> Iterable[tuple[Transition, Path]]:
    for stage in definition.stages.values():
        for transition in stage.transitions.values():
            yield transition, ("stage", stage.name, "transition", transition.name)
    for transition in definition.anywhere.values():
        yield transition, ("anywhere", transition.name)


def _roles(definition: Definition, faults: Faults) -> None:
    for role in definition.write:
        faults.known(("write",), "Die Rolle", role, definition.roles)
    for role in definition.bound:
        faults.known(("bound",), "Die Rolle", role, definition.roles)
    if not definition.write:
        faults.add((), "Es fehlt „write“: welche Rollen Tatsachen festhalten dürfen.")
    for transition, path in _transitions(definition):
        if transition.role:
            faults.known((*path, "role"), "Die Rolle", transition.role, definition.roles)
    for gate in definition.gates.values():
        where = ("gate", gate.name, "role")
        known = bool(gate.role) and faults.known(where, "Die Rolle", gate.role, definition.roles)
        if known and gate.role not in definition.write:
            faults.add(where, f"Wer Entscheidungen festhält, darf auch schreiben: „{gate.role}“ fehlt in „write“.")


def _documents(definition: Definition, faults: Faults, templates: frozenset[str] | None) -> None:
    for kind in definition.documents:
        if templates is not None and kind not in templates:
            faults.add(("document", kind), f"Für das Dokument „{kind}“ gibt es keine Vorlage.")


def _stages(definition: Definition, faults: Faults) -> None:
    names: dict[str, Path] = {}
    if definition.initial:
        faults.known(("initial",), "Die Stufe", definition.initial, definition.stages)
    for stage in definition.stages.values():
        for name in stage.guidance:
            faults.known(("stage", stage.name, "guidance"), "Der Hinweis", name, definition.catalogue.guidance)
        if stage.final and stage.transitions:
            faults.add(("stage", stage.name), "Aus einer Endstufe führt kein Übergang hinaus.")
    for transition, path in _transitions(definition):
        if transition.to:
            faults.known((*path, "to"), "Die Stufe", transition.to, definition.stages)
        for excepted in transition.excepted:
            faults.known((*path, "except"), "Die Stufe", excepted, definition.stages)
        if transition.name in names:
            faults.add(path, f"Den Übergang „{transition.name}“ gibt es schon; Namen sind einmalig.")
        names.setdefault(transition.name, path)


def _depths(definition: Definition) -> dict[str, int]:
    """Return how many steps each reachable stage is away from the first one, by its own transitions."""
    depths = {definition.initial: 0} if definition.initial in definition.stages else {}
    queue = list(depths)
    while queue:
        stage = queue.pop(0)
        for transition in definition.transitions_from(stage).values():
            if transition.to in definition.stages and transition.to not in depths:
                depths[transition.to] = depths[stage] + 1
                queue.append(transition.to)
    return depths


def _ways(definition: Definition, faults: Faults, depths: dict[str, int]) -> None:
    final = {stage.name for stage in definition.stages.values() if stage.final}
    if not final:
        faults.add((), "Es gibt keine Endstufe (final = true).")
        return
    ending = set(final)
    while True:
        more = {
            name
            for name in definition.stages
            if name not in ending
            and any(transition.to in ending for transition in definition.transitions_from(name).values())
        }
        if not more:
            break
        ending |= more
    for stage in definition.stages:
        if depths and stage not in depths:
            faults.add(("stage", stage), f"Die Stufe „{stage}“ ist von „{definition.initial}“ aus nicht erreichbar.")
        if stage not in ending:
            faults.add(("stage", stage), f"Aus der Stufe „{stage}“ führt kein Weg zu einem Ende.")


def _transition(
    definition: Definition, faults: Faults, transition: Transition, path: Path, depths: dict[str, int]
) -> None:
    where = (*path, "requires")
    if transition.effect == "suspend" and not any(need.kind == "note" for need in transition.requires):
        faults.add(path, "Wer ein Vorhaben ruhen lässt, muss sagen, warum: requires = [{ note = true }].")
    if transition.effect != "suspend" and transition.wants_review:
        faults.add(where, "Eine Wiedervorlage gehört nur zu einem Übergang mit effect = „suspend“.")
    if transition.reason:
        faults.known((*path, "reason"), "Der Grund", transition.reason, definition.catalogue.reasons)
        if transition.effect != "end":
            faults.add((*path, "reason"), "Einen Grund nennt nur ein Übergang, der in eine Endstufe führt.")
    for name in transition.starts.fields.values() if transition.starts else ():
        faults.known((*path, "starts", "fields"), "Das Feld", name, definition.fields)
    for requirement in transition.requires:
        _names(definition, faults, requirement, where)
        _condition(definition, faults, requirement.when, where)
        if requirement.kind in ("fields", "reached", "order"):
            here = depths.get(path[1], 0) if path[0] == "stage" else 0  # from everywhere means also from the first
            for name in requirement.names:
                field = definition.fields.get(name)
                if field is not None and depths.get(field.stage, 0) > here:
                    faults.add(where, f"Das Feld „{name}“ fragt erst die spätere Stufe „{field.stage}“ ab.")


def _names(definition: Definition, faults: Faults, requirement: Requirement, path: Path) -> None:
    known: dict[str, tuple[str, Collection[str]]] = {
        "fields": ("Das Feld", definition.fields),
        "reached": ("Das Feld", definition.fields),
        "order": ("Das Feld", definition.fields),
        "document": ("Das Dokument", {*definition.documents, BY_FORM}),
        "checks": ("Die Prüfung", definition.catalogue.checks),
        "gate": ("Die Entscheidung", definition.gates),
    }
    if requirement.kind in known:
        kind, names = known[requirement.kind]
        for name in requirement.names:
            faults.known(path, kind, name, names)
    reasons = definition.catalogue.reasons.values()
    if requirement.kind == "reason" and not any(requirement.names[0] in reason.kinds for reason in reasons):
        faults.add(path, f"Zu „reason = {requirement.names[0]}“ nennt der Katalog keinen Grund.")
    if requirement.kind in ("reached", "order"):
        for name in requirement.names:
            field = definition.fields.get(name)
            if field is not None and field.type != "date":
                faults.add(path, f"„{requirement.kind}“ braucht ein Datumsfeld; „{field.name}“ ist keines.")
    if BY_FORM in requirement.names:
        _needs_form_texts(definition, faults, path)


def _condition(definition: Definition, faults: Faults, condition: Condition | None, path: Path) -> None:
    if condition is None:
        return
    for leaf in condition.leaves():
        if leaf.kind == "form":
            _needs_form(definition, faults, path)
            continue
        if not faults.known(path, "Das Feld", leaf.name, definition.fields):
            continue
        field = definition.fields[leaf.name]
        if field.is_free_text:
            faults.add(path, f"Eine Bedingung kann sich nicht auf den freien Text „{leaf.name}“ stützen.")
        if field.choices:
            for value in leaf.values:
                faults.known(path, f"Der Wert für „{leaf.name}“", value, field.choices)
        if field.type == "yes-no":
            for value in leaf.values:
                faults.known(path, f"Der Wert für „{leaf.name}“", value, ("true", "false"))


def _needs_form(definition: Definition, faults: Faults, path: Path) -> None:
    if not definition.form_field:
        faults.add(path, "Hier ist die Rechtsform genannt, aber kein Feld fragt sie ab (choices = „forms“).")


def _needs_form_texts(definition: Definition, faults: Faults, path: Path) -> None:
    """Note a fault where a legal form may name a document that the definition does not know."""
    _needs_form(definition, faults, path)
    for kind in FORM_COLUMNS["document"]:
        if kind != "none" and kind not in definition.documents:
            faults.add(path, f"Eine Rechtsform nennt das Dokument „{kind}“; unter [document] fehlt es.")


def _gate(definition: Definition, faults: Faults, gate: Gate) -> None:
    path: Path = ("gate", gate.name)
    if gate.on == BY_FORM:
        _needs_form_texts(definition, faults, (*path, "on"))
    elif gate.on:
        faults.known((*path, "on"), "Das Dokument", gate.on, definition.documents)
    if gate.listed and faults.known((*path, "listed"), "Das Feld", gate.listed, definition.fields):
        if definition.fields[gate.listed].type != "departments":
            faults.add(
                (*path, "listed"), f"„listed“ braucht ein Feld vom Typ „departments“; „{gate.listed}“ ist keines."
            )
        if not gate.named:
            faults.add((*path, "listed"), "„listed“ ergänzt eine Tabelle von Stellen; „bodies“ ist hier keine.")
    if gate.basis:
        faults.known((*path, "basis"), "Die Spalte der Rechtsform", gate.basis, FORM_COLUMNS)
    for outcome in gate.yes:
        faults.known((*path, "yes"), "Das zustimmende Ergebnis", outcome, gate.outcomes)
    never = "Diese Frage kann nie bejaht werden: "
    if not gate.yes:
        faults.add(path, never + "„yes“ nennt kein zustimmendes Ergebnis.")
    if gate.number and gate.named and gate.number > len(gate.named):
        faults.add((*path, "rule"), f"{never}{gate.number} Zustimmungen verlangt, aber nur {len(gate.named)} Stellen.")
    if gate.number > 1 and gate.bodies == "own-council":
        faults.add((*path, "rule"), f"{never}{gate.number} Zustimmungen verlangt, aber nur eine Stelle gefragt.")
    if gate.rule == "number" and gate.number < 1:
        faults.add((*path, "rule"), "Die Anzahl der Zustimmungen muss mindestens 1 sein.")
    _condition(definition, faults, gate.when, (*path, "when"))
