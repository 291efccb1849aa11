"""Show proposals as a list and as a board."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow.deadlines import Deadline
from ikz_workflow.definition import Definition, Stage, Transition
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, Department
from ikz_workflow.services.cases import Case, Reader, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import EVERYTHING, Filter, Query, Selected, partners_of, query, select
from ikz_workflow.storage.transaction import Transaction

_PART = 2000  # lines made at a time
COUNTED = 200  # so many are counted that follow a page; each may be a row read besides


class Line(Struct, frozen=True):
    """One line of the list of proposals; `due` is the earliest deadline (ISO, "" for none), `next` what is due then."""

    key: str
    title: str
    workflow: str
    stage: str
    stage_label: str
    department: str
    since: str
    direction: str
    partners: tuple[str, ...]
    due: str
    next: str
    overdue: bool
    ended: str
    sample: bool
    non_public: bool
    suspended: bool


class Column(Struct, frozen=True):
    """One stage of the board with the proposals that stand there, the most urgent first.

    `count` is how many stand there, also those that are not shown, `overdue` how many of them are overdue.
    """

    stage: str
    label: str
    lines: tuple[Line, ...]
    count: int
    overdue: int


class Board(Struct, frozen=True):
    """The stages of one workflow in their order."""

    workflow: str
    label: str
    columns: tuple[Column, ...]


class Page(Struct, frozen=True):
    """A page of the list of proposals.

    `after` is the key the next page goes on behind, "" on the last page. `more` is how many follow, None where they are
    more than `COUNTED` or only reading them all would tell.
    """

    lines: tuple[Line, ...]
    after: str = ""
    more: int | None = 0


# ------------------------------------------------------------------------------------------------------ list and board
def listing(home: Home, wanted: Filter = EVERYTHING, *, happened: str | None = None) -> list[Line]:
    """Return the proposals asked for, a line each, by key; of a span only those to which something happened then."""
    return list(lines_of(home, wanted, happened=happened))


def lines_of(
    home: Home, wanted: Filter = EVERYTHING, *, after: str = "", happened: str | None = None
) -> Iterator[Line]:
    """Yield the proposals asked for behind a key, a line each, by key; memory stays flat.

    While whoever takes the lines is slow, no transaction holds up those who write.
    """
    while True:
        part = page(home, wanted, after=after, limit=_PART, happened=happened)
        yield from part.lines
        if not part.after:
            return
        after = part.after


def page(home: Home, wanted: Filter = EVERYTHING, *, after: str = "", limit: int, happened: str | None = None) -> Page:
    """Return the proposals asked for behind a key, a line each, by key; no more than `limit`.

    NotFound for a key that is none.
    """
    with home.ready.reading(home.now()) as tx:
        if after:
            tx.proposal(after)
        asked, today, names = asked_of(tx, home, wanted, happened), home.today, Names(tx)
        lines: list[Line] = []
        for one in select(tx, asked, today, after=after, first=limit + 1):
            if len(lines) == limit:
                last = lines[-1].key
                more = tx.count(asked.sought, last, COUNTED + 1) if asked.is_exact else COUNTED + 1
                return Page(tuple(lines), last, more if more <= COUNTED else None)
            lines.append(_line(one, names))
        return Page(tuple(lines))


def asked_of(tx: Transaction, home: Home, wanted: Filter, happened: str | None = None) -> Query:
    """Return a filter resolved today; a workflow of the home may be named before any proposal follows it."""

    def installed() -> list[Definition]:
        from ikz_workflow.services.workflows import definitions  # few ask for what no proposal follows yet

        return definitions(home)

    return query(tx, wanted, home.today, installed=installed, happened=happened)


class Names:
    """The names behind keys, looked up once for all proposals; `text` opens the title of a milestone."""

    def __init__(self, reader: Reader) -> None:
        self._departments = {
            entry.key: entry.value.short for entry in reader.cached("department") if isinstance(entry.value, Department)
        }
        self.text = reader.text

    def department(self, key: str) -> str:
        """Return the short name of a department."""
        return self._departments.get(key, key)


def _line(one: Selected, names: Names) -> Line:
    proposal, definition = one.proposal, one.case.definition
    stage = definition.stages[proposal.stage]
    reason = proposal.ended.reason if proposal.ended else ""
    reasons = definition.catalogue.reasons
    first = one.deadlines[0] if one.deadlines else None
    return Line(
        key=proposal.key,
        title=one.title,
        workflow=proposal.workflow,
        stage=stage.name,
        stage_label=stage.label,
        department=names.department(proposal.department),
        since=proposal.stage_on or "",
        direction=str(proposal.fields.get("direction", "")),
        partners=tuple(partners_of(one.case)),
        due=first.day if first else "",
        next=due_label(first, one.case, names.text) if first else _way_on(one.case),
        overdue=one.is_overdue,
        ended=reasons[reason].label if reason in reasons else reason,
        sample=proposal.sample,
        non_public=proposal.non_public,
        suspended=proposal.suspended is not None,
    )


def main_transition(case: Case) -> Transition | None:
    """Return the stage's main transition."""
    return next(iter(case.definition.stages[case.proposal.stage].transitions.values()), None)


