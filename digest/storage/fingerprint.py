"""Addresses as keyed hashes: enough to recognise one, not enough to learn it."""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

from sqlalchemy import Connection, select

from digest.storage.columns import storable
from digest.storage.schema import instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """The fingerprints of one instance; another instance's are different."""

    pepper: bytes

    @staticmethod
    def of_instance(connection: Connection) -> "Fingerprints":
        """With the pepper that the first migration made."""
        return Fingerprints(
            pepper=bytes(connection.execute(select(instance.c.value).where(instance.c.name == "pepper")).scalar_one())
        )

    def of(self, target: str) -> str:
        """The HMAC-SHA256 of an address or other target, in hex; the same however it is capitalised."""
        same = unicodedata.normalize("NFC", storable(target).strip()).casefold()
        return hmac.new(self.pepper, same.encode(), hashlib.sha256).hexdigest()
