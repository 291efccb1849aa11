"""Make a home with very many proposals: `python -m benchmarks.generate DIR --proposals 100000`.

Everything goes through the one way to write, so that `ikz verify` passes. A seed gives the same proposals again; salts
and the log's name are random, as they have to be.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measuring import cost_of
from benchmarks.story import DEPARTMENT, Begun, BenchHome, Story
from ikz_workflow import engine
from ikz_workflow.events import ContactMade, FieldsSet, MilestoneAdded, Noted, PartySet
from ikz_workflow.proposal import DIRECTIONS, FieldValue, Standing
from ikz_workflow.requirements import Plan
from ikz_workflow.services import registers
from ikz_workflow.services.cases import circumstances, current, own_organisation
from ikz_workflow.services.home import Home
from ikz_workflow.storage.transaction import Transaction

FIRST, LAST = datetime(2016, 1, 4, 8, tzinfo=UTC), datetime(2026, 10, 30, 8, tzinfo=UTC)
CLERKS = 12
_BATCH, _DAYS = 500, 40  # proposals in one transaction at most, transactions at least
_WHOLE = {"guideline-drafted": 20, "agreement": 5, "in-force": 5}  # of a thousand proposals: those that got so far
_ENDED, _RESTING = 0.75, 0.03  # the share of the others that failed, or rest
_STANDINGS: tuple[Standing, ...] = ("approached", "interested", "declined")
_WHAT = ("Pflege", "Beschaffung", "Planung", "Vergabe", "Nutzung", "Prüfung", "Ausbildung", "Verwaltung", "Förderung")
_OF = ("der Grünflächen", "von Streusalz", "eines Radwegs", "der Musikschule", "von Dienstwagen", "der Bauakten")
_WHERE = ("an der Stadtgrenze", "mit dem Umland", "im Gewerbegebiet", "entlang der Elbe", "für beide Häuser")
_NOTES = (
    "Telefonat mit der Gegenseite; ein Treffen vor Ort ist verabredet, die Unterlagen liegen in der Akte.",
    "Die Kämmerei hat Rückfragen zum Umlageschlüssel; Antwort bis Ende des Monats zugesagt.",
    "Vermerk des Rechtsamts eingegangen, keine Bedenken gegen die Übertragung der Aufgabe.",
)


def generate(folder: Path, proposals: int, seed: int = 1) -> Home:
    """Return a new home in which ten years went by; the events of about ten are recorded for each proposal."""
    home = BenchHome(folder, folder / "ikz.db", None, lambda: FIRST - timedelta(days=1))
    registers.init(home, name="Frau Muster")
    for number in range(1, CLERKS + 1):
        departments = [DEPARTMENT] if number == 1 else []
        registers.add_person(home, f"Sachbearbeitung {number}", f"clerk-{number}", ["clerk"], departments=departments)
    decade = Decade(home, random.Random(seed), proposals)
    batch = max(1, min(_BATCH, proposals // _DAYS))
    for start in range(0, proposals, batch):
        decade.record(range(start, min(start + batch, proposals)))
    home.database.close()
    return BenchHome(folder, folder / "ikz.db", None)


class Decade:
    """Tells what happened, a batch of proposals a transaction."""

    def __init__(self, home: Home, chance: random.Random, proposals: int) -> None:
        self.home, self.chance, self.proposals = home, chance, proposals
        self.definition, self.text = current(home, "kooperation")
        self.numbers = Counter[int]()
        with home.ready.reading(home.now()) as tx:
            own = own_organisation(tx)
            self.partners = [entry.key for entry in tx.entries("organisation") if entry.key != own]
            self.departments = [entry.key for entry in tx.entries("department")]
            self.topics = [entry.key for entry in tx.entries("topic")]
            self.clerks = [entry.key for entry in tx.entries("person")][-CLERKS:]

    def record(self, numbers: range) -> None:
        """Record the proposals of these numbers, all on the same day."""
        moment = FIRST + (LAST - FIRST) * numbers.start / self.proposals
        with self.home.ready.writing(moment) as tx:
            tx.keep_definition(self.definition.name, self.text)
            for _number in numbers:
                self._proposal(tx, moment)

    def _proposal(self, tx: Transaction, moment: datetime) -> None:
        chance = self.chance
        self.numbers[moment.year] += 1
        begun = Begun(
            key=f"IKZ-{moment.year}-{self.numbers[moment.year]:04d}",
            day=moment.date().isoformat(),
            title=f"Gemeinsame {chance.choice(_WHAT)} {chance.choice(_OF)} {chance.choice(_WHERE)}",
            department=chance.choice(self.departments),
            topic=chance.choice([*self.topics, None]),
            clerk=chance.choice(self.clerks),
        )
        told = Told(tx, self.home, self.definition, begun)
        stage = chance.choices([*_WHOLE, ""], [*_WHOLE.values(), 1000 - sum(_WHOLE.values())])[0]
        if stage:
            told.upto(stage)
        else:
            told.work(chance, self.partners)
            fate = chance.random()
            if fate < _ENDED:
                told.end("fail", "Die Gegenseite hat sich anders entschieden.", Plan(reason="no-result", note=True))
            elif fate < _ENDED + _RESTING:
                review = (moment + timedelta(days=chance.randrange(30, 400))).date().isoformat()
                told.end("suspend", "Es fehlt ein Beschluss des Landes.", Plan(note=True, review=review))


class Told(Story):
    """A proposal that keeps a clerk busy at its first stage."""

    def work(self, chance: random.Random, partners: list[str]) -> None:
        """Record what is known of it, the partner, contacts, a milestone, notes."""
        hide, direction = self.tx.hide, chance.choices(DIRECTIONS, (80, 15, 5))[0]
        values: dict[str, FieldValue | None] = {
            "benefit-partner": hide("benefit-partner", "Weniger Fahrten, ein gemeinsamer Einkauf."),
            "direction": direction,
            "summary": hide("summary", "Beide Seiten erledigen die Aufgabe künftig gemeinsam und teilen die Kosten."),
        }
        self.write(FieldsSet(values, ("benefit-partner", "summary")))
        for partner in chance.sample(partners, chance.choice((1, 1, 2))):
            self.write(PartySet(partner, chance.choice(_STANDINGS)))
            self.write(ContactMade(partner, hide("contact", chance.choice(_NOTES))))
        due = (datetime.fromisoformat(self.day) + timedelta(days=chance.randrange(20, 600))).date().isoformat()
        self.write(MilestoneAdded(hide("milestone", "Entwurf abgestimmt"), due, None, 1))
        for _note in range(chance.randrange(1, 5)):
            self.write(Noted(), hide("note", chance.choice(_NOTES)))

    def end(self, name: str, note: str, plan: Plan) -> None:
        """Let a transition happen that needs a reason or a day."""
        around = circumstances(self.tx, self.definition, self.proposal, self.day)
        what = engine.advance(self.definition, self.proposal, around, name, tuple(self.definition.roles), plan)
        self.write(what, self.tx.hide("note", note))


def main() -> None:
    """Make a home and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--proposals", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if (given.folder / "ikz.db").exists():
        sys.exit(f"{given.folder} holds a home already")
    homes: list[Home] = []
    cost = cost_of(lambda: homes.append(generate(given.folder, given.proposals, given.seed)))
    with homes[0].ready.reading(homes[0].now()) as tx:
        events = tx.head.seq
    rates = f"{events / cost.wall:,.0f} a second, {events / cost.cpu:,.0f} a second of CPU"
    print(f"{given.proposals:,} proposals, {events:,} events in {cost.wall:.1f} s: {rates}")


if __name__ == "__main__":
    main()
