"""Bind running proposals to a new version of their workflow, where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import engine, german
from ikz_workflow.deadlines import deadlines
from ikz_workflow.definition import Definition, Field, Transition, unbundle
from ikz_workflow.errors import InvalidInput, Problem
from ikz_workflow.events import Migrated
from ikz_workflow.gates import Circumstances
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import FieldValue, Proposal
from ikz_workflow.services.cases import Case, circumstances, current, holidays_of, keeper, load, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.workflows import faultless
from ikz_workflow.storage.finding import Sought
from ikz_workflow.storage.transaction import Transaction


class Fit(Struct, frozen=True):
    """How a proposal fits another version of its workflow: what stands against it, which fields would be lost."""

    old: Definition
    new: Definition
    problems: tuple[str, ...]
    lost: tuple[str, ...]

    def event(self) -> Migrated:
        """Return the event of the migration."""
        return Migrated(self.new.sha256, self.old.version, self.new.version, self.lost)


class Effect(Struct, frozen=True):
    """What a migration changes for one proposal, or would: `fits` tells whether it can happen."""

    key: str
    title: str
    stage: str
    from_version: int
    to_version: int
    fits: bool
    problems: tuple[str, ...]
    lost: tuple[str, ...]
    newly_missing: tuple[str, ...]
    no_longer_missing: tuple[str, ...]
    due: tuple[str, ...]
    new_transitions: tuple[str, ...]
    lost_transitions: tuple[str, ...]


def fit_of(proposal: Proposal, old: Definition, new: Definition) -> Fit:
    """Return how a proposal fits a new version; the version's number must have risen."""
    problems = []
    if new.name != old.name:
        problems.append(_("Es ist ein anderes Verfahren ({name}).").format(name=new.name))
    if new.version <= old.version:
        text = _("Die Versionsnummer muss steigen: gebunden ist Version {old}, die Datei sagt {new}.")
        problems.append(text.format(old=old.version, new=new.version))
    stage = new.stages.get(proposal.stage)
    if stage is None or stage.final != old.stages[proposal.stage].final:
        label = old.stages[proposal.stage].label
        problems.append(_("Die Stufe „{label}“ gibt es dort nicht (mehr) als offene Stufe.").format(label=label))
    problems += _unknown(proposal, old, new)
    fields = proposal.fields.items()
    lost = tuple(name for name, value in fields if not _keeps(old.fields.get(name), new.fields.get(name), value))
    return Fit(old, new, tuple(problems), lost)


def _unknown(proposal: Proposal, old: Definition, new: Definition) -> list[str]:
    """Return what the proposal holds and the new version has no place for."""
    found = []
    for decision in proposal.decisions:
        gate = new.gates.get(decision.gate)
        if gate is None or decision.outcome not in gate.outcomes:
            label = old.gates[decision.gate].label
            found.append(_("Zur Entscheidung „{label}“ gibt es schon Ergebnisse.").format(label=label))
    for version in proposal.documents:
        if version.kind not in new.documents:
            found.append(_("Das Dokument „{label}“ liegt schon vor.").format(label=old.documents[version.kind]))
    for check in proposal.checks:
        if check.name not in new.catalogue.checks:
            label = old.catalogue.checks[check.name].label
            found.append(_("Die Prüfung „{label}“ ist schon beantwortet.").format(label=label))
    for obstacle in proposal.obstacles:
        if obstacle.kind not in new.catalogue.obstacles:
            label = old.catalogue.obstacles[obstacle.kind].label
            found.append(_("Das Hemmnis „{label}“ ist schon festgehalten.").format(label=label))
    return list(dict.fromkeys(found))


def _keeps(old: Field | None, new: Field | None, value: FieldValue) -> bool:
    """Tell whether a field's value means the same in the new version."""
    if old is None or new is None or (old.type, old.register, old.columns) != (new.type, new.register, new.columns):
        return False
    return not new.choices or value in new.choices


def migrate(home: Home, name: str, keys: Sequence[str] = (), *, dry_run: bool = False) -> list[Effect]:
    """Bind the running proposals of a workflow (or those named) to its present text, and say what that changes.

    Those that do not fit stay as they are. A dry run says the same and writes nothing.
    """
    new, text = current(home, name)
    day = home.today.isoformat()
    database = home.ready
    with (database.trying if dry_run else database.writing)(home.now()) as tx:
        concerned = [
            summary for summary in tx.summaries(Sought(workflow=name)) if _is_concerned(summary.proposal, new, keys)
        ]
        _refuse_others(tx, keys, {summary.proposal.key for summary in concerned}, new)
        effects = []
        for summary in concerned:
            case = load(tx, summary.proposal.key, day)
            fit = fit_of(case.proposal, case.definition, new)
            if not fit.problems:
                tx.keep_definition(new.name, text)
                actor = keeper(tx, home, case.proposal.key, _("Umstellen"))
                tx.record(case.proposal, fit.event(), actor, day, case.definition.sha256)
            effects.append(_effect(tx, case, fit, summary.title))
        return effects


