"""Decide what can happen next and which event it is; touch nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from transitions import EventData, Machine
from transitions import Transition as Step

from ikz_workflow import german
from ikz_workflow.definition import Definition, Transition
from ikz_workflow.errors import (
    InvalidInput,
    RequirementsUnmet,
    RoleRequired,
    TransitionNotAllowed,
    UnknownTransition,
    WrongStage,
    near,
)
from ikz_workflow.events import Advanced
from ikz_workflow.gates import Circumstances, bodies, holds
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import LegalForm, Proposal
from ikz_workflow.requirements import Item, Plan, checklist


class Possible(Struct, frozen=True):
    """A transition that leaves the present stage: its checklist, and whether the actor's roles allow it."""

    transition: Transition
    items: tuple[Item, ...]
    allowed: bool

    @property
    def missing(self) -> tuple[Item, ...]:
        """Return the unmet items."""
        return tuple(item for item in self.items if not item.met)

    @property
    def ready(self) -> bool:
        """Tell whether nothing is missing and the role allows it."""
        return self.allowed and not self.missing


class _Token:
    """Stands in for the proposal inside the machine, which writes its `state`."""

    __slots__ = ("missing", "state")

    def __init__(self, state: str, missing: list[Item]) -> None:
        self.state, self.missing = state, missing


def _nothing_missing(event: EventData) -> bool:
    token: Any = event.model
    return not token.missing


class _Step(Step):
    """A step of the machine that calls its guards and nobody else: the listeners we do not have cost 5 µs."""

    def execute(self, event_data: EventData) -> bool:
        """Move on if the guards allow it, and tell whether they did."""
        if not self._eval_conditions(event_data):
            return False
        event_data.machine.set_state(self.dest or self.source, event_data.model)
        return True


class _Machine(Machine):
    transition_cls = _Step


_machines: dict[str, Machine] = {}


def machine(definition: Definition) -> Machine:
    """Return the one machine of a definition; it alone decides which target follows from a source."""
    found = _machines.get(definition.sha256)
    if found is None:
        stages = list(definition.stages)
        found = _Machine(
            model=None, states=stages, initial=stages[0], auto_transitions=False, send_event=True, queued=False
        )
        for stage in stages:
            for transition in definition.transitions_from(stage).values():
                found.add_transition(transition.name, stage, transition.to or stage, conditions=_nothing_missing)
        _machines[definition.sha256] = found
    return found


def outlook(
    definition: Definition,
    proposal: Proposal,
    circumstances: Circumstances,
    roles: Collection[str] = (),
    plan: Plan = Plan(),  # noqa: B008  frozen
) -> tuple[Possible, ...]:
    """Return every transition that leaves the present stage, each with its whole checklist."""
    return tuple(
        Possible(
            transition,
            checklist(definition, transition, proposal, circumstances, plan),
            transition.role in roles,
        )
        for transition in _leaving(definition, proposal)
    )


def _leaving(definition: Definition, proposal: Proposal) -> list[Transition]:
    """Return the transitions that leave the present stage."""
    leaving = definition.transitions_from(proposal.stage).values()
    return [transition for transition in leaving if _is_open(transition, proposal)]


def _is_open(transition: Transition, proposal: Proposal) -> bool:
    """Tell whether a transition of the present stage is one now: a resting proposal can resume, rest longer, or end."""
    if proposal.suspended is not None:
        return transition.effect in ("resume", "end") or transition.wants_review
    return transition.effect != "resume"


def advance(
    definition: Definition,
    proposal: Proposal,
    circumstances: Circumstances,
    name: str,
    roles: Collection[str],
    plan: Plan = Plan(),  # noqa: B008  frozen
) -> Advanced:
    """Return the event of a transition if it can happen now.

    Raises UnknownTransition, WrongStage, RoleRequired, TransitionNotAllowed for a day before the present stage, or
    RequirementsUnmet with everything that is missing.
    """
    transition = definition.transitions_from(proposal.stage).get(name)
    if transition is None or not _is_open(transition, proposal):
        raise _impossible(definition, proposal, name)
    if transition.role not in roles:
        raise RoleRequired(transition.label, [definition.roles[transition.role]], _grant_remedy(transition.role))
    _refuse_before(definition, proposal, plan)
    if plan.review and transition.effect != "suspend":
        why = _("Eine Wiedervorlage gehört nur zu einem Übergang, der ein Vorhaben ruhen lässt.")
        raise InvalidInput("--until", plan.review, why)
    missing = [one for one in checklist(definition, transition, proposal, circumstances, plan) if not one.met]
    token: Any = _Token(proposal.stage, missing)
    if not machine(definition).events[name].trigger(token):
        raise RequirementsUnmet(transition.label, missing)
    form = circumstances.form
    return Advanced(
        transition=name,
        source=proposal.stage,
        target=token.state,
        effect=transition.effect,  # type: ignore[arg-type]  # checked when the definition was read
        bodies=_bodies_asked(definition, transition, proposal, circumstances),
        form=form.key if form else None,
        form_sha256=form_hash(form) if form else None,
        reason=plan.reason or transition.reason or None,
        review=plan.review or None,
    )


def _impossible(definition: Definition, proposal: Proposal, name: str) -> TransitionNotAllowed:
    """Return why a transition is none of those that leave the present stage."""
    possible = tuple(transition.name for transition in _leaving(definition, proposal))
    known = definition.transition_names()
    if name not in known:
        return UnknownTransition(name, near(name, known), possible)
    stage = definition.stages[proposal.stage].label
    return WrongStage(name, f"{stage} (ruht)" if proposal.suspended else stage, possible)


def _refuse_before(definition: Definition, proposal: Proposal, plan: Plan) -> None:
    """Refuse a day on which the proposal had not reached its present stage, as far as both days are known.

    A proposal entered without saying when its idea arose bears the day of recording; that day hinders nothing.
    """
    day, since = plan.on, proposal.stage_on
    if day is None or since is None or (proposal.stage == definition.initial and since >= proposal.created[:10]):
        return
    known = min(len(day), len(since))
    if day[:known] < since[:known]:
        text = _(
            "Am {day} stand {key} noch nicht in der Stufe „{stage}“, sondern erst seit {since}. Den Tag mit --on "
            "richtig nennen; ist er nicht bekannt: --on unknown"
        )
        stage = definition.stages[proposal.stage].label
        raise TransitionNotAllowed(
            text.format(day=german.date(day), key=proposal.key, stage=stage, since=german.date(since))
        )


def _grant_remedy(role: str) -> str:
    return _("Die Rolle erteilt: ikz person grant PERSON {role}").format(role=role)


def _bodies_asked(
    definition: Definition, transition: Transition, proposal: Proposal, circumstances: Circumstances
) -> dict[str, tuple[str, ...]]:
    """Return the bodies each demanded gate asked, so that the history itself says who had to agree."""
    gates = [definition.gates[name] for need in transition.requires if need.kind == "gate" for name in need.names]
    return {
        gate.name: tuple(body.key for body in bodies(gate, proposal, circumstances))
        for gate in gates
        if holds(gate.when, proposal, circumstances.form)
    }


@lru_cache(maxsize=256)
def form_hash(form: LegalForm) -> str:
    """Return the SHA-256 of a legal form's row in canonical form."""
    return hashlib.sha256(msgspec.json.encode(form, order="sorted")).hexdigest()
