"""Take over what another proposal says for its guideline."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ikz_workflow.definition import Field
from ikz_workflow.errors import InvalidInput, NotFound, near
from ikz_workflow.events import FieldsSet
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import ERASED, FieldValue, Proposal, judged_on
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import Case, load, pinned, writer
from ikz_workflow.services.home import Home
from ikz_workflow.services.proposals import choices_of, with_voids
from ikz_workflow.storage.transaction import Transaction

_NAMED = 5  # fields a refusal names; more are counted


class Taken(Struct, frozen=True):
    """What was taken over, by label: taken, kept because it was there already, and what does not fit here."""

    proposal: Proposal
    fields: tuple[str, ...]
    kept: tuple[str, ...]
    unfit: tuple[str, ...]
    same_topic: bool


def take_over(
    home: Home,
    key: str,
    origin: str,
    names: Sequence[str] = (),
    *,
    replace: bool = False,
    on: str | None = None,
    note: str | None = None,
) -> Taken:
    """Copy the first stage's fields of another proposal as one event that names it, and return what became of each.

    Only fields without a value are filled, unless `replace`. InvalidInput if nothing is left to take over.
    """
    day = inputs.happened(on, home.today)
    with home.writing(key) as tx:
        case, source = load(tx, key, judged_on(day, tx.at)), tx.proposal(origin)
        if origin == key:
            raise InvalidInput(_("Vorhaben"), origin, _("Übernommen wird aus einem anderen Vorhaben."))
        actor = writer(tx, home, case, _("Angaben übernehmen"))
        values, texts = _given(tx, source)
        taken: dict[str, FieldValue | None] = {}
        kept: list[str] = []
        unfit: list[str] = []
        wanted = _wanted(case, names)
        for field in (one for one in wanted if one.name in values):
            if field.name in case.proposal.fields and not replace:
                kept.append(field.label)
            elif not _fits(tx, case, field, values[field.name], pinned(tx, source.definition).fields[field.name]):
                unfit.append(field.label)
            else:
                taken[field.name] = values[field.name]
        if not taken:
            raise _nothing(case, origin, kept, unfit)
        free = sorted(name for name in taken if name in texts)
        taken |= {name: tx.hide(name, str(taken[name])) for name in free}
        what = with_voids(tx, case, FieldsSet(dict(sorted(taken.items())), tuple(free), taken_from=origin))
        commitment = tx.hide("note", inputs.text("--note", note)) if note else None
        proposal = tx.record(case.proposal, what, actor, day, case.definition.sha256, commitment)
        labels = tuple(field.label for field in wanted if field.name in taken)
        return Taken(proposal, labels, tuple(kept), tuple(unfit), source.topic == proposal.topic)


def _wanted(case: Case, names: Sequence[str]) -> list[Field]:
    """Return the fields of the first stage, or those of them named. NotFound with the nearest."""
    fields = case.definition.stages[case.definition.initial].fields
    for name in names:
        if name not in fields:
            remedy = _("Übernommen werden die Angaben der Stufe „{stage}“: {names}")
            stage = case.definition.stages[case.definition.initial].label
            raise NotFound(_("Das Feld"), name, near(name, fields), remedy.format(stage=stage, names=", ".join(fields)))
    return [field for field in fields.values() if not names or field.name in names]


def _given(tx: Transaction, source: Proposal) -> tuple[dict[str, FieldValue], frozenset[str]]:
    """Return the values of a proposal with texts in clear, and the names of those texts; an erased one is none."""
    fields, opened = pinned(tx, source.definition).fields, tx.texts(source.key)
    texts = frozenset(name for name in source.fields if fields[name].is_free_text)
    values: dict[str, FieldValue] = {}
    for name, value in source.fields.items():
        clear = opened.get(str(value), "") if name in texts else value
        if clear not in ("", ERASED):
            values[name] = clear
    return values, texts


def _fits(tx: Transaction, case: Case, field: Field, value: FieldValue, there: Field) -> bool:
    """Tell whether a value of the other proposal's field can stand in ours."""
    if (field.type, field.columns) != (there.type, there.columns):
        return False
    if field.type in ("choice", "organisation"):
        return value in choices_of(tx, field, case.day)
    if field.is_free_text or field.pattern:
        try:
            inputs.field_value(field, str(value), {})
        except InvalidInput:
            return False
    return True


def _nothing(case: Case, origin: str, kept: list[str], unfit: list[str]) -> InvalidInput:
    why = _("Es gibt nichts zu übernehmen.")
    if kept:
        names = ", ".join(kept) if len(kept) <= _NAMED else _("{n} Angaben").format(n=len(kept))
        why += _(" Schon angegeben: {names}. Trotzdem übernehmen: ikz take-over {key} {origin} --replace")
        why = why.format(names=names, key=case.proposal.key, origin=origin)
    if unfit:
        why += _(" Passt nicht zum Verfahren: {names}.").format(names=", ".join(unfit))
    return InvalidInput(_("Vorhaben"), origin, why)
