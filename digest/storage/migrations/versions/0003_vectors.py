"""The vectors that a model gave."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, empty: it fills as editions are cut with a model."""
    op.create_table(
        "vectors",
        sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_vectors_kept_at", "vectors", ["kept_at"])
