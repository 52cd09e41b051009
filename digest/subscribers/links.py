"""The links that speak for a reader: every token is made and read here."""

import hashlib
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

from digest.errors import UsageError

UNSUBSCRIBE = "digest.unsubscribe"
PREFERENCES = "digest.preferences"
"""The purpose is the salt: a token made for one purpose is worth nothing for another."""

TOKEN_LIMIT = 64


class ShortSignature(HMACAlgorithm):
    """HMAC-SHA-256 cut to 128 bits (RFC 4868), so that a link fits on one line of a plain-text mail."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The first half of the full signature."""
        return super().get_signature(key, value)[:16]


class Links:
    """Makes and reads signed links.

    `keys` are the secret keys, newest first: the first signs, and links signed with any of them stay good, so a
    retired key is kept at the end. `public_url` has no slash at the end; without it there are no links.
    """

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        if not keys or not all(keys):
            raise UsageError("Links cannot be signed: there is no secret key.", hint="Set DIGEST_SECRET_KEY.")
        self.public_url = public_url.rstrip("/")
        self.signers = {purpose: signer(keys, purpose) for purpose in (UNSUBSCRIBE, PREFERENCES)}

    def unsubscribe_url(self, subscriber_id: int) -> str:
        """The address that lets this person leave, for ever good (RFC 8058); empty without a public url."""
        if not self.public_url:
            return ""
        return f"{self.public_url}/unsubscribe/{self.unsubscribe_token(subscriber_id)}"

    def unsubscribe_token(self, subscriber_id: int) -> str:
        """The last part of that address."""
        return self.token(UNSUBSCRIBE, subscriber_id)

    def read_unsubscribe(self, token: str) -> int:
        """The id of the person a token lets leave; raises UsageError for what was not made here for that."""
        return self.read(UNSUBSCRIBE, token)

    def preferences_url(self, subscriber_id: int) -> str:
        """The address where this person chooses their paper, good as long as its key; empty without a public url."""
        return f"{self.public_url}/preferences/{self.preferences_token(subscriber_id)}" if self.public_url else ""

    def preferences_token(self, subscriber_id: int) -> str:
        """The last part of that address."""
        return self.token(PREFERENCES, subscriber_id)

    def read_preferences(self, token: str) -> int:
        """The id of the person a token lets choose; raises UsageError for what was not made here for that."""
        return self.read(PREFERENCES, token)

    def token(self, purpose: str, subscriber_id: int) -> str:
        """What speaks for a person for one purpose, the same each time it is made."""
        return self.signers[purpose].sign(str(subscriber_id)).decode("ascii")

    def read(self, purpose: str, token: str) -> int:
        """The id of the person a token of this purpose speaks for; raises UsageError."""
        try:
            if len(token) > TOKEN_LIMIT or not token.isascii():
                raise BadSignature("no token of ours")
            return int(self.signers[purpose].unsign(token))
        except BadSignature as fault:
            raise UsageError(
                "This link is not complete, or was not made here.",
                hint="Copy the whole link from the mail, or open it from a newer one.",
            ) from fault

    def edition_url(self, number: int) -> str:
        """The public address of an edition, the same for everybody; empty without a public url."""
        return f"{self.public_url}/editions/{number}" if self.public_url else ""


def signer(keys: Sequence[str], purpose: str) -> Signer:
    """What signs for one purpose; itsdangerous wants the newest key last."""
    return Signer(
        tuple(reversed(keys)),
        salt=purpose,
        key_derivation="hmac",
        digest_method=hashlib.sha256,
        algorithm=ShortSignature(hashlib.sha256),
    )
