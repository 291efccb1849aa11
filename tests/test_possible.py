"""What is well formed and never could be: days no calendar has, votes below nothing, a weight of nine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ikz_workflow import events
from ikz_workflow.events import Event, Record
from ikz_workflow.possible import impossible, impossible_entry, is_day, is_partial_date, is_time
from ikz_workflow.proposal import Actor, Cooperation, LegalForm, Organisation, RegisterEntry, Topic

HASH = "0" * 64
FORM = LegalForm("x", "X", "2026-01-01", ("vertikal",), "heads", "none", "none")
BODY = Organisation("N", "city")


@dataclass(frozen=True)
class Edge:
    """A value on this side of a border, and one beyond it."""

    name: str
    can_be: tuple[object, ...]
    can_never_be: tuple[object, ...]


EVENTS: list[tuple[Event, list[Edge]]] = [
    (
        events.Advanced("a", "b", "c"),
        [
            Edge("review", (None, "2027-02-28"), ("", "2027-02-29", "2027-02", "2027", "x")),
            Edge("form_sha256", (None, HASH), ("", HASH[1:], HASH + "0", "g" * 64)),
        ],
    ),
    (
        events.Decided("g", "b", "adopted", ()),
        [
            Edge("votes", (None, (0, 0, 0), (9999, 1, 2, 3)), ((1, 2), (1, 2, 3, 4, 5), (-1, 0, 0), (0, 0, 10_000))),
            Edge("text", (None, HASH), ("x", "")),
        ],
    ),
    (events.ObstacleSet("k"), [Edge("weight", (1, 2, 3), (0, 4, -1))]),
    (events.MilestoneAdded("c:1"), [Edge("due", (None, "2027", "2027-03"), ("", "2027-00", "2027-02-29"))]),
    (
        events.DocumentAdded("k", 1, HASH, HASH, 5, "generated"),
        [
            Edge("size", (1, 10**9), (0, -1)),
            Edge("open", (0, 3), (-1,)),
            Edge("file_hash", (HASH,), ("", "x")),
            Edge("text_hash", (HASH,), ("", "x")),
            Edge("template_sha256", (None, HASH), ("", "x")),
        ],
    ),
    (events.Erased("c:1"), [Edge("files", ((), (HASH, HASH)), (("",), (HASH, "x")))]),
    (events.Attached(HASH, "c:1", 0), [Edge("size", (0, 1), (-1,)), Edge("sha256", (HASH,), ("", "x"))]),
    (events.FormConfirmed("legal", "2026-01-01"), [Edge("day", ("2026-12-31",), ("", "2026", "2026-02-30"))]),
]  # fmt: skip
ENTRIES: list[tuple[RegisterEntry, list[Edge]]] = [
    (
        FORM,
        [
            Edge("valid_from", ("undated", "2024-07-01"), ("", "2024-07", "2024-02-30", "immer")),
            Edge("valid_to", ("", "2024-07-01"), ("undated", "2024", "2024-02-30")),
            Edge("checked_on", ("", "2024-07-01"), ("2024", "gestern")),
            Edge("directions", ((), ("vertikal", "interkommunal")), (("quer",), ("vertikal", "x"))),
        ],
    ),
    (
        BODY,
        [
            Edge("valid_from", ("", "1990", "2007-07-01"), ("x", "2007-13")),
            Edge("valid_to", ("", "2007-07"), ("0", "2007-02-30")),
            Edge("inhabitants", (0, 240_000), (-1,)),
        ],
    ),
    (Cooperation("L"), [Edge("since", ("", "2003", "2011-02"), ("früher", "2011-2"))]),
]
EDGES = [(value, edge) for value, edges in (*EVENTS, *ENTRIES) for edge in edges]


def record(what: Event, at: str = "2026-11-22T11:00:00.000000Z", on: str | None = None) -> Record:
    return Record(1, 1, "x", 1, "", at, on, Actor("c:1", "clerk"), None, what)  # type: ignore[arg-type]


def told(value: object) -> str:
    if isinstance(value, Event):
        return impossible(record(value))
    wrapped = {
        LegalForm: events.FormRegistered,
        Organisation: events.OrganisationRegistered,
        Cooperation: events.CooperationRegistered,
    }[type(value)]
    assert impossible(record(wrapped(value))) == impossible_entry(value)  # type: ignore[arg-type]
    return impossible_entry(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "edge"), EDGES, ids=[f"{type(v).__name__}.{edge.name}" for v, edge in EDGES])
def test_a_value_is_taken_up_to_its_edge_and_told_by_its_name_beyond(value: object, edge: Edge) -> None:
    for one in edge.can_be:
        assert told(replace(value, **{edge.name: one})) == ""  # type: ignore[type-var]
    for one in edge.can_never_be:
        assert told(replace(value, **{edge.name: one})) == f"{edge.name} = {one}"  # type: ignore[type-var]


def test_what_has_no_edges_can_always_be() -> None:
    assert impossible(record(events.Noted())) == ""
    assert impossible_entry(Topic("T")) == ""


@pytest.mark.parametrize("on", ["", "26", "2026-02-30", "2026-2-3", "２０２６", "2026-11-22T00:00"])
def test_a_day_of_happening_that_never_was_is_told(on: str) -> None:
    assert impossible(record(events.Noted(), on=on)) == f"on = {on}"


@pytest.mark.parametrize(
    "at",
    ["", "Z", "2026-11-22", "2026-11-22T11:00:00Z", "2026-11-22T11:00:00.000000", "2026-02-30T11:00:00.000000Z",
     "2026-11-22T24:00:00.000000Z", "2026-11-22 11:00:00.000000Z", "2026-11-22T11:00:00.000000+00:00Z"],
)  # fmt: skip
def test_a_time_of_recording_that_never_was_is_told(at: str) -> None:
    assert impossible(record(events.Noted(), at=at)) == f"at = {at}"


@given(st.dates())
def test_every_day_its_month_and_its_year_are_dates(day: date) -> None:
    text = day.isoformat()
    assert is_day(text)
    assert all(is_partial_date(text[:length]) for length in (4, 7, 10))
    assert not is_day(text[:7])
    assert not is_partial_date(text[:9])


@given(st.datetimes())
def test_every_moment_is_a_time_as_it_is_recorded(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds") + "Z"
    assert is_time(text)
    assert not is_time(text[:-1] + "X")
    assert not is_time(text.replace("T", " "))


def test_the_last_of_february_is_a_day_in_leap_years_only() -> None:
    for year in range(1896, 2105):
        has_one = (date(year, 3, 1) - timedelta(days=1)).day == 29
        assert is_day(f"{year}-02-29") is has_one
