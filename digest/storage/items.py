"""What was published, where and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, select, update

from digest.model.feed import Fetched, Item
from digest.storage.columns import storable
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.feeds import STATE, url_taken
from digest.storage.schema import feeds, items

OWN = (
    "id", "title", "url", "summary", "publisher", "source", "author", "language", "image_url", "position", "published",
    "seen",
)  # fmt: skip


class Items:
    """ports.ItemStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, fetched: Fetched) -> int:
        """Keep a visit's items and the feed's new url, title and state in one transaction; returns how many items
        were new.

        An item that is known already keeps its `seen` and takes over a changed title and summary, empty ones not.
        A feed that was removed meanwhile stays removed, with nothing recorded; a new url that another feed has
        already is not taken over.
        """
        return self._database.write(lambda connection: _record(connection, fetched))

    def recent(self, since: datetime) -> tuple[Item, ...]:
        """Items published and seen since then, with their feed's section and weight; undated ones left out."""
        query = (
            select(*(items.c[name] for name in OWN), items.c.feed_id, feeds.c.section, feeds.c.weight)
            .join(feeds, feeds.c.id == items.c.feed_id)
            .where(items.c.seen >= since, items.c.published >= since)
            .order_by(items.c.seen, items.c.id)
        )
        with self._database.read() as connection:
            return tuple(Item(**row) for row in connection.execute(query).mappings())

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these items are kept already."""
        query = select(items.c.id).where(items.c.id.in_([storable(each) for each in ids]))
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def prune(self, before: datetime) -> int:
        """Drop items last carried by their feed before then; those in an edition live on in its snapshot.

        What a feed carried when it last had anything to say stays, however long ago that was: it would come back as
        new. Returns how many were dropped.
        """
        newest = select(items.c.feed_id, func.max(items.c.listed_at).label("at")).group_by(items.c.feed_id).subquery()
        stale = (
            select(items.c.id)
            .join(newest, newest.c.feed_id == items.c.feed_id)
            .where(items.c.listed_at < before, items.c.listed_at < newest.c.at)
        )
        gone = delete(items).where(items.c.id.in_(stale))
        return self._database.write(lambda connection: connection.execute(gone).rowcount)


def _record(connection: Connection, fetched: Fetched) -> int:
    feed = fetched.feed
    changes: dict[str, object] = {name: getattr(feed.state, name) for name in STATE} | {"title": feed.title}
    if not url_taken(connection, feed.url, by_other_than=feed.id):
        changes["url"] = feed.url
    if not connection.execute(update(feeds).where(feeds.c.id == feed.id).values(changes)).rowcount:
        return 0
    rows = {storable(item.id): _columns(item, feed.id) for item in fetched.items}
    if not rows:
        return 0
    known = set(connection.scalars(select(items.c.id).where(items.c.feed_id == feed.id, items.c.id.in_(list(rows)))))
    upsert = insert_into(connection, items)
    fresh = upsert.excluded
    upsert = upsert.on_conflict_do_update(
        index_elements=[items.c.id],
        set_={
            "title": case((fresh.title != "", fresh.title), else_=items.c.title),
            "summary": case((fresh.summary != "", fresh.summary), else_=items.c.summary),
            "listed_at": fresh.listed_at,
        },
    )
    connection.execute(upsert, list(rows.values()))
    return len(rows) - len(known)


def _columns(item: Item, feed_id: int) -> dict[str, object]:
    return {name: getattr(item, name) for name in OWN} | {"feed_id": feed_id, "listed_at": item.seen}
