"""A home of every released version opens in the present one, is proven there, and goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from homes import home_at

from ikz_workflow import __version__
from ikz_workflow.services import audit, backups, proposals, registers, work
from ikz_workflow.services.home import Home

RELEASED = Path(__file__).with_name("released")
VERSIONS = sorted(path.stem for path in RELEASED.glob("*.zip"))


def silent(_done: int, _whole: int) -> None: ...


@pytest.fixture(params=VERSIONS)
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """Return the demo as that version left it; „meier“ made it."""
    home = home_at(tmp_path / "home", now=lambda: datetime(2030, 1, 2, 9, tzinfo=UTC))
    backups.restore(home, RELEASED / f"{request.param}.zip", silent)
    return home


def test_the_present_version_has_its_sample() -> None:
    assert __version__ in VERSIONS


def test_a_released_home_is_proven_and_shows_its_proposals(sample: Home) -> None:
    assert audit.verify(sample).events == 175
    assert [one.key for one in work.listing(sample)] == [f"IKZ-2026-000{number}" for number in range(1, 5)]
    assert proposals.view(sample, "IKZ-2026-0001").proposal.stage == "in-force"


def test_work_goes_on_in_a_released_home(sample: Home) -> None:
    proposals.add_note(sample, "IKZ-2026-0001", "Die Pflanzungen sind angewachsen.")
    registers.add_person(sample, "N. Neu", "neu", ["clerk"])
    assert audit.verify(sample).events == 177
