"""Take back a mistaken record by a counter-event; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Sequence

from ikz_workflow import events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import InvalidInput, NotFound
from ikz_workflow.events import (
    Advanced,
    Assigned,
    Attached,
    CheckAnswered,
    ContactMade,
    Corrected,
    Created,
    Decided,
    DocumentAdded,
    Erased,
    Event,
    FieldsSet,
    Marked,
    Migrated,
    MilestoneAdded,
    MilestoneDone,
    Noted,
    ObstacleSet,
    PartySet,
    Record,
)
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Proposal
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import Case, acting, author, load
from ikz_workflow.services.home import Home

_FACTS = (
    ContactMade,
    PartySet,
    ObstacleSet,
    CheckAnswered,
    MilestoneAdded,
    MilestoneDone,
    Decided,
    Attached,
    Advanced,
    Noted,
)
# What has a way of its own, and which.
_OTHERWISE: dict[type[Event], str] = {
    Created: "Ein Vorhaben, das es nicht geben sollte, wird beendet: ikz status nennt die Übergänge dazu.",
    FieldsSet: "Eine Angabe wird durch eine neue ersetzt: ikz set NUMMER FELD=WERT.",
    Assigned: "Eine Zuordnung wird durch eine neue ersetzt: ikz assign NUMMER OE.",
    DocumentAdded: "Ein Dokument wird durch die nächste Fassung ersetzt: ikz document create oder file.",
    Marked: "Eine Kennzeichnung wird durch eine neue ersetzt: ikz mark NUMMER public oder non-public.",
    Corrected: "Eine Berichtigung bleibt; den zurückgenommenen Eintrag bitte neu festhalten.",
    Erased: "Eine Löschung bleibt; was gelöscht ist, kommt nicht zurück.",
    Migrated: "Eine Umstellung bleibt; eine neue Fassung des Verfahrens kann sie ändern: ikz workflow migrate.",
}


def correct(home: Home, key: str, seq: int, reason: str) -> Proposal:
    """Take back the record at a position of the history, with the reason, and return the proposal without it.

    NotFound if the record is none of this proposal's, InvalidInput if it cannot be taken back, RoleRequired.
    """
    cleaned = inputs.text("--reason", reason)
    day = home.today.isoformat()
    with home.writing(key) as tx:
        case = load(tx, key, day)
        records = list(tx.records(key))
        if not any(record.seq == seq for record in records):
            raise NotFound(_("Den Eintrag"), str(seq), (), _("Alle: ikz history {key}").format(key=key))
        if why := hindrance(records, seq):
            raise InvalidInput(_("Eintrag"), str(seq), why + _ways_back(case, records, seq))
        allowed = roles_to_correct(records, seq, case.definition)
        actor = author(tx, acting(tx, home), case, _("Zurücknehmen"), allowed)
        return tx.record(case.proposal, Corrected(seq), actor, day, case.definition.sha256, tx.hide("note", cleaned))


def roles_to_correct(records: Sequence[Record], seq: int, definition: Definition) -> tuple[str, ...]:
    """Return the roles that may take a record back: for a transition the one it happened in, else who may record it."""
    record = next(record for record in records if record.seq == seq)
    if isinstance(record.what, Advanced):
        return (record.actor.role,)
    return definition.deciding(record.what.gate) if isinstance(record.what, Decided) else definition.write


def hindrance(records: Sequence[Record], seq: int) -> str:
    """Return why a record of a proposal cannot be taken back, "" if it can; `records` are all the proposal has."""
    gone = events.taken_back(records)
    mine = next((record for record in records if record.seq == seq), None)
    if mine is None:
        return _("Diesen Eintrag hat das Vorhaben nicht.")
    if seq in gone:
        return _("Er ist schon durch Eintrag {seq} zurückgenommen.").format(seq=gone[seq])
    if isinstance(mine.what, Advanced) and mine.what.started:
        return _("Damit begann das Vorhaben {key}; es bleibt mit diesem verbunden.").format(key=mine.what.started)
    if not isinstance(mine.what, _FACTS):
        return _(
            _OTHERWISE.get(type(mine.what), "Dieser Eintrag wird durch einen neuen ersetzt, nicht zurückgenommen.")
        )
    later = [record for record in records if record.seq > seq and record.seq not in gone]
    needing = next((record for record in later if _needs(record.what, mine)), None)
    if needing is None:
        return ""
    return _("Eintrag {seq} baut darauf auf; zuerst diesen zurücknehmen.").format(seq=needing.seq)


def _ways_back(case: Case, records: Sequence[Record], seq: int) -> str:
    """Return which transitions lead back, where it is a transition that cannot be taken back."""
    if not any(record.seq == seq and isinstance(record.what, Advanced) for record in records):
        return ""
    order = list(case.definition.stages)
    here = order.index(case.proposal.stage)
    leaving = case.definition.transitions_from(case.proposal.stage).values()
    back = [one.name for one in leaving if one.to and order.index(one.to) < here]
    return (
        _(" Zurück führt: ikz advance {key} {names}").format(key=case.proposal.key, names=" | ".join(back))
        if back
        else ""
    )


def _needs(what: Event, mine: Record) -> bool:
    """Tell whether a later event rests on the record."""
    before = mine.what
    if isinstance(before, Advanced):
        return isinstance(what, Advanced | Migrated)
    if isinstance(before, Decided):
        return isinstance(what, Decided) and what.corrects == mine.seq
    if isinstance(before, Attached):
        return isinstance(what, CheckAnswered | Decided) and what.attachment == before.sha256
    if isinstance(before, MilestoneAdded):
        return isinstance(what, MilestoneDone) and what.number == before.number
    return False
