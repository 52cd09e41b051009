"""Answers, bounces, rates, relays, turns and workers: what delivery remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOMAIN = {
    "sqlite": "substr(target, instr(target, '@') + 1)",
    "postgresql": "substr(target, position('@' in target) + 1)",
}


def upgrade() -> None:
    """Add the columns and tables, empty but for the domains of the addresses that are known."""
    for table, name, kind in (
        ("endpoints", "domain", sa.Text),
        ("dispatches", "stopped_at", MOMENT),
        ("dispatches", "stopped_because", sa.Text),
        ("deliveries", "reader_name", sa.Text),
        ("deliveries", "reader_zone", sa.Text),
        ("deliveries", "relay", sa.Text),
        ("deliveries", "code", sa.Integer),
        ("deliveries", "enhanced", sa.Text),
    ):
        op.add_column(table, sa.Column(name, kind))
    op.execute(f"UPDATE endpoints SET domain = {DOMAIN[op.get_bind().dialect.name]} WHERE target LIKE '%@%'")  # noqa: S608 no value in it
    _of_deliveries()
    _of_wires()


def _of_deliveries() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("relay", sa.Text),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced", sa.Text),
        sa.Column("answer", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_delivery_id", "answers", ["delivery_id"])
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("enhanced", sa.Text),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("fingerprint", "source", name="uq_bounces_fingerprint_source"),
        sqlite_autoincrement=True,
    )


def _of_wires() -> None:
    op.create_table(
        "paces",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("free_at", MOMENT, nullable=False),
    )
    op.create_table(
        "usage",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("span", sa.Text, primary_key=True),
        sa.Column("start", MOMENT, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "relays",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("down_until", MOMENT),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("doing", sa.Text, nullable=False),
    )
