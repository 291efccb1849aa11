# ruff: noqa: E501  a case reads better in one line
"""What a person types becomes a value, or one sentence that says what is wrong and how it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from homes import AUTHORITY, BOERDE, proposal_of, started
from hypothesis import given
from hypothesis import strategies as st

from ikz_workflow import german
from ikz_workflow.definition import Definition, Field
from ikz_workflow.errors import IkzError, InvalidInput, NotFound
from ikz_workflow.services import audit, inputs, proposals, records, registers
from ikz_workflow.services.home import Home

TODAY = date(2026, 11, 22)


def refused(deed: Callable[[], object], *parts: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        deed()
    for part in parts:
        assert part in str(caught.value)
    return caught.value


# ------------------------------------------------------------------------------------------------ dates
@given(st.dates(min_value=date(1, 1, 1)), st.sampled_from([4, 7, 10]))
def test_a_date_of_any_precision_is_read_from_iso_and_from_german_writing(day: date, precision: int) -> None:
    iso = day.isoformat()[:precision]
    assert inputs.partial_date("f", iso) == iso
    assert inputs.partial_date("f", german.date(iso)) == iso
    assert inputs.partial_date("f", f"  {iso} ") == iso


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("1.2.2011", "2011-02-01"),
        ("01.02.2011", "2011-02-01"),
        ("2.2011", "2011-02"),
        ("2003", "2003"),
        ("29.2.2024", "2024-02-29"),
    ],
)
def test_a_date_may_be_written_short(typed: str, iso: str) -> None:
    assert inputs.partial_date("f", typed) == iso


@pytest.mark.parametrize(
    "typed",
    ["29.02.2023", "31.04.2026", "2026-13", "2026-00", "00.2026", "0000", "22.11.26", "22/11/2026", "2026-1-1", "morgen",
     "", " ", "2026-11-22T10:00", "-2026", "12026", "22.11", "\ud800", "2026-11-22\n2026", "1.1.1.2026"],
)  # fmt: skip
def test_a_wrong_date_is_refused_with_how_it_is_written(typed: str) -> None:
    refused(lambda: inputs.partial_date("--on", typed), "--on", "22.11.2026")


@pytest.mark.parametrize("typed", ["2003", "2011-02", "11.2026"])
def test_where_the_day_matters_a_part_of_it_is_not_enough(typed: str) -> None:
    refused(lambda: inputs.full_date("Tag", typed), "Tag", "genaue Tag")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        (None, "2026-11-22"),
        ("unknown", None),
        ("Unbekannt", None),
        ("2026", "2026"),
        ("11.2026", "2026-11"),
        ("22.11.2026", "2026-11-22"),
    ],
)
def test_what_happened_has_a_day_of_any_precision_or_none(typed: str | None, day: str | None) -> None:
    assert inputs.happened(typed, TODAY) == day


@given(st.dates(min_value=TODAY + timedelta(days=1)))
def test_what_is_still_to_come_has_not_happened(day: date) -> None:
    refused(lambda: inputs.happened(day.isoformat(), TODAY), "--on", "Zukunft")


# ------------------------------------------------------------------------------------------------ money, numbers
@given(st.integers(0, inputs.MAX_CENTS), st.sampled_from(["", " €", " Euro", " EUR", "\u00a0€"]))
def test_an_amount_is_read_as_it_is_printed(cents: int, unit: str) -> None:
    printed = german.money(cents).removesuffix(" Euro")
    assert inputs.money("f", printed + unit) == cents
    assert inputs.money("f", printed.replace(".", "") + unit) == cents


@pytest.mark.parametrize(
    ("typed", "cents"), [("0", 0), ("1.234", 123400), ("1234.5", 123450), ("1,5", 150), ("12.34", 1234), ("€ 7", 700)]
)
def test_an_amount_may_be_written_in_several_ways(typed: str, cents: int) -> None:
    assert inputs.money("f", typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["-1", "−1", "1,234", "1.23.4", "1,2,3", "1e3", "nan", "inf", "", "€", "zehn", "1 000", "0x10", "1,", ",5", "12.345,6,7",
     "1_000", "\ud800", "10000000000001", "9" * 5000, "9" * 5000 + ",99"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_by_the_field(typed: str) -> None:
    assert refused(lambda: inputs.money("Kosten", typed), "Kosten").field == "Kosten"


@given(st.decimals(min_value=0, max_value=Decimal("1e20"), allow_nan=False, places=4))
def test_a_number_is_read_as_it_is_printed(value: Decimal) -> None:
    stored = format(value.normalize(), "f") if value else "0"
    assert inputs.number("f", german.number(stored)) == stored
    assert Decimal(inputs.number("f", german.number(stored))) == value


@pytest.mark.parametrize("digits", [5, 20, 28, 29, 30])
def test_a_number_keeps_every_digit_or_is_refused(digits: int) -> None:
    typed = "123456789" * 4
    try:
        assert inputs.number("f", typed[:digits]) == typed[:digits]
    except InvalidInput:
        assert digits > 20


@pytest.mark.parametrize(
    "typed", ["-1", "1,2,3", "1e5", "NaN", "Infinity", "", "eins", "1.2.3", "1 2", "0x1", "\ud800", "9" * 5000]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    refused(lambda: inputs.number("Fälle", typed), "Fälle")


# ------------------------------------------------------------------------------------------------ votes, references
@given(st.lists(st.integers(0, 9999), min_size=3, max_size=4))
def test_votes_are_read_as_they_are_written(counts: list[int]) -> None:
    assert inputs.votes(":".join(map(str, counts))) == tuple(counts)


@pytest.mark.parametrize(
    "typed",
    ["", "43", "43:0", "43:0:1:0:0", "43-0-1", "-1:0:0", "a:b:c", "43:0:x", "43,0,1", "12345:0:0", "43: 0:1", "::"],
)
def test_what_are_no_votes_is_refused_with_the_form(typed: str) -> None:
    refused(lambda: inputs.votes(typed), "--votes", "43:0:1")


@pytest.mark.parametrize(
    "typed", ["DS0438/21", "DS 0508/03", "I0011/24", "A0001/25/2", "F0099/19", "S0001/20", "T0001/20", " DS0438/21 "]
)
def test_the_number_of_a_council_paper_stays_as_written(typed: str) -> None:
    assert inputs.reference(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["", "DS438/21", "XX0438/21", "DS0438-21", "DS0438/2021", "DS0438/21/", "ds0438/21", "DS٠٤٣٨/٢١", "\ud800"]
)
def test_what_is_no_number_of_a_paper_is_refused(typed: str) -> None:
    refused(lambda: inputs.reference(typed), "--reference", "DS0438/21")


@pytest.mark.parametrize("typed", ["BV/2026/0123", "Nr. 17-2026", "044/II/26"])
def test_another_council_numbers_its_papers_as_it_likes(typed: str) -> None:
    assert inputs.reference(typed, ours=False) == typed


@pytest.mark.parametrize("typed", ["", "ohne Ziffer", "1\n2", "7" * 61])
def test_what_is_no_number_of_anybodys_paper_is_refused(typed: str) -> None:
    refused(lambda: inputs.reference(typed, ours=False), "--reference", "")


@pytest.mark.parametrize("typed", ["…", "...", " … "])
def test_the_placeholder_of_a_remedy_is_no_text(typed: str) -> None:
    refused(lambda: inputs.text("--note", typed), "--note", "Platzhalter")


def test_a_name_leads_to_its_key_unless_several_share_it() -> None:
    names = {"a": ("Erika Muster",), "b": ("Hans Muster",), "c": ("hans muster",)}
    assert inputs.one_of("Die Person", "erika  MUSTER", names) == "a"
    assert inputs.one_of("Die Person", "b", names) == "b"
    refused(
        lambda: inputs.one_of("Die Person", "Hans Muster", names),
        "Person: „Hans Muster“",
        "b (Hans Muster), c (hans muster)",
    )
    with pytest.raises(NotFound, match="Erika Muster"):
        inputs.one_of("Die Person", "Erika Mustr", names)


# ------------------------------------------------------------------------------------------------ yes, choices
@pytest.mark.parametrize(
    ("typed", "value"),
    [("ja", True), ("JA", True), (" j ", True), ("yes", True), ("Nein", False), ("n", False), ("false", False)],
)
def test_yes_and_no_have_their_words(typed: str, value: bool) -> None:
    assert inputs.yes_no("f", typed) is value


@pytest.mark.parametrize("typed", ["", "vielleicht", "1", "0", "jein", "ja ja"])
def test_anything_else_is_neither_yes_nor_no(typed: str) -> None:
    refused(lambda: inputs.yes_no("Pflicht", typed), "Pflicht", "ja oder nein")


CHOICES = {"voluntary": "freiwillige Aufgabe", "mandatory": "Pflichtaufgabe", "area": "nach Fläche"}


@pytest.mark.parametrize(
    "typed",
    ["area", "AREA", "nach Fläche", "NACH FLÄCHE", " nach fläche ", unicodedata.normalize("NFD", "nach Fläche")],
)
def test_a_choice_is_taken_by_its_key_or_its_label(typed: str) -> None:
    assert inputs.choice("Schlüssel", typed, CHOICES) == "area"


def test_a_wrong_choice_gets_the_nearest_and_all_that_are_possible() -> None:
    error = refused(lambda: inputs.choice("Art", "mandatry", CHOICES), "Art", "Meinten Sie „mandatory“")
    assert all(f"{key} ({label})" in str(error) for key, label in CHOICES.items())


# ------------------------------------------------------------------------------------------------ text
@pytest.mark.parametrize(
    "good",
    ["Grüße", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "❤️", "weich\u00adtrennen", "schmal\u202fleer", "geschützt\u00a0leer", "名前", "עברית", "a\u0301", "zwei\nZeilen\tTab",
     '# | * < & " {{ }} {% raw %} \\', "=1+1", "'; DROP TABLE event; --", "\u2060", "é" * 1000],
)  # fmt: skip
def test_any_text_people_write_is_kept_in_nfc(good: str) -> None:
    assert inputs.text("f", good) == unicodedata.normalize("NFC", good)


@pytest.mark.parametrize(
    ("bad", "code"),
    [("\x00", "0000"), ("\x07", "0007"), ("\x1b[31m", "001B"), ("\x7f", "007F"), ("\x85", "0085"), ("\x9b", "009B"), ("\r", "000D"), ("\x0b", "000B"),
     ("\ud800", "D800"), ("\udfff", "DFFF"), ("\u202e", "202E"), ("\u2066", "2066"), ("\u200b", "200B"), ("\ufeff", "FEFF"), ("\ufffe", "FFFE"),
     ("\U0001ffff", "1FFFF"), ("\ufdd0", "FDD0"), ("\ue000", "E000"), ("\u2028", "2028"), ("\u2029", "2029")],
)  # fmt: skip
def test_what_nobody_sees_is_refused_by_field_place_and_code(bad: str, code: str) -> None:
    error = refused(lambda: inputs.text("Ziele", "ab" + bad + "c"), "Ziele", "Stelle 3", f"U+{code}")
    assert bad not in str(error)


@given(st.text())
def test_a_text_is_kept_or_refused_and_what_is_kept_is_kept_again(value: str) -> None:
    try:
        kept = inputs.text("f", value)
    except InvalidInput as error:
        assert str(error).encode()  # noqa: PT017  the sentence itself can be printed
        return
    assert inputs.text("f", kept) == kept == unicodedata.normalize("NFC", kept)
    assert kept.encode()
    assert not any(unicodedata.category(one) in ("Cc", "Cs") for one in kept if one not in "\n\t")


@pytest.mark.parametrize("value", ["", " ", "\n\t ", "\u00a0"])
def test_nothing_at_all_is_no_text(value: str) -> None:
    refused(lambda: inputs.text("Ziele", value), "Ziele", "leer")


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "a\r\nb"])
def test_a_line_is_one_line(value: str) -> None:
    refused(lambda: inputs.text("Titel", value, lines=False), "Titel", "eine Zeile")


def test_a_text_has_a_limit_and_says_where_longer_ones_go() -> None:
    assert len(inputs.text("f", "x" * inputs.MAX_CHARACTERS)) == inputs.MAX_CHARACTERS
    refused(lambda: inputs.text("f", "x" * (inputs.MAX_CHARACTERS + 1)), "ikz attach")


@given(
    st.lists(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=2, max_size=2), min_size=1)
)
def test_a_table_is_lines_of_cells(rows: list[list[str]]) -> None:
    field = Field("f", "s", "Termine", "table", "?", columns=("Tag", "Ort"))
    typed = "\n\n".join("|".join(f"  {cell} " for cell in row) for row in rows)
    assert inputs.table(field, typed) == "\n".join(" | ".join(row) for row in rows)
    refused(lambda: inputs.table(field, typed + "\nnur eine"), "Termine", f"Zeile {len(rows) + 1}", "Tag | Ort")


@given(st.lists(st.integers(0, inputs.MAX_CENTS), min_size=1), st.sampled_from(["", " €", " Euro"]))
def test_a_column_of_amounts_takes_amounts_as_they_are_written(cents: list[int], unit: str) -> None:
    field = Field("f", "s", "Kosten", "table", "?", columns=("Wer", "Betrag"), amounts=("Betrag",))
    typed = "\n".join(f"A | {german.amount(one)}{unit}" for one in cents)
    kept = inputs.table(field, typed).split("\n")
    assert [german.cents(row.split(" | ")[1]) for row in kept] == cents


@pytest.mark.parametrize("cell", ["", "–", "-", "?"])
def test_an_amount_nobody_knows_yet_may_stand_open(cell: str) -> None:
    field = Field("f", "s", "Kosten", "table", "?", columns=("Betrag", "Wer"), amounts=("Betrag",))
    assert inputs.table(field, f"{cell} | A") == f"{cell} | A"


@pytest.mark.parametrize("cell", ["ca. 5", "-5", "1,234", "9" * 20, "5 | 6"])
def test_a_wrong_amount_in_a_table_is_refused_with_row_and_column(cell: str) -> None:
    field = Field("f", "s", "Kosten", "table", "?", columns=("Wer", "Betrag"), amounts=("Betrag",))
    column = [] if "|" in cell else ["Spalte „Betrag“"]
    refused(lambda: inputs.table(field, f"A | 7\n\nB | {cell}"), "Kosten", "Zeile 2", *column)


def test_a_number_keeps_to_the_pattern_of_its_field(kooperation: Definition) -> None:
    years, rate = kooperation.fields["economics-years"], kooperation.fields["economics-rate"]
    assert [inputs.field_value(years, typed, {}) for typed in ("1", "50", "7,0")] == ["1", "50", "7"]
    assert [inputs.field_value(rate, typed, {}) for typed in ("0", "2,125", "20")] == ["0", "2.125", "20"]
    for field, typed in ((years, "0"), (years, "51"), (years, "2,5"), (rate, "20,1"), (rate, "1,2345")):
        refused(lambda field=field, typed=typed: inputs.field_value(field, typed, {}), typed, field.hint, field.example)


def test_a_pattern_is_shown_by_its_example(kooperation: Definition) -> None:
    field = kooperation.fields["paper-number"]
    assert inputs.field_value(field, " DS0438/21 ", {}) == "DS0438/21"
    refused(lambda: inputs.field_value(field, "438", {}), "paper-number", "DS0438/21")


@pytest.mark.parametrize(
    "name", ["summary", "cases", "cost-today", "task-kind", "paper-date", "audit-office", "term", "consultation"]
)
@given(value=st.text())
def test_every_kind_of_field_takes_a_text_or_says_why_not(kooperation: Definition, name: str, value: str) -> None:
    field = kooperation.fields[name]
    try:
        kept = inputs.field_value(field, value, field.choices)
    except InvalidInput as error:
        assert str(error).encode()  # noqa: PT017  the sentence itself can be printed
    else:
        assert isinstance(kept, bool) == (field.type == "yes-no")
        assert isinstance(kept, int) or kept


# ------------------------------------------------------------------------------------------------ through the services
def test_the_longest_text_goes_in_and_comes_out_as_it_was(home: Home) -> None:
    key = started(home)
    size = inputs.MAX_CHARACTERS
    text = ("Ä👩‍👩‍👧 <&> {{ x }} # | *" * (size // 20) + "\n" * 1000 + "Ende")[-size:].strip()
    proposals.set_fields(home, key, ["summary=" + text])
    view = proposals.view(home, key)
    assert view.text(str(view.proposal.fields["summary"])) == unicodedata.normalize("NFC", text)
    audit.verify(home)


def test_a_text_of_too_many_lines_is_refused_with_the_remedy() -> None:
    assert inputs.text("f", "x\n" * (inputs.MAX_LINES - 1))
    refused(lambda: inputs.text("f", "x\n" * inputs.MAX_LINES), "ikz attach")


def test_a_choice_of_the_register_is_taken_by_its_label(home: Home) -> None:
    key = started(home)
    proposals.set_fields(
        home, key, ["legal-form=Delegierende Zweckvereinbarung", "cost-key=nach fläche", "direction=Vertikal"]
    )
    fields = proposal_of(home, key).fields
    assert (fields["legal-form"], fields["cost-key"], fields["direction"]) == (
        "delegating-agreement",
        "area",
        "vertikal",
    )


def test_setting_a_field_to_nothing_clears_it(home: Home) -> None:
    key = started(home)
    proposals.set_fields(home, key, ["cases=5", "summary=x"])
    assert proposals.set_fields(home, key, ["cases=", "summary="]).fields == {}
    refused(lambda: proposals.set_fields(home, key, ["cases="]), "nichts geändert")
    refused(lambda: proposals.set_fields(home, key, ["cases"]), "NAME=WERT")
    audit.verify(home)


@pytest.mark.parametrize("weight", [-1, 4, 9, 10**20])
def test_a_weight_is_one_two_or_three(home: Home, weight: int) -> None:
    key = started(home)
    refused(lambda: records.set_obstacle(home, key, "parochialism", weight=weight))


LONE = "x\udc80"  # what a shell passes on for a byte that is no UTF-8
ODD: dict[str, Callable[[Home, str], object]] = {
    "view": lambda home, key: proposals.view(home, LONE),
    "new-title": lambda home, key: proposals.new(home, LONE, "fb-23"),
    "new-department": lambda home, key: proposals.new(home, "x", LONE),
    "new-topic": lambda home, key: proposals.new(home, "x", "fb-23", topic=LONE),
    "new-after": lambda home, key: proposals.new(home, "x", "fb-23", after=LONE),
    "new-workflow": lambda home, key: proposals.new(home, "x", "fb-23", workflow=LONE),
    "set-name": lambda home, key: proposals.set_fields(home, key, [LONE + "=1"]),
    "set-value": lambda home, key: proposals.set_fields(home, key, ["summary=" + LONE]),
    "set-choice": lambda home, key: proposals.set_fields(home, key, ["legal-form=" + LONE]),
    "note": lambda home, key: proposals.add_note(home, key, LONE),
    "on": lambda home, key: proposals.add_note(home, key, "x", on=LONE),
    "assign": lambda home, key: proposals.assign(home, key, "fb-23", LONE),
    "advance": lambda home, key: proposals.advance(home, key, LONE),
    "advance-reason": lambda home, key: proposals.advance(home, key, "fail", reason=LONE, note="x"),
    "advance-note": lambda home, key: proposals.advance(home, key, "fail", reason="other", note=LONE),
    "party": lambda home, key: records.set_party(home, key, LONE, new=True),
    "party-standing": lambda home, key: records.set_party(home, key, BOERDE, LONE, new=True),
    "contact": lambda home, key: records.add_contact(home, key, BOERDE, LONE),
    "contact-organisation": lambda home, key: records.add_contact(home, key, LONE, "x"),
    "contact-person": lambda home, key: records.add_contact(home, key, BOERDE, "x", person=LONE),
    "obstacle": lambda home, key: records.set_obstacle(home, key, LONE),
    "obstacle-party": lambda home, key: records.set_obstacle(home, key, "parochialism", party=LONE),
    "obstacle-answer": lambda home, key: records.set_obstacle(home, key, "parochialism", answer=LONE),
    "check": lambda home, key: records.answer_check(home, key, LONE, "met"),
    "check-evidence": lambda home, key: records.answer_check(home, key, "vat", "met", evidence=LONE),
    "milestone": lambda home, key: records.add_milestone(home, key, LONE),
    "milestone-party": lambda home, key: records.add_milestone(home, key, "x", party=LONE),
    "decide-gate": lambda home, key: records.decide(home, key, LONE, "legal", "approved"),
    "decide-body": lambda home, key: records.decide(home, key, "co-signature", LONE, "approved"),
    "decide-reference": lambda home, key: records.decide(home, key, "co-signature", "legal", "approved", reference=LONE),
    "decide-note": lambda home, key: records.decide(home, key, "co-signature", "legal", "approved", note=LONE),
    "attach": lambda home, key: records.attach(home, key, home.path / LONE),
    "attach-kind": lambda home, key: records.attach(home, key, home.path / "ikz.db", kind=LONE),
    "attachment": lambda home, key: records.attachment_content(home, key, LONE),
    "register-key": lambda home, key: registers.add(home, "topic", LONE, {"label": "x"}),
    "register-value": lambda home, key: registers.add(home, "topic", "neu", {"label": LONE}),
    "register-list": lambda home, key: registers.add(home, "topic", "neu", {"label": "x", "origins": [LONE]}),
    "register-note": lambda home, key: registers.add(home, "topic", "neu", {"label": "x"}, note=LONE),
    "register-authority": lambda home, key: registers.add(home, "organisation", BOERDE, {"authority": LONE}),
    "person-name": lambda home, key: registers.add_person(home, LONE, "neu"),
    "person-account": lambda home, key: registers.add_person(home, "Neu", LONE),
    "person-note": lambda home, key: registers.add_person(home, "Neu", "neu", note=LONE),
    "person-role": lambda home, key: registers.add_person(home, "Neu", "neu", [LONE]),
    "roles-key": lambda home, key: registers.change_roles(home, LONE, granted=["clerk"]),
    "roles-note": lambda home, key: registers.change_roles(home, "gast", granted=["clerk"], note=LONE),
    "account": lambda home, key: proposals.add_note(home.acting_as(LONE), key, "x"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_byte_that_is_no_text_is_refused_wherever_it_is_typed(home: Home, name: str) -> None:
    key = started(home)
    before = proposal_of(home, key)
    with pytest.raises((InvalidInput, NotFound, IkzError)) as caught:
        ODD[name](home, key)
    assert str(caught.value).encode()  # can be printed
    assert proposal_of(home, key) == before
    audit.verify(home)


@pytest.mark.parametrize("escape", ["\x1b[31mrot", "a\x00b", "a\u202eb"])
def test_the_note_of_a_register_entry_is_a_text_like_any_other(home: Home, escape: str) -> None:
    refused(lambda: registers.add(home, "topic", "neu", {"label": "Neu"}, note=escape))
    refused(lambda: registers.add_person(home, "Neu", "neu", note=escape))
    refused(lambda: registers.change_roles(home, "gast", granted=["clerk"], note=escape))


@pytest.mark.parametrize(
    "evidence",
    [
        "fehlt.pdf",
        "Bescheid vom 3. Mai.PDF",
        "/tmp/ikz/fehlt",
        "~/Nachweise/fehlt",
        "./fehlt",
        r"C:\Akten\fehlt",
        "../a/b",
    ],
)
def test_evidence_that_names_a_file_which_is_not_there_is_refused_with_both_ways_on(home: Home, evidence: str) -> None:
    key = started(home)
    for attempt in (
        lambda: records.answer_check(home, key, "vat", "met", evidence=evidence),
        lambda: records.decide(home, key, "co-signature", "legal", "approved", evidence=evidence),
    ):
        with pytest.raises(NotFound, match=r"Die Datei .* gibt es nicht\. .*als Satz"):
            attempt()
    assert proposal_of(home, key).checks == ()


def test_a_file_misspelt_as_evidence_is_named_as_it_is_called(home: Home, tmp_path: Path) -> None:
    key = started(home)
    (tmp_path / "Bescheid.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(NotFound, match=r"Meinten Sie „Bescheid\.pdf“"):
        records.answer_check(home, key, "vat", "met", evidence=str(tmp_path / "Beschied.pdf"))


@pytest.mark.parametrize(
    "evidence",
    [
        "Vermerk",
        "DS0438/21",
        "§ 2b UStG",
        "Vermerk.pdf liegt in der Akte.",
        "https://example.org/satzung.pdf",
        "Az. 12.3.IV",
        "A/B",
        "Stand 3.5",
        "siehe fehlt.pdf\nund Seite 3",
    ],
)
def test_evidence_in_words_is_a_text(home: Home, evidence: str) -> None:
    key = started(home)
    records.answer_check(home, key, "vat", "met", evidence=evidence)
    assert proposal_of(home, key).checks[0].attachment is None


def test_evidence_of_a_decision_that_is_a_text_is_not_lost(home: Home) -> None:
    """Either it is kept where somebody can read it, or it is refused; it does not vanish."""
    key = started(home)
    try:
        records.decide(home, key, "co-signature", "legal", "approved", evidence="Protokoll vom Montag")
    except InvalidInput:
        return
    with home.ready.reading(home.now()) as tx:
        assert "Protokoll vom Montag" in tx.texts(key).values()


def test_the_authority_may_be_named_in_words(home: Home) -> None:
    key = started(home)
    proposals.set_fields(home, key, ["legal-form=delegating-agreement"])
    proposal = records.set_party(home, key, "Landkreis Börde", "beigetreten", new=True)
    assert [party.organisation for party in proposal.parties] == [BOERDE]
    assert AUTHORITY in proposals.view(home, key).case.circumstances.organisations
