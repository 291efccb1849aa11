"""Say what the stored rows mean, and how a value is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ikz_workflow.deadlines import clocks, earliest
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import REGISTERS, Commitment, Organisation, Proposal, RegisterEntry
from ikz_workflow.storage.tables import PROJECTION

OWN = "own"  # the tag of our own organisation
GONE = b""  # the salt of an erased text, the bytes of an erased file; no salt and no file is empty
REBUILD = "Bitte ausführen: ikz rebuild."  # what mends a stored row that is not what the history gives
_LOG_ID = re.compile("[0-9a-f]{32}")
_LIKE, _ESCAPED = re.compile(r"([%_\\])"), r"\\\1"
_encode = msgspec.json.Encoder(order="sorted").encode
_proposal_decoder = msgspec.json.Decoder(Proposal)
_entry_decoders = {kind: msgspec.json.Decoder(entry) for kind, entry in REGISTERS.items()}


class Entry(Struct, frozen=True):
    """A register entry with its key, version and the hash of its last event."""

    kind: str
    key: str
    version: int
    head: str
    value: RegisterEntry


class Stored(Struct, frozen=True):
    """A stored row as it stands, for verification: its identity, version, projection and exact state."""

    subject: str
    version: int
    projection: int
    state: str


class Disclosure(Struct, frozen=True):
    """What opens a commitment."""

    commitment: Commitment
    subject: str
    field: str
    value: str
    salt: bytes

    @property
    def is_erased(self) -> bool:
        """Tell whether value and salt were taken away."""
        return self.salt == GONE


class Summary(Struct, frozen=True):
    """What a list shows of a proposal: the entry itself and its title in clear."""

    proposal: Proposal
    title: str


def head_of(rows: Sequence[Any]) -> tuple[str, int, str, int]:
    """Return log id, position, hash and last register position. HistoryBroken unless there is exactly one head."""
    name = _("Kopf des Verlaufs")
    if len(rows) != 1 or rows[0][0] != 1:
        raise HistoryBroken(name, _("Es muss genau einen Kopf geben."), "1", str([row[0] for row in rows]))
    log_id, seq, last, register_seq = rows[0][1:]
    if not (isinstance(seq, int) and isinstance(register_seq, int) and _LOG_ID.fullmatch(str(log_id))):
        raise HistoryBroken(name, _("Der Kopf ist nicht lesbar."), "", str(tuple(rows[0])))
    return str(log_id), seq, str(last), register_seq


def bytes_of(value: object, name: str) -> bytes:
    """Return stored bytes. HistoryBroken if the cell holds anything else."""
    if not isinstance(value, bytes):
        raise HistoryBroken(name, _("Die gespeicherten Bytes sind verändert."))
    return value


def proposal_of(key: str, state: str, version: int, projection: int) -> Proposal:
    """Return the proposal of a stored row. StorageError if its row needs a rebuild, HistoryBroken if it lies."""
    if projection != PROJECTION:
        raise StorageError(_("Die gespeicherten Vorhaben sind von einer anderen Fassung des Programms."), _(REBUILD))
    try:
        proposal = _proposal_decoder.decode(state)
    except (msgspec.MsgspecError, TypeError):
        raise altered(key) from None
    if (proposal.key, proposal.version) != (key, version):
        raise altered(key)
    return proposal


def altered(subject: str, expected: str = "", found: str = "") -> HistoryBroken:
    """Return what is to be said of a stored row that is not what the history gives."""
    what = _("Die gespeicherte Zeile ist nicht das, was der Verlauf ergibt.")
    return HistoryBroken(subject, what, expected, found, _(REBUILD))


def lost(subject: str) -> HistoryBroken:
    """Return what is to be said of a row that the history gives and that is not there."""
    return HistoryBroken(subject, _("Die Zeile fehlt, die der Verlauf ergibt."), remedy=_(REBUILD))


def not_the_next() -> HistoryBroken:
    """Return what is to be said when a new event would not be its subject's next: a stored row is not as it was."""
    what = _("Der neue Eintrag schließt nicht an den letzten an: Eine gespeicherte Zeile fehlt oder wurde verändert.")
    return HistoryBroken(_("Verlauf"), what, remedy=_(REBUILD))


