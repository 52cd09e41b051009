"""The links that speak for a reader: every token is made and read here."""

import hashlib
import hmac
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer, want_bytes
from itsdangerous.signer import HMACAlgorithm

from digest.errors import UsageError

UNSUBSCRIBE = "digest.unsubscribe"
PREFERENCES = "digest.preferences"
BOUNCE = "digest.bounce"
"""The purpose is the salt: a token made for one purpose is worth nothing for another."""

TOKEN_LIMIT = 64

LOCAL_PART = 64
"""The most octets of what stands before the @ (RFC 5321 section 4.5.3.1.1)."""

ID_BYTES, PROOF_BYTES = 5, 10
"""What the token of a return path is made of: 15 octets, which are 24 letters and figures without padding."""


class ShortSignature(HMACAlgorithm):
    """HMAC-SHA-256 cut to 128 bits (RFC 4868), so that a link fits on one line of a plain-text mail."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """The first half of the full signature, in one go: every mail of a long list has three of them."""
        return hmac.digest(key, value, "sha256")[:16]


class KeptSigner(Signer):
    """A signer that derives the key of its purpose from a secret once, and not for each signature."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        super().__init__(
            tuple(reversed(keys)),  # itsdangerous wants the newest key last
            salt=purpose,
            key_derivation="hmac",
            digest_method=hashlib.sha256,
            algorithm=ShortSignature(hashlib.sha256),
        )
        self._derived = {key: super(KeptSigner, self).derive_key(key) for key in self.secret_keys}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """The key made of one of the secret keys, by default of the newest."""
        return self._derived[self.secret_key if secret_key is None else want_bytes(secret_key)]


class Links:
    """Makes and reads signed links.

    `keys` are the secret keys, newest first: the first signs, and links signed with any of them stay good, so a
    retired key is kept at the end. `public_url` has no slash at the end; without it there are no links.
    """

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        if not keys or not all(keys):
            raise UsageError("Links cannot be signed: there is no secret key.", hint="Set DIGEST_SECRET_KEY.")
        self.public_url = public_url.rstrip("/")
        self.signers = {purpose: KeptSigner(keys, purpose) for purpose in (UNSUBSCRIBE, PREFERENCES, BOUNCE)}

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

    def return_path(self, address: str, delivery_id: int) -> str:
        """The envelope sender of one delivery (VERP): `address` with a token of its own behind a plus.

        The token is in lower case and stays good in any case, as some systems change it. An address whose local part
        has no room for it stays as it is.
        """
        local, _, domain = address.rpartition("@")
        token = self.bounce_token(delivery_id)
        tagged = f"{local}+{token}"
        return f"{tagged}@{domain}" if local and len(tagged.encode()) <= LOCAL_PART else address

    def bounce_token(self, delivery_id: int) -> str:
        """What names a delivery in its return path, and cannot be guessed for another."""
        named = delivery_id.to_bytes(ID_BYTES, "big")
        proof = proofs(self.signers[BOUNCE], named)[0]
        return b32encode(named + proof).decode("ascii").lower()

    def read_return_path(self, address: str) -> int | None:
        """The delivery that an envelope sender of ours names; None for every other address."""
        local = address.rpartition("@")[0]
        _, plus, token = local.rpartition("+")
        try:
            given = b32decode(token.upper()) if plus and token.isascii() else b""
        except NotBase32:
            return None
        named, proof = given[:ID_BYTES], given[ID_BYTES:]
        if len(given) != ID_BYTES + PROOF_BYTES:
            return None
        good = any(hmac.compare_digest(proof, each) for each in proofs(self.signers[BOUNCE], named))
        return int.from_bytes(named, "big") if good else None

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


def proofs(by: Signer, named: bytes) -> tuple[bytes, ...]:
    """The signature of a delivery's number, cut to 80 bits, by every key, the newest first."""
    keys = reversed(by.secret_keys)
    return tuple(by.algorithm.get_signature(by.derive_key(key), named)[:PROOF_BYTES] for key in keys)
