"""A large register is read page by page: the database chooses, an index leads, memory stays flat."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from homes import BOERDE, JERICHOW, Clock, closing_connection, copy_of, home_at, proposal_of, rows_of, tamper
from sqlalchemy import create_engine, inspect
from sqlalchemy.dialects import sqlite

from benchmarks.generate import generate
from ikz_workflow.deadlines import deadlines, earliest
from ikz_workflow.errors import HistoryBroken, InvalidInput, NotFound, StorageError
from ikz_workflow.proposal import Proposal
from ikz_workflow.services import audit, documents, past, proposals, records, registers, tasks, timeline, work
from ikz_workflow.services.cases import circumstances, holidays_of, pinned
from ikz_workflow.services.earlier import attempts_in
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import EVERYTHING, Filter, query, select
from ikz_workflow.services.spans import span
from ikz_workflow.storage import sqlite as sqlite_room
from ikz_workflow.storage.finding import Sought, chosen, counted
from ikz_workflow.storage.migrate import configuration
from ikz_workflow.storage.rows import parties_of

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
PROPOSALS = 120
KIN = {BOERDE, "boerdekreis", "ohrekreis"}  # the Landkreis and those it was made of


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home in which ten years went by; it is only read or copied."""
    folder = tmp_path_factory.mktemp("decade")
    generate(folder, PROPOSALS)
    home = home_at(folder, now=Clock(NOW))
    with home.ready.reading(home.now()) as tx:
        keeper = next(one.key for one in tx.entries("person"))
    assert keeper == "p-0001"
    return home


def all_of(home: Home) -> list[tuple[Proposal, work.Line, str]]:
    """Return every proposal with its line and all its texts, each read on its own."""
    found = []
    for line in work.listing(home):
        with home.ready.reading(home.now()) as tx:
            proposal = tx.proposal(line.key)
            written = " ".join(value for field, value in tx.written(line.key) if field != "actor")
        found.append((proposal, line, written))
    return found


Meaning = Callable[[Proposal, work.Line, str], bool]
FILTERS: dict[str, tuple[Filter, Meaning]] = {
    "nothing": (EVERYTHING, lambda p, line, text: True),
    "stage": (Filter(stage="ended"), lambda p, line, text: p.stage == "ended"),
    "label": (Filter(stage="Handlungsleitfaden erarbeitet"), lambda p, line, text: p.stage == "guideline-drafted"),
    "department": (Filter(department="fb-23"), lambda p, line, text: p.department == "fb-23"),
    "direction": (Filter(direction="vertikal"), lambda p, line, text: p.fields.get("direction") == "vertikal"),
    "workflow": (Filter(workflow="kooperation"), lambda p, line, text: p.workflow == "kooperation"),
    "open": (Filter(state="open"), lambda p, line, text: p.ended is None),
    "ended": (Filter(state="ended"), lambda p, line, text: p.ended is not None),
    "partner": (Filter(partner=BOERDE), lambda p, line, text: bool(KIN & parties_of(p))),
    "overdue": (Filter(overdue=True), lambda p, line, text: line.overdue),
    "due": (Filter(due_before="2026-01-01"), lambda p, line, text: "" < line.due < "2026-01-01"),
    "due-open-end": (Filter(due_before="2040"), lambda p, line, text: "" < line.due < "2040"),
    "both-dues": (
        Filter(due_before="01.01.2020", overdue=True),
        lambda p, line, text: line.overdue and line.due < "2020-01-01",
    ),
    "text": (Filter(text="KAEMMEREI  gegenseite"), lambda p, line, text: "Kämmerei" in text and "Gegenseite" in text),
    "text-and-stage": (
        Filter(text="Streusalz", stage="idea"),
        lambda p, line, text: p.stage == "idea" and "Streusalz" in text,
    ),
    "several": (
        Filter(department="i-01", direction="interkommunal", state="open", stage="idea", due_before="2027"),
        lambda p, line, text: (
            (p.department, p.stage, p.fields.get("direction"), p.ended) == ("i-01", "idea", "interkommunal", None)
            and "" < line.due < "2027"
        ),
    ),
    "partner-and-ended": (
        Filter(partner=JERICHOW, state="ended"),
        lambda p, line, text: p.party(JERICHOW) is not None and p.ended is not None,
    ),
}


