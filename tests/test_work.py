"""What waits: the list with its filters, the board, tasks for the one who asks, the calendar file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import pytest
from homes import BOERDE, OWN, Clock, copy_of, home_at, proposal_of, started

from ikz_workflow.errors import IkzError, InvalidInput, NotFound, RequirementsUnmet, StorageError
from ikz_workflow.exchange.calendar import Day, calendar
from ikz_workflow.services import agenda, audit, past, proposals, records, registers, tasks, timeline, work
from ikz_workflow.services.home import Home
from ikz_workflow.services.selection import Filter

PLANTING, DEPOT, RESTING, ENDED = (f"IKZ-2026-000{n}" for n in (1, 2, 3, 4))


def move(home: Home, day: str) -> None:
    """Let the home's clock show nine o'clock of a day."""
    assert isinstance(home.now, Clock)
    home.now.time = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home on 22 November 2026 with four proposals of different urgency; it is only ever copied."""
    home = home_at(tmp_path_factory.mktemp("desk"), now=Clock(datetime(2026, 7, 1, 9, tzinfo=UTC)))
    registers.init(home, name="K. Meier")
    registers.add_person(home, "S. Schulz", "schulz", ["clerk"])
    registers.add_person(home, "R. Recht", "recht", ["legal"])
    started(home, "Ersatzpflanzungen auf Flächen beider Seiten")
    records.set_party(home, PLANTING, BOERDE, "joined", new=True)
    records.add_milestone(home, PLANTING, "Entwurf; Fassung 1", due="2026-11", party=BOERDE)
    proposals.set_fields(home, PLANTING, ["direction=interkommunal", "summary=Obstbäume an der Straße"])
    move(home, "2026-10-01")
    proposals.new(home, "Gemeinsamer Bauhof", "i-01", topic="depots-and-winter-service")
    proposals.assign(home, DEPOT, "i-01", "schulz")
    started(home, "Digitale Bauakte")
    proposals.advance(home, RESTING, "suspend", note="Gesetz", until="30.11.2026")
    started(home, "Musikschule")
    proposals.advance(home, ENDED, "fail", reason="no-result", note="Zu früh")
    move(home, "2026-11-22")
    home.database.close()
    return home


@pytest.fixture
def desk(made: Home, tmp_path: Path) -> Home:
    """Return a home of its own with the four proposals."""
    return copy_of(made, tmp_path / "desk")


def keys(home: Home, **wanted: object) -> list[str]:
    return [line.key for line in work.listing(home, Filter(**wanted))]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------ review
def test_a_proposal_rests_only_with_a_day_to_look_at_it_again(desk: Home) -> None:
    with pytest.raises(RequirementsUnmet) as caught:
        proposals.advance(desk, DEPOT, "suspend", note="Warten")
    assert [item.kind for item in caught.value.missing] == ["review"]
    assert "--until" in caught.value.missing[0].remedy
    with pytest.raises(RequirementsUnmet, match="Ruhen lassen"):
        proposals.advance(desk, DEPOT, "suspend", note="Warten", until="22.11.2026")
    with pytest.raises(InvalidInput, match="Wiedervorlage gehört nur"):
        proposals.advance(desk, RESTING, "resume", until="2027-03-01")
    with pytest.raises(InvalidInput, match="genaue Tag"):
        proposals.advance(desk, DEPOT, "suspend", note="Warten", until="03.2027")


def test_a_review_can_be_put_off_and_the_clock_rests_until_the_work_goes_on(desk: Home) -> None:
    before = {line.key: line.due for line in work.listing(desk)}
    assert before[RESTING] == "2026-11-30"
    proposals.advance(desk, RESTING, "suspend", note="Noch nicht", until="2026-12-14")
    assert proposal_of(desk, RESTING).review == "2026-12-14"
    move(desk, "2026-12-14")
    proposals.advance(desk, RESTING, "resume")
    (rest,) = proposal_of(desk, RESTING).rests
    assert (rest.start, rest.end) == ("2026-10-01", "2026-12-14")
    line = next(line for line in work.listing(desk) if line.key == RESTING)
    assert line.due == "2027-03-10"  # 60 working days from 14 December on, without Christmas, New Year, Epiphany
    assert not line.suspended
    told = [entry.sentence for entry in timeline.history(desk, RESTING)]
    assert "Ruhen lassen, Wiedervorlage am 14.12.2026." in told
    audit.verify(desk)


