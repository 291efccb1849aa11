"""Turn the departments' answers to the survey into proposals, all of them or none; make the blank form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from ikz_workflow.definition import Definition
from ikz_workflow.errors import InvalidInput, NotFound, TableRefused, near, suggestion
from ikz_workflow.events import ObstacleSet, PartySet
from ikz_workflow.exchange.sheets import Line, Table, folded, read_table
from ikz_workflow.exchange.survey_form import COLUMNS, survey_form
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Topic
from ikz_workflow.services import inputs
from ikz_workflow.services.cases import current, department_key, organisation_key
from ikz_workflow.services.home import Home
from ikz_workflow.services.imports import in_order
from ikz_workflow.services.proposals import Start, start
from ikz_workflow.services.records import read_file
from ikz_workflow.storage.transaction import Transaction

MAX_FILE = 20 * 2**20
WORKFLOW = "kooperation"
FINGERPRINT = "fingerprint"
_FIELDS = {"summary": "summary", "benefit": "benefit-partner"}  # column → field of the workflow
_PARTNERS = "partner-analysis"


class Answer(Struct, frozen=True):
    """One answer, understood: keys of department, topic, partners and obstacles; texts as given."""

    number: int
    title: str
    department: str
    topic: str | None
    partners: tuple[str, ...]
    names: tuple[str, ...]
    approached: bool
    texts: dict[str, str]
    contact: str
    obstacles: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Return what makes an answer the same at a second import: department, topic and title."""
        text = "\n".join((self.department, self.topic or "", folded(self.title)))
        return hashlib.sha256(text.encode()).hexdigest()


class Surveyed(Struct, frozen=True):
    """What became of a survey: new proposals with their titles, answers taken over before, columns left aside."""

    new: tuple[tuple[str, str], ...]
    known: tuple[str, ...]
    ignored: tuple[str, ...]


def take_over(
    home: Home, path: Path, *, department: str | None = None, dry_run: bool = False, on: str | None = None
) -> Surveyed:
    """Start a proposal for each answer of a survey; `department` counts where a row names none.

    An answer taken over before is recognised by its fingerprint. TableRefused names every fault.
    """
    table = read_table(path.name, read_file(path, MAX_FILE), COLUMNS)
    definition, text = current(home, WORKFLOW)
    day = inputs.happened(on, home.today)
    with (home.ready.trying if dry_run else home.ready.writing)(home.now()) as tx:
        answers = _answers(tx, definition, path.name, table, department)
        known = tx.disclosed(FINGERPRINT)
        sha256 = tx.keep_definition(definition.name, text)
        new = []
        for answer in answers:
            if answer.fingerprint not in known:
                new.append((_started(tx, home, definition, sha256, answer, day), answer.title))
        before = tuple(known[one.fingerprint] for one in answers if one.fingerprint in known)
        return Surveyed(tuple(new), before, table.ignored)


def _started(tx: Transaction, home: Home, definition: Definition, sha256: str, answer: Answer, day: str | None) -> str:
    """Start the proposal of an answer and return its key."""
    values = [f"{_FIELDS[column]}={text}" for column, text in answer.texts.items()]
    if answer.names and not answer.approached:
        values.append(
            f"{_PARTNERS}=" + _("Mögliche Partner laut Umfrage: {names}").format(names=", ".join(answer.names))
        )
    note = _("Ansprechperson laut Umfrage: {name}").format(name=answer.contact) if answer.contact else None
    begun = Start(answer.title, answer.department, answer.topic, values=tuple(values), fingerprint=answer.fingerprint)
    proposal, actor = start(tx, home, definition, sha256, begun, day, note)
    events: list[PartySet | ObstacleSet] = [ObstacleSet(kind) for kind in dict.fromkeys(answer.obstacles)]
    if answer.approached:
        events += [PartySet(partner, "approached") for partner in dict.fromkeys(answer.partners)]
    for event in events:
        proposal = tx.record(proposal, event, actor, day, sha256)
    return proposal.key


def _answers(tx: Transaction, definition: Definition, name: str, table: Table, department: str | None) -> list[Answer]:
    """Return all answers; TableRefused names every cell at fault, and a row that repeats another."""
    reader = _Reader(tx, definition, table, department)
    answers = [answer for line in table.lines if (answer := reader.answer(line)) is not None]
    faults = [*table.faults, *reader.faults]
    rows: dict[str, int] = {}
    for answer in answers:
        first = rows.setdefault(answer.fingerprint, answer.number)
        if first != answer.number:
            why = _("Derselbe Vorschlag steht schon in Zeile {row}.").format(row=first)
            faults.append(f"{table.place(answer.number, 'title')}: {why}")
    if not faults and not answers:
        faults = [_("Unter der Kopfzeile steht kein Vorschlag.")]
    if faults:
        raise TableRefused(name, in_order(faults))
    return answers


