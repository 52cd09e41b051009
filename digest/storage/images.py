"""Lead images, by the fingerprint of their bytes."""

from datetime import datetime

from sqlalchemy import select

from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.schema import images


class Images:
    """ports.ImageStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, fingerprint: str, content: bytes, *, now: datetime) -> None:
        """Store a JPEG or PNG; known already, nothing happens."""
        row = {"fingerprint": fingerprint, "content": content, "kept_at": now}
        self._database.write(
            lambda connection: (
                connection.execute(insert_into(connection, images).values(row).on_conflict_do_nothing()).rowcount
            )
        )

    def get(self, fingerprint: str) -> bytes | None:
        """Its bytes, or None."""
        with self._database.read() as connection:
            content = connection.scalar(select(images.c.content).where(images.c.fingerprint == fingerprint))
        return None if content is None else bytes(content)