# -------------------------------------------------------------------------------------------------------------- list
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [PLANTING, DEPOT, RESTING, ENDED]),
        ({"state": "open"}, [PLANTING, DEPOT, RESTING]),
        ({"state": "ended"}, [ENDED]),
        ({"stage": "Idee", "department": "FB 23"}, [PLANTING, RESTING]),
        ({"department": "i-01"}, [DEPOT]),
        ({"direction": "interkommunal"}, [PLANTING]),
        ({"partner": "Ohrekreis"}, [PLANTING]),  # went up into the Landkreis Börde in 2007
        ({"partner": BOERDE}, [PLANTING]),
        ({"topic": "depots-and-winter-service"}, [DEPOT]),
        ({"workflow": "kooperation", "overdue": True}, [PLANTING]),
        ({"due_before": "01.12.2026"}, [PLANTING, RESTING]),
        ({"due_before": "2026-11-30"}, [PLANTING]),
        ({"text": "OBSTBAEUME strasse"}, [PLANTING]),
        ({"text": "flachen seiten"}, [PLANTING]),
        ({"text": "bau"}, [PLANTING, DEPOT, RESTING]),  # Obstbäume, written without the umlaut, too
        ({"text": "früh"}, [ENDED]),
        ({"text": "schulz"}, [DEPOT]),
        ({"text": "bauhof musikschule"}, []),
    ],
)
def test_the_list_finds_what_is_asked_for(desk: Home, wanted: dict[str, object], found: list[str]) -> None:
    assert keys(desk, **wanted) == found


