"""Put beside each proposal what lists choose by; `ikz rebuild` fills it in from the history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # sorts by code points on every server
_NEW: dict[str, sa.Column[Any]] = {  # each behind the column named
    "projection": sa.Column("workflow", WORD, nullable=False, server_default=""),
    "workflow": sa.Column("definition", WORD, nullable=False, server_default=""),
    "department": sa.Column("direction", WORD, nullable=False, server_default=""),
    "direction": sa.Column("topic", WORD, nullable=False, server_default=""),
    "topic": sa.Column("title", WORD, nullable=False, server_default=""),
    "title": sa.Column("ended", sa.Integer(), nullable=False, server_default="0"),
    "ended": sa.Column("due", WORD, nullable=True),
}


def upgrade() -> None:
    """Add the columns, their indexes, and the table of parties; the rows stay stamped as outdated."""
    op.drop_index("ix_proposal_stage", "proposal")
    op.drop_index("ix_proposal_department", "proposal")
    is_copied = op.get_bind().dialect.name == "sqlite"  # a server alters its table, and keeps who may use it
    with op.batch_alter_table("proposal", recreate="always" if is_copied else "never") as batch:
        for before, column in _NEW.items():
            where: dict[str, Any] = {"insert_after": before} if is_copied else {}
            batch.add_column(column, **where)
    with op.batch_alter_table("proposal") as batch:
        for column in _NEW.values():
            if not column.nullable:
                batch.alter_column(column.name, server_default=None)
    for name in ("topic", "department", "stage", "due", "direction", "workflow", "ended"):
        op.create_index(f"ix_proposal_{name}", "proposal", [name, "key"])
    op.create_index("ix_proposal_column", "proposal", ["definition", "stage", "due", "key"])
    op.create_table(
        "party",
        sa.Column("organisation", WORD, primary_key=True),
        sa.Column("key", WORD, primary_key=True),
    )
    op.create_index("ix_party_key", "party", ["key", "organisation"])
    clerks = sa.text("field = 'clerk'")
    op.create_index(
        "ix_disclosure_clerk", "disclosure", ["value", "subject"], sqlite_where=clerks, postgresql_where=clerks
    )
