"""Put what is due into a calendar file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ikz_workflow import german
from ikz_workflow.deadlines import Deadline
from ikz_workflow.definition import Field
from ikz_workflow.errors import InvalidInput, StorageError
from ikz_workflow.exchange.calendar import Day, calendar
from ikz_workflow.language import gettext as _
from ikz_workflow.services.cases import Reader
from ikz_workflow.services.files import write_file
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter, Query, Selected, select
from ikz_workflow.services.work import Names, asked_of, due_label

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b", re.ASCII)
_GERMAN = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b", re.ASCII)
_WRITTEN = re.compile(rf"\b(\d{{1,2}})\.\s?({'|'.join(german.MONTHS)})\s+(\d{{4}})\b")
_BEGIN = b"BEGIN:VCALENDAR"


def export(home: Home, target: Path, wanted: Filter, *, remind: int | None = None) -> int:
    """Write the days of the proposals asked for as an .ics file and return how many they are.

    A calendar of that name is replaced, any other file is left alone. `remind` is how many days ahead a reminder shows.
    """
    if target.suffix.lower() != ".ics":
        raise InvalidInput(str(target), "", _("Eine Kalenderdatei endet auf .ics, z. B. fristen.ics."))
    with home.ready.reading(home.now()) as tx:
        days = days_of(tx, asked_of(tx, home, wanted), home.today, tx.log_id)
    content = calendar(_("IKZ-Fristen"), days, remind=remind)
    try:
        if target.exists() and not _is_calendar(target):
            raise InvalidInput(str(target), "", _("Diese Datei ist kein Kalender; sie bleibt stehen."))
        write_file(target, content)
    except OSError as error:
        what = _("{target} lässt sich nicht schreiben ({why}).").format(target=target, why=german.refusal(error))
        raise StorageError(what, _("Bitte einen anderen Ort nennen.")) from None
    return len(days)


def _is_calendar(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_BEGIN) + 3).removeprefix(b"\xef\xbb\xbf").startswith(_BEGIN)


def days_of(reader: Reader, wanted: Filter | Query, today: date, log_id: str) -> list[Day]:
    """Return deadlines, reviews, milestones and the days that fields name, by day; `log_id` makes them unique."""
    names = Names(reader)
    found = []
    for one in select(reader, wanted, today):
        entries = _Entries(one, names, log_id)
        found += [entries.deadline(deadline) for deadline in one.deadlines]
        found += entries.fields()
    return sorted(found, key=lambda day: (day.day, day.uid))


class _Entries:
    """Makes the calendar entries of one proposal."""

    def __init__(self, one: Selected, names: Names, log_id: str) -> None:
        self.one, self.names, self.log_id = one, names, log_id

    def _day(self, kind: str, name: str, day: date, title: str, *more: str) -> Day:
        proposal, definition = self.one.proposal, self.one.case.definition
        department = self.names.department(proposal.department)
        stage = definition.stages[proposal.stage].label
        lines = [
            f"{proposal.key}: {self.one.title}",
            *more,
            _("Stufe: {stage}").format(stage=stage),
            _("Zuständig: {department}").format(department=department),
            f"ikz status {proposal.key}",
        ]
        return Day(
            uid=f"{proposal.key}.{kind}.{name or proposal.stage}@{self.log_id}".lower(),
            revision=proposal.version,
            at=proposal.changed,
            day=day,
            title=f"{title} – {self.one.title}",
            text="\n".join(lines),
            categories=("IKZ", department),
        )

    def deadline(self, deadline: Deadline) -> Day:
        """Return the entry of a deadline."""
        label = due_label(deadline, self.one.case, self.names.text)
        prefix = {"stage": _("Frist"), "gate": _("Entscheidung"), "milestone": _("Meilenstein")}.get(deadline.kind)
        title = f"{prefix}: {label}" if prefix else label
        return self._day(deadline.kind, deadline.name, date.fromisoformat(deadline.day), title)

    def fields(self) -> Iterator[Day]:
        """Yield the entries of the fields that belong into the calendar."""
        for field in self.one.case.definition.fields.values():
            value = self.one.proposal.fields.get(field.name)
            if not field.calendar or value is None:
                continue
            if field.columns:
                yield from self._rows(field, self.names.text(str(value)))
            else:
                yield self._day("field", field.name, date.fromisoformat(str(value)), field.label)

    def _rows(self, field: Field, table: str) -> Iterator[Day]:
        """Yield an entry for each row of a table that names a day."""
        for number, row in enumerate(table.split("\n"), start=1):
            cells = row.split(" | ")
            dated = next((cell for cell in cells if day_in(cell)), "")
            if day := day_in(dated):
                others = ", ".join(cell for cell in cells if cell != dated and cell.strip())
                title = f"{field.label}: {others}" if others else field.label
                yield self._day("field", f"{field.name}.{number}", day, title, ", ".join(cells))


def day_in(text: str) -> date | None:
    """Return the first whole day written in a text (2027-01-12, 12.01.2027, 12. Januar 2027), None if there is none."""
    found = []
    for pattern, order in ((_ISO, (1, 2, 3)), (_GERMAN, (3, 2, 1)), (_WRITTEN, (3, 2, 1))):
        for match in pattern.finditer(text):
            year, month, day = (match.group(number) for number in order)
            count = german.MONTHS.index(month) + 1 if month in german.MONTHS else int(month)
            try:
                found.append((match.start(), date(int(year), count, int(day))))
            except ValueError:
                continue  # no such day in the calendar
    return min(found)[1] if found else None
