"""Tell what waits for whom today, each with the next command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from heapq import nsmallest
from itertools import chain
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import german
from ikz_workflow.deadlines import Deadline, Holidays, demanded_gates, silences
from ikz_workflow.definition import Definition, Gate, Transition
from ikz_workflow.gates import gate_state
from ikz_workflow.language import gettext as _
from ikz_workflow.requirements import Item, Plan, checklist
from ikz_workflow.services.cases import Reader, acting, holidays_of, pinned
from ikz_workflow.services.home import Home
from ikz_workflow.services.permission import departments_of, roles_of
from ikz_workflow.services.selection import Filter, Query, Selected, select
from ikz_workflow.services.work import Names, asked_of, due_label, main_transition
from ikz_workflow.storage.rows import Entry, Summary
from ikz_workflow.storage.transaction import Transaction

Urgency = Literal["overdue", "soon", "text", "silent", "open"]
URGENCIES: tuple[Urgency, ...] = ("overdue", "soon", "text", "silent", "open")
DAYS_AHEAD = 14
OPEN = Filter(state="open")


class Task(Struct, frozen=True):
    """Something that waits for somebody.

    `kind` is that of a deadline, or "text" where a text has to be filed before anybody can vote. `due` is an ISO date
    or "", `days` how many days are left (below 0: overdue), None without a date. `roles` may do it; `command` is the
    next step.
    """

    urgency: Urgency
    kind: str
    key: str
    title: str
    department: str
    stage: str
    what: str
    due: str
    days: int | None
    roles: tuple[str, ...]
    command: str


class Today(Struct, frozen=True):
    """What waits on a day: the tasks by urgency; the roles they were chosen by, none where nothing was left out.

    `counts` is how many there are of each urgency, also of those not shown. `unknown_state` is our Land where its
    holidays are not known, else "".
    """

    day: date
    tasks: tuple[Task, ...]
    roles: tuple[str, ...]
    unknown_state: str
    counts: Mapping[Urgency, int]


def today(
    home: Home, wanted: Filter = OPEN, *, everything: bool = False, days: int = DAYS_AHEAD, limit: int = 0
) -> Today:
    """Return what waits for the one who asks; `days` is how far ahead a deadline counts as near.

    No more than the `limit` most urgent are kept, 0 for all. With `everything`, or for somebody who is not registered,
    nobody's are left out.
    """
    with home.ready.reading(home.now()) as tx:
        asked = asked_of(tx, home, wanted)
        me = acting(tx, home).holder if tx.person_of(home.account) else None
        ours = _Responsible(tx, asked, me) if me and not everything else None
        chosen = (select(tx, part, home.today) for part in (ours.parts() if ours else [asked]))
        counts: Counter[Urgency] = Counter()

        def mine() -> Iterator[Task]:
            for one, tasks in tasks_of(tx, chain.from_iterable(chosen), home.today, days):
                for task in ours.of(one, tasks) if ours and tasks else tasks:
                    counts[task.urgency] += 1
                    yield task

        found = nsmallest(limit, mine(), key=_pressing) if limit else sorted(mine(), key=_pressing)
        holidays = holidays_of(tx)
        unknown = "" if holidays.is_known else holidays.state or german.UNKNOWN
        return Today(home.today, tuple(found), ours.roles if ours else (), unknown, counts)


def _pressing(task: Task) -> tuple[int, str, str]:
    """Return what tasks are sorted by, the most urgent first."""
    return URGENCIES.index(task.urgency), task.due or "9", task.key


class _Responsible:
    """Whose task something is: of the clerk named, else of whoever has the role, clerks in their departments.

    Where the register names no departments of a person, they are those of the proposals where the person is the clerk;
    without any, all.
    """

    def __init__(self, tx: Transaction, asked: Query, me: Entry) -> None:
        self._tx, self._asked = tx, asked
        self.me, self.roles = me.key, roles_of(me)
        self._mine = {one.proposal.key: one.proposal.department for one in self._of_mine(tx)}
        self._departments = set(departments_of(me) or self._mine.values())

    def _of_mine(self, tx: Transaction) -> Iterator[Summary]:
        """Yield the proposals asked for of which the person is the clerk."""
        for one in tx.summaries(replace(self._asked.sought, clerk=self.me)):
            if one.proposal.clerk and tx.text(one.proposal.clerk) == self.me:
                yield one

    def parts(self) -> Iterator[Query]:
        """Yield what has to be looked at, each proposal once: of somebody who only records, no more than the own."""
        recording = {recording_role(pinned(self._tx, sha256)) for sha256 in self._tx.bound()}
        if len(recording) != 1 or not recording.issuperset(self.roles) or not self._departments:
            yield self._asked
            return
        sought = self._asked.sought
        departments = self._departments & {sought.department} if sought.department else self._departments
        for department in sorted(departments):
            yield replace(self._asked, sought=replace(sought, department=department))
        elsewhere = {department for department in self._mine.values() if department not in departments}
        for department in sorted(elsewhere):
            yield replace(self._asked, sought=replace(sought, department=department, clerk=self.me))

    def of(self, one: Selected, tasks: Sequence[Task]) -> list[Task]:
        """Return the tasks of a proposal that are mine."""
        proposal, role = one.proposal, recording_role(one.case.definition)
        if proposal.key in self._mine:
            return list(tasks)
        near = not self._departments or proposal.department in self._departments
        records = role in self.roles and near and not (proposal.clerk and self._tx.text(proposal.clerk))
        roles = {name for name in self.roles if name != role or records}
        return [task for task in tasks if not roles.isdisjoint(task.roles)]


def recording_role(definition: Definition) -> str:
    """Return the role that records facts in the first place: the clerk's."""
    return definition.write[0]


