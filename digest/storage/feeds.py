"""Which sources we read, and how reading them went."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from digest.errors import Conflict, NotFound
from digest.model.feed import Feed, FeedState
from digest.storage.columns import storable
from digest.storage.engine import Database
from digest.storage.schema import feeds

WISHES = ("url", "title", "section", "weight", "tags", "full_text")
STATE = ("etag", "last_modified", "fetched_at", "next_at", "failures", "failing_since", "error", "disabled")


class Feeds:
    """ports.FeedStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Feed, ...]:
        """Every feed, in the order they were added."""
        with self._database.read() as connection:
            rows = connection.execute(select(feeds).order_by(feeds.c.id)).mappings()
            return tuple(feed_of(row) for row in rows)

    def due(self, now: datetime) -> tuple[Feed, ...]:
        """The feeds that may be asked again, in the order they were added; disabled ones never."""
        query = (
            select(feeds)
            .where(feeds.c.disabled.is_(False), or_(feeds.c.next_at.is_(None), feeds.c.next_at <= now))
            .order_by(feeds.c.id)
        )
        with self._database.read() as connection:
            return tuple(feed_of(row) for row in connection.execute(query).mappings())

    def add(self, new: Sequence[Feed]) -> tuple[Feed, ...]:
        """Store those whose url is new; returns them with their ids."""
        return self._database.write(lambda connection: _add(connection, new))

    def change(self, feed: Feed) -> None:
        """Replace the owner's wishes and the state of one feed; raises NotFound, Conflict (the url is taken)."""
        self._database.write(lambda connection: _change(connection, feed))

    def remove(self, url: str) -> None:
        """Forget a feed and its items; those in an edition live on in its snapshot. Raises NotFound."""
        removed = self._database.write(
            lambda connection: connection.execute(delete(feeds).where(feeds.c.url == url)).rowcount
        )
        if not removed:
            raise NotFound(f"There is no feed {url}.", hint="`digest feeds list` shows the feeds.")


def feed_of(row: Mapping[Any, Any]) -> Feed:
    """A row of `feeds` as a value."""
    header = (row["header_name"], row["header_value"]) if row["header_name"] is not None else None
    return Feed(
        id=row["id"],
        header=header,
        state=FeedState(**{name: row[name] for name in STATE}),
        **{name: row[name] for name in WISHES},
    )


def feed_columns(feed: Feed) -> dict[str, object]:
    """A feed as the columns of its row, without the id."""
    name, value = feed.header or (None, None)
    return {
        **{wish: getattr(feed, wish) for wish in WISHES},
        **{part: getattr(feed.state, part) for part in STATE},
        "header_name": name,
        "header_value": value,
    }


def url_taken(connection: Connection, url: str, *, by_other_than: int) -> bool:
    """Whether another feed has this url already."""
    other = select(feeds.c.id).where(feeds.c.url == url, feeds.c.id != by_other_than)
    return connection.execute(other).first() is not None


def _add(connection: Connection, new: Sequence[Feed]) -> tuple[Feed, ...]:
    known = set(connection.scalars(select(feeds.c.url)))
    added: list[Feed] = []
    for feed in new:
        url = storable(feed.url)
        if url not in known:
            known.add(url)
            row = connection.execute(insert(feeds).values(feed_columns(feed)).returning(feeds)).mappings().one()
            added.append(feed_of(row))
    return tuple(added)


def _change(connection: Connection, feed: Feed) -> None:
    if url_taken(connection, feed.url, by_other_than=feed.id):
        raise Conflict(f"Another feed has the address {feed.url} already.")
    changed = connection.execute(update(feeds).where(feeds.c.id == feed.id).values(feed_columns(feed)))
    if not changed.rowcount:
        raise NotFound(f"There is no feed {feed.url}.", hint="`digest feeds list` shows the feeds.")
