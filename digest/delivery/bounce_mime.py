"""A mail that came back, taken apart within bounds: headers, and every part as text."""

import re
from base64 import b64decode
from binascii import a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses

LARGEST = 512 * 1024
"""How much of a mail is looked at, in octets: what it reports stands at its beginning."""

DEEPEST, MOST_PARTS, MOST_HEADERS = 8, 64, 400
LONGEST_TEXT, LONGEST_VALUE = 64 * 1024, 4096

NAME = re.compile(rb"([!-9;-~]{1,128}):[ \t]*(.*)", re.DOTALL)
PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)')
CHARSET = re.compile(
    r"(us-)?ascii|utf-?8|utf-?16(le|be)?|iso-?8859-\d{1,2}(-[ei])?|iso-?2022-(jp(-\d)?|kr)|(windows|cp)-?\d{3,5}"
    r"|euc-?(jp|kr)|shift_?jis|gb(2312|k|18030)|big5(-?hkscs)?|koi8-[ru]|ks_c_5601-1987|tis-620",
    re.IGNORECASE,
)
"""The character sets that are decoded; Python knows others whose decoders are slow or no text at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a mail: its kind ("text/plain"), headers (names in lower case), text, and the parts within.

    What is attached as a mail of its own is text too, so that broken ones are read like whole ones.
    """

    kind: str
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    parts: tuple["Part", ...] = ()

    def every(self, *names: str) -> tuple[str, ...]:
        """All values of these headers, in the order they stand in."""
        return tuple(value for name, value in self.headers if name in names)

    def first(self, *names: str) -> str:
        """The first value of these headers, or nothing."""
        return next(iter(self.every(*names)), "")

    def each(self) -> Iterator["Part"]:
        """The part itself and all within it, in their order."""
        yield self
        for part in self.parts:
            yield from part.each()

    def parameter(self, name: str) -> str:
        """A parameter of the content type, in lower case."""
        return parameters(self.first("content-type")).get(name, "").lower()


def take_apart(content: bytes) -> Part:
    """The mail, or its beginning where it is very large; never raises."""
    lines = content[:LARGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if lines.startswith(b"From "):
        lines = lines.partition(b"\n")[2]
    return _part(lines, depth=0, room=[MOST_PARTS])


def addresses_in(*values: str) -> tuple[str, ...]:
    """The addresses in header values, without names."""
    found = getaddresses([value[:LONGEST_VALUE] for value in values[:50]])
    return tuple(address.strip() for _, address in found if "@" in address)


def parameters(value: str) -> dict[str, str]:
    """The parameters of a structured header, by name in lower case."""
    return {name.lower(): text.strip('"') for name, text in PARAMETER.findall(value[:LONGEST_VALUE])}


def header_lines(lines: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers at the beginning, unfolded and decoded, and what follows them."""
    found: list[tuple[str, bytes]] = []
    start = 0
    while start < len(lines) and len(found) < MOST_HEADERS:
        end = lines.find(b"\n", start)
        end = len(lines) if end < 0 else end
        line = lines[start:end]
        if line[:1] in {b" ", b"\t"} and found and line.strip():
            name, value = found[-1]
            found[-1] = (name, value + b" " + line.strip() if len(value) < LONGEST_VALUE else value)
        elif match := NAME.fullmatch(line):
            found.append((match[1].decode("ascii").lower(), match[2].strip()))
        else:
            return _decoded(found), lines[start:] if line.strip() else lines[end + 1 :]
        start = end + 1
    return _decoded(found), lines[start:]


def _decoded(found: list[tuple[str, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, header_text(value[:LONGEST_VALUE])) for name, value in found)


def header_text(value: bytes) -> str:
    """A header's value with its encoded words (RFC 2047) read."""
    plain = _text(value, "utf-8")
    if "=?" not in plain:
        return plain
    try:
        words = decode_header(plain)
    except (HeaderParseError, ValueError):
        return plain
    return "".join(word if isinstance(word, str) else _text(word, charset or "ascii") for word, charset in words)


def _part(lines: bytes, *, depth: int, room: list[int]) -> Part:
    room[0] -= 1
    headers, body = header_lines(lines)
    given = next((value for name, value in headers if name == "content-type"), "")
    kind = given.partition(";")[0].strip().lower() or "text/plain"
    boundary = parameters(given).get("boundary", "")
    if kind.startswith("multipart/") and boundary and depth < DEEPEST:
        inner = [_part(piece, depth=depth + 1, room=room) for piece in _pieces(body, boundary) if room[0] > 0]
        if inner:
            return Part(kind=kind, headers=headers, parts=tuple(inner))
    return Part(kind=kind, headers=headers, text=_body_text(kind, headers, body))


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the borders (RFC 2046 section 5.1.1)."""
    border = b"--" + boundary.encode("utf-8", "replace")
    pieces = (b"\n" + body).split(b"\n" + border)[1 : MOST_PARTS + 1]
    return [piece.partition(b"\n")[2] for piece in pieces if not piece.startswith(b"--")]


def _body_text(kind: str, headers: tuple[tuple[str, str], ...], body: bytes) -> str:
    if not kind.startswith(("text/", "message/", "multipart/")):
        return ""
    given = dict(reversed(headers))
    raw = _transferred(body[: LONGEST_TEXT * 2], given.get("content-transfer-encoding", "").strip().lower())
    charset = parameters(given.get("content-type", "")).get("charset", "")
    return _text(raw[:LONGEST_TEXT], charset or "utf-8")


def _transferred(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return a2b_qp(body)
    if encoding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        return b64decode(letters[: len(letters) // 4 * 4])
    return body


def _text(raw: bytes, charset: str) -> str:
    known = charset if CHARSET.fullmatch(charset) else "utf-8"
    try:
        return raw.decode(known, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")