@pytest.fixture(scope="module")
def everything(generated: Home) -> list[tuple[Proposal, work.Line, str]]:
    return all_of(generated)


# ----------------------------------------------------------------------------------------------------------- generator
def test_a_generated_home_is_proven_and_the_same_seed_gives_the_same_proposals(generated: Home, tmp_path: Path) -> None:
    proof = audit.verify(generated)
    assert proof.proposals == PROPOSALS
    assert proof.events > 9 * PROPOSALS
    assert not [one for one in proof.warnings if "Uhr" in one]
    generate(tmp_path / "again", PROPOSALS)
    assert work.listing(home_at(tmp_path / "again", now=Clock(NOW))) == work.listing(generated)


# ------------------------------------------------------------------------------------------------------------- filters
@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_what_it_means_and_nothing_else(
    generated: Home, everything: list[tuple[Proposal, work.Line, str]], name: str
) -> None:
    wanted, meant = FILTERS[name]
    expected = [line.key for proposal, line, text in everything if meant(proposal, line, text)]
    assert [line.key for line in work.listing(generated, wanted)] == expected


def test_the_varied_home_puts_the_filters_to_the_test(everything: list[tuple[Proposal, work.Line, str]]) -> None:
    kept = {name: sum(meant(*one) for one in everything) for name, (_wanted, meant) in FILTERS.items()}
    assert all(kept.values()), kept
    assert [name for name in kept if kept[name] == PROPOSALS] == ["nothing", "workflow"]


@pytest.mark.parametrize("happened", ["2018", "2018-03..2019", "..2017", "30.09.2020..", "1999"])
def test_a_span_finds_the_proposals_to_which_something_happened_then(generated: Home, happened: str) -> None:
    within = span("--happened", happened)
    with generated.ready.reading(generated.now()) as tx:
        keys = tx.keys()
        expected = [key for key in keys if any(within.includes(record.on) for record in tx.records(key))]
    assert [line.key for line in work.listing(generated, happened=happened)] == expected
    words = Filter(text="Streusalz", state="open")
    both = [line.key for line in work.listing(generated, words) if line.key in expected]
    assert [line.key for line in work.listing(generated, words, happened=happened)] == both
    assert sum(len(one.lines) for each in work.board(generated, happened=happened) for one in each.columns) == len(
        expected
    )


def test_a_topic_is_found_by_its_label(generated: Home) -> None:
    with generated.ready.reading(generated.now()) as tx:
        topic = next(one.proposal.topic for one in tx.summaries() if one.proposal.topic)
        label = getattr(tx.entry("topic", topic).value, "label", "")
    lines = work.listing(generated, Filter(topic=label))
    assert lines
    assert all(proposal_of(generated, line.key).topic == topic for line in lines)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_the_pages_one_behind_the_other_are_the_whole_list(generated: Home, name: str, limit: int) -> None:
    wanted, _meant = FILTERS[name]
    whole = work.listing(generated, wanted)
    pages, after = [], ""
    while True:
        page = work.page(generated, wanted, after=after, limit=limit)
        pages.append(page)
        assert len(page.lines) <= limit
        if not page.after:
            break
        assert page.after == page.lines[-1].key
        after = page.after
    assert [line for page in pages for line in page.lines] == whole
    told = [page.more for page in pages]
    if not (wanted.text or wanted.overdue or wanted.due_before):
        assert told == [max(0, len(whole) - limit * number) for number in range(1, len(pages) + 1)]
    else:
        assert told == [None] * (len(pages) - 1) + [0]


def test_a_page_behind_a_proposal_that_is_none_is_refused(generated: Home) -> None:
    with pytest.raises(NotFound, match="IKZ-1999-0001"):
        work.page(generated, after="IKZ-1999-0001", limit=1)


def test_a_name_nobody_knows_is_refused_before_anything_is_read(generated: Home) -> None:
    with pytest.raises(InvalidInput):
        work.page(generated, Filter(stage="nirgends"), limit=1)


def test_a_past_state_has_the_same_lists(generated: Home) -> None:
    then = past.as_of(generated, "31.12.2020")
    lines = work.listing(then, Filter(state="open"))
    assert lines
    assert all(line.key < "IKZ-2021" for line in lines)
    assert [line.key for line in work.page(then, Filter(state="open"), limit=5).lines] == [one.key for one in lines[:5]]


