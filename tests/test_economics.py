"""What a co-operation costs and saves: computed by hand, and by laws that hold for all figures."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from homes import blank, definition_of, workflow_text
from hypothesis import given
from hypothesis import strategies as st

from ikz_workflow import economics
from ikz_workflow.economics import (
    Comparison,
    annuity,
    compare,
    course,
    discounted_payback,
    discounted_words,
    highest_rate,
    payback,
    payback_words,
    present_value,
    rounded,
    verdict,
)
from ikz_workflow.proposal import FieldValue

CENTS = st.integers(0, 10**15)
RATES = st.integers(0, 20_000).map(lambda thousandths: Fraction(thousandths, 100_000))
YEARS = st.integers(1, 50)
DEFINITION = definition_of(workflow_text("kooperation"))
DEMO: dict[str, FieldValue] = {
    "cost-today": 9_600_000, "cost-joint": 7_800_000, "cost-once": 4_500_000,
    "economics-years": "10", "economics-rate": "2.5", "economics-swing": "10",
}  # fmt: skip


def made(partners: str = "", alternatives: str = "", **fields: FieldValue | None) -> Comparison:
    given = DEMO | {"partner-costs": "partners", "alternatives": "ways"}
    given |= {name.replace("_", "-"): value for name, value in fields.items() if value is not None}
    for name, value in fields.items():
        if value is None:
            del given[name.replace("_", "-")]
    proposal = msgspec.structs.replace(blank(DEFINITION), fields=given)
    return compare(proposal, {"partners": partners, "ways": alternatives}, "Stadt")


# ------------------------------------------------------------------------------------------------------------- by hand
def test_two_years_at_ten_percent_are_discounted_as_on_paper() -> None:
    # -100 + 60,50/1,1 + 60,50/1,21 = -100 + 55 + 50 = 5
    assert present_value(6050, 10_000, annuity(Fraction(1, 10), 2)) == 500
    assert course(6050, 10_000, Fraction(1, 10), 2) == (-10_000, -4_500, 500)
    assert payback(6050, 10_000) == Fraction(200, 121)
    # after a year 45 are left; the second year brings 50: nine tenths of it
    assert discounted_payback(6050, 10_000, Fraction(1, 10), 2) == Fraction(19, 10)
    # 60,50/1,136 + 60,50/1,136² = 100,14; at 13,7 % it is 100,01; at 13,8 % 99,88
    assert highest_rate(6050, 10_000, 2) == Fraction(137, 1000)


def test_the_annuity_factor_is_the_one_of_the_tables() -> None:
    assert round(annuity(Fraction(25, 1000), 10) * 10_000) == 87_521  # 8,7521: ten years at 2,5 %
    assert round(annuity(Fraction(5, 100), 20) * 10_000) == 124_622


def test_the_whole_calculation_of_an_example() -> None:
    found = made("Landkreis | 62.000 | 51.000,00 € | 12000", "Vergabe | 91.500 | 8.000")
    assert (found.own.side.saving, found.own.value) == (1_800_000, 11_253_715)
    assert [one.value for one in found.partners] == [8_427_270]
    assert found.whole is not None
    assert (found.whole.side.today, found.whole.side.saving, found.whole.value) == (15_800_000, 2_900_000, 19_680_985)
    assert [(one.way.side.name, one.cost, one.way.value) for one in found.alternatives] == [
        ("allein weiter", 84_019_814, 0),
        ("gemeinsam (eigener Anteil)", 72_766_099, 11_253_715),
        ("Vergabe", 80_881_385, 3_138_429),
    ]
    assert (payback_words(found), discounted_words(found)) == ("2,5 Jahre", "2,6 Jahre")
    assert [one.text for one in found.limits] == ["90.858,35 Euro", "157.537,15 Euro", "38,4 %", "3 Jahre"]
    assert verdict(found).startswith("Die Zusammenarbeit rechnet sich: Gemeinsam ist über 10 Jahre")
    worst = found.variations[-1]
    assert (worst.saving, worst.value) == (1_020_000, 3_532_937)


@pytest.mark.parametrize(
    ("value", "cents"), [("1/2", 1), ("-1/2", -1), ("49/100", 0), ("-49/100", 0), ("3/2", 2), ("-7", -7)]
)
def test_half_a_cent_is_rounded_away_from_zero(value: str, cents: int) -> None:
    assert rounded(Fraction(value)) == cents


# ---------------------------------------------------------------------------------------------------------------- laws
@given(CENTS, CENTS, YEARS)
def test_at_no_interest_the_value_is_the_sum_of_all_payments(saving: int, once: int, years: int) -> None:
    assert present_value(saving, once, annuity(Fraction(0), years)) == saving * years - once


@given(CENTS, CENTS, CENTS, CENTS, RATES, YEARS)
def test_two_parties_together_have_the_sum_of_their_values(
    saving: int, more: int, once: int, again: int, rate: Fraction, years: int
) -> None:
    factor = annuity(rate, years)
    parts = present_value(saving, once, factor) + present_value(more, again, factor)
    assert present_value(saving + more, once + again, factor) == parts


@given(CENTS, CENTS, RATES, YEARS)
def test_the_last_point_of_the_course_is_the_value(saving: int, once: int, rate: Fraction, years: int) -> None:
    values = course(saving, once, rate, years)
    assert len(values) == years + 1
    assert (values[0], values[-1]) == (-once, rounded(present_value(saving, once, annuity(rate, years))))
    assert list(values) == sorted(values)


@given(st.integers(1, 10**9), st.integers(0, 10**11), RATES, YEARS)
def test_the_value_changes_its_sign_where_the_costs_are_covered(
    saving: int, once: int, rate: Fraction, years: int
) -> None:
    covered = discounted_payback(saving, once, rate, years)
    pays = present_value(saving, once, annuity(rate, years)) >= 0
    assert (covered is not None) == pays
    if covered is not None:
        static = payback(saving, once)
        assert static is not None
        assert static <= covered <= years
        assert (static == covered) == (rate == 0 or once == 0)
        whole = -(-covered.numerator // covered.denominator)
        assert present_value(saving, once, annuity(rate, whole)) >= 0
        assert whole == 0 or present_value(saving, once, annuity(rate, whole - 1)) < 0


@given(st.integers(1, 10**9), st.integers(1, 10**11), YEARS)
def test_it_pays_at_the_highest_rate_and_at_none_above(saving: int, once: int, years: int) -> None:
    highest = highest_rate(saving, once, years)
    if highest is None:
        assert saving * years < once
        return
    assert present_value(saving, once, annuity(highest, years)) >= 0
    if highest < 1:
        assert present_value(saving, once, annuity(highest + Fraction(1, 1000), years)) < 0


@given(CENTS, CENTS, CENTS, RATES, YEARS)
def test_no_figure_is_ever_a_float(today: int, joint: int, once: int, rate: Fraction, years: int) -> None:
    thousandths = int(rate * 100_000)
    text = f"{thousandths // 1000}.{thousandths % 1000:03d}"
    found = made(
        "A | 1 | 2 | 3", "B | 4 | 5",
        cost_today=today, cost_joint=joint, cost_once=once, economics_years=str(years), economics_rate=text,
    )  # fmt: skip
    assert found.terms.rate == rate
    plain = (found.terms, found.own, found.partners, found.whole, found.alternatives, found.course, found.variations)
    assert not any(isinstance(one, float) for one in _leaves(plain))
    assert found.own.value == rounded(present_value(today - joint, once, annuity(rate, years)))
    assert found.variations[0].value == found.own.value
    assert verdict(found)


def _leaves(value: object) -> list[object]:
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.astuple(value)
    return [leaf for one in value for leaf in _leaves(one)] if isinstance(value, tuple) else [value]


# ----------------------------------------------------------------------------------------------------- what is missing
def test_without_rate_or_period_only_the_static_figures_are_known() -> None:
    for name in ("economics_rate", "economics_years"):
        found = made(**{name: None})
        assert (found.own.value, found.course, found.variations, found.limits) == (None, (), (), ())
        assert payback_words(found) == "2,5 Jahre"
        assert "18.000,00 Euro weniger" in verdict(found)


def test_without_costs_nothing_is_said() -> None:
    found = made(cost_joint=None)
    assert (found.own.side.saving, found.own.value, payback_words(found), verdict(found)) == (None, None, "", "")


def test_a_partner_who_has_not_told_all_leaves_the_sum_open() -> None:
    found = made("A | 10 | 5 | –\nB | 10 | 5\nC | zehn | 5 | 1\n | 1 | 1 | 1")
    assert [(one.side.name, one.side.today, one.side.joint, one.side.once) for one in found.partners] == [
        ("A", 1000, 500, None), ("B", 1000, 500, None), ("C", None, 500, 100), ("", 100, 100, 100),
    ]  # fmt: skip
    assert found.whole is not None
    assert (found.whole.side.today, found.whole.side.joint, found.whole.side.once) == (None, 7_801_600, None)
    assert found.whole.value is None


@pytest.mark.parametrize("years", ["0", "1.5", "101", "9" * 28, "c:abc"])
def test_a_period_that_is_none_counts_as_missing(years: str) -> None:
    assert made(economics_years=years).terms.years is None


@pytest.mark.parametrize("rate", ["100.1", "-1", "9" * 28, "c:abc", "nan", "inf"])
def test_a_rate_that_is_none_counts_as_missing(rate: str) -> None:
    assert made(economics_rate=rate).terms.rate is None


def test_the_fields_that_are_still_to_be_asked_are_named() -> None:
    proposal = msgspec.structs.replace(blank(DEFINITION), fields={"cost-today": 1, "economics-rate": "0"})
    found = compare(proposal, {}, "Stadt")
    assert economics.missing(proposal, found) == [
        "cost-joint", "cost-once", "partner-costs", "economics-years", "economics-swing",
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ in words
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cost_joint": 9_700_000}, "die Zusammenarbeit nicht: Gemeinsam kostet im Jahr 1.000,00 Euro mehr"),
        ({"cost_joint": 9_600_000}, "ebenso viel wie „allein weiter“, und einmalig kommen 45.000,00 Euro hinzu"),
        ({"cost_joint": 9_600_000, "cost_once": 0}, "eine Einsparung entsteht nicht"),
        ({"cost_once": 10**10}, "rechnet sich nicht: Gemeinsam ist über 10 Jahre bei einem Zinssatz von 2,5 % um"),
        ({"cost_once": 18_000_000, "economics_rate": "0"}, "bei einem Zinssatz von 0 % ebenso viel wie"),
    ],
)  # fmt: skip
def test_what_does_not_pay_is_said_in_words(fields: dict[str, FieldValue], said: str) -> None:
    assert said in verdict(made(**fields))


def test_a_partner_who_loses_is_named() -> None:
    assert "nicht für: B und C." in verdict(made("A | 9 | 5 | 1\nB | 1 | 5 | 1\nC | 1 | 5 | –"))
    assert "nicht für" not in verdict(made("A | 9 | 5 | 1"))


@pytest.mark.parametrize(
    ("once", "static", "discounted"),
    [
        (0, "sofort", "sofort"),
        (1, "unter 0,1 Jahre", "unter 0,1 Jahre"),
        (9_000_000, "5,0 Jahre", "5,4 Jahre"),
        (17_000_000, "9,4 Jahre", "mehr als 10 Jahre"),
        (10**15, "über 100 Jahre", "mehr als 10 Jahre"),
    ],
)
def test_the_payback_is_told_in_years(once: int, static: str, discounted: str) -> None:
    found = made(cost_once=once)
    assert payback_words(found) == static
    assert discounted_words(found) == discounted


def test_no_saving_has_no_payback() -> None:
    found = made(cost_joint=9_600_000)
    assert payback_words(found) == discounted_words(found) == "keine, weil keine Einsparung entsteht"
    assert [one.label for one in found.limits] == ["gemeinsame Kosten je Jahr höchstens"]
