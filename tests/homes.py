"""Build homes and proposals for the tests: real files, a clock that ticks, every requirement met on demand."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from docx import Document
from sqlalchemy import NullPool, create_engine

from ikz_workflow import events
from ikz_workflow.definition import Definition, Source, read
from ikz_workflow.gates import Circumstances
from ikz_workflow.proposal import Actor, LegalForm, Organisation, Proposal
from ikz_workflow.services import anchors, documents, proposals, records
from ikz_workflow.services.home import Home

CHECKOUT = Path(__file__).parents[1]
WORKFLOWS = CHECKOUT / "workflows"
CATALOGUES = ("obstacles", "checks", "reasons", "guidance")
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
OWN, BOERDE, JERICHOW = "landeshauptstadt-magdeburg", "landkreis-boerde", "landkreis-jerichower-land"
STENDAL, AUTHORITY = "hansestadt-stendal", "landesverwaltungsamt-sachsen-anhalt"
DEPARTMENT = "fb-23"
MAIN_LINE = ("idea", "guideline-drafted", "partner-contacted", "agreement", "council-vote", "in-force", "ended")
GUARDS = ("event_is_never_updated", "event_is_never_deleted", "event_has_no_gap")

FIELDS = {
    "idea": [
        "summary=Gemeinsame Pflanzungen",
        "occasion=Flächen fehlen",
        "goals=Mehr Grün",
        "task-kind=voluntary",
        "view-interkommunal=ja",
        "view-intrakommunal=nein",
        "view-vertikal=nein",
        "direction=interkommunal",
        "legal-form=delegating-agreement",
        "benefit-partner=Flächen",
        "recommendation=Beginnen",
    ],
    "guideline-drafted": [
        "partner-contact=Frau Muster",
        "open-question=Wollen wir reden?",
        "meeting-dates=12. Januar 2027 | Haldensleben",
    ],
    "partner-contacted": [
        "agreement-subject=Pflanzungen",
        "agreement-tasks=Pflanzen und pflegen",
        "cost-key=area",
        "cost-rule=halbjährlich",
        "term=fünf Jahre",
        "notice-period=ein Jahr",
        "statute-power=nein",
        "supervision-duty=approval",
    ],
    "agreement": [
        "paper-number=DS0438/26",
        "short-title=Pflanzungen",
        "consultation=Stadtrat | 21.01.2027 | öffentlich | Beschlussfassung",
        "resolution=Der Stadtrat stimmt zu.",
        "reasons=Es lohnt sich.",
    ],
    "council-vote": [
        "publication-date=01.11.2026",
        "publication-place=Amtsblatt 44",
        "effective-from=15.11.2026",
    ],
}
CHECKS = ("task-transferability", "vat", "procurement", "data-protection", "staff", "budget")


class Clock:
    """A clock that ticks one second each time it is read."""

    def __init__(self, start: datetime = NOON) -> None:
        self.time = start

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


def home_at(folder: Path, account: str = "meier", now: Callable[[], datetime] | None = None) -> Home:
    """Return the home in a folder; nothing is opened yet."""
    return Home(folder, folder / "ikz.db", account, now or Clock())


def copy_of(home: Home, folder: Path) -> Home:
    """Return a home of its own with the same database, its clock going on from there."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(home.path / "ikz.db", folder / "ikz.db")
    clock = home.now
    return home_at(folder, home.account, Clock(clock.time) if isinstance(clock, Clock) else clock)


def started(home: Home, title: str = "Ersatzpflanzungen", workflow: str = "kooperation") -> str:
    """Start a proposal and return its key."""
    return proposals.new(home, title, DEPARTMENT, workflow=workflow).key


def meet(home: Home, key: str, stage: str) -> None:
    """Meet everything the main transition of a stage of `kooperation` demands."""
    if stage in FIELDS:
        proposals.set_fields(home, key, FIELDS[stage])
    if stage == "idea":
        records.set_obstacle(home, key, "parochialism")
        documents.create(home, key, "guideline")
    elif stage == "guideline-drafted":
        records.set_party(home, key, BOERDE, "approached", new=True)
        documents.create(home, key, "letter")
    elif stage == "partner-contacted":
        records.set_party(home, key, BOERDE, "joined")
        records.add_contact(home, key, BOERDE, "Telefonat")
        records.set_obstacle(home, key, "parochialism", answer="Beide Rechnungen zeigen")
        for check in CHECKS:
            records.answer_check(home, key, check, "met", evidence="Vermerk")
        documents.create(home, key, "agreement")
    elif stage == "agreement":
        documents.create(home, key, "council-paper")
        for body in ("legal", "finance", "head"):
            records.decide(home, key, "co-signature", body, "approved")
    elif stage == "council-vote":
        records.decide(home, key, "council", OWN, "adopted", votes="43:0:1", reference="DS0438/26")
        records.decide(home, key, "council", BOERDE, "adopted")
        records.decide(home, key, "supervision", AUTHORITY, "approved")
        records.decide(home, key, "signature", OWN, "approved")
        records.decide(home, key, "signature", BOERDE, "approved")


def walk(home: Home, key: str, to: str) -> None:
    """Bring a proposal of `kooperation` from where it stands to a later stage of the main line."""
    stage = proposals.view(home, key).proposal.stage
    for here in MAIN_LINE[MAIN_LINE.index(stage) : MAIN_LINE.index(to)]:
        meet(home, key, here)
        if here == "in-force":
            proposals.advance(home, key, reason="completed", note="Rechtzeitig planen")
        else:
            proposals.advance(home, key)