# --------------------------------------------------------------------------------------------------------------- board
@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("limit", [1, 5])
def test_a_board_that_shows_few_counts_all(generated: Home, name: str, limit: int) -> None:
    wanted, _meant = FILTERS[name]
    whole, few = work.board(generated, wanted), work.board(generated, wanted, limit=limit)
    assert {one.workflow for one in few} == {one.workflow for one in whole}
    for shown, every in zip(few, whole, strict=True):
        for column, full in zip(shown.columns, every.columns, strict=True):
            assert (column.stage, column.count, column.overdue) == (full.stage, len(full.lines), full.overdue)
            assert column.lines == full.lines[:limit]


# ----------------------------------------------------------------------------------------------------------- deadlines
def test_nothing_is_ever_due_before_the_day_that_is_stored(generated: Home) -> None:
    """The stored day needs no register, so it may be too early; too late it must never be, on whatever day one asks."""
    with generated.ready.reading(generated.now()) as tx:
        holidays = holidays_of(tx).of
        stored = dict(tx.connection.cursor().execute("SELECT key, due FROM proposal").fetchall())
        for one in tx.summaries():
            definition = pinned(tx, one.proposal.definition)
            assert stored[one.proposal.key] == earliest(definition, one.proposal)
            for day in ("2015-01-01", "2026-11-22", "2035-05-05"):
                around = circumstances(tx, definition, one.proposal, day)
                due = deadlines(definition, one.proposal, around, holidays)
                assert not due or (stored[one.proposal.key] or "9") <= due[0].day
    assert None in stored.values()
    assert len(set(stored.values())) > PROPOSALS / 10


def test_the_stored_columns_follow_every_kind_of_event(voting: Home) -> None:
    key = "IKZ-2026-0001"
    proposals.advance(voting, key, "suspend", note="Warten", until="01.03.2027")
    assert [line.due for line in work.listing(voting, Filter(due_before="02.03.2027"))] == ["2027-03-01"]
    proposals.advance(voting, key, "resume")
    records.set_party(voting, key, JERICHOW, "interested", new=True)
    assert work.listing(voting, Filter(partner=JERICHOW))
    proposals.assign(voting, key, "i-01")
    assert work.listing(voting, Filter(department="i-01"))
    assert not work.listing(voting, Filter(department="fb-23"))
    before = rows_of(voting)
    audit.verify(voting)
    audit.rebuild(voting)
    assert rows_of(voting) == before


# --------------------------------------------------------------------------------------------------------------- today
@pytest.mark.parametrize("departments", [[], ["fb-23"], ["fb-23", "i-01"]])
def test_a_clerk_is_shown_the_same_whether_only_the_own_proposals_are_read_or_all(
    generated: Home, tmp_path: Path, departments: list[str]
) -> None:
    home = copy_of(generated, tmp_path / "own")
    keeper = Home(home.path, home.place, None, Clock(NOW))
    if departments:
        registers.set_departments(keeper, "clerk-2", departments)
    clerk = home.acting_as("clerk-2")
    shown = tasks.today(clerk)
    with clerk.ready.reading(clerk.now()) as tx:
        me = tx.person_of("clerk-2")
        assert me is not None
        asked = query(tx, tasks.OPEN, clerk.today)
        ours = tasks._Responsible(tx, asked, me)
        everywhere = select(tx, asked, clerk.today)
        expected = [task for one, found in tasks.tasks_of(tx, everywhere, clerk.today) for task in ours.of(one, found)]
        parts = [part.sought.department for part in ours.parts()]
        assert "" not in parts
        assert set(departments) <= set(parts)
    expected.sort(key=lambda task: (tasks.URGENCIES.index(task.urgency), task.due or "9", task.key))
    assert list(shown.tasks) == expected
    assert expected


# --------------------------------------------------------------------------------------------------------------- plans
SHAPES = (
    *(Sought(**{name: "x"}) for name in ("topic", "department", "stage", "due", "direction", "workflow")),  # type: ignore[arg-type]
    *(Sought(parts=("a",)), Sought(stage="x", parts=("a", "b"), clerks=("p",)), Sought(partners=("a",), parts=("b",))),
    *(Sought(partners=("a", "b"), stage="x", ended=False), Sought(partners=("a",), clerk="x", topic="y")),
    *(Sought(years=("2024", "2025")), Sought(partners=("a",), years=("2024", "2025"))),
    *(Sought(), Sought(ended=False), Sought(partners=("a",)), Sought(partners=("a", "b")), Sought(clerk="p-0001")),
    *(Sought(stage="x", ended=True, department="y", due="2"), Sought(partners=("a",), stage="x", clerk="y", due="2")),
)


