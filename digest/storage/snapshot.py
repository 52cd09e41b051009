"""Editions and renderings as bytes: complete, compact, and readable by later versions that add fields."""

import zlib
from typing import TypeVar

import msgspec

from digest.errors import StoreError
from digest.storage.columns import storable

Value = TypeVar("Value")

LEVEL = 6
"""zlib's effort: beyond it a rendering shrinks by a percent and takes twice the time."""


def pack(value: object) -> bytes:
    """A frozen value as zlib-compressed MessagePack; lone surrogates in its texts become U+FFFD."""
    try:
        plain = msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.msgpack.encode(_cleaned(msgspec.to_builtins(value, builtin_types=(bytes,))))
    return zlib.compress(plain, LEVEL)


def unpack(content: bytes, kind: type[Value], *, what: str) -> Value:
    """The value `pack` made `content` of; raises StoreError naming `what` when it is damaged."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(content), type=kind)
    except (zlib.error, msgspec.DecodeError) as fault:
        raise StoreError(
            f"{what} cannot be read from the database: {fault}.", hint="Restore the database from a backup."
        ) from fault


def _cleaned(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_cleaned(key): _cleaned(part) for key, part in value.items()}
        case list() | tuple():
            return [_cleaned(part) for part in value]
        case _:
            return value
