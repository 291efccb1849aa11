"""Put beside each proposal what lists choose by; `ikz rebuild` fills it in from the history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # sorts by code points on every server
_NEW: tuple[sa.Column[Any], ...] = (
    *(sa.Column(name, WORD, nullable=False, server_default="") for name in ("workflow", "definition", "direction")),
    *(sa.Column(name, WORD, nullable=False, server_default="") for name in ("topic", "title")),
    sa.Column("ended", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("due", WORD, nullable=True),
)


def upgrade() -> None:
    """Add the columns, their indexes, and the table of parties; the rows stay stamped as outdated."""
    op.drop_index("ix_proposal_stage", "proposal")
    op.drop_index("ix_proposal_department", "proposal")
    # The state stays the last column: it is long, and what stands behind it is slow to read. SQLite makes the table
    # anew; a server alters it, and keeps who may use it.
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("proposal", recreate="always") as batch:
            for column in _NEW:
                batch.add_column(column, insert_before="state")
    else:
        op.alter_column("proposal", "state", new_column_name="former")
        for column in (*_NEW, sa.Column("state", sa.Text(), nullable=False, server_default="")):
            op.add_column("proposal", column)
        op.execute("UPDATE proposal SET state = former")
        op.drop_column("proposal", "former")
        op.alter_column("proposal", "state", server_default=None)
    with op.batch_alter_table("proposal") as batch:
        for column in _NEW:
            if not column.nullable:
                batch.alter_column(column.name, server_default=None)
    for name in ("topic", "department", "stage", "direction", "workflow"):
        op.create_index(f"ix_proposal_{name}", "proposal", [name, "key"])
    op.create_index("ix_proposal_ended", "proposal", ["ended", "key", "due"])
    op.create_index("ix_proposal_column", "proposal", ["definition", "stage"])
    op.create_table(
        "party",
        sa.Column("organisation", WORD, primary_key=True),
        sa.Column("key", WORD, primary_key=True),
    )
    op.create_index("ix_party_key", "party", ["key", "organisation"])
    clerks, told = sa.text("field = 'clerk'"), sa.text("((field)::text = 'clerk'::text)")
    op.create_index(
        "ix_disclosure_clerk", "disclosure", ["value", "subject"], sqlite_where=clerks, postgresql_where=told
    )