def edited(home: Home, key: str, kind: str, words: str, folder: Path) -> Path:
    """Return a Word file made by hand out of the newest version: one paragraph more."""
    path = folder / "von-hand.docx"
    path.write_bytes(documents.read(home, key, kind).content)
    document = Document(str(path))
    document.add_paragraph(words)
    document.save(str(path))
    return path


def amend(home: Home, key: str, words: str = "Geändert: zehn Jahre.") -> None:
    """File a changed text of the agreement as its next version."""
    documents.file_edited(home, key, "agreement", edited(home, key, "agreement", words, home.path))


def proposal_of(home: Home, key: str) -> Proposal:
    """Return the stored proposal."""
    with home.ready.reading(home.now()) as tx:
        return tx.proposal(key)


def head_of(home: Home) -> tuple[int, str]:
    """Return position and hash of the last event."""
    with home.ready.reading(home.now()) as tx:
        return tx.head.seq, tx.head.hash


def kept(*checkpoints: tuple[str, str]) -> anchors.Given:
    """Return what somebody kept: checkpoints by name and text."""
    return anchors.Given(tuple(anchors.checkpoint_anchor(name, text.encode()) for name, text in checkpoints))


def rows_of(place: Path | Home) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, read with the driver alone; the place is a SQLite file or a home."""
    if isinstance(place, Home):
        if isinstance(place.place, str):
            return _rows_on_server(place.place)
        place = place.place
    with closing_connection(place) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in sorted(names)}


def _rows_on_server(url: str) -> dict[str, list[tuple[object, ...]]]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        found = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr)
            for name in sorted(found)
        }


class closing_connection:  # noqa: N801  used like a function
    """A sqlite3 connection that commits and closes at the end of its block."""

    def __init__(self, place: Path | str) -> None:
        self.connection = sqlite3.connect(place)

    def __enter__(self) -> sqlite3.Connection:
        return self.connection

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.connection.commit()
        self.connection.close()


def tamper(home: Home, *statements: str | tuple[str, Sequence[object]]) -> None:
    """Change the database behind the product's back; the guard rails are out of the way meanwhile, and back then."""
    with unguarded(home) as connection:
        for statement in statements:
            sql, values = (statement, ()) if isinstance(statement, str) else statement
            connection.execute(sql, values)


@contextmanager
def unguarded(home: Home) -> Iterator[sqlite3.Connection]:
    """Lend a connection on which the guard rails do not hold; whoever knows of them puts them back, as here."""
    with closing_connection(home.path / "ikz.db") as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _name, sql in guards:
            with suppress(sqlite3.OperationalError):  # its table is gone
                connection.execute(sql)


# ------------------------------------------------------------------------------------------------ without a database
def catalogue_texts() -> dict[str, str]:
    """Return the shipped catalogues."""
    return {name: (WORKFLOWS / f"catalogue/{name}.toml").read_text(encoding="utf-8") for name in CATALOGUES}


def workflow_text(name: str = "kooperation") -> str:
    """Return a shipped workflow's TOML."""
    return (WORKFLOWS / f"{name}.toml").read_text(encoding="utf-8")


def definition_of(text: str, name: str = "probe.toml") -> Definition:
    """Return the definition a TOML text gives with the shipped catalogues."""
    return read(Source(name, text, catalogue_texts()))


def blank(definition: Definition, **changes: object) -> Proposal:
    """Return a proposal that stands at the first stage, with changes."""
    values: dict[str, object] = {
        "key": "IKZ-2026-0001",
        "version": 1,
        "head": "0" * 64,
        "definition": definition.sha256,
        "workflow": definition.name,
        "title": "c:" + "0" * 64,
        "stage": definition.initial,
        "since": "2026-11-22T11:00:00.000000Z",
        "created": "2026-11-22T11:00:00.000000Z",
        "department": DEPARTMENT,
        **changes,
    }
    return Proposal(**values)  # type: ignore[arg-type]


FORM = LegalForm(
    key="probe-form",
    label="Probeform",
    valid_from="undated",
    directions=("interkommunal",),
    decides="councils",
    supervision="approval",
    publication="none",
    document="agreement",
    basis="§ 1 Probegesetz",
    basis_supervision="§ 2 Probegesetz",
)


def around(form: LegalForm | None = FORM, today: str = "2026-11-22", **more: Organisation) -> Circumstances:
    """Return circumstances with our city, three partners and their authorities."""
    organisations = {
        OWN: Organisation(
            "Magdeburg", "city", council="Stadtrat", head="Oberbürgermeisterin", authority=AUTHORITY, own=True
        ),
        BOERDE: Organisation("Börde", "county", council="Kreistag", head="Landrat", authority=AUTHORITY),
        JERICHOW: Organisation("Jerichower Land", "county", council="Kreistag", head="Landrat", authority=AUTHORITY),
        "kid": Organisation("KID GmbH", "company", head="Geschäftsführung"),
        AUTHORITY: Organisation("Landesverwaltungsamt", "authority", head="Präsident"),
        **more,
    }
    return Circumstances(organisations, OWN, form, today)


def happen(proposal: Proposal, *what: events.ProposalEvent) -> Proposal:
    """Apply events to a proposal as the history would."""
    for one in what:
        version = proposal.version + 1
        record = events.Record(
            1,
            version,
            proposal.key,
            version,
            proposal.head,
            "2026-11-22T11:00:00.000000Z",
            None,
            Actor("c:1", "clerk"),
            proposal.definition,
            one,
        )
        proposal = events.apply(proposal, record, f"{version:064d}")
    return proposal
