"""Declare the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Index, LargeBinary, String, Table, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel

PROJECTION = 2  # rises when the same events make other rows; `ikz rebuild` then renews them
FOUND_BY = ("topic", "department", "stage", "direction", "workflow")  # by what they leave, usually the least first
CLERKS = text("field = 'clerk'")
CLERK_INDEX = Index("ix_disclosure_clerk", "value", "subject", sqlite_where=CLERKS)  # for a server: storage/postgres.py


class Word(TypeDecorator[str]):
    """A short text that sorts by its code points, whatever language the server is set to."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the column type of a database."""
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())


class EventRow(SQLModel, table=True):
    """The history: one sealed event a row, gapless, never changed."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("subject", "version", name="uq_event_subject_version"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    subject: str = Field(sa_type=Word)
    version: int
    at: str = Field(sa_type=Word)
    payload: str = Field(sa_type=Text)
    prev_hash: str = Field(sa_type=Word)
    hash: str = Field(sa_type=Word)


class ChainHeadRow(SQLModel, table=True):
    """The end of the chain: one row, locked by every writer."""

    __tablename__ = "chain_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    log_id: str = Field(sa_type=Word)
    seq: int
    hash: str = Field(sa_type=Word)
    register_seq: int


class ProposalRow(SQLModel, table=True):
    """A proposal as its events made it: a cache, stamped with the projection that made it.

    What stands beside `state` is what lists choose by; each is followed by the key in an index of its own, so that a
    page is read in the order of the keys. `title` is the commitment; `direction` and `topic` are "" where unknown;
    `ended` is 0 or 1; before the day `due` nothing can be due, and without one nothing is.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        *(Index(f"ix_proposal_{name}", name, "key") for name in FOUND_BY),
        Index("ix_proposal_ended", "ended", "key", "due"),
        Index("ix_proposal_column", "definition", "stage"),
    )

    key: str = Field(sa_type=Word, primary_key=True)
    version: int
    projection: int
    stage: str = Field(sa_type=Word)
    department: str = Field(sa_type=Word)
    workflow: str = Field(sa_type=Word)
    definition: str = Field(sa_type=Word)
    direction: str = Field(sa_type=Word)
    topic: str = Field(sa_type=Word)
    title: str = Field(sa_type=Word)
    ended: int
    due: str | None = Field(sa_type=Word)
    state: str = Field(sa_type=Text)


class PartyRow(SQLModel, table=True):
    """An organisation that takes part in a proposal, by their keys: a cache as the proposal's row is."""

    __tablename__ = "party"
    __table_args__ = (Index("ix_party_key", "key", "organisation"),)

    organisation: str = Field(sa_type=Word, primary_key=True)
    key: str = Field(sa_type=Word, primary_key=True)


class RegisterRow(SQLModel, table=True):
    """A register entry as its events made it; `subject` is kind and key, such as organisation/landkreis-boerde.

    `name` is an organisation's name as it is looked up; `tag` marks the few that are asked for again and again: our
    own, and those that name successors.
    """

    __tablename__ = "register"
    __table_args__ = (
        Index("ix_register_kind", "kind"),
        Index("ix_register_name", "name"),
        Index("ix_register_tag", "tag"),
    )

    subject: str = Field(sa_type=Word, primary_key=True)
    kind: str = Field(sa_type=Word)
    version: int
    head: str = Field(sa_type=Word)
    projection: int
    name: str = Field(sa_type=Word)
    tag: str = Field(sa_type=Word)
    state: str = Field(sa_type=Text)


class DisclosureRow(SQLModel, table=True):
    """What opens a commitment: the value under its salt.

    A clerk is a person's key, and whose proposals they are is asked daily; so these have an index of their own.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        Index("ix_disclosure_subject", "subject", "field"),
        CLERK_INDEX,
    )

    commitment: str = Field(sa_type=Word, primary_key=True)
    subject: str = Field(sa_type=Word)
    field: str = Field(sa_type=Word)
    value: str = Field(sa_type=Text)
    salt: bytes = Field(sa_type=LargeBinary)


class BlobRow(SQLModel, table=True):
    """The bytes of a document or attachment by their SHA-256."""

    __tablename__ = "blob"

    sha256: str = Field(sa_type=Word, primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class DefinitionRow(SQLModel, table=True):
    """Every definition text in use, by its SHA-256, so that old histories replay for ever."""

    __tablename__ = "definition"

    sha256: str = Field(sa_type=Word, primary_key=True)
    name: str = Field(sa_type=Word)
    text: bytes = Field(sa_type=LargeBinary)


metadata = SQLModel.metadata


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a model; writes and reads go through it."""
    return metadata.tables[str(model.__tablename__)]
