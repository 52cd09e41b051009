"""What editors did to the editions, the editions as they were cut, and corrections to those that went out."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables and the column, empty: nobody has changed or corrected anything yet."""
    op.add_column("editions", sa.Column("original", sa.LargeBinary))
    op.create_table(
        "edits",
        sa.Column("edition", sa.Integer, sa.ForeignKey("editions.number"), primary_key=True, autoincrement=False),
        sa.Column("serial", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("editor", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("snapshot", sa.LargeBinary),
        sa.Column("undone", sa.Boolean, nullable=False),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("edition", sa.Integer, sa.ForeignKey("editions.number"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("editor", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("carried_by", sa.Integer, sa.ForeignKey("editions.number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_edition", "corrections", ["edition"])
