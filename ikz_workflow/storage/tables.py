"""Declare the tables."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

PROJECTION = 1  # rises when the same events make other rows; `ikz rebuild` then renews them


class EventRow(SQLModel, table=True):
    """The history: one sealed event a row, gapless, never changed."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("subject", "version", name="uq_event_subject_version"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    subject: str
    version: int
    at: str
    payload: str = Field(sa_type=Text)
    prev_hash: str
    hash: str


class ChainHeadRow(SQLModel, table=True):
    """The end of the chain: one row, locked by every writer."""

    __tablename__ = "chain_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    log_id: str
    seq: int
    hash: str
    register_seq: int


class ProposalRow(SQLModel, table=True):
    """A proposal as its events made it: a cache, stamped with the projection that made it."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_stage", "stage"), Index("ix_proposal_department", "department"))

    key: str = Field(primary_key=True)
    version: int
    projection: int
    stage: str
    department: str
    state: str = Field(sa_type=Text)


class RegisterRow(SQLModel, table=True):
    """A register entry as its events made it; `subject` is kind and key, such as organisation/landkreis-boerde."""

    __tablename__ = "register"
    __table_args__ = (Index("ix_register_kind", "kind"),)

    subject: str = Field(primary_key=True)
    kind: str
    version: int
    head: str
    projection: int
    state: str = Field(sa_type=Text)


class DisclosureRow(SQLModel, table=True):
    """What opens a commitment: the value under its salt."""

    __tablename__ = "disclosure"
    __table_args__ = (Index("ix_disclosure_subject", "subject", "field"),)

    commitment: str = Field(primary_key=True)
    subject: str
    field: str
    value: str = Field(sa_type=Text)
    salt: bytes = Field(sa_type=LargeBinary)


class BlobRow(SQLModel, table=True):
    """The bytes of a document or attachment by their SHA-256."""

    __tablename__ = "blob"

    sha256: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class DefinitionRow(SQLModel, table=True):
    """Every definition text in use, by its SHA-256, so that old histories replay for ever."""

    __tablename__ = "definition"

    sha256: str = Field(primary_key=True)
    name: str
    text: bytes = Field(sa_type=LargeBinary)


metadata = SQLModel.metadata


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a model; writes and reads go through it."""
    return metadata.tables[str(model.__tablename__)]
