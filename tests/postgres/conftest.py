"""Homes whose database stands on a real PostgreSQL server: built once, copied for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from homes import NOON, Clock, started, walk

from ikz_workflow.services import registers
from ikz_workflow.services.home import Home

from .cluster import Cluster, NoServer, running

LATER = NOON + timedelta(hours=1)  # after all that the templates hold
OnServer = Callable[[str], Home]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Connections that a test leaves open go with its database; the driver's warning of it is not ours to heed."""
    for item in items:
        if "postgres" in item.nodeid.split("::")[0].split("/"):
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a server that lives as long as the test session. It must be there in CI, elsewhere it may be missing."""
    server = running()
    try:
        first = next(server)
    except NoServer as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield first
    server.close()


@pytest.fixture(scope="session")
def first_database(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database with a home just set up, as the fixture of the same purpose on SQLite; it is only copied."""
    name = cluster.create()
    home = Home(tmp_path_factory.mktemp("first"), cluster.url(name), None, Clock())
    registers.init(home, name="K. Meier")
    registers.add_person(home, "S. Schulz", "schulz", ["clerk"])
    registers.add_person(home, "G. Gast", "gast", ["auditor"])
    home.database.close()
    return name


@pytest.fixture(scope="session")
def voting_database(cluster: Cluster, first_database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database whose proposal IKZ-2026-0001 waits for votes; it is only copied."""
    name = cluster.create(first_database)
    home = Home(tmp_path_factory.mktemp("voting"), cluster.url(name), "meier", Clock(NOON + timedelta(minutes=30)))
    walk(home, started(home), "council-vote")
    home.database.close()
    return name


@pytest.fixture
def on_server(cluster: Cluster, tmp_path: Path) -> Iterator[OnServer]:
    """Return a function that gives a home with a copy of a database."""
    made: list[Home] = []

    def copied(template: str) -> Home:
        (tmp_path / "home").mkdir(exist_ok=True)
        made.append(Home(tmp_path / "home", cluster.url(cluster.create(template)), "meier", Clock(LATER)))
        return made[-1]

    yield copied
    for home in made:
        home.database.close()


@pytest.fixture
def home(on_server: OnServer, first_database: str) -> Home:
    """Return a home on the server with a database of its own."""
    return on_server(first_database)


@pytest.fixture
def voting(on_server: OnServer, voting_database: str) -> Home:
    """Return a home on the server whose proposal IKZ-2026-0001 waits for votes."""
    return on_server(voting_database)
