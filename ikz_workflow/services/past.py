"""Go back to what was recorded by a moment: a home whose every reading service sees that state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property

from ikz_workflow.errors import InvalidInput
from ikz_workflow.history import Head
from ikz_workflow.language import gettext as _
from ikz_workflow.services import inputs
from ikz_workflow.services.home import Home
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.projection import reached
from ikz_workflow.storage.snapshot import Snapshot, State
from ikz_workflow.storage.transaction import Transaction

_CLOCK = re.compile(r"(.+?)(?:T| +)(\d{1,2}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True, kw_only=True)
class PastHome(Home):
    """A home as it stood at a moment; its clock stands still."""

    present: Home

    @cached_property
    def database(self) -> Database:
        """Return the state of that moment, made of the history up to it."""
        with self.present.ready.reading(self.present.now()) as tx:
            return Snapshot(_state(tx, self.now()))

    @cached_property
    def ready(self) -> Database:
        """Return the same: it is ready."""
        return self.database


def as_of(home: Home, when: str) -> Home:
    """Return the home as it stood at a moment: a day (its end), or a day with a time.

    InvalidInput for what is no moment, lies in the future, or before the first entry of the history.
    """
    moment = _moment(when)
    if moment.astimezone().date() > home.today:
        raise InvalidInput("--at", when, _("Der Zeitpunkt liegt in der Zukunft."))
    return PastHome(home.path, home.place, home.account, lambda: moment, home.behalf, present=home)


def _moment(when: str) -> datetime:
    match = _CLOCK.fullmatch(when.strip())
    why = _("Ein Zeitpunkt steht so: 22.11.2026, 2026-11-22 oder mit Uhrzeit „22.11.2026 14:30“.")
    day = inputs.full_date("--at", match[1] if match else when, why)
    try:
        clock = time(int(match[2]), int(match[3]), int(match[4] or 59), 999_999) if match else time.max
    except ValueError:
        raise InvalidInput("--at", when, _("Eine Uhrzeit steht so: 22.11.2026 14:30.")) from None
    return datetime.combine(datetime.fromisoformat(day).date(), clock).astimezone()


def _state(tx: Transaction, moment: datetime) -> State:
    """Return what the history had made by a moment; where a clock went back, the last entry made by then counts."""
    at = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    rows = list(tx.rows())
    last = max((row.seq for row in rows if row.at <= at), default=0)
    if not last:
        first = datetime.fromisoformat(rows[0].at).astimezone() if rows else moment
        why = _("Der Verlauf beginnt erst am {first} Uhr.").format(first=first.strftime("%d.%m.%Y um %H:%M"))
        raise InvalidInput("--at", moment.strftime("%d.%m.%Y %H:%M"), why)
    del rows[last:]
    state = reached(rows)
    return State(
        head=Head(tx.log_id, last, rows[-1].hash),
        register_seq=max((row.seq for row in rows if "/" in row.subject), default=0),
        rows=rows,
        proposals=state.proposals,
        entries=state.entries,
        disclosures=(one for one in tx.disclosures() if one.commitment in state.commitments),
        definitions=tx.definitions(),
    )
