"""Begin one proposal with another's transition, as its definition says, and link both."""

from __future__ import annotations

from ikz_workflow.definition import Definition, Field, Starts, read
from ikz_workflow.definition.faults import Faults
from ikz_workflow.errors import DefinitionError, NotFound, Problem
from ikz_workflow.events import ContactMade, Created, FieldsSet, PartySet
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, FieldValue, PartialDate, Proposal
from ikz_workflow.services.cases import acting, current, hidden, own_organisation, pinned, source_of
from ikz_workflow.services.home import Home
from ikz_workflow.services.permission import acting_on
from ikz_workflow.storage.transaction import Transaction

_LEFT = ("declined", "withdrew")


def begin(tx: Transaction, home: Home, origin: Proposal, starts: Starts, key: str, day: PartialDate) -> Proposal:
    """Start the proposal that a transition calls for, with what it takes along, and return it.

    RoleRequired unless the actor may write by the other workflow too; DefinitionError if the two do not fit together.
    """
    here = pinned(tx, origin.definition)
    target, text = current(home, starts.workflow)
    if problems := unfit(here, starts, target, f"{here.name}.toml"):
        raise DefinitionError(problems)
    who = acting(tx, home)
    opened = {commitment: text for commitment, text in tx.texts(origin.key).items() if text != ERASED}
    actor = acting_on(tx, who, key, _("Vorhaben anlegen"), target, origin.department, target.write)
    title = tx.hide("title", opened.get(origin.title, ERASED))
    what = Created(title, target.name, target.initial, origin.department, origin.topic, origin.key, origin.sample)
    sha256 = tx.keep_definition(target.name, text)
    proposal = tx.record(key, what, actor, day, sha256)
    values: dict[str, FieldValue | None] = {}
    for name, source in sorted(starts.fields.items()):
        value = origin.fields.get(source)
        if value is not None and target.fields[name].is_free_text:
            value = hidden(tx, name, opened.get(str(value)))
        if value is not None:
            values[name] = value
    if values:
        texts = tuple(name for name in values if target.fields[name].is_free_text)
        proposal = tx.record(proposal, FieldsSet(values, texts), actor, day, sha256)
    own = own_organisation(tx)
    for party in origin.parties:
        if party.organisation != own and party.standing not in _LEFT:
            standing = starts.standing or party.standing
            joins = PartySet(party.organisation, standing, party.lead)  # type: ignore[arg-type]  # checked when read
            proposal = tx.record(proposal, joins, actor, party.on, sha256)
    for contact in origin.contacts if starts.contacts else ():
        said, someone = opened.get(contact.text), opened.get(contact.person or "")
        if said:
            made = ContactMade(contact.organisation, tx.hide("contact", said), hidden(tx, "contact-person", someone))
            proposal = tx.record(proposal, made, actor, contact.on, sha256)
    return proposal


def start_problems(home: Home, definition: Definition, name: str, text: str) -> list[Problem]:
    """Return what does not fit between a workflow and those that its transitions start; `text` gives the lines."""
    found: list[Problem] = []
    for stage in definition.stages.values():
        for transition in stage.transitions.values():
            if transition.starts is None:
                continue
            faults = Faults(name, text)
            path = ("stage", stage.name, "transition", transition.name, "starts")
            try:
                target = read(source_of(home, transition.starts.workflow))
            except NotFound as error:
                faults.add((*path, "workflow"), str(error))
            except DefinitionError:
                continue  # its own faults are named where it is read
            else:
                for problem in unfit(definition, transition.starts, target, name):
                    faults.add((*path, "fields"), problem.text)
            found += faults.problems
    return found


def unfit(here: Definition, starts: Starts, target: Definition, name: str) -> list[Problem]:
    """Return which fields cannot go over into the other workflow, and why."""
    found = []
    for there, ours in starts.fields.items():
        if there not in target.fields:
            why = _("Das Feld „{there}“ kennt das Verfahren „{name}“ nicht.")
        elif not _fits(here.fields[ours], target.fields[there]):
            why = _("Das Feld „{ours}“ passt nicht in das Feld „{there}“ des Verfahrens „{name}“.")
        else:
            continue
        found.append(Problem(name, None, why.format(ours=ours, there=there, name=target.name)))
    return found


def _fits(ours: Field, there: Field) -> bool:
    """Tell whether a value of our field can stand in the other one."""
    if ours.type == "line" and there.type == "text":
        return True
    same = (ours.type, ours.register, ours.columns) == (there.type, there.register, there.columns)
    same = same and set(there.amounts) <= set(ours.amounts)
    return same and ours.choices.keys() <= there.choices.keys() and not there.pattern