def _way_on(case: Case) -> str:
    main = main_transition(case)
    return main.label if main and case.proposal.suspended is None else ""


def due_label(deadline: Deadline, case: Case, text: Callable[[Commitment], str]) -> str:
    """Return in a few words what is due; `text` opens the title of a milestone."""
    if deadline.kind == "gate":
        return case.definition.gates[deadline.name].label
    if deadline.kind == "milestone":
        return next((text(one.title) for one in case.proposal.milestones if str(one.number) == deadline.name), "")
    if deadline.kind == "review":
        return _("Wiedervorlage")
    return _way_on(case) or case.definition.stages[case.proposal.stage].label


def board(home: Home, wanted: Filter = EVERYTHING, *, limit: int = 0, happened: str | None = None) -> list[Board]:
    """Return the proposals asked for by workflow and stage; workflows of the same stages share a board.

    Of each stage no more than `limit` are shown, 0 for all.
    """
    with home.ready.reading(home.now()) as tx:
        asked, boards = asked_of(tx, home, wanted, happened), _Boards(tx, home.today, limit)
        if limit and asked.is_exact and asked.sought.ended is None:
            boards.take(select(tx, replace(asked, sought=replace(asked.sought, ended=False)), home.today))
            boards.take_ended(asked)
        else:
            boards.take(select(tx, asked, home.today))
        return boards.boards()


class _Stage:
    """Collects the proposals of one stage, the most urgent first, no more than `limit` (0 for all) and a few."""

    def __init__(self, limit: int) -> None:
        self.limit, self.count, self.overdue = limit, 0, 0
        self._found: list[Selected] = []

    def add(self, one: Selected) -> None:
        self.count += 1
        self.overdue += one.is_overdue
        self._found.append(one)
        if self.limit and len(self._found) > 2 * self.limit:
            self._found = self.first()

    def first(self) -> list[Selected]:
        found = sorted(self._found, key=_pressing)
        return found[: self.limit] if self.limit else found


def _pressing(one: Selected) -> tuple[str, str]:
    """Return what proposals of a stage are sorted by, the most urgent first."""
    return one.deadlines[0].day if one.deadlines else "9", one.proposal.key


class _Boards:
    """Puts proposals on the boards of their workflows."""

    def __init__(self, tx: Transaction, today: date, limit: int) -> None:
        self._tx, self._today, self._limit, self._names = tx, today, limit, Names(tx)
        self._found: dict[tuple[str, ...], tuple[Definition, dict[str, _Stage]]] = {}

    def _columns(self, definition: Definition) -> dict[str, _Stage]:
        stages = tuple(definition.stages)
        if stages not in self._found:
            self._found[stages] = definition, {name: _Stage(self._limit) for name in stages}
        return self._found[stages][1]

    def take(self, chosen: Iterable[Selected]) -> None:
        """Take proposals, each read whole: only registers and holidays say when something is due."""
        for one in chosen:
            self._columns(one.case.definition)[one.proposal.stage].add(one)

    def take_ended(self, asked: Query) -> None:
        """Take those that have ended: the database counts them, and no more are read than are shown."""
        for sha256, name, count in self._tx.counts(asked.sought):
            definition = pinned(self._tx, sha256)
            if not definition.stages[name].final:
                continue
            stage, sought = self._columns(definition)[name], replace(asked.sought, stage=name, definition=sha256)
            chosen = select(self._tx, replace(asked, sought=sought), self._today, first=self._limit)
            for one in islice(chosen, self._limit):
                stage.add(one)
                count -= 1
            stage.count += count

    def boards(self) -> list[Board]:
        """Return the boards in the order in which they were first needed."""
        return [
            Board(
                definition.name,
                definition.label,
                tuple(self._column(stage, columns[name]) for name, stage in definition.stages.items()),
            )
            for definition, columns in self._found.values()
        ]

    def _column(self, stage: Stage, found: _Stage) -> Column:
        lines = tuple(_line(one, self._names) for one in found.first())
        return Column(stage.name, stage.label, lines, found.count, found.overdue)
