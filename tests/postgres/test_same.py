"""What holds on SQLite holds on PostgreSQL: the same tests, on homes whose database stands on a server."""

import pytest
from homes import rows_of, started
from test_concurrency import (  # noqa: F401
    test_after_kill_9_at_any_moment_everything_acknowledged_is_there_and_nothing_half_or_twice,
    test_no_advance_is_lost_and_none_happens_twice,
    test_of_several_who_repeat_the_same_command_at_once_exactly_one_records_it,
    test_readers_never_see_a_half_and_never_stop_a_writer,
)
from test_concurrency import (
    test_no_update_is_lost_on_one_proposal_and_none_on_different_ones as no_update_is_lost,
)
from test_concurrency import (
    test_of_several_who_let_the_same_transition_happen_exactly_one_wins as exactly_one_wins,
)
from test_registers import *  # noqa: F403
from test_storage import (  # noqa: F401
    REFUSED,
    test_a_crash_in_the_middle_of_a_command_leaves_nothing_behind,
    test_a_dry_run_answers_as_the_real_one_and_the_next_command_starts_where_it_was,
    test_a_proposal_read_before_somebody_else_wrote_cannot_be_written,
    test_bytes_are_kept_once_however_often_they_are_attached,
    test_setting_up_twice_adds_nothing,
)

from ikz_workflow.errors import IkzError
from ikz_workflow.services import audit
from ikz_workflow.services.home import Home


def test_of_several_who_let_the_same_transition_happen_at_once_exactly_one_wins(home: Home) -> None:
    exactly_one_wins(home, 3)


def test_several_who_write_at_once_lose_nothing(home: Home) -> None:
    no_update_is_lost(home, 3)


def test_no_refused_command_writes_anything(home: Home) -> None:
    key = started(home)
    before = rows_of(home)
    for command in REFUSED.values():
        with pytest.raises(IkzError):
            command(home, key)
    assert rows_of(home) == before
    audit.verify(home)