def tasks_of(
    reader: Reader, chosen: Iterable[Selected], today: date, days: int = DAYS_AHEAD
) -> Iterator[tuple[Selected, list[Task]]]:
    """Yield the proposals with what waits in each."""
    holidays, names = holidays_of(reader).of, Names(reader)
    for one in chosen:
        yield one, list(_Waiting(one, names, today, today + timedelta(days=days)).tasks(holidays))


class _Waiting:
    """Finds what waits in one proposal."""

    def __init__(self, one: Selected, names: Names, today: date, horizon: date) -> None:
        self.one, self.case, self.proposal = one, one.case, one.proposal
        self.definition, self.names = one.case.definition, names
        self.today, self.horizon = today, horizon
        self.due = {(deadline.kind, deadline.name): deadline.day for deadline in one.deadlines}

    def tasks(self, holidays: Holidays) -> Iterator[Task]:
        for deadline in self.one.deadlines:
            if deadline.kind != "gate" and (urgency := self._urgency(deadline.day)):
                yield self._dated(urgency, deadline)
        if self.proposal.suspended is not None:
            if not self.proposal.review:
                yield self._task("open", "review", _("Ruht ohne Wiedervorlage."), "", self._resume())
            return
        yield from self._gates()
        for silence in silences(self.definition, self.proposal, self.case.circumstances.own, holidays):
            if silence.is_over(self.today):
                yield self._silent(silence)

    def _urgency(self, day: str) -> Urgency | None:
        if day < self.today.isoformat():
            return "overdue"
        return "soon" if day <= self.horizon.isoformat() else None

    def _task(self, urgency: Urgency, kind: str, what: str, due: str, command: str, roles: Sequence[str] = ()) -> Task:
        """Return a task, of the clerk unless roles are named."""
        return Task(
            urgency=urgency,
            kind=kind,
            key=self.proposal.key,
            title=self.one.title,
            department=self.names.department(self.proposal.department),
            stage=self.definition.stages[self.proposal.stage].label,
            what=what,
            due=due,
            days=(date.fromisoformat(due) - self.today).days if due else None,
            roles=tuple(roles) or (recording_role(self.definition),),
            command=command,
        )

    def _resume(self) -> str:
        name = next((one.name for one in self.definition.anywhere.values() if one.effect == "resume"), "")
        return f"ikz advance {self.proposal.key} {name}"

    def _dated(self, urgency: Urgency, deadline: Deadline) -> Task:
        key, label = self.proposal.key, due_label(deadline, self.case, self.names.text)
        if deadline.kind == "milestone":
            what = _("Meilenstein {n}: {title}").format(n=deadline.name, title=label)
            party = next((one.party for one in self.proposal.milestones if str(one.number) == deadline.name), None)
            organisation = self.case.circumstances.organisations.get(party or "")
            what += f" ({organisation.name})" if organisation else ""
            return self._task(urgency, "milestone", what, deadline.day, f"ikz milestone done {key} {deadline.name}")
        if deadline.kind == "review":
            return self._task(urgency, "review", _("Wiedervorlage: Wie geht es weiter?"), deadline.day, self._resume())
        return self._stage(urgency, deadline)

    def _stage(self, urgency: Urgency, deadline: Deadline) -> Task:
        """Return the stage's deadline with what the way on lacks; it is the clerk's and of whoever takes the step."""
        main = main_transition(self.case)
        stage = self.definition.stages[self.proposal.stage]
        if main is None:
            what = _("Frist der Stufe „{stage}“").format(stage=stage.label)
            return self._task(urgency, "stage", what, deadline.day, f"ikz status {self.proposal.key}")
        missing = [item for item in self._items(main) if not item.met]
        lacks = _("möglich") if not missing else _("ein Punkt fehlt") if len(missing) == 1 else _("{n} Punkte fehlen")
        what = f"{main.label}: {lacks.format(n=len(missing))}"
        command = missing[0].remedy if missing else f"ikz advance {self.proposal.key} {main.name}"
        roles = dict.fromkeys((recording_role(self.definition), main.role))
        return self._task(urgency, "stage", what, deadline.day, command, tuple(roles))

    def _items(self, transition: Transition) -> tuple[Item, ...]:
        return checklist(self.definition, transition, self.proposal, self.case.circumstances, Plan())

    # ------------------------------------------------------------------------------------------------------- gates
    def _gates(self) -> Iterator[Task]:
        """Yield what the gates wait for: those of the main way, and those elsewhere that somebody answered already."""
        stage = self.definition.stages[self.proposal.stage]
        wanted = set(demanded_gates(stage, self.proposal, self.case.circumstances))
        begun = {decision.gate for decision in self.proposal.decisions}
        texts: set[str] = set()
        seen: set[str] = set()
        for transition in stage.transitions.values():
            names = {name for need in transition.requires if need.kind == "gate" for name in need.names}
            open_names = (names & (wanted | begun)) - seen
            if not open_names:
                continue
            items = [one for one in self._items(transition) if not one.met and one.name in open_names]
            for name in dict.fromkeys(item.name for item in items):
                seen.add(name)
                mine = [item for item in items if item.name == name]
                yield from self._gate(self.definition.gates[name], mine, texts)

    def _gate(self, gate: Gate, items: Sequence[Item], texts: set[str]) -> Iterator[Task]:
        """Yield what one gate waits for: the text, or the bodies that can be asked now, by who records the answer."""
        due = self.due.get(("gate", gate.name), "")
        near = self._urgency(due) if due else None
        state = gate_state(gate, self.proposal, self.case.circumstances)
        answers = {answer.body.name: answer for answer in state.answers}
        by_role: dict[str, list[Item]] = {}
        for item in items:
            answer = answers.get(item.who)
            if item.kind == "gate" and answer is not None:
                if answer.state != "no":
                    by_role.setdefault(self._role(answer.body.key), []).append(item)
            elif (near or (item.kind == "text" and not state.text_missing)) and item.remedy not in texts:
                texts.add(item.remedy)  # one text may be what several gates wait for
                yield self._task(near or "text", item.kind, item.text, due, item.remedy)
        for role, asked in by_role.items():
            what = asked[0].text
            if len(asked) > 1:
                who = german.listed([item.who for item in asked])
                what = _("{gate}: noch offen bei {who}.").format(gate=gate.label, who=who)
            yield self._task(near or "open", "gate", what, due, asked[0].remedy, (role,))

    def _role(self, body: str) -> str:
        return body if body in self.definition.roles else recording_role(self.definition)

    def _silent(self, silence: Deadline) -> Task:
        known = self.case.circumstances.organisations.get(silence.name)
        name = known.name if known else silence.name
        span = self.definition.stages[self.proposal.stage].silence
        what = _("{name}: seit mehr als {span} kein Kontakt.").format(name=name, span=_dative(str(span)))
        command = f'ikz contact {self.proposal.key} {silence.name} "…"'
        return self._task("silent", "silence", what, silence.day, command)


def _dative(span: str) -> str:
    """Return a span as it stands after „seit“: 6 Wochen, 10 Tagen."""
    return span if span.endswith("n") else f"{span}n"