def _is_concerned(proposal: Proposal, new: Definition, keys: Sequence[str]) -> bool:
    is_running = proposal.workflow == new.name and proposal.ended is None and proposal.definition != new.sha256
    return is_running and (not keys or proposal.key in keys)


def _refuse_others(tx: Transaction, keys: Sequence[str], concerned: set[str], new: Definition) -> None:
    for key in keys:
        proposal = tx.proposal(key)
        if key in concerned:
            continue
        if proposal.workflow != new.name:
            why = _("Das Vorhaben läuft nach dem Verfahren „{name}“.").format(name=proposal.workflow)
        elif proposal.ended:
            why = _("Das Vorhaben ist beendet; es bleibt bei der Fassung, nach der es lief.")
        else:
            why = _("Das Vorhaben ist schon an diese Fassung gebunden.")
        raise InvalidInput(_("Vorhaben"), key, why)


def _effect(tx: Transaction, case: Case, fit: Fit, title: str) -> Effect:
    old, new, proposal = fit.old, fit.new, case.proposal
    before, after = _missing(old, proposal, case.circumstances), dict[str, list[str]]()
    due: tuple[str, ...] = ()
    if proposal.stage in new.stages:
        kept = {name: value for name, value in proposal.fields.items() if name not in fit.lost}
        moved = replace(proposal, fields=kept)
        around = circumstances(tx, new, moved, case.day)
        after = _missing(new, moved, around)
        days = [_next_due(tx, old, proposal, case.circumstances), _next_due(tx, new, moved, around)]
        due = (" → ".join(days),) if days[0] != days[1] else ()
    shared = before.keys() & after.keys()
    newly = [text for name in shared for text in after[name] if text not in before[name]]
    no_longer = [text for name in shared for text in before[name] if text not in after[name]]
    transitions = {one.name: one.label for d in (old, new) for one in _leaving(d, proposal.stage)}
    return Effect(
        key=proposal.key,
        title=title,
        stage=old.stages[proposal.stage].label,
        from_version=old.version,
        to_version=new.version,
        fits=not fit.problems,
        problems=fit.problems,
        lost=tuple(old.fields[name].label if name in old.fields else name for name in fit.lost),
        newly_missing=tuple(dict.fromkeys(newly)),
        no_longer_missing=tuple(dict.fromkeys(no_longer)),
        due=due,
        new_transitions=tuple(transitions[name] for name in after if name not in before),
        lost_transitions=tuple(transitions[name] for name in before if name not in after),
    )


def _leaving(definition: Definition, stage: str) -> list[Transition]:
    return list(definition.transitions_from(stage).values()) if stage in definition.stages else []


def _next_due(tx: Transaction, definition: Definition, proposal: Proposal, around: Circumstances) -> str:
    """Return the next day something is due."""
    found = deadlines(definition, proposal, around, holidays_of(tx).of)
    return german.date(found[0].day) if found else "–"


def _missing(definition: Definition, proposal: Proposal, around: Circumstances) -> dict[str, list[str]]:
    """Return what each transition of the present stage lacks, in sentences."""
    possible = engine.outlook(definition, proposal, around)
    return {one.transition.name: [item.text for item in one.missing] for one in possible}


def version_problems(home: Home, files: Sequence[Path] = ()) -> list[Problem]:
    """Return a problem for each workflow whose text changed under running proposals while its version did not rise."""
    if not home.database.exists():
        return []
    with home.ready.reading(home.now()) as tx:
        running = {one.proposal.definition for one in tx.summaries() if one.proposal.ended is None}
        bound = {(pinned(tx, sha).name, pinned(tx, sha).version): unbundle(tx.definition(sha)) for sha in running}
    found = []
    for source, one in faultless(home, files):
        before = bound.get((one.name, one.version))
        if before is not None and before.workflow != source.workflow:
            text = _("Laufende Vorhaben sind an einen anderen Text der Version {n} gebunden; „version“ erhöhen.")
            found.append(Problem(source.name, None, text.format(n=one.version)))
    return found