def proposal_columns(proposal: Proposal, definition: Definition) -> dict[str, Any]:
    """Return the stored row of a proposal that is bound to a definition."""
    return {
        "key": proposal.key,
        **_stamped(proposal),
        **_listed(proposal),
        **_standing(proposal, definition),
        "state": _encode(proposal).decode(),
    }


def changed_columns(before: Proposal, after: Proposal, bound: Callable[[str], Definition]) -> dict[str, Any]:
    """Return what an event changed of the stored row; most leave what lists choose by, and its indexes, alone."""
    former = _listed(before)
    changed = {name: value for name, value in _listed(after).items() if value != former[name]}
    if clocks(before) != clocks(after):
        changed |= _standing(after, bound(after.definition))
    return {**_stamped(after), **changed, "state": _encode(after).decode()}


def _stamped(proposal: Proposal) -> dict[str, Any]:
    return {"version": proposal.version, "projection": PROJECTION}


def _listed(proposal: Proposal) -> dict[str, Any]:
    """Return what lists choose by as far as the proposal itself says it."""
    return {
        "workflow": proposal.workflow,
        "definition": proposal.definition,
        "stage": proposal.stage,
        "department": proposal.department,
        "direction": str(proposal.fields.get("direction", "")),
        "topic": proposal.topic or "",
        "title": proposal.title,
    }


def _standing(proposal: Proposal, definition: Definition) -> dict[str, Any]:
    """Return what lists choose by as far as the definition decides it."""
    stage = definition.stages.get(proposal.stage)
    return {"ended": int(stage is not None and stage.final), "due": earliest(definition, proposal)}


def parties_of(proposal: Proposal) -> set[str]:
    """Return the keys of the organisations that take part, each a stored row."""
    return {party.organisation for party in proposal.parties}


def proposal_text(columns: Mapping[str, Any], parties: Iterable[str]) -> str:
    """Return a proposal's whole stored row with those of its parties as one text, to be compared byte by byte."""
    return columns_text({**columns, "parties": sorted(parties)})


def mentions(words: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the patterns, by number, that a stored state fits in which an attribute has a value."""
    # The encoder writes no blanks; `\\` escapes what LIKE would take for a wildcard.
    return {f"word_{place}": f'%"{name}":"{_LIKE.sub(_ESCAPED, value)}"%' for place, (name, value) in enumerate(words)}


def folded(text: str) -> str:
    """Return a name for comparison: composed, one kind of blank, without case."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def _tag(value: RegisterEntry) -> str:
    if not isinstance(value, Organisation):
        return ""
    return OWN if value.own else "succeeded" if value.successors else ""


def entry_columns(entry: Entry) -> dict[str, Any]:
    """Return the stored row of a register entry."""
    return {
        "subject": f"{entry.kind}/{entry.key}",
        "kind": entry.kind,
        "version": entry.version,
        "head": entry.head,
        "projection": PROJECTION,
        "name": folded(entry.value.name) if isinstance(entry.value, Organisation) else "",
        "tag": _tag(entry.value),
        "state": _encode(entry.value).decode(),
    }


def columns_text(values: Mapping[str, Any]) -> str:
    """Return a whole stored row as one text, to be compared byte by byte.

    SQLite keeps bytes where a text belongs; they must not pass for the text that JSON would make of them.
    """
    return _encode({name: repr(one) if isinstance(one, bytes) else one for name, one in values.items()}).decode()


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return the register entry of a stored row. StorageError if it needs a rebuild, HistoryBroken if it lies."""
    subject, kind, version = str(row["subject"]), str(row["kind"]), row["version"]
    if row["projection"] != PROJECTION:
        what = _("Die gespeicherten Verzeichnisse sind von einer anderen Fassung des Programms.")
        raise StorageError(what, _(REBUILD))
    try:
        value = _entry_decoders[kind].decode(row["state"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        raise altered(subject) from None
    if not (isinstance(version, int) and subject.startswith(f"{kind}/")):
        raise altered(subject)
    return Entry(kind, subject.removeprefix(f"{kind}/"), version, str(row["head"]), value)
