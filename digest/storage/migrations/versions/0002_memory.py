"""What the selector remembers: the words of each day, and which story an item was in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, empty: they fill as editions are cut."""
    op.create_table(
        "background",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "memberships",
        sa.Column("item_id", sa.Text, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("story_id", sa.Text, nullable=False),
    )
