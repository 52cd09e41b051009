"""Quoted-printable pieces and the header lines that the standard library folds wrongly."""

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from functools import lru_cache

from digest.rendering.text import graphemes, one_line

LINE = 76
"""The longest line of quoted-printable and of most headers (RFC 2045 section 6.7, RFC 2047 section 2)."""

CRLF = b"\r\n"
_SOFT = b"=\r\n"
_SHORT = 200
"""So many octets are looked at in no more time than it takes to remember them."""

_WORD = 75 - len("=?utf-8?q??=")
_Q_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
_TEXT_PART, _HTML_PART = (
    f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
    for kind in ("plain", "html")
)
_Q_SHORT = bytes(_Q_SAFE) + b" "
_AS_IT_IS = re.compile(r"[!-\-/-<>-~](?:[ -<>-~]{0,73}[!-<>-~])")
"""A short line that is the same in quoted-printable."""

_DOTTED = re.compile(rb"^(\.+)([^\r\n]*)", re.MULTILINE)
"""A line whose first dot SMTP doubles (RFC 5321 section 4.5.2), and the rest of it."""

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def quoted(text: str) -> bytes:
    """`text` as quoted-printable with CRLF line ends; lines of at most 76, the last one of at most 75 so that a soft
    break can follow. None begins with a dot.
    """
    if _AS_IT_IS.fullmatch(text):
        return text.encode("ascii")
    encoded = _ended(b2a_qp(text.encode("utf-8", "replace")).replace(CRLF, b"\n").replace(b"\n", CRLF))
    return _DOTTED.sub(_undotted, encoded) if encoded.startswith(b".") or b"\n." in encoded else encoded


def _ended(encoded: bytes) -> bytes:
    """Quoted-printable whose last line has room for the sign of a soft break."""
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start < LINE:
        return encoded
    cut = start + LINE - 4
    cut -= 1 if encoded[cut - 1 : cut] == b"=" else 2 if encoded[cut - 2 : cut - 1] == b"=" else 0
    return encoded[:cut] + _SOFT + encoded[cut:]


def _undotted(line: re.Match[bytes]) -> bytes:
    dots, rest = line.groups()
    encoded = b"=2E" * len(dots) + rest
    return encoded if len(encoded) < LINE else (b"=2E" + _SOFT) * len(dots) + rest


