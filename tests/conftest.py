"""What all tests share: homes with a real database, built once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from homes import Clock, copy_of, definition_of, home_at, started, walk, workflow_text
from hypothesis import HealthCheck, settings

from ikz_workflow.definition import Definition
from ikz_workflow.services import registers
from ikz_workflow.services.home import Home

settings.register_profile(
    "ikz",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ikz")


@pytest.fixture(scope="session")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home just set up; it is only ever copied."""
    home = home_at(tmp_path_factory.mktemp("first"), now=Clock())
    registers.init(home, name="K. Meier")
    registers.add_person(home, "S. Schulz", "schulz", ["clerk"])
    registers.add_person(home, "G. Gast", "gast", ["auditor"])
    home.database.close()
    return home


@pytest.fixture
def home(first_home: Home, tmp_path: Path) -> Home:
    """Return a home with a database of its own; "meier" has all roles, "schulz" is a clerk, "gast" may only read."""
    return copy_of(first_home, tmp_path / "home")


@pytest.fixture(scope="session")
def voting_home(first_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home whose proposal IKZ-2026-0001 waits for votes on its agreement; it is only ever copied."""
    home = copy_of(first_home, tmp_path_factory.mktemp("voting"))
    walk(home, started(home), "council-vote")
    home.database.close()
    return home


@pytest.fixture
def voting(voting_home: Home, tmp_path: Path) -> Home:
    """Return a home of its own whose proposal IKZ-2026-0001 waits for votes."""
    return copy_of(voting_home, tmp_path / "voting")


@pytest.fixture(scope="session")
def kooperation() -> Definition:
    """Return the shipped main workflow."""
    return definition_of(workflow_text(), "kooperation.toml")
