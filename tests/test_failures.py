"""What reports count, as plain values."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from homes import BOERDE, JERICHOW, OWN, blank, definition_of, workflow_text

from ikz_workflow.definition import Definition
from ikz_workflow.events import Advanced, Created
from ikz_workflow.proposal import Ended, Organisation, Party, Topic
from ikz_workflow.reports.failures import Failures, failures
from ikz_workflow.reports.stories import Move, Names, Period, Scope, Story, selected

AT = "2026-11-22T11:00:00.000000Z"
WAY = ("idea", "guideline-drafted", "partner-contacted", "agreement")
NAMES = Names(
    organisations={
        OWN: Organisation("Magdeburg", "city", own=True),
        "ohrekreis": Organisation("Ohrekreis", "county", successors=(BOERDE,)),
        BOERDE: Organisation("Landkreis Börde", "county"),
        JERICHOW: Organisation("Jerichower Land", "county"),
    },
    departments={},
    topics={"veterinary": Topic("Veterinäraufgaben")},
    forms={},
    own=OWN,
)


@pytest.fixture(scope="module")
def earlier() -> Definition:
    return definition_of(workflow_text("nacherfassung"), "nacherfassung.toml")


def story(
    definition: Definition,
    number: int,
    days: tuple[str | None, ...],
    reason: str = "",
    *partners: str,
    **changes: object,
) -> Story:
    """Return a proposal that came to a stage at each day; with a reason it ended at the last one."""
    ways = list(pairwise(WAY))[: len(days) - 1 - bool(reason)]
    moves = [Move(AT, days[0], Created("c:1", "nacherfassung", "idea", "fb-23"))]
    moves += [Move(AT, day, Advanced("on", *way)) for day, way in zip(days[1:], ways, strict=False)]
    stage, ended = WAY[len(ways)], None
    if reason:
        moves.append(Move(AT, days[-1], Advanced("fail", stage, "ended", "end", reason=reason)))
        stage, ended = "ended", Ended(stage, reason, None, days[-1])
    parties = tuple(Party(one, "joined") for one in (OWN, *partners))
    key = f"IKZ-2026-{number:04d}"
    one = blank(definition, key=key, stage=stage, ended=ended, parties=parties, **changes)
    return Story(one, definition, f"Vorhaben {number}", tuple(moves), "Lehre")


def analysed(stories: list[Story], period: Period | None = None, scope: Scope | None = None) -> Failures:
    return failures(selected(stories, scope or Scope()), NAMES, period or Period())


def test_failures_are_counted_by_reason_stage_topic_and_partner_under_its_present_name(earlier: Definition) -> None:
    found = analysed(
        [
            story(earlier, 1, ("2003", "2004"), "no-result", "ohrekreis", topic="veterinary"),
            story(earlier, 2, ("2011-01-01", "2011-02-01", "2011-03-01"), "no-result", BOERDE, "ohrekreis"),
            story(earlier, 3, ("2020-01-01", None), "not-economical", JERICHOW),
            story(earlier, 4, ("2020-01-01", "2021-01-01"), "completed", JERICHOW),
            story(earlier, 5, ("2020-01-01",)),
        ]
    )

    assert (found.counted, found.failed, found.undated) == (5, 3, 1)
    assert [(one.key, one.count) for one in found.by_reason] == [("no-result", 2), ("not-economical", 1)]
    assert [(one.key, one.count) for one in found.by_stage] == [("idea", 2), ("guideline-drafted", 1)]
    assert [(one.label, one.count) for one in found.by_topic] == [("ohne Angabe", 2), ("Veterinäraufgaben", 1)]
    assert [(one.label, one.count) for one in found.by_partner] == [
        ("Landkreis Börde (als Ohrekreis)", 2),
        ("Jerichower Land", 1),
    ]
    assert [one.key[-1] for one in found.lessons] == ["2", "1", "3"]  # the latest first, the undated last


def test_the_funnel_tells_how_many_came_how_far_and_where_they_were_lost(earlier: Definition) -> None:
    found = analysed(
        [
            story(earlier, 1, ("2003", "2004"), "no-result"),
            story(earlier, 2, ("2003", "2004", "2005", "2006"), "no-result"),
            story(earlier, 3, ("2003", "2004")),
            story(earlier, 4, ("2003", "2004", "2005", "2006"), "completed"),
        ]
    )

    (funnel,) = found.funnels
    assert funnel.total == 4
    counts = [(one.stage, one.reached, one.lost, one.here, one.completed) for one in funnel.steps[:4]]
    assert counts == [
        ("idea", 4, 1, 0, 0),
        ("guideline-drafted", 3, 0, 1, 0),
        ("partner-contacted", 2, 1, 0, 1),
        ("agreement", 0, 0, 0, 0),
    ]


def test_time_in_a_stage_counts_exact_days_only_and_tells_of_the_others(earlier: Definition) -> None:
    found = analysed(
        [
            story(earlier, 1, ("2020-01-01", "2020-01-11", "2020-03")),
            story(earlier, 2, ("2020-01-01", "2020-01-21")),
            story(earlier, 3, ("2020", "2020-01-21")),
            story(earlier, 4, ("2020-02-01", "2020-01-21")),  # contradictory
            story(earlier, 5, (None, None)),
        ]
    )

    times = [(one.stage, one.median_days, one.counted, one.inexact) for one in found.stays]
    assert times == [("idea", 15.0, 2, 3), ("guideline-drafted", None, 0, 1)]


@pytest.mark.parametrize(
    ("period", "failed"),
    [
        (Period("2011"), {"2", "3"}),
        (Period("2011-02", "2011-02"), {"2"}),
        (Period("2011-02-15", "2011-02-20"), {"2"}),  # "2011-02" may have been then
        (Period(None, "2004"), {"1"}),
        (Period("2030"), set()),
    ],
)
def test_a_period_counts_what_may_have_ended_in_it_and_nothing_undated(
    earlier: Definition, period: Period, failed: set[str]
) -> None:
    stories = [
        story(earlier, 1, ("2003", "2004"), "no-result"),
        story(earlier, 2, ("2010", "2011-02"), "no-result"),
        story(earlier, 3, ("2010", "2012-05-05"), "no-result"),
        story(earlier, 4, ("2003", None), "no-result"),
    ]

    found = analysed(stories, period)

    assert {one.key[-1] for one in found.lessons} == failed
    assert found.undated == 1


def test_exercises_and_other_topics_are_left_out(earlier: Definition) -> None:
    stories = [
        story(earlier, 1, ("2003", "2004"), "no-result", sample=True),
        story(earlier, 2, ("2003", "2004"), "no-result", topic="veterinary"),
        story(earlier, 3, ("2003", "2004"), "no-result"),
    ]

    assert (analysed(stories).failed, analysed(stories).samples) == (2, 1)
    assert analysed(stories, scope=Scope(samples=True)).failed == 3
    assert [one.key[-1] for one in analysed(stories, scope=Scope(topic="veterinary")).lessons] == ["2"]


def test_nothing_at_all_is_an_answer_too() -> None:
    assert json.dumps(analysed([]).by_reason) == "[]"