def pieces(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    """Texts between values, encoded so that any encoded value fits between two of them.

    The whole begins at a line start and ends with a line end, hard or soft, so that wholes can be joined.
    """
    return tuple(_piece(text, first=number == 0) for number, text in enumerate(texts))


def _piece(text: str, *, first: bool) -> bytes:
    before = b"" if first or text.startswith("\n") else _SOFT
    after = b"" if not text or text.endswith("\n") else _SOFT
    return before + quoted(text) + after


def alternative(boundary: str, text: Iterable[bytes], html: Iterable[bytes]) -> list[bytes]:
    """multipart/alternative (RFC 2046 section 5.1.4) of two quoted-printable parts: the text first, the HTML last."""
    border = f"--{boundary}".encode()
    return [border + CRLF + _TEXT_PART, *text, CRLF + border + CRLF + _HTML_PART, *html, CRLF + border + b"--\r\n"]


def smooth(segment: bytes) -> bool:
    """Whether content joined of such segments has no line that begins with a dot, and no line end but CRLF."""
    if segment.startswith((b".", b"\n")) or segment.endswith(b"\r"):
        return False
    ends = segment.count(b"\n")
    return ends == segment.count(b"\r") and (not ends or (ends == segment.count(CRLF) and segment.find(b"\r\n.") < 0))


_smooth_once = lru_cache(maxsize=8192)(smooth)


def all_smooth(segments: Iterable[bytes]) -> bool:
    """Whether all segments are smooth. Long ones are looked at once: they are the blocks that many mails share."""
    return all(_smooth_once(segment) if len(segment) > _SHORT else smooth(segment) for segment in segments)


def header(name: str, value: str) -> bytes:
    """One unstructured header, encoded by RFC 2047 where it must be, folded at 76, with its line end."""
    text = one_line(value)
    if _needs_encoding(text):
        return f"{name}: ".encode() + _folded(_encoded_words(text, first=len(name) + 2))
    return _fold_words(f"{name}: {text}")


def mailbox(name: str, value: str) -> bytes:
    """A header that holds one mailbox, "Name <address>" (RFC 5322 section 3.4)."""
    person, address = parseaddr(one_line(value))
    return addressed(name, person, address)


def addressed(name: str, person: str, address: str) -> bytes:
    """A header that holds one person's address; a name that is no plain phrase is quoted or encoded."""
    spec = one_line(address).replace(" ", "")
    person = one_line(person)[:120].strip()
    if not person:
        return f"{name}: {spec}\r\n".encode()
    if _needs_encoding(person):
        phrase = _folded(_encoded_words(person, first=len(name) + 2))
        return f"{name}: ".encode() + phrase.rstrip() + f"\r\n <{spec}>\r\n".encode()
    if not _ATOM.fullmatch(person):
        person = '"' + person.replace("\\", "\\\\").replace('"', '\\"') + '"'
    line = f"{name}: {person} <{spec}>"
    return f"{line}\r\n".encode() if len(line) <= LINE else f"{name}: {person}\r\n <{spec}>\r\n".encode()


def verbatim(name: str, *values: str) -> bytes:
    """A header that programs read: never encoded, folded after commas only (RFC 2369, RFC 8058, RFC 2919)."""
    line = ",\r\n ".join(map(one_line, values))
    return f"{name}: {line}\r\n".encode("ascii", "ignore")


def _needs_encoding(text: str) -> bool:
    return not text.isascii() or "=?" in text or any(len(word) > 2 * LINE for word in text.split(" "))


def _encoded_words(text: str, *, first: int) -> list[str]:
    """`text` as encoded words of at most 75 characters, in whichever of the two encodings is shorter."""
    raw = text.encode("utf-8", "replace")
    base64 = _size(raw, base64=False) > len(raw) * 4 / 3
    return [_word(chunk, base64=base64) for chunk in _chunks(text, base64=base64, first=first)]


def _chunks(text: str, *, base64: bool, first: int) -> Iterator[str]:
    """`text` in parts that each fit an encoded word, the first beside the header's name; no grapheme is split
    unless it fills a word alone.
    """
    room, chunk, raw = _WORD - first, "", b""
    for part in _small_parts(text):
        more = part.encode("utf-8", "replace")
        if chunk and _size(raw + more, base64=base64) > room:
            yield chunk
            chunk, raw, room = "", b"", _WORD
        chunk, raw = chunk + part, raw + more
    yield chunk


def _small_parts(text: str) -> Iterator[str]:
    for grapheme in graphemes(text):
        if len(grapheme.encode("utf-8", "replace")) <= 12:  # noqa: PLR2004 - 36 characters of Q, fits every word
            yield grapheme
        else:
            yield from grapheme


def _size(raw: bytes, *, base64: bool) -> int:
    return -(-len(raw) // 3) * 4 if base64 else len(raw) + 2 * len(raw.translate(None, _Q_SHORT))


def _word(text: str, *, base64: bool) -> str:
    raw = text.encode("utf-8", "replace")
    if base64:
        return f"=?utf-8?b?{b64encode(raw).decode()}?="
    marks = (chr(byte) if byte in _Q_SAFE else "_" if byte == ord(" ") else f"={byte:02X}" for byte in raw)
    return f"=?utf-8?q?{''.join(marks)}?="


def _folded(words: list[str]) -> bytes:
    return "\r\n ".join(words).encode() + CRLF


def _fold_words(line: str) -> bytes:
    """An ASCII header folded at spaces, so that every line but one of a single long word keeps to 76."""
    lines, current = [], ""
    for word in line.split(" "):
        if current and len(current) + 1 + len(word) > LINE and not current.endswith(":"):
            lines.append(current)
            current = " " + word
        else:
            current = f"{current} {word}" if current else word
    return "\r\n".join([*lines, current]).encode() + CRLF
