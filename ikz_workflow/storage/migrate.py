"""Bring the tables to their newest form with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(connection: Connection) -> Config:
    """Return the Alembic configuration that runs on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newer_revision(connection: Connection) -> str | None:
    """Return the database's revision if it is none of ours, because a newer program made it."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(configuration(connection)).walk_revisions()}
    return found if found not in known else None


def upgrade(connection: Connection) -> None:
    """Run all migrations that are still to run, inside the connection's transaction."""
    command.upgrade(configuration(connection), "head")
