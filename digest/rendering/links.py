"""Links as they may stand in a mail or on a page."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

_ODD = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}]|[\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]")
_KEPT = "%/:?#[]@!$&'()*+,;=~-._"
_LONGEST = 2000


def safe_url(url: str) -> str:
    """`url` in ASCII if it is a plain http(s) address, else empty.

    Refused are other schemes, user names (https://bank.example@evil.example/), control characters and addresses
    over 2,000 characters; letters outside ASCII are encoded as RFC 3986 and RFC 5891 say.
    """
    text = url.strip()
    if not text or len(text) > _LONGEST or _ODD.search(text.replace(" ", "")):
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        netloc = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not netloc or "@" in parts.netloc or " " in netloc:
        return ""
    netloc = f"[{netloc}]" if ":" in netloc else netloc
    whole = urlunsplit(parts._replace(netloc=netloc if port is None else f"{netloc}:{port}"))
    return quote(whole, safe=_KEPT)
