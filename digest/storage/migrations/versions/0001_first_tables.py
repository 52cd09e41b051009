"""The first tables, and the pepper of every fingerprint."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    create_instance()
    create_news()
    create_people()
    create_ledger()


def create_instance() -> None:
    """What this instance is; the pepper is made here, once, and never changed."""
    instance = op.create_table(
        "instance",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(instance, [{"name": "pepper", "value": secrets.token_bytes(32)}])


def create_news() -> None:
    """Feeds and items, editions with their renderings and images."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("header_name", sa.Text),
        sa.Column("header_value", sa.Text),
        sa.Column("full_text", sa.Boolean, nullable=False),
        sa.Column("etag", sa.LargeBinary),
        sa.Column("last_modified", sa.LargeBinary),
        sa.Column("fetched_at", INSTANT),
        sa.Column("next_at", INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("image_url", sa.Text, nullable=False),
        sa.Column("position", sa.Float, nullable=False),
        sa.Column("published", INSTANT),
        sa.Column("seen", INSTANT, nullable=False, index=True),
        sa.Column("listed_at", INSTANT, nullable=False, index=True),
    )
    op.create_table(
        "editions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("cut_at", INSTANT, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("snapshot", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "renderings",
        sa.Column("edition", sa.Integer, sa.ForeignKey("editions.number"), primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("snapshot", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "images",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
    )


def create_people() -> None:
    """Subscribers, the ways to reach them, and whom not to mail."""
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text),
        sa.Column("send_at", sa.Integer),
        sa.Column("days", sa.Integer),
        sa.Column("sections", sa.Text, nullable=False),
        sa.Column("muted_words", sa.Text, nullable=False),
        sa.Column("muted_sources", sa.Text, nullable=False),
        sa.Column("max_stories", sa.Integer),
        sa.Column("paused_until", INSTANT),
        sa.Column("consent_text", sa.Text),
        sa.Column("consent_at", INSTANT),
        sa.Column("consent_origin", sa.Text),
        sa.Column("joined_at", INSTANT),
        sa.Column("left_at", INSTANT),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "endpoints",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscribers.id"), index=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.UniqueConstraint("fingerprint", "channel", name="uq_endpoints_fingerprint_channel"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("address", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )


def create_ledger() -> None:
    """Why something is sent, to whom, and what became of it."""
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, sa.ForeignKey("editions.number")),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("cancelled_at", INSTANT),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_dispatches_reason", "dispatches", ["kind", sa.text("coalesce(edition, 0)"), "subject"], unique=True
    )
    op.create_index("ix_dispatches_edition", "dispatches", ["edition"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("dispatch_id", sa.Integer, sa.ForeignKey("dispatches.id"), nullable=False),
        sa.Column("endpoint_id", sa.Integer, sa.ForeignKey("endpoints.id")),
        sa.Column("local_date", sa.Date, nullable=False),
        sa.Column("paper_date", sa.Date),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Column("lease_until", INSTANT),
        sa.Column("worker", sa.Text),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("lineup", sa.LargeBinary),
        sa.Column("composed_at", INSTANT),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.UniqueConstraint("dispatch_id", "endpoint_id", name="uq_deliveries_dispatch_endpoint"),
        sa.UniqueConstraint("endpoint_id", "paper_date", name="uq_deliveries_endpoint_paper"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_dispatch_state", "deliveries", ["dispatch_id", "state"])
    for name, columns, where in (
        ("ix_deliveries_waiting", ["next_at", "id"], sa.text("next_at IS NOT NULL")),
        ("ix_deliveries_under_way", ["worker"], sa.text("worker IS NOT NULL")),
    ):
        op.create_index(name, "deliveries", columns, postgresql_where=where, sqlite_where=where)
