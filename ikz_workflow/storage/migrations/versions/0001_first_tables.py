"""Create the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # sorts by code points on every server


def upgrade() -> None:
    """Create history, projections, texts, bytes and definitions."""
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", WORD, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev_hash", WORD, nullable=False),
        sa.Column("hash", WORD, nullable=False),
        sa.UniqueConstraint("subject", "version", name="uq_event_subject_version"),
    )
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("log_id", WORD, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", WORD, nullable=False),
        sa.Column("register_seq", sa.Integer(), nullable=False),
    )
    op.create_table(
        "proposal",
        sa.Column("key", WORD, primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("projection", sa.Integer(), nullable=False),
        sa.Column("stage", WORD, nullable=False),
        sa.Column("department", WORD, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
    )
    op.create_index("ix_proposal_stage", "proposal", ["stage"])
    op.create_index("ix_proposal_department", "proposal", ["department"])
    op.create_table(
        "register",
        sa.Column("subject", WORD, primary_key=True),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head", WORD, nullable=False),
        sa.Column("projection", sa.Integer(), nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("tag", WORD, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
    )
    op.create_index("ix_register_kind", "register", ["kind"])
    op.create_index("ix_register_name", "register", ["name"])
    op.create_index("ix_register_tag", "register", ["tag"])
    op.create_table(
        "disclosure",
        sa.Column("commitment", WORD, primary_key=True),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("field", WORD, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_disclosure_subject", "disclosure", ["subject", "field"])
    op.create_table(
        "blob",
        sa.Column("sha256", WORD, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "definition",
        sa.Column("sha256", WORD, primary_key=True),
        sa.Column("name", WORD, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
    )
