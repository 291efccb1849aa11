"""Calculate what a co-operation costs and saves: per year, per party and over the years, exactly, with no float."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from msgspec import Struct
from msgspec.structs import replace

from ikz_workflow import german
from ikz_workflow.language import gettext as _
from ikz_workflow.proposal import Commitment, FieldValue, Proposal

# The fields that hold the figures: our own side, the other parties, other ways, and on what terms to calculate.
COST_TODAY, COST_JOINT, COST_ONCE = "cost-today", "cost-joint", "cost-once"
PARTNER_COSTS, ALTERNATIVES = "partner-costs", "alternatives"
YEARS, RATE, SWING = "economics-years", "economics-rate", "economics-swing"

MOST_YEARS = 100  # a longer period is a typing error
WHOLE = Fraction(1)  # 100 %: a higher rate or swing is a typing error too
POINT = Fraction(1, 100)  # the step by which a rate is varied: one percentage point
_STEP = 1000  # the highest rate is sought in tenths of a percent


class Side(Struct, frozen=True):
    """What one party pays in cents: a year alone, a year together, and once; None where nobody has said it yet."""

    name: str
    today: int | None
    joint: int | None
    once: int | None

    @property
    def saving(self) -> int | None:
        """Return what a year together costs less than a year alone; negative where it costs more."""
        return None if self.today is None or self.joint is None else self.today - self.joint


class Terms(Struct, frozen=True):
    """On what terms to calculate: over how many years, at which rate, with costs how uncertain (parts of one)."""

    years: int | None
    rate: Fraction | None
    swing: Fraction | None

    @property
    def factor(self) -> Fraction | None:
        """Return the annuity factor, None where years or rate are missing."""
        return None if self.rate is None or self.years is None else annuity(self.rate, self.years)


class Outcome(Struct, frozen=True):
    """What the co-operation means for one party: a year's saving and the net present value, in cents if known."""

    side: Side
    value: int | None


class Alternative(Struct, frozen=True):
    """One way for us to get the task done: what all of it costs over the period, in cents of today if known.

    `way` compares it with going on alone: a year of it is `joint`, the net present value how much cheaper it is.
    """

    way: Outcome
    cost: int | None


class Variation(Struct, frozen=True):
    """What becomes of a year's saving and of the net present value if one assumption is wrong."""

    label: str
    saving: int
    value: int


class Limit(Struct, frozen=True):
    """Up to where an assumption may be wrong until the co-operation no longer pays."""

    label: str
    text: str


class Comparison(Struct, frozen=True):
    """The whole calculation; `course` are the net present values after so many years, from none to all."""

    terms: Terms
    own: Outcome
    partners: tuple[Outcome, ...]
    whole: Outcome | None
    alternatives: tuple[Alternative, ...]
    variations: tuple[Variation, ...] = ()
    limits: tuple[Limit, ...] = ()
    course: tuple[int, ...] = ()
    payback: Fraction | None = None
    discounted: Fraction | None = None


# ------------------------------------------------------------------------------------------------------------ formulas
# Sources, as far as they were read: "Arbeitsanleitung Einführung in Wirtschaftlichkeitsuntersuchungen" (circular of the
# Federal Ministry of Finance of 12 January 2011, II A 3 - H 1012-10/08/10004, on § 7 BHO; a recommendation), here
# "BMF"; "Organisationshandbuch" of the Federal Ministry of the Interior, 6.5.1 "Quantitative Bewertungsmethoden", here
# "OHB". They bind the Federation, not a municipality. What the KomHVO of Sachsen-Anhalt demands of a comparison is
# unverified (§ 11 was not read), so nothing printed refers to it.


@lru_cache(maxsize=1024)  # a calculation asks for some twenty, many proposals for the same
def annuity(rate: Fraction, years: int) -> Fraction:
    """Return what one unit at the end of each year is worth today (Rentenbarwertfaktor).

    The sum of the discount factors 1/(1+i)^t (BMF, part on the net present value) for t = 1 … n; n itself where the
    rate is 0.
    """
    return Fraction(years) if not rate else (1 - (1 + rate) ** -years) / rate


def present_value(saving: int | Fraction, once: int | Fraction, factor: Fraction) -> Fraction:
    """Return the net present value (Kapitalwert) of equal savings at the end of each year against costs at once.

    -C0 + saving · Σ 1/(1+i)^t: Kapitalwertmethode after BMF and OHB. It pays where the value is above zero.
    """
    return saving * factor - once


