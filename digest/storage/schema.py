"""The tables, one schema for SQLite and PostgreSQL; only the migrations create them.

What a row means is said by the values in digest/model; said here is only what a value does not show.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from digest.storage.columns import CleanText, UtcDateTime, WireText, Words

metadata = MetaData()

# What this instance is, once and for all: "pepper" is the key of every fingerprint of an address.
instance = Table(
    "instance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", CleanText, nullable=False, unique=True),
    Column("title", CleanText, nullable=False),
    Column("section", CleanText, nullable=False),
    Column("weight", Float, nullable=False),
    Column("tags", Words, nullable=False),
    Column("header_name", CleanText),
    Column("header_value", CleanText),
    Column("full_text", Boolean, nullable=False),
    Column("etag", WireText),
    Column("last_modified", WireText),
    Column("fetched_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("error", CleanText, nullable=False),
    Column("disabled", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

# `seen` is when an item was first seen, `listed_at` when its feed last carried it.
items = Table(
    "items",
    metadata,
    Column("id", CleanText, primary_key=True),
    Column("feed_id", Integer, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", CleanText, nullable=False),
    Column("url", CleanText, nullable=False),
    Column("summary", CleanText, nullable=False),
    Column("publisher", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("image_url", CleanText, nullable=False),
    Column("position", Float, nullable=False),
    Column("published", UtcDateTime),
    Column("seen", UtcDateTime, nullable=False, index=True),
    Column("listed_at", UtcDateTime, nullable=False, index=True),
)

# The words of the items first seen on a day; `counts` is a snapshot.
background = Table(
    "background",
    metadata,
    Column("day", Date, primary_key=True),
    Column("language", CleanText, primary_key=True),
    Column("documents", Integer, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)

# The story an item was in when an edition was last cut of it.
memberships = Table(
    "memberships",
    metadata,
    Column("item_id", CleanText, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("story_id", CleanText, nullable=False),
)

# `snapshot` is the whole edition (snapshot.py); the other columns are what is asked for, `state` the one that moves.
# `original` is the snapshot as it was cut, kept from the first change on.
editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("date", Date, nullable=False),
    Column("cut_at", UtcDateTime, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("original", LargeBinary),
)

# An edition's record, `serial` from 1. `snapshot` is the change itself, empty where its content was not changed.
edits = Table(
    "edits",
    metadata,
    Column("edition", Integer, ForeignKey("editions.number"), primary_key=True, autoincrement=False),
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("editor", CleanText, nullable=False),
    Column("what", CleanText, nullable=False),
    Column("snapshot", LargeBinary),
    Column("undone", Boolean, nullable=False),
)

# `carried_by` is the later edition that told its readers; empty while none has.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition", Integer, ForeignKey("editions.number"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("editor", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("carried_by", Integer, ForeignKey("editions.number")),
    sqlite_autoincrement=True,
)

renderings = Table(
    "renderings",
    metadata,
    Column("edition", Integer, ForeignKey("editions.number"), primary_key=True),
    Column("language", CleanText, primary_key=True),
    Column("snapshot", LargeBinary, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("fingerprint", CleanText, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

# `fingerprint` is of a model's name and a text, `content` the vector as `ai` writes it.
vectors = Table(
    "vectors",
    metadata,
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False, index=True),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", CleanText, nullable=False, unique=True),
    Column("name", CleanText, nullable=False),
    Column("state", Text, nullable=False),
    Column("timezone", CleanText),
    Column("send_at", Integer),
    Column("days", Integer),
    Column("sections", Words, nullable=False),
    Column("muted_words", Words, nullable=False),
    Column("muted_sources", Words, nullable=False),
    Column("followed_words", Words, nullable=False),
    Column("followed_sources", Words, nullable=False),
    Column("max_stories", Integer),
    Column("paused_until", UtcDateTime),
    Column("consent_text", CleanText),
    Column("consent_at", UtcDateTime),
    Column("consent_origin", CleanText),
    Column("joined_at", UtcDateTime),
    Column("left_at", UtcDateTime),
    sqlite_autoincrement=True,
)

# A way to reach someone; an anonymous browser has no subscriber. `domain` is what follows the @ of an address.
endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), index=True),
    Column("channel", Text, nullable=False),
    Column("target", CleanText, nullable=False),
    Column("domain", CleanText),
    Column("fingerprint", Text, nullable=False),
    UniqueConstraint("fingerprint", "channel", name="uq_endpoints_fingerprint_channel"),
    sqlite_autoincrement=True,
)

# `address` is empty (NULL) where the person was forgotten; the fingerprint still keeps mail away.
suppressions = Table(
    "suppressions",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("address", CleanText),
    Column("reason", Text, nullable=False),
    Column("evidence", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# `token` is the unguessable part of every Message-ID of the dispatch. `stopped_at` is set while nothing of it is sent
# because the wire refused what it carries (`stopped_because`), until somebody resumes it.
dispatches = Table(
    "dispatches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("edition", Integer, ForeignKey("editions.number")),
    Column("subject", CleanText, nullable=False),
    Column("token", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    Column("stopped_at", UtcDateTime),
    Column("stopped_because", CleanText),
    Index("uq_dispatches_reason", "kind", text("coalesce(edition, 0)"), "subject", unique=True),
    Index("ix_dispatches_edition", "edition"),
    sqlite_autoincrement=True,
)

# The ledger. Three columns carry its rules:
# `paper_date` is the local date this row takes up (one paper a day for an endpoint); empty where it takes up none;
# `next_at` is set exactly while the row waits for an attempt, so that what is due is one range of one index;
# `doubtful` stays true once content may have arrived without our knowing.
# `worker` and `lease_until` are set exactly while the row is claimed or sending. `endpoint_id` is empty where the
# person was forgotten. `relay`, `code` and `enhanced` belong to `answer`: who said it, and by which numbers.
# `reader_name` and `reader_zone` are fixed with the line-up: the bytes of a second attempt are those of the first.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("dispatch_id", Integer, ForeignKey("dispatches.id"), nullable=False),
    Column("endpoint_id", Integer, ForeignKey("endpoints.id")),
    Column("local_date", Date, nullable=False),
    Column("paper_date", Date),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("message_id", CleanText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("worker", CleanText),
    Column("doubtful", Boolean, nullable=False),
    Column("lineup", LargeBinary),
    Column("composed_at", UtcDateTime),
    Column("reader_name", CleanText),
    Column("reader_zone", CleanText),
    Column("answer", CleanText, nullable=False),
    Column("relay", CleanText),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("dispatch_id", "endpoint_id", name="uq_deliveries_dispatch_endpoint"),
    UniqueConstraint("endpoint_id", "paper_date", name="uq_deliveries_endpoint_paper"),
    Index("ix_deliveries_dispatch_state", "dispatch_id", "state"),
    Index(
        "ix_deliveries_waiting",
        "next_at",
        "id",
        postgresql_where=text("next_at IS NOT NULL"),
        sqlite_where=text("next_at IS NOT NULL"),
    ),
    Index(
        "ix_deliveries_under_way",
        "worker",
        postgresql_where=text("worker IS NOT NULL"),
        sqlite_where=text("worker IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

# What the wire said to attempts that were not accepted; what it said last is in the delivery as well.
answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("relay", CleanText),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("answer", CleanText, nullable=False),
    sqlite_autoincrement=True,
)

# Bad news that came later. `source` is a fingerprint of the message that brought it, so that it counts once however
# often it is read; `fingerprint` is that of the address.
bounces = Table(
    "bounces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("delivery_id", Integer, ForeignKey("deliveries.id")),
    Column("kind", Text, nullable=False),
    Column("enhanced", Text),
    Column("words", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("fingerprint", "source", name="uq_bounces_fingerprint_source"),
    sqlite_autoincrement=True,
)

# When the next message of a scope (a relay, a recipient domain) may leave, for rates by the second.
paces = Table(
    "paces",
    metadata,
    Column("scope", CleanText, primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
)

# How many messages of a scope left in a span ("minute", "day") that began at `start`.
usage = Table(
    "usage",
    metadata,
    Column("scope", CleanText, primary_key=True),
    Column("span", Text, primary_key=True),
    Column("start", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
)

# Relays that had faults: how many in a row, until when they are left alone, and what they said.
relays = Table(
    "relays",
    metadata,
    Column("place", CleanText, primary_key=True),
    Column("faults", Integer, nullable=False),
    Column("down_until", UtcDateTime),
    Column("because", CleanText, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# What only one process does at a time, whose turn it is, and until when at most.
turns = Table(
    "turns",
    metadata,
    Column("what", CleanText, primary_key=True),
    Column("by", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# The processes that send, by their name in the ledger; `seen_at` is their last sign of life.
workers = Table(
    "workers",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("doing", CleanText, nullable=False),
)