@pytest.mark.parametrize(
    ("wanted", "error", "sentence"),
    [
        ({"stage": "Ide"}, InvalidInput, "„Idee“"),
        ({"department": "FB 32"}, NotFound, "FB 23"),
        ({"direction": "quer"}, InvalidInput, "interkommunal"),
        ({"partner": "Landkreis Borde"}, NotFound, "Landkreis Börde"),
        ({"topic": "Bauhöfe und Winterdinst"}, NotFound, "Meinten Sie"),
        ({"workflow": "koperation"}, InvalidInput, "kooperation"),
        ({"due_before": "morgen"}, InvalidInput, "22.11.2026"),
        ({"text": "  "}, InvalidInput, "leer"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    desk: Home, wanted: dict[str, object], error: type[IkzError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        keys(desk, **wanted)


def test_a_line_tells_what_is_due_next(desk: Home) -> None:
    lines = {line.key: line for line in work.listing(desk)}
    assert (lines[PLANTING].due, lines[PLANTING].overdue) == ("2026-09-23", True)
    assert lines[PLANTING].next == "Handlungsleitfaden erarbeiten"
    assert lines[PLANTING].partners == ("Landkreis Börde",)
    assert (lines[RESTING].next, lines[RESTING].suspended) == ("Wiedervorlage", True)
    assert (lines[ENDED].due, lines[ENDED].next) == ("", "")


def test_the_list_of_a_past_day_is_judged_by_that_day(desk: Home) -> None:
    then = past.as_of(desk, "20.09.2026")
    assert [(line.key, line.overdue) for line in work.listing(then)] == [(PLANTING, False)]
    assert keys(then, text="Musikschule") == []


def test_the_board_has_every_stage_in_order_and_the_most_urgent_first(desk: Home) -> None:
    (board,) = work.board(desk)
    assert [column.stage for column in board.columns][:2] == ["idea", "guideline-drafted"]
    assert [line.key for line in board.columns[0].lines] == [PLANTING, RESTING, DEPOT]
    assert sum(len(column.lines) for column in board.columns) == 4


# ------------------------------------------------------------------------------------------------------------- today
def told(home: Home, **options: object) -> list[tuple[str, str, str]]:
    return [(one.urgency, one.kind, one.key) for one in tasks.today(home, **options).tasks]  # type: ignore[arg-type]


def test_today_names_what_is_overdue_first_each_with_a_command_that_can_be_typed(desk: Home) -> None:
    found = tasks.today(desk).tasks
    assert [(one.urgency, one.kind, one.key) for one in found] == [
        ("overdue", "stage", PLANTING),
        ("soon", "milestone", PLANTING),
        ("soon", "review", RESTING),
    ]
    assert (found[0].due, found[0].days) == ("2026-09-23", -60)
    assert found[0].command == f"ikz fill {PLANTING} --field occasion"
    assert found[1].what == "Meilenstein 1: Entwurf; Fassung 1 (Landkreis Börde)"
    assert found[1].command == f"ikz milestone done {PLANTING} 1"
    assert found[2].command == f"ikz advance {RESTING} resume"
    records.finish_milestone(desk, PLANTING, 1)
    proposals.advance(desk, RESTING, "resume")
    assert told(desk) == [("overdue", "stage", PLANTING)]


def test_days_says_how_far_today_looks_ahead(desk: Home) -> None:
    assert told(desk, days=0) == [("overdue", "stage", PLANTING)]
    assert ("soon", "stage", DEPOT) in told(desk, days=90, everything=True)


def test_a_clerk_sees_the_own_proposals_and_everybody_sees_all_on_demand(desk: Home) -> None:
    clerk = desk.acting_as("schulz")
    assert {key for _urgency, _kind, key in told(clerk, days=90)} == {DEPOT}
    assert {key for _urgency, _kind, key in told(clerk, days=90, everything=True)} == {PLANTING, DEPOT, RESTING}
    assert told(desk.acting_as("recht")) == []
    stranger = tasks.today(desk.acting_as("niemand"))
    assert (len(stranger.tasks), stranger.roles) == (3, ())


def test_an_open_gate_waits_for_whoever_answers_it_and_a_changed_text_for_the_clerk(voting: Home) -> None:
    first = tasks.today(voting).tasks
    assert {(one.urgency, one.kind) for one in first} == {("open", "gate")}
    council = next(one for one in first if " council " in one.command)
    assert council.command == f"ikz decide IKZ-2026-0001 council {OWN} adopted"
    assert "noch offen bei" in council.what
    records.decide(voting, "IKZ-2026-0001", "council", OWN, "adopted-amended")
    (text,) = tasks.today(voting).tasks
    assert (text.urgency, text.kind) == ("text", "text")
    assert text.command.startswith("ikz document file IKZ-2026-0001 agreement")


def test_a_partner_unheard_for_weeks_is_named(voting: Home) -> None:
    move(voting, "2027-01-29")
    silent = [one for one in tasks.today(voting, days=0).tasks if one.urgency == "silent"]
    assert [one.what for one in silent] == ["Landkreis Börde: seit mehr als 8 Wochen kein Kontakt."]
    records.add_contact(voting, "IKZ-2026-0001", BOERDE, "Anruf")
    assert not [one for one in tasks.today(voting, days=0).tasks if one.urgency == "silent"]


def test_an_unknown_land_counts_without_holidays_and_says_so(desk: Home) -> None:
    assert tasks.today(desk).unknown_state == ""
    registers.add(desk, "organisation", OWN, {"state": "Nirgendwo"})
    assert tasks.today(desk).unknown_state == "Nirgendwo"
    assert work.listing(desk)[1].due < "2026-12-28"


# ---------------------------------------------------------------------------------------------------------- calendar
def entries(path: Path) -> dict[str, icalendar.Event]:
    read = icalendar.Calendar.from_ical(path.read_bytes())
    return {str(event["summary"]): event for event in read.walk("VEVENT")}  # type: ignore[misc]


def test_the_calendar_file_holds_every_day_once_and_is_the_same_for_the_same_data(desk: Home, tmp_path: Path) -> None:
    table = "meeting-dates=12. Januar 2027, 10 Uhr | Haldensleben\nnach Absprache | Magdeburg\n31.02.2027 | Burg"
    proposals.set_fields(desk, PLANTING, [table, "effective-from=01.07.2027"])
    first, again = tmp_path / "fristen.ics", tmp_path / "nochmal.ics"
    assert agenda.export(desk, first, Filter(state="open")) == 6
    agenda.export(desk, again, Filter(state="open"))
    assert first.read_bytes() == again.read_bytes()
    found = entries(first)
    title = "Ersatzpflanzungen auf Flächen beider Seiten"
    assert found[f"Meilenstein: Entwurf; Fassung 1 – {title}"].decoded("dtstart") == date(2026, 11, 30)
    assert found[f"Terminvorschläge: Haldensleben – {title}"].decoded("dtstart") == date(2027, 1, 12)
    assert found[f"Tag des Inkrafttretens – {title}"].decoded("dtstart") == date(2027, 7, 1)
    assert found["Wiedervorlage – Digitale Bauakte"].decoded("dtend") == date(2026, 12, 1)
    assert len({str(event["uid"]) for event in found.values()}) == 6
    assert agenda.export(desk, first, Filter(state="open", department="i-01"), remind=2) == 1
    assert b"TRIGGER:-P2D" in first.read_bytes()


def test_a_changed_day_keeps_its_identity_and_a_later_revision(desk: Home, tmp_path: Path) -> None:
    path = tmp_path / "fristen.ics"
    agenda.export(desk, path, Filter())
    before = entries(path)["Wiedervorlage – Digitale Bauakte"]
    proposals.advance(desk, RESTING, "suspend", note="Noch nicht", until="2027-03-01")
    agenda.export(desk, path, Filter())
    after = entries(path)["Wiedervorlage – Digitale Bauakte"]
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after.decoded("dtstamp") > before.decoded("dtstamp")


def test_a_hostile_title_stays_one_value_of_one_entry() -> None:
    hostile = 'Ä; B, C\\n "D"\r\nEND:VEVENT\r\nBEGIN:VEVENT\u2028\x07' + "ü" * 200
    at = "2026-11-22T11:00:00.123456Z"
    made = calendar(hostile, [Day("a@b", 1, at, date(2027, 1, 1), hostile, hostile, (hostile, "FB 23"))], remind=1)
    (event,) = icalendar.Calendar.from_ical(made).walk("VEVENT")
    assert str(event["summary"]) == 'Ä; B, C\\n "D" END:VEVENT BEGIN:VEVENT ' + "ü" * 200
    lines = made.split(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 1
    assert max(map(len, lines)) <= 75
    made.decode("utf-8")


def test_only_a_calendar_is_ever_replaced(desk: Home, tmp_path: Path) -> None:
    letter = tmp_path / "brief.ics"
    letter.write_text("Sehr geehrte Damen und Herren", encoding="utf-8")
    for path, sentence in ((letter, "kein Kalender"), (tmp_path / "fristen.docx", ".ics")):
        with pytest.raises(InvalidInput, match=sentence):
            agenda.export(desk, path, Filter())
    assert letter.read_text(encoding="utf-8").startswith("Sehr")
    with pytest.raises(StorageError, match="lässt sich nicht schreiben"):
        agenda.export(desk, tmp_path / "gibt-es-nicht" / "fristen.ics", Filter())