class _Reader:
    """Understands the rows of one survey; faults are collected."""

    def __init__(self, tx: Transaction, definition: Definition, table: Table, department: str | None) -> None:
        self.faults: list[str] = []
        self._tx, self._definition, self._table = tx, definition, table
        self._default = department_key(tx, department) if department else ""
        self._topics = {one.key: one.value for one in tx.entries("topic") if isinstance(one.value, Topic)}

    def answer(self, line: Line) -> Answer | None:
        """Return the answer of a row, None if something in it is wrong."""
        before = len(self.faults)
        cells = {column: self._cleaned(line, column, text) for column, text in line.cells.items()}
        topic = self._topic(line, cells.get("topic", ""))
        names = _parts(cells.get("partners", ""))
        if not line.cells.get("title"):
            self._fault(line, "title", _("Der Titel fehlt."))
        answer = Answer(
            line.number,
            cells.get("title", ""),
            self._department(line, cells.get("department", ""), topic),
            topic or None,
            tuple(self._partner(line, one) for one in names),
            names,
            self._approached(line, cells.get("approached", ""), names),
            {column: cells[column] for column in _FIELDS if cells.get(column)},
            cells.get("contact", ""),
            tuple(self._obstacle(line, one) for one in _parts(cells.get("obstacles", ""))),
        )
        return answer if len(self.faults) == before else None

    def _fault(self, line: Line, column: str, why: str) -> str:
        self.faults.append(f"{self._table.place(line.number, column)}: {why}")
        return ""

    def _cleaned(self, line: Line, column: str, text: str) -> str:
        try:
            return inputs.text(column, text, lines=column not in ("title", "department", "topic", "contact"))
        except InvalidInput as error:
            return self._fault(line, column, error.why)

    def _department(self, line: Line, name: str, topic: str) -> str:
        assigned = self._topics[topic].department if topic else ""
        if not name:
            missing = _("Die Organisationseinheit fehlt (für alle Zeilen: --department OE).")
            return self._default or assigned or self._fault(line, "department", missing)
        try:
            return department_key(self._tx, name)
        except NotFound as error:
            return self._fault(line, "department", str(error))

    def _topic(self, line: Line, name: str) -> str:
        labels: Mapping[str, str] = {key: topic.label for key, topic in self._topics.items()}
        found = [key for key, label in labels.items() if folded(name) in (folded(key), folded(label))]
        if not name or found:
            return found[0] if found else ""
        why = _("„{name}“ ist kein Thema des Verzeichnisses.{near} Alle: ikz topic list").format(
            name=name, near=suggestion(near(name, [*labels.values(), *labels]))
        )
        return self._fault(line, "topic", why)

    def _partner(self, line: Line, name: str) -> str:
        try:
            return organisation_key(self._tx, name)
        except (NotFound, InvalidInput) as error:
            return self._fault(line, "partners", str(error))

    def _approached(self, line: Line, text: str, names: tuple[str, ...]) -> bool:
        if not text:
            return False
        try:
            is_approached = inputs.yes_no("", text)
        except InvalidInput as error:
            self._fault(line, "approached", f"„{text}“ – {error.why}")
            return False
        if is_approached and not names:
            self._fault(line, "approached", _("Angesprochen wurde jemand, aber die Partner fehlen."))
        return is_approached

    def _obstacle(self, line: Line, name: str) -> str:
        known = {key: one.label for key, one in self._definition.catalogue.obstacles.items()}
        found = [key for key, label in known.items() if folded(name) in (folded(key), folded(label))]
        if found:
            return found[0]
        why = _("„{name}“ ist kein Hemmnis des Katalogs.{near}").format(
            name=name, near=suggestion(near(name, [*known.values(), *known]))
        )
        return self._fault(line, "obstacles", why)


def _parts(text: str) -> tuple[str, ...]:
    """Return the names of a cell: separated by semicolons or line breaks, each once."""
    return tuple(dict.fromkeys(part.strip() for part in re.split(r"[;\n]", text) if part.strip()))


def blank_form(home: Home) -> bytes:
    """Return the blank form with the departments, topics and obstacles of this house."""
    definition, _text = current(home, WORKFLOW)
    with home.ready.reading(home.now()) as tx:
        departments = [str(getattr(one.value, "short", one.key)) for one in tx.entries("department")]
        topics = sorted(str(getattr(one.value, "label", one.key)) for one in tx.entries("topic"))
    return survey_form(departments, topics, [one.label for one in definition.catalogue.obstacles.values()])
