"""What was tried before is named, and what was written then can be used again."""

from __future__ import annotations

import pytest
from homes import BOERDE, DEPARTMENT, JERICHOW, OWN, proposal_of, started

from ikz_workflow.documents.reading import as_text
from ikz_workflow.errors import InvalidInput, NotFound
from ikz_workflow.services import audit, documents, proposals, records, timeline
from ikz_workflow.services.earlier import attempts, told
from ikz_workflow.services.home import Home
from ikz_workflow.services.takeover import take_over


def on_topic(home: Home, title: str, topic: str | None = "veterinary", **more: str) -> str:
    return proposals.new(home, title, DEPARTMENT, topic=topic, **more).key


def failed(home: Home, key: str, lesson: str, on: str = "2011-02") -> None:
    proposals.advance(home, key, "fail", reason="no-result", note=lesson, on=on)


def related(home: Home, key: str) -> list[tuple[str, str]]:
    return [(one.key[-1], one.relation) for one in attempts(home, key)]


def test_earlier_proposals_are_named_by_link_topic_and_partner_under_any_of_its_names(home: Home) -> None:
    first = on_topic(home, "Erster Versuch", None, on="2003")  # 1
    second = on_topic(home, "Zweiter Versuch", None, after=first)  # 2
    on_topic(home, "Gleiches Thema")  # 3
    old_partner = started(home, "Mit dem Ohrekreis")  # 4
    records.set_party(home, old_partner, "ohrekreis", "approached", new=True)
    other = started(home, "Mit einem anderen")  # 5
    records.set_party(home, other, JERICHOW, "approached", new=True)
    now = on_topic(home, "Neuer Anlauf", after=second)  # 6
    for partner in (BOERDE, OWN):
        records.set_party(home, now, partner, "joined", new=True)
    records.set_party(home, other, OWN, "joined", new=True)

    assert related(home, now) == [("2", "predecessor"), ("1", "predecessor"), ("3", "topic"), ("4", "partner")]
    assert related(home, second) == [("1", "predecessor"), ("6", "successor")]
    assert related(home, other) == []


def test_an_attempt_tells_how_it_ended_and_what_was_learnt(home: Home) -> None:
    first = on_topic(home, "Erster Versuch", on="2003")
    failed(home, first, "Früher mit dem Rat sprechen.")
    unknown = on_topic(home, "Zweiter Versuch")
    failed(home, unknown, "Zahlen zuerst.", "unknown")

    ended = {one.key: told(one) for one in attempts(home, on_topic(home, "Dritter Versuch"))}

    assert ended[first] == "Beendet 02.2011: Kein Ergebnis. Lehre: Früher mit dem Rat sprechen."
    assert ended[unknown] == "Beendet, Tag unbekannt: Kein Ergebnis. Lehre: Zahlen zuerst."


def test_an_exercise_teaches_no_real_proposal(home: Home) -> None:
    exercise = proposals.new(home, "Übung", DEPARTMENT, topic="veterinary", sample=True).key
    real = on_topic(home, "Ernst")

    assert related(home, real) == []
    assert [one.key for one in attempts(home, exercise)] == [real]


def test_the_guideline_tells_of_earlier_proposals_known_when_it_was_made(home: Home) -> None:
    first = on_topic(home, "Erster Versuch")
    now = on_topic(home, "Neuer Anlauf")
    before = as_text(documents.create(home, now, "guideline").content)
    failed(home, first, "Früher mit dem Rat sprechen.")
    after = as_text(documents.create(home, now, "guideline").content)

    assert "keine früheren Vorhaben erfasst" in before
    told_row = f"Erster Versuch / {first} / gleiches Thema | 02.2011 | Kein Ergebnis | Früher mit dem Rat sprechen."
    assert told_row in after
    assert "[noch zu klären: Was diesmal anders gemacht wird]" in after


def test_a_guideline_is_taken_over_as_one_event_that_names_its_origin(home: Home) -> None:
    first = on_topic(home, "Erster Versuch")
    proposals.set_fields(home, first, ["summary=Alte Worte", "cost-today=1.000", "goals=Ziele", "direction=vertikal"])
    now = on_topic(home, "Neuer Anlauf")
    proposals.set_fields(home, now, ["goals=Eigene Ziele"])

    taken = take_over(home, now, first)

    assert (taken.fields, taken.kept, taken.same_topic) == (
        ("Kurzbeschreibung", "Kosten heute je Jahr", "Richtung"), ("Ziele",), True,
    )  # fmt: skip
    old, new = proposal_of(home, first).fields, proposal_of(home, now).fields
    assert new["cost-today"] == 100_000
    assert new["summary"] != old["summary"]  # another commitment: erasing one leaves the other
    assert proposals.view(home, now).text(str(new["summary"])) == "Alte Worte"
    assert proposals.view(home, now).text(str(new["goals"])) == "Eigene Ziele"
    entry = timeline.history(home, now)[-1]
    assert entry.sentence.startswith(f"Aus {first} übernommen: ")
    assert audit.verify(home).events == entry.seq


def test_only_what_was_asked_for_is_taken_over_and_replaced_only_on_demand(home: Home) -> None:
    first, now = on_topic(home, "Erster Versuch"), on_topic(home, "Neuer Anlauf")
    proposals.set_fields(home, first, ["summary=Alt", "goals=Alte Ziele"])
    proposals.set_fields(home, now, ["summary=Neu"])

    with pytest.raises(InvalidInput, match="--replace"):
        take_over(home, now, first, ["summary"])
    assert take_over(home, now, first, ["summary"], replace=True).fields == ("Kurzbeschreibung",)
    assert "goals" not in proposal_of(home, now).fields


@pytest.mark.parametrize(
    ("origin", "names", "error"),
    [("IKZ-2026-0002", (), InvalidInput), ("IKZ-2026-0009", (), NotFound), ("IKZ-2026-0001", ("x",), NotFound)],
)
def test_what_cannot_be_taken_over_is_refused(home: Home, origin: str, names: tuple[str, ...], error: type) -> None:
    on_topic(home, "Erster Versuch")
    now = on_topic(home, "Neuer Anlauf")

    with pytest.raises(error):
        take_over(home, now, origin, names)


def test_values_that_the_origin_never_had_are_told_by_verify(home: Home) -> None:
    """A forged history may not claim an origin."""
    first, now = on_topic(home, "Erster Versuch"), on_topic(home, "Neuer Anlauf")
    proposals.set_fields(home, first, ["cost-today=1.000"])
    from ikz_workflow.errors import HistoryBroken
    from ikz_workflow.events import FieldsSet
    from ikz_workflow.services.cases import load, writer

    with home.ready.writing(home.now()) as tx:
        case = load(tx, now, "2026-11-22")
        what = FieldsSet({"cost-today": 1}, (), first)
        tx.record(case.proposal, what, writer(tx, home, case, ""), None, case.definition.sha256)

    with pytest.raises(HistoryBroken):
        audit.verify(home)