def payback(saving: int, once: int) -> Fraction | None:
    """Return after how many years the savings have covered the costs at once; None where they never do.

    Statische Amortisationsrechnung (OHB): costs at once divided by the saving of a year.
    """
    return Fraction(once, saving) if saving > 0 else None


def discounted_payback(saving: int, once: int, rate: Fraction, years: int) -> Fraction | None:
    """Return the same with savings discounted; None where they do not cover the costs within the years.

    Dynamische Amortisationsrechnung (OHB): the year in which the net present value reaches zero; within it the part
    that the discounted saving of that year bears, so that at a rate of 0 both ways agree.
    """
    if saving <= 0:
        return None
    left, discounted = Fraction(once), Fraction(saving)
    for year in range(years):
        discounted /= 1 + rate
        if left <= discounted:
            return year + left / discounted
        left -= discounted
    return None


def highest_rate(saving: int, once: int, years: int) -> Fraction | None:
    """Return the highest rate, in whole tenths of a percent up to 100 %, at which it still pays; None for no rate.

    The internal rate of return (interner Zinsfuß), rounded down: the rate at which the net present value is zero.
    """
    if saving <= 0 or saving * years < once:
        return None
    low, high = 0, _STEP
    while low < high:
        middle = (low + high + 1) // 2
        pays = present_value(saving, once, annuity(Fraction(middle, _STEP), years)) >= 0
        low, high = (middle, high) if pays else (low, middle - 1)
    return Fraction(low, _STEP)


def course(saving: int, once: int, rate: Fraction, years: int) -> tuple[int, ...]:
    """Return the net present value after 0, 1 … n years, in cents."""
    value, discounted = Fraction(-once), Fraction(saving)
    values = [rounded(value)]
    for _year in range(years):
        discounted /= 1 + rate
        value += discounted
        values.append(rounded(value))
    return tuple(values)


def rounded(value: Fraction) -> int:
    """Return whole cents, half a cent away from zero (kaufmännisch gerundet); the only place where anything is."""
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -whole if value < 0 else whole


# ------------------------------------------------------------------------------------------------------------- reading
def own_side(fields: Mapping[str, FieldValue], name: str = "") -> Side:
    """Return our own costs as a proposal gives them."""
    costs = (fields.get(field) for field in (COST_TODAY, COST_JOINT, COST_ONCE))
    return Side(name, *(cost if type(cost) is int else None for cost in costs))


def _rows(proposal: Proposal, texts: Mapping[Commitment, str], field: str, width: int) -> Iterator[list[str]]:
    """Yield the rows of a table, each with so many cells; what a table lacks is empty."""
    for line in texts.get(str(proposal.fields.get(field, "")), "").split("\n"):
        cells = [cell.strip() for cell in line.split("|")]
        if any(cells):
            yield (cells + [""] * width)[:width]


def _terms(fields: Mapping[str, FieldValue]) -> Terms:
    years = _decimal(fields.get(YEARS))
    is_period = years is not None and years.denominator == 1 and 1 <= years <= MOST_YEARS
    return Terms(int(years) if years is not None and is_period else None, _part(fields, RATE), _part(fields, SWING))


def _part(fields: Mapping[str, FieldValue], name: str) -> Fraction | None:
    percent = _decimal(fields.get(name))
    return percent / 100 if percent is not None and 0 <= percent / 100 <= WHOLE else None


def _decimal(value: FieldValue | None) -> Fraction | None:
    try:
        return None if value is None else Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):  # no number, or one without end
        return None


# --------------------------------------------------------------------------------------------------------- calculation
def compare(proposal: Proposal, texts: Mapping[Commitment, str], own: str) -> Comparison:
    """Return the calculation for a proposal from its fields; `own` is the name of our own organisation."""
    terms, side = _terms(proposal.fields), own_side(proposal.fields, own)
    partners = [Side(name, *map(german.cents, costs)) for name, *costs in _rows(proposal, texts, PARTNER_COSTS, 4)]
    others = _rows(proposal, texts, ALTERNATIVES, 3)
    ways = [
        Side(_("allein weiter"), side.today, side.today, 0),
        Side(_("gemeinsam (eigener Anteil)"), side.today, side.joint, side.once),
        *(Side(name, side.today, german.cents(yearly), german.cents(once)) for name, yearly, once in others),
    ]
    factor, saving, once = terms.factor, side.saving, side.once
    found = Comparison(
        terms=terms,
        own=_outcome(side, factor),
        partners=tuple(_outcome(one, factor) for one in partners),
        whole=_outcome(_together([side, *partners]), factor) if partners else None,
        alternatives=tuple(_alternative(way, factor) for way in ways),
        payback=payback(saving, once) if saving is not None and once is not None else None,
    )
    if saving is None or once is None or terms.rate is None or terms.years is None:
        return found
    found = replace(
        found,
        discounted=discounted_payback(saving, once, terms.rate, terms.years),
        course=course(saving, once, terms.rate, terms.years),
        variations=tuple(_variations(side, terms.years, terms.rate, terms.swing or Fraction(0))),
    )
    return replace(found, limits=tuple(_limits(found, saving, once, terms.rate, terms.years)))


