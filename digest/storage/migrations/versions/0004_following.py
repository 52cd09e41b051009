"""The words and sources that a reader follows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both lists, empty: whoever is there already follows nothing."""
    for name in ("followed_words", "followed_sources"):
        op.add_column("subscribers", sa.Column(name, sa.Text, nullable=False, server_default="[]"))
