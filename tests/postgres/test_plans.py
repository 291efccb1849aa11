"""The plans of PostgreSQL: an index leads to a page wherever the server may choose one."""

from __future__ import annotations

import pytest
from homes import BOERDE
from sqlalchemy.dialects import postgresql

from ikz_workflow.services import proposals, tasks, work
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter
from ikz_workflow.storage.finding import Sought, chosen

SHAPES = (
    *(Sought(**{name: "x"}) for name in ("topic", "department", "stage", "direction", "workflow")),  # type: ignore[arg-type]
    Sought(ended=False),
)


@pytest.mark.parametrize("sought", SHAPES, ids=lambda sought: str(sought.shape))
def test_an_index_leads_to_a_page(voting: Home, sought: Sought) -> None:
    """A table of one row is read whole whatever indexes there are; so reading whole is forbidden."""
    compiled = chosen(sought).compile(dialect=postgresql.dialect())
    values = {**compiled.params, **sought.values, "after": "", "size": 50}
    with voting.ready.reading(voting.now()) as tx:
        cursor = tx.connection.cursor()
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        cursor.execute(f"EXPLAIN {compiled}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"ix_proposal_{sought.names[0]}" in plan, plan
    assert "Seq Scan" not in plan, plan


def test_the_history_of_one_is_found_by_its_index(voting: Home) -> None:
    with voting.ready.reading(voting.now()) as tx:
        cursor = tx.connection.cursor()
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute("EXPLAIN SELECT * FROM event WHERE subject = 'x' ORDER BY version")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "uq_event_subject_version" in plan, plan
    assert "Sort" not in plan, plan


def test_lists_and_board_ask_the_server_for_what_they_need(voting: Home) -> None:
    for wanted in (
        Filter(stage="council-vote", state="open", department="fb-23"),
        Filter(partner=BOERDE, direction="interkommunal"),
        Filter(overdue=True, due_before="2040", workflow="kooperation"),
        Filter(text="Ersatzpflanzungen"),
    ):
        found = work.page(voting, wanted, limit=1)
        assert [line.key for line in found.lines] == ([] if wanted.overdue else ["IKZ-2026-0001"])
    year = str(voting.today.year)
    assert [line.key for line in work.listing(voting, happened=f"{year}..")] == ["IKZ-2026-0001"]
    assert work.listing(voting, happened="1999..2001") == []
    [board] = work.board(voting, limit=1)
    assert sum(column.count for column in board.columns) == 1
    assert tasks.today(voting).tasks
    assert tasks.today(voting.acting_as("schulz")).day == voting.today


@pytest.mark.parametrize("word", ["kaemmerei", "KÄMMEREI", "kammerei", "strasse", "dvorak", "100%", "schulz", "ka_mm"])
def test_a_word_is_found_on_a_server_however_it_is_written(voting: Home, word: str) -> None:
    """The server leaves out what cannot hold the word; what it leaves is judged as on a file."""
    key = "IKZ-2026-0001"
    proposals.add_note(voting, key, "Ka\u0308mmerei, Straße 1, Herr Dvořák: 100% von 3 €")
    proposals.assign(voting, key, "fb-23", clerk="schulz")
    found = [line.key for line in work.page(voting, Filter(text=f"{word} Ersatzpflanzungen"), limit=5).lines]
    assert found == ([] if word == "ka_mm" else [key])