def _outcome(side: Side, factor: Fraction | None) -> Outcome:
    saving, once = side.saving, side.once
    if saving is None or once is None or factor is None:
        return Outcome(side, None)
    return Outcome(side, rounded(present_value(saving, once, factor)))


def _together(sides: Sequence[Side]) -> Side:
    """Return the sums over all parties, where each gives its figure."""
    totals = [
        None if None in costs else sum(cost or 0 for cost in costs)
        for costs in zip(*((one.today, one.joint, one.once) for one in sides), strict=True)
    ]
    return Side(_("zusammen"), *totals)


def _alternative(way: Side, factor: Fraction | None) -> Alternative:
    """Return a way with what it costs over the period, all payments discounted (Barwert)."""
    if way.joint is None or way.once is None or factor is None:
        return Alternative(_outcome(way, factor), None)
    return Alternative(_outcome(way, factor), rounded(way.once + way.joint * factor))


def _variations(side: Side, years: int, rate: Fraction, swing: Fraction) -> Iterator[Variation]:
    """Yield the calculation as given, with one assumption wrong at a time, and with all of them against us.

    Sensitivitätsanalyse (BMF: what changes if an assumption does): costs vary by the swing stated, the rate by a point.
    """
    today, joint, once = side.today or 0, side.joint or 0, side.once or 0
    more, less, spread = 1 + swing, 1 - swing, percent(swing)

    def varied(label: str, joint: Fraction, once: Fraction, rate: Fraction) -> Variation:
        saving = today - joint
        return Variation(label, rounded(saving), rounded(present_value(saving, once, annuity(rate, years))))

    whole, at_once = Fraction(joint), Fraction(once)
    yield varied(_("wie angegeben"), whole, at_once, rate)
    if swing:
        yield varied(_("gemeinsame Kosten {n} % höher").format(n=spread), whole * more, at_once, rate)
        yield varied(_("gemeinsame Kosten {n} % niedriger").format(n=spread), whole * less, at_once, rate)
    if swing and once:
        yield varied(_("einmalige Kosten {n} % höher").format(n=spread), whole, at_once * more, rate)
        yield varied(_("einmalige Kosten {n} % niedriger").format(n=spread), whole, at_once * less, rate)
    lower, higher = max(rate - POINT, Fraction(0)), rate + POINT
    yield varied(_("Zinssatz {n} %").format(n=percent(higher)), whole, at_once, higher)
    if lower != rate:
        yield varied(_("Zinssatz {n} %").format(n=percent(lower)), whole, at_once, lower)
    if swing:
        against = _("alles zugleich ungünstig (Kosten {n} % höher, Zinssatz {rate} %)")
        yield varied(against.format(n=spread, rate=percent(higher)), whole * more, at_once * more, higher)


def _limits(found: Comparison, saving: int, once: int, rate: Fraction, years: int) -> Iterator[Limit]:
    """Yield up to where each assumption may be wrong (kritische Werte): where the net present value is zero."""
    factor = annuity(rate, years)
    joint = floor((found.own.side.today or 0) - once / factor)
    never = _("kein Betrag genügt")
    yield Limit(_("gemeinsame Kosten je Jahr höchstens"), german.money(joint) if joint >= 0 else never)
    if saving <= 0:
        return
    yield Limit(_("einmalige Kosten höchstens"), german.money(floor(saving * factor)))
    if once:
        highest = highest_rate(saving, once, years)
        shortest = discounted_words(found) if found.discounted is None else whole_years(ceil(found.discounted))
        told = _("kein Zinssatz genügt") if highest is None else f"{percent(highest)} %"
        yield Limit(_("Zinssatz höchstens"), _("über 100 %") if highest == WHOLE else told)
        yield Limit(_("Dauer der Zusammenarbeit mindestens"), shortest)