@pytest.mark.parametrize("sought", SHAPES, ids=lambda sought: str(sought.shape))
@pytest.mark.parametrize("statement", [chosen, counted])
def test_an_index_leads_to_a_page_in_the_order_of_the_keys(
    generated: Home, sought: Sought, statement: Callable[[Sought], object]
) -> None:
    compiled = statement(sought).compile(dialect=sqlite.dialect())  # type: ignore[attr-defined]
    with closing_connection(generated.path / "ikz.db") as connection:
        sqlite_room.teach(connection)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {compiled}", [1] * len(compiled.positiontup))
        steps = [str(row[3]) for row in plan]
    assert not [step for step in steps if step.startswith("SCAN") and "SUBQUERY" not in step and "anon" not in step]
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert any("INDEX" in step for step in steps)
    if sought.names and not (sought.partners or sought.clerk):
        name = "ended" if sought.names[0] == "due" else sought.names[0]
        assert any(f"ix_proposal_{name}" in step for step in steps)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM event WHERE subject = ? ORDER BY version",
        "SELECT state FROM proposal WHERE key = ?",
        "SELECT field, value FROM disclosure WHERE subject = ?",
        "SELECT value FROM disclosure WHERE commitment = ?",
        "SELECT definition FROM proposal WHERE definition > ? ORDER BY definition LIMIT 1",
        "SELECT subject, value FROM disclosure WHERE subject >= 'person/' AND subject < 'person0' AND field = ?",
        "DELETE FROM party WHERE organisation = ? AND key = 'x'",
    ],
)
def test_what_is_asked_of_one_proposal_never_scans_the_register(generated: Home, question: str) -> None:
    with closing_connection(generated.path / "ikz.db") as connection:
        steps = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {question}", ["x"])]
    assert steps
    assert all(step.startswith("SEARCH") and "INDEX" in step for step in steps)


def test_what_ended_before_is_found_by_an_index_as_by_reading_everything(generated: Home) -> None:
    met = set()
    with generated.ready.reading(generated.now()) as tx:
        for proposal in [one.proposal for one in tx.summaries()]:
            ended = [one for one in attempts_in(tx, proposal) if one.has_ended and one.relation != "successor"]
            found = attempts_in(tx, proposal, ended=True)
            assert [one for one in found if one.relation != "successor"] == ended
            met |= {one.relation for one in ended}
    assert {"topic", "partner"} <= met


