"""Read the register of organisations: search it, show one with its lineage and its proposals."""

from __future__ import annotations

from msgspec import Struct

from ikz_workflow.german import ORGANISATION_KINDS
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Organisation, RegisterEntry
from ikz_workflow.requirements import STANDING_LABELS
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import lineage, organisation_key
from ikz_workflow.services.home import Home
from ikz_workflow.storage.finding import Sought
from ikz_workflow.storage.rows import Entry, folded
from ikz_workflow.storage.transaction import Transaction


class Kin(Struct, frozen=True):
    """A predecessor or successor: its key, name, and the days it exists between (ISO, "" where open)."""

    key: str
    name: str
    valid_from: str
    valid_to: str


class Taking(Struct, frozen=True):
    """A proposal an organisation, or its predecessor or successor, takes part in."""

    key: str
    title: str
    organisation: str
    standing: str


class Sheet(Struct, frozen=True):
    """An organisation with everything that belongs to it."""

    key: str
    value: Organisation
    authority: str
    predecessors: tuple[Kin, ...]
    successors: tuple[Kin, ...]
    proposals: tuple[Taking, ...]


def search(
    home: Home, *, text: str | None = None, state: str | None = None, kind: str | None = None
) -> list[tuple[Entry, str]]:
    """Return the organisations whose key, name, seat, Landkreis or official key holds a text, of a Land, of a kind;
    each with the name of its authority."""
    chosen = inputs.choice("--kind", kind, ORGANISATION_KINDS) if kind else ""
    with home.ready.reading(home.now()) as tx:
        found = [entry for entry in tx.entries("organisation") if _fits(entry, text or "", state or "", chosen)]
        return [(entry, _authority(tx, entry.value)) for entry in found]


def _fits(entry: Entry, text: str, state: str, kind: str) -> bool:
    value = entry.value
    if not isinstance(value, Organisation) or (kind and value.kind != kind):
        return False
    if state and folded(value.state) != folded(state):
        return False
    places = (entry.key, value.name, value.seat, value.county, value.official_key)
    return not text or any(folded(text) in folded(place) for place in places)


def sheet(home: Home, name: str) -> Sheet:
    """Return an organisation given by key or name, with its lineage and the proposals of all of it."""
    with home.ready.reading(home.now()) as tx:
        key = organisation_key(tx, name)
        value = tx.entry("organisation", key).value
        if not isinstance(value, Organisation):
            raise TypeError("the register of organisations holds organisations")
        earlier = [one.key for one in tx.linked() if key in getattr(one.value, "successors", ())]
        return Sheet(
            key,
            value,
            _authority(tx, value),
            tuple(_kin(tx, one) for one in earlier),
            tuple(_kin(tx, one) for one in value.successors),
            _proposals(tx, key),
        )


def _authority(tx: Transaction, value: RegisterEntry) -> str:
    """Return the name of an organisation's authority, "" if it has none."""
    key = value.authority if isinstance(value, Organisation) else ""
    return _kin(tx, key).name if key else ""


def _kin(tx: Transaction, key: str) -> Kin:
    entry = tx.find("organisation", key)
    value = entry.value if entry and isinstance(entry.value, Organisation) else Organisation(key, "")
    return Kin(key, value.name, value.valid_from, value.valid_to)


def _proposals(tx: Transaction, key: str) -> tuple[Taking, ...]:
    same = lineage(tx, key)
    found = []
    for summary in tx.summaries(Sought(partners=tuple(sorted(same)))):
        for party in summary.proposal.parties:
            if party.organisation in same:
                name = _kin(tx, party.organisation).name
                standing = _(STANDING_LABELS[party.standing])
                found.append(Taking(summary.proposal.key, summary.title, name, standing))
    return tuple(found)
