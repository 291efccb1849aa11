"""The tables the models declare are those the migrations make."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from homes import Clock, closing_connection, copy_of, head_of, home_at, proposal_of, rows_of, started
from sqlalchemy import create_engine

from ikz_workflow.errors import StorageError
from ikz_workflow.services import audit, registers, work
from ikz_workflow.services.home import Home
from ikz_workflow.storage.database import REVISION, Database
from ikz_workflow.storage.migrate import configuration
from ikz_workflow.storage.sqlite import guards
from ikz_workflow.storage.tables import metadata


@pytest.fixture
def migrated(tmp_path: Path) -> Database:
    database = Database.at(tmp_path / "ikz.db")
    database.migrate()
    return database


def test_models_and_migrations_agree(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    migrated.close()


def test_the_comparison_would_see_a_difference(migrated: Database) -> None:
    with closing_connection(migrated.name) as connection:
        connection.execute("ALTER TABLE proposal ADD COLUMN extra TEXT")
        connection.execute("DROP INDEX ix_register_kind")
    with migrated.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert {one[0] for one in found} == {"remove_column", "add_index"}
    migrated.close()


def test_migrations_make_what_the_models_would_make_themselves(migrated: Database, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(engine)
    engine.dispose()

    def shape(place: Path) -> dict[str, list[tuple[object, ...]]]:
        with closing_connection(place) as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
            )
            return {
                name: [
                    *connection.execute(f"PRAGMA table_info({name})"),
                    *sorted(row[1:3] for row in connection.execute(f"PRAGMA index_list({name})")),
                ]
                for (name,) in names.fetchall()
            }

    assert shape(Path(migrated.name)) == shape(tmp_path / "made.db")
    migrated.close()


def test_the_revision_the_program_expects_is_the_newest_migration(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
        assert script.get_heads() == [REVISION]
        assert MigrationContext.configure(connection).get_current_revision() == REVISION
    migrated.close()


def test_migrating_again_changes_nothing_and_keeps_the_guard_rails(home: Home) -> None:
    started(home)
    before, head = rows_of(home.path / "ikz.db"), head_of(home)
    home.database.migrate()
    assert rows_of(home.path / "ikz.db") == before
    assert head_of(home) == head
    assert home.database.missing_guards() == set()
    audit.verify(home)


def test_altered_guard_rails_are_seen_and_put_back(home: Home) -> None:
    with closing_connection(home.path / "ikz.db") as connection:
        connection.execute("DROP TRIGGER event_is_never_deleted")
        connection.execute("DROP TRIGGER event_has_no_gap")
        connection.execute("CREATE TRIGGER event_has_no_gap BEFORE INSERT ON event BEGIN SELECT 1; END")
    assert home.database.missing_guards() == {"event_is_never_deleted", "event_has_no_gap"}
    home.database.migrate()
    with home.database.engine.connect() as connection:
        assert guards(connection) == set()


def test_a_database_of_a_newer_program_is_left_alone_with_a_sentence(home: Home, tmp_path: Path) -> None:
    newer = copy_of(home, tmp_path / "newer")
    with closing_connection(newer.path / "ikz.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (newer.path / "ikz.db").read_bytes()
    for command in (work.listing, registers.init):
        with pytest.raises(StorageError) as caught:
            command(newer)
        assert "9999" in str(caught.value)
    assert (newer.path / "ikz.db").read_bytes() == before


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step fails as on a full disk; the tables made before it are gone with it."""
    from ikz_workflow.storage import sqlite

    def full(_connection: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sqlite, "guard_history", full)
    home = home_at(tmp_path, now=Clock())
    with pytest.raises(StorageError):
        registers.init(home)
    home.database.close()
    assert rows_of(tmp_path / "ikz.db") == {}
    monkeypatch.undo()
    again = home_at(tmp_path, now=Clock())
    registers.init(again)
    assert proposal_of(again, started(again)).version == 1
    again.database.close()