def test_no_document_takes_a_look_at_every_proposal(voting: Home) -> None:
    """Of a thousand documents each would look at a thousand proposals."""
    asked: list[str] = []
    with voting.ready.reading(voting.now()) as tx:
        tx.connection.set_trace_callback(asked.append)  # type: ignore[attr-defined]
    assert documents.create(voting, "IKZ-2026-0001", "guideline").is_new
    questions = [one for one in asked if one.startswith("SELECT")]
    assert any("FROM party" in one for one in questions), "nobody asked who was a partner before"
    with closing_connection(voting.path / "ikz.db") as connection:
        steps = [str(row[3]) for one in questions for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    assert [step for step in steps if step.startswith(("SCAN proposal", "SCAN event", "SCAN party"))] == []


# -------------------------------------------------------------------------------------------------------------- memory
def grown(home: Home, folder: Path, times: int) -> Home:
    """Return the home with every proposal stored so many times more; their histories are not there, lists need none."""
    large = copy_of(home, folder)
    names = "version, projection, stage, department, workflow, definition, direction, topic, title, ended, due"
    with closing_connection(large.path / "ikz.db") as connection:
        for number in range(times):
            key = f"'IKZ-{3000 + number}' || substr(key, 5)"
            connection.execute(
                f"INSERT INTO proposal SELECT {key}, {names}, replace(state, key, {key}) FROM proposal "
                "WHERE key < 'IKZ-3'"
            )
    return large


def peak(work_on: Callable[[], object]) -> int:
    work_on()
    tracemalloc.start()
    work_on()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_register(generated: Home, tmp_path: Path) -> None:
    def read(home: Home) -> int:
        with home.ready.reading(home.now()) as tx:
            return sum(1 for _one in select(tx, EVERYTHING, home.today))

    smaller, larger = grown(generated, tmp_path / "s", 9), grown(generated, tmp_path / "l", 29)
    assert read(larger) == 3 * read(smaller)
    assert peak(lambda: read(larger)) < 1.3 * peak(lambda: read(smaller))
    assert peak(lambda: work.page(larger, limit=50)) < 1.3 * peak(lambda: work.page(smaller, limit=50))


def test_a_page_reads_little_more_than_it_shows(generated: Home, tmp_path: Path) -> None:
    large = grown(generated, tmp_path / "l", 9)
    read = []
    with large.ready.reading(large.now()) as tx:
        for one in tx.summaries(first=8, passes=lambda key: bool(read.append(key)) or True):
            if len(read) >= 8 and one.proposal.key == read[-1]:
                break
    assert len(read) == 8


def test_whoever_takes_a_whole_register_slowly_holds_up_nobody(voting: Home) -> None:
    key = "IKZ-2026-0001"
    lines, entries = work.lines_of(voting), timeline.told(voting)
    first = next(lines), next(entries)
    proposals.add_note(home_at(voting.path, now=Clock(NOW)), key, "inzwischen")
    assert [line.key for line in (first[0], *lines)] == [key]
    whole = timeline.history(voting)
    assert [first[1], *entries] in (whole, whole[:-1])


@pytest.mark.parametrize("limit", [1, 40, 5000])
def test_the_pages_of_the_history_are_the_whole_history(generated: Home, limit: int) -> None:
    happened = "2018..2019-06" if limit == 1 else None
    whole, told, after = timeline.history(generated, happened=happened), [], 0
    if limit == 1:
        whole = whole[:30]
    while len(told) < len(whole):
        page = timeline.page(generated, after=after, limit=limit, happened=happened)
        told += page.entries
        after = page.after
    assert told == whole
    assert bool(after) is (limit == 1)


# ----------------------------------------------------------------------------------------------------------- migration
def older(home: Home, folder: Path) -> Home:
    """Return the home as the first form of the tables held it."""
    from alembic import command

    folder.mkdir()
    engine = create_engine(f"sqlite:///{folder / 'ikz.db'}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        sqlite_room.guard_history(connection)
        tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    engine.dispose()
    with closing_connection(folder / "ikz.db") as connection:
        connection.execute("ATTACH ? AS newer", (str(home.path / "ikz.db"),))
        for table in tables:
            names = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} SELECT {names} FROM newer.{table} ORDER BY rowid")
        for table in ("proposal", "register"):
            connection.execute(f"UPDATE main.{table} SET projection = 1")
        connection.commit()
    return home_at(folder, home.named or "meier", Clock(NOW))


def test_an_older_database_is_brought_to_the_new_form_and_its_rows_are_renewed(voting: Home, tmp_path: Path) -> None:
    home = older(voting, tmp_path / "older")
    with pytest.raises(StorageError, match="ikz init"):
        work.listing(home)
    registers.init(home)
    expected, found = rows_of(voting), rows_of(home)
    assert {name: found[name] for name in expected} == expected
    assert home.database.missing_guards() == set()
    audit.verify(home)
    assert work.listing(home, Filter(partner=BOERDE, stage="council-vote"))


def test_an_older_database_whose_renewal_was_interrupted_says_what_to_do(voting: Home, tmp_path: Path) -> None:
    home = older(voting, tmp_path / "older")
    home.database.migrate()
    with pytest.raises(StorageError, match="ikz rebuild"):
        work.listing(home_at(home.path))
    audit.rebuild(home)
    audit.verify(home)
    assert rows_of(home)["party"] == rows_of(voting)["party"]


def test_an_older_database_with_a_broken_history_is_not_renewed_over_it(voting: Home, tmp_path: Path) -> None:
    home = older(voting, tmp_path / "older")
    tamper(home, "UPDATE event SET payload = replace(payload, '\"guideline\"', '\"guidelinf\"') WHERE seq > 60")
    with pytest.raises(HistoryBroken, match="Prüfsumme"):
        registers.init(home)
