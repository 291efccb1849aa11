"""Seal events into one hash chain that can be proven.

`hash = SHA256("ikz-history-v1\\n" ‖ previous hash (hex) ‖ "\\n" ‖ payload)`, the payload in canonical JSON after
RFC 8785 (keys are ASCII and numbers whole, so sorted compact UTF-8 JSON is that form). The first previous hash comes
from the log's random id, so no two databases share a chain. A commitment hides a text behind 256 random bits and
opens only with both.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from ikz_workflow.errors import HistoryBroken
from ikz_workflow.events import Record
from ikz_workflow.german import misfit
from ikz_workflow.language import gettext as _
from ikz_workflow.possible import impossible
from ikz_workflow.proposal import Commitment

PAYLOAD_VERSION = 1
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Record, strict=True)


class Row(Struct, frozen=True):
    """One stored history row; `payload` is the exact canonical text."""

    seq: int
    subject: str
    version: int
    at: str
    payload: str
    prev_hash: str
    hash: str


class Head(Struct, frozen=True):
    """The end of the chain: the log's id (32 hex digits), last position, last hash."""

    log_id: str
    seq: int
    hash: str


def new_log_id() -> str:
    """Return a random log id of 128 bits in hexadecimal."""
    return secrets.token_hex(16)


def genesis(log_id: str) -> str:
    """Return the previous hash of a log's first row."""
    return hashlib.sha256(b"ikz-genesis-v1\n" + log_id.encode("ascii")).hexdigest()


def canonical(record: Record) -> str:
    """Return the record's canonical text."""
    return _encoder.encode(record).decode("utf-8")


def seal(previous: str, payload: str) -> str:
    """Return the hash that binds the payload to all rows before it."""
    return hashlib.sha256(f"ikz-history-v1\n{previous}\n{payload}".encode()).hexdigest()


def commit(field: str, value: str, salt: bytes) -> Commitment:
    """Return the commitment to a value under a salt of 32 random bytes."""
    return "c:" + hashlib.sha256(b"ikz-commit-v1\n" + salt + _encoder.encode([field, value])).hexdigest()


def once_salt(log_id: str, once: str) -> bytes:
    """Return the salt of what a caller gave to be recorded once: always the same, so that it is found by commitment."""
    return hashlib.sha256(f"ikz-once-v1\n{log_id}\n{once}".encode()).digest()


def new_salt() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(32)


def read_payload(row: Row) -> Record:
    """Return the record of a row; HistoryBroken if the payload is not canonical, contradicts the row's columns, or
    holds what never could be."""
    if not isinstance(row.payload, str):
        raise HistoryBroken(row_name(row), _("Der Eintrag ist nicht lesbar."))
    try:
        record = _decoder.decode(row.payload)
    except msgspec.MsgspecError as error:
        raise HistoryBroken(row_name(row), _("Der Eintrag ist nicht lesbar. {why}").format(why=misfit(error))) from None
    if record.v != PAYLOAD_VERSION:
        raise HistoryBroken(
            row_name(row), _("Die Form des Eintrags ist unbekannt."), str(PAYLOAD_VERSION), str(record.v)
        )
    if _encoder.encode(record) != row.payload.encode():
        raise HistoryBroken(
            row_name(row), _("Der Eintrag steht nicht in kanonischer Form."), canonical(record), row.payload
        )
    told = record.seq, record.subject, record.version, record.at
    stored = row.seq, row.subject, row.version, row.at
    if told != stored:
        what = _("Die Spalten der Zeile widersprechen dem Eintrag.")
        raise HistoryBroken(row_name(row), what, str(told), str(stored))
    if what := impossible(record):
        raise HistoryBroken(row_name(row), _("Der Eintrag enthält einen Wert, den es nicht geben kann."), found=what)
    return record


def row_name(row: Row) -> str:
    """Return how a history row is named to a person."""
    return _("Verlauf {seq} ({subject}, Stand {version})").format(seq=row.seq, subject=row.subject, version=row.version)


def follow(rows: Iterable[Row], head: Head, start: tuple[int, str] | None = None) -> Iterator[tuple[Row, Record]]:
    """Yield each row with its record while checking both; HistoryBroken at the first row that lies.

    See `linked` for what is checked of the chain, `read_payload` for what of the record.
    """
    for row in linked(rows, head, start):
        yield row, read_payload(row)


def linked(rows: Iterable[Row], head: Head, start: tuple[int, str] | None = None) -> Iterator[Row]:
    """Yield each row while checking the chain; HistoryBroken at the first row that does not belong there.

    The end of the chain is compared with the head. A history written anew, or cut with its head, is told only by what
    is kept elsewhere. `start` is position and hash of the row before, where only the end of a history is followed.
    """
    seq, previous = start or (0, genesis(head.log_id))
    for row in rows:
        seq += 1
        if row.seq != seq:
            raise HistoryBroken(row_name(row), _("Im Verlauf fehlen Einträge."), str(seq), str(row.seq))
        if row.prev_hash != previous:
            what = _("Der Eintrag schließt nicht an den vorigen an.")
            raise HistoryBroken(row_name(row), what, previous, row.prev_hash)
        previous = seal(previous, row.payload)
        if previous != row.hash:
            raise HistoryBroken(row_name(row), _("Der Eintrag passt nicht zu seiner Prüfsumme."), row.hash, previous)
        yield row
    if (seq, previous) != (head.seq, head.hash):
        raise broken_end(head, seq, previous)


def broken_end(head: Head, seq: object, last: object) -> HistoryBroken:
    """Return what is to be said of a chain whose last event, found by position and hash, is not the head's."""
    what = _("Der Verlauf endet anders, als sein Kopf sagt.")
    return HistoryBroken(_("Kopf des Verlaufs"), what, f"{head.seq} {head.hash}", f"{seq} {last}")