def missing(proposal: Proposal, found: Comparison) -> list[str]:
    """Return the names of the fields without which the calculation is not whole."""
    figures = {
        COST_TODAY: found.own.side.today,
        COST_JOINT: found.own.side.joint,
        COST_ONCE: found.own.side.once,
        PARTNER_COSTS: proposal.fields.get(PARTNER_COSTS),
        YEARS: found.terms.years,
        RATE: found.terms.rate,
        SWING: found.terms.swing,
    }
    return [name for name, figure in figures.items() if figure is None]


# ------------------------------------------------------------------------------------------------------------ in words
def percent(part: Fraction) -> str:
    """Return a part of one as percent in German writing, without the sign."""
    exact = Decimal(part.numerator * 100) / Decimal(part.denominator)
    return german.number(format(exact.normalize(), "f"))


def whole_years(count: int) -> str:
    """Return a number of years for people."""
    return _("1 Jahr") if count == 1 else _("{n} Jahre").format(n=count)


def years_words(span: Fraction) -> str:
    """Return a span of years for people, to a tenth."""
    if span > MOST_YEARS:
        return _("über {years}").format(years=whole_years(MOST_YEARS))
    if 0 < span < Fraction(1, 20):
        return _("unter 0,1 Jahre")
    return german.years(Decimal(span.numerator) / Decimal(span.denominator)) if span else _("sofort")


def payback_words(found: Comparison) -> str:
    """Return the static payback in words, "" where figures are missing."""
    saving = found.own.side.saving
    if saving is not None and saving <= 0:
        return _("keine, weil keine Einsparung entsteht")
    return "" if found.payback is None else years_words(found.payback)


def discounted_words(found: Comparison) -> str:
    """Return the discounted payback in words, "" where figures are missing."""
    if not found.course or (found.own.side.saving or 0) <= 0:
        return payback_words(found) if found.course else ""
    if found.discounted is None:
        return _("mehr als {years}").format(years=whole_years(found.terms.years or 0))
    return years_words(found.discounted)


def verdict(found: Comparison) -> str:
    """Return what the figures say, in one sentence or two; "" where the saving is not known."""
    saving, once, value = found.own.side.saving, found.own.side.once, found.own.value
    if saving is None:
        return ""
    said = _of_no_saving(saving, once) if saving <= 0 else _of_saving(found, saving, once, value)
    losing = [one.side.name for one in found.partners if (one.side.saving or 0 if one.value is None else one.value) < 0]
    if losing:
        names = german.listed(losing)
        said += " " + _("Sie rechnet sich nach den Angaben nicht für: {names}.").format(names=names)
    return said


def _of_no_saving(saving: int, once: int | None) -> str:
    if saving == 0 and not once:
        return _("Gemeinsam kostet im Jahr ebenso viel wie „allein weiter“; eine Einsparung entsteht nicht.")
    if saving == 0:
        why = _("Gemeinsam kostet im Jahr ebenso viel wie „allein weiter“, und einmalig kommen {more} hinzu.")
    else:
        why = _("Gemeinsam kostet im Jahr {more} mehr als „allein weiter“.")
    said = _("Nach diesen Zahlen rechnet sich die Zusammenarbeit nicht:")
    return f"{said} {why.format(more=german.money(-saving or once or 0))}"


def _of_saving(found: Comparison, saving: int, once: int | None, value: int | None) -> str:
    if value is None or found.terms.rate is None:
        said = _("Gemeinsam kostet im Jahr {saving} weniger als „allein weiter“.").format(saving=german.money(saving))
        covered = _(" Die Ersparnis deckt die einmaligen Kosten nach: {years}.").format(years=payback_words(found))
        return said + covered if once else said
    if value > 0:
        said = _("Die Zusammenarbeit rechnet sich: Gemeinsam ist {over} um {value} günstiger als „allein weiter“.")
    elif value == 0:
        said = _("Gemeinsam kostet {over} ebenso viel wie „allein weiter“.")
    else:
        said = _("Die Zusammenarbeit rechnet sich nicht: Gemeinsam ist {over} um {value} teurer als „allein weiter“.")
    over = _("über {years} bei einem Zinssatz von {rate} %")
    over = over.format(years=whole_years(found.terms.years or 0), rate=percent(found.terms.rate))
    return said.format(over=over, value=german.money(abs(value)))
