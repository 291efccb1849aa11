"""Fill a home with many proposals at once: plausible enough to be reported on, recorded in one transaction."""

from __future__ import annotations

from random import Random

from homes import BOERDE, JERICHOW, OWN, STENDAL

from ikz_workflow.events import Advanced, Created, FieldsSet, MilestoneAdded, ObstacleSet, PartySet
from ikz_workflow.services.cases import current, person
from ikz_workflow.services.home import Home

DEPARTMENTS = ("fb-23", "fb-02", "fb-01")
REASONS = ("no-result", "partner-withdrew", "refused-by-partner", "not-economical", "no-capacity", "completed")
WAYS = ("draft-guideline", "contact-partner", "settle-agreement", "submit-to-council", "enact")
MATTERS = ("Bauhof", "Vergabestelle", "Straßenbeleuchtung", "Gehölzpflege", "Gewässerunterhaltung", "Bücherei")


def fill(home: Home, count: int, seed: int = 1) -> None:
    """Add so many proposals of `kooperation`; the same seed gives the same ones."""
    dice = Random(seed)
    definition, text = current(home, "kooperation")
    stages = [name for name, stage in definition.stages.items() if not stage.final]
    with home.ready.writing(home.now()) as tx:
        sha256 = tx.keep_definition(definition.name, text)
        topics = [entry.key for entry in tx.entries("topic")]
        someone = person(tx, home).key
        for number in range(count):
            key = f"IKZ-2026-{number + 1:04d}"
            actor = tx.actor(key, someone, "clerk")
            year, month = dice.randint(2012, 2026), dice.randint(1, 8)
            title = f"{dice.choice(MATTERS)} über die Kreisgrenze hinweg, Vorhaben {number + 1}"
            title += ", mit allem, was dazugehört" * (number % 50 == 0) + " und noch mehr" * (8 * (number % 50 == 0))
            topic, department = dice.choice(topics), dice.choice(DEPARTMENTS)
            what = Created(tx.hide("title", title[:200]), definition.name, "idea", department, topic)
            one = tx.record(key, what, actor, f"{year}-{month:02d}", sha256)
            fields = {"cost-today": dice.randint(10_000, 90_000) * 100, "cost-joint": dice.randint(5_000, 70_000) * 100}
            if number % 3:
                fields["cost-once"] = dice.randint(0, 30_000) * 100
            one = tx.record(one, FieldsSet(dict(sorted(fields.items()))), actor, None, sha256)
            one = tx.record(one, FieldsSet({"legal-form": "delegating-agreement"}), actor, None, sha256)
            for partner in (OWN, dice.choice((BOERDE, JERICHOW, STENDAL))):
                one = tx.record(one, PartySet(partner, "joined"), actor, f"{year}-{month + 1:02d}-11", sha256)
            one = tx.record(one, ObstacleSet("parochialism", weight=dice.randint(1, 3)), actor, None, sha256)
            one = tx.record(one, MilestoneAdded(tx.hide("milestone", "Entwurf"), "2026-03"), actor, None, sha256)
            far = dice.randint(0, len(WAYS))
            for place in range(far):
                day = f"{min(2026, year + place // 2)}-{month + 2:02d}-{place + 10}"
                move = Advanced(WAYS[place], stages[place], stages[place + 1])
                one = tx.record(one, move, actor, None if dice.random() < 0.05 else day, sha256)
            if dice.random() < 0.4:
                end = Advanced("fail", stages[far], "ended", "end", reason=dice.choice(REASONS))
                day = f"{min(2026, year + 3)}-{dice.randint(10, 11)}-01"
                tx.record(one, end, actor, day, sha256, tx.hide("note", f"Früher über {dice.choice(MATTERS)} reden."))
