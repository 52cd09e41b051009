"""A sign that changes when the news or an edition does."""

from sqlalchemy import func, select

from digest.storage.engine import Database
from digest.storage.schema import editions, edits, feeds, items

LAST = 40
"""Editions that are looked at, newest first; older ones do not change."""


def pulse(database: Database) -> str:
    """Cheap enough to be asked a few times a second; raises StoreError."""
    newest = (
        select(editions.c.number, editions.c.state, func.length(editions.c.snapshot))
        .order_by(editions.c.number.desc())
        .limit(LAST)
    )
    with database.read() as connection:
        cuts = [tuple(row) for row in connection.execute(newest)]
        news = connection.scalar(select(func.max(items.c.listed_at)))
        changes = connection.scalar(select(func.count()).select_from(edits))
        sources = tuple(connection.execute(select(func.count(), func.max(feeds.c.fetched_at)).select_from(feeds)).one())
    return repr((cuts, changes, news, sources))
