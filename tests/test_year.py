"""The annual report tells what happened in a year, and its numbers are those of the list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from homes import BOERDE, copy_of, started, walk
from many import fill

from ikz_workflow.documents.reading import as_text, guard, inspected
from ikz_workflow.errors import InvalidInput
from ikz_workflow.services import proposals, records, reports, work
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter


def dated(home: Home, title: str, on: str, topic: str = "veterinary") -> str:
    return proposals.new(home, title, "fb-23", topic=topic, on=on, workflow="nacherfassung").key


@pytest.fixture
def told(home: Home) -> Home:
    """Return a home with one proposal each that runs, is overdue, failed this year, earlier, on an unknown day."""
    running = proposals.new(home, "Läuft", "fb-23", topic="statistics", on="2026-02", values=["cost-today=100"]).key
    records.set_obstacle(home, running, "parochialism", weight=3)
    records.add_milestone(home, running, "Entwurf", due="2026-03")
    records.add_milestone(home, running, "Beschluss", due="2027-05")
    records.set_party(home, running, BOERDE, "joined", new=True, on="2026-03-01")
    proposals.advance(home, dated(home, "Jetzt", "2025"), "record-failure", reason="no-result", note="Lehre A")
    earlier = dated(home, "Früher", "2003")
    proposals.advance(home, earlier, "record-failure", reason="no-result", note="Lehre B", on="2011-02")
    unknown = dated(home, "Irgendwann", "unknown")
    proposals.advance(home, unknown, "record-failure", reason="partner-withdrew", note="Lehre C", on="unknown")
    proposals.new(home, "Übung", "fb-23", sample=True)
    return home


def test_a_year_counts_what_happened_in_it_however_late_it_was_recorded(told: Home) -> None:
    found = reports.annual(told, "2026").figures

    assert (found.total, found.running, found.in_force, found.ended, found.samples) == (4, 1, 0, 3, 1)
    assert (found.counts.begun, found.counts.failed, found.advanced) == (1, 1, 0)
    assert [one.title for one in found.failures] == ["Jetzt"]
    assert [one.title for one in found.failures_undated] == ["Irgendwann"]
    assert [(one.year, one.begun) for one in found.years if one.begun] == [("2025", 1), ("2026", 1)]
    assert reports.annual(told, "2011").figures.failures[0].lesson == "Lehre B"
    lines = {one.title: one.lines for one in found.movements}
    assert lines["Läuft"] == (
        "02.2026: angelegt (nachgetragen 22.11.2026)",
        "01.03.2026: Landkreis Börde tritt bei (nachgetragen 22.11.2026)",
    )
    assert "Früher" not in lines


def test_what_is_overdue_and_what_is_planned_is_told(told: Home) -> None:
    found = reports.annual(told, "2026").figures

    assert [(one.title, one.what, one.due) for one in found.overdue if one.what == "Entwurf"] == [
        ("Läuft", "Entwurf", "03.2026")
    ]
    listed = {line.key for line in work.listing(told, Filter(overdue=True)) if not line.sample}
    assert {one.key for one in found.overdue} == listed
    assert ("Läuft", "Handlungsleitfaden erarbeiten") in {(one.title, one.what) for one in found.overdue}
    assert [(one.what, one.due) for one in found.planned] == [("Beschluss", "05.2027")]


def test_savings_are_exact_and_only_where_every_figure_is_there(home: Home) -> None:
    for costs in (["cost-today=1.000,10", "cost-joint=900,05", "cost-once=0"], ["cost-today=5", "cost-joint=3"]):
        proposals.set_fields(home, started(home), costs)

    found = reports.annual(home, "2026").figures.expected

    assert (found.counted, found.lacking, found.saving, found.saving_text) == (1, 1, 10_005, "100,05 Euro")


def test_a_cooperation_in_force_is_a_success_of_the_year(home: Home) -> None:
    key = started(home, "Es gelang")
    walk(home, key, "in-force")

    found = reports.annual(home, "2026").figures

    assert [(one.key, one.partner) for one in found.successes] == [(key, "Landkreis Börde")]
    assert (found.counts.reached, found.in_force, found.running) == (1, 1, 0)


def test_the_numbers_are_those_of_the_list(home: Home) -> None:
    fill(home, 60)

    found = reports.annual(home, "2026").figures

    listed = work.listing(home)
    assert found.total == len(listed)
    assert {one.label: one.count for one in found.stages} == Counter(
        line.stage_label for line in listed if line.stage != "ended"
    )
    assert {one.key for one in found.board} | {one.key for one in found.ended_before} == {one.key for one in listed}


def test_the_same_history_gives_the_same_report_at_any_time(told: Home, tmp_path: Path) -> None:
    first = reports.annual(told, "2026").content
    again = reports.annual(copy_of(told, tmp_path / "later"), "2026").content

    assert first == again
    guard(first, "bericht.docx")
    stamp = inspected(first).stamp
    assert stamp is not None
    assert (stamp.key, stamp.kind_label) == ("Bericht-2026", "Jahresbericht")
    with told.ready.reading(told.now()) as tx:
        assert (stamp.position, stamp.full_hash) == (tx.head.seq, tx.head.hash)


def test_the_report_reads_as_an_office_writes(told: Home) -> None:
    text = as_text(reports.annual(told, "2026").content).replace("\u00a0", " ")

    for line in (
        "Titel Deckblatt: Interkommunale Zusammenarbeit",
        "Tabellenzeile: Vorhaben | 4 erfasst, davon 1 in Arbeit, 0 in Kraft und 3 beendet",
        "Tabellenzeile: Läuft / IKZ-2026-0001 / Thema: Statistik: Erhebung und Veröffentlichung statistischer Daten | "
        "FB 23 | Landkreis Börde | Idee, 02.2026 | Handlungsleitfaden erarbeiten; Hemmnis: Kirchturmdenken (ohne "
        "Antwort)",
        "Tabellenzeile: Jetzt / IKZ-2026-0002 | Idee | Kein Ergebnis | Lehre A",
        "Tabellenzeile: Irgendwann / IKZ-2026-0004; Tag unbekannt, im Berichtsjahr nachgetragen | Idee | "
        "Partner hat sich zurückgezogen | Lehre C",
        "Tabellenzeile: Läuft / IKZ-2026-0001 | FB 23 | Beschluss | 05.2027",
        "Tabellenzeile: Früher / IKZ-2026-0003 | FB 23 | Idee | Kein Ergebnis | 02.2011",
    ):
        assert line + "\n" in text
    assert "Übungsvorhaben (1)" in text
    assert "noch zu klären" not in text


@pytest.mark.parametrize("year", ["2027", "1899"])
def test_there_is_no_report_of_a_year_to_come(home: Home, year: str) -> None:
    with pytest.raises(InvalidInput, match="1900"):
        reports.annual(home, year)


def test_an_empty_home_has_a_report_too(home: Home) -> None:
    assert "Zurzeit läuft kein Vorhaben." in as_text(reports.annual(home, "2026").content)
