"""How the text of a setting becomes a value; each parser raises ValueError or one of our errors."""

import re
from collections.abc import Callable
from email.utils import quote, unquote
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import available_timezones

from digest.errors import AddressRefused
from digest.net.url import read_url
from digest.subscribers.roster import normalise_address
from digest.subscribers.subscription import parse_hour

MOST = 1e6
"""A bound of every number, against typing errors."""

SPECIALS = re.compile(r'[][()<>:;@\\,."]')
"""What a name may hold only in quotes (RFC 5322 section 3.2.3)."""

DNS_PORT = 53

KEY_LENGTH = 32
"""The fewest characters of a secret key: 128 bits as hex."""


def plain(text: str) -> str:
    """Any text on one line."""
    if not text.isprintable():
        raise ValueError
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of a whole number between two bounds."""

    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def positive(text: str) -> float:
    """A number above zero."""
    number = float(text)
    if not 0 < number < MOST:
        raise ValueError
    return number


def minutes(text: str) -> float | None:
    """A number of minutes above zero, or nothing."""
    return positive(text) if text else None


def phrases(text: str) -> tuple[str, ...]:
    """Words, phrases or names, separated by commas; each with a letter or a figure in it."""
    found = tuple(filter(None, (part.strip() for part in plain(text).split(","))))
    if not all(any(char.isalnum() for char in phrase) for phrase in found):
        raise ValueError
    return found


def one_of(*words: str) -> Callable[[str], str]:
    """A parser of one of some words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return parse


def zone(text: str) -> str:
    """An IANA time zone."""
    if text not in available_timezones():
        raise ValueError
    return text


def hours(text: str) -> tuple[int, ...]:
    """Times of day, as minutes after midnight in ascending order."""
    return tuple(sorted(parse_hour(part) for part in text.split()))


def mailbox(text: str) -> str:
    """An address, or a name with an address in angle brackets; the name in quotes where mail programs need them."""
    match = re.fullmatch(r"(?:(?P<name>[^<>\r\n]*)<)?(?P<address>[^<>\s]+)>?", plain(text).strip())
    if match is None or ("<" in text) != text.rstrip().endswith(">"):
        raise ValueError
    address = normalise_address(match["address"])
    name = unquote((match["name"] or "").strip()).strip()
    shown = f'"{quote(name)}"' if SPECIALS.search(name) else name
    return f"{shown} <{address}>" if name else address


def address(text: str) -> str:
    """One plain address, or nothing."""
    return normalise_address(text) if text else ""


def web_address(text: str) -> str:
    """An http(s) address in ASCII, as mail headers need it, without a slash at its end; or nothing."""
    if text and not (text.isascii() and re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text)):
        raise ValueError
    return text.rstrip("/")


def ping_address(text: str) -> str:
    """An https address, or an http one of this machine; or nothing."""
    if not text:
        return ""
    try:
        target = read_url(plain(text))
    except AddressRefused as fault:
        raise ValueError from fault
    if target.scheme == "http" and not here(target.host):
        raise ValueError
    return target.url


def here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def colour(text: str) -> str:
    """A colour as #rrggbb."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError
    return text.lower()


def host_port(text: str) -> tuple[str, int]:
    """A host, IPv6 addresses in brackets, and a port."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d+)", text.strip())
    if match is None:
        raise ValueError
    return (match[1] or match[2]).lower(), whole(1, 65535)(match[3])


def name_server(text: str) -> tuple[str, int] | None:
    """The IP address of a DNS server and its port, or nothing."""
    if not text:
        return None
    try:
        return str(ip_address(text)), DNS_PORT
    except ValueError:
        host, port = host_port(f"{text}:{DNS_PORT}" if text.endswith("]") else text)
    return str(ip_address(host)), port


def hosts(text: str) -> frozenset[tuple[str, int]]:
    """A list of host:port, separated by commas or spaces."""
    return frozenset(host_port(part) for part in re.split(r"[,\s]+", text) if part)


def keys(text: str) -> tuple[str, ...]:
    """Secret keys, newest first."""
    found = tuple(text.split())
    if any(len(key) < KEY_LENGTH for key in found):
        raise ValueError
    return found


def token(text: str) -> str:
    """What a program shows to be let in: ASCII without blanks, of some length; or nothing."""
    if text and not re.fullmatch(r"[!-~]{16,}", text):
        raise ValueError
    return text


def yes_or_no(text: str) -> bool:
    """A yes or a no."""
    return {"yes": True, "no": False}[one_of("yes", "no")(text)]


def language(text: str) -> str:
    """A language tag."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError
    return text


def folder(text: str) -> Path | None:
    """A folder that is there, or nothing."""
    if text and not Path(text).is_dir():
        raise ValueError
    return Path(text) if text else None


def file(text: str) -> Path | None:
    """A file that is there, or nothing."""
    if text and not Path(text).is_file():
        raise ValueError
    return Path(text) if text else None


def model_place(text: str) -> Path | str | None:
    """Where a model is: the web address of its API, or a folder that is there; or nothing."""
    return web_address(text) if text.lower().startswith(("http://", "https://")) else folder(text)


def credential(text: str) -> str:
    """What goes into the header of a request: ASCII on one line."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError
    return text


def paths(text: str) -> tuple[Path, ...]:
    """The paths of files, which are read when they are needed."""
    return tuple(Path(part) for part in plain(text).split())
