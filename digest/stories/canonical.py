"""Normal forms: what makes two links, or two headlines, the same one."""

import hashlib
import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urlsplit

from digest.model.feed import Item


def listed(words: str) -> frozenset[str]:
    """A set of words written as one line."""
    return frozenset(words.split())


TRACKING_PREFIXES = ("utm_", "mc_", "hsa_", "pk_", "mtm_", "at_", "oly_", "vero_", "_hs", "ns_", "wt_")
TRACKING_NAMES = listed(
    "fbclid gclid gbraid wbraid dclid msclkid yclid twclid ttclid igshid igsh ref ref_src referrer cmp cmpid"
    " cid ito ocid smid smtyp partner rss spm taid xtor guccounter amp outputtype mkt_tok s_cid icid"
)
LEADING_LABELS = ("www.", "m.", "mobile.", "amp.")
DEFAULT_PORTS = {"http": 80, "https": 443}
FRONT = re.compile(r"/(amp|index\.html?|index\.php)$")
"""The end of a path that says only how the page is shown."""

TITLE_LIMIT = 400
SHORTEST_NAME = 3
SHORTEST_TITLE = 8
SEPARATOR = re.compile(r" [-–—|·•:»]+ ")
NOT_A_LETTER = re.compile(r"[\W_]+")
ARTICLE = re.compile(r"^the\s+")
SIGNS = re.compile(r"[\u2010-\u2016\u2018-\u2027]+")
"""Typographic dashes, quotes and dots."""


def fold(text: str) -> str:
    """The text in NFKC, case-folded, white space settled; lone surrogates and NUL are gone."""
    if text.isascii():
        return " ".join(text.lower().replace("\0", " ").split())
    return " ".join(unicodedata.normalize("NFKC", readable(text).replace("\0", " ")).casefold().split())


def readable(text: str) -> str:
    """The text without lone surrogates, which cannot be written down."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")


def without_signs(text: str) -> str:
    """The text with blanks for typographic signs, which end words as blanks do.

    Most texts are plain ASCII then, whose words are found in half the time.
    """
    return text if text.isascii() else SIGNS.sub(" ", text)


def fingerprint(text: str) -> str:
    """A short content hash of any text, 16 hexadecimal digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def canonical_url(url: str) -> str:
    """What is left of a link that tells pages apart: no scheme, "www.", tracking parameter, fragment or last slash.

    For comparing only, never for following. Empty for anything but http(s) to a page below a site's root.
    """
    try:
        parts = urlsplit(readable(url.strip()))
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname:
        return ""
    host = bare_host(parts.hostname) + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme.lower()] else "")
    path = FRONT.sub("", parts.path.rstrip("/"))
    query = telling_parameters(parts.query) if parts.query else ""
    return f"{host}{path}?{query}".rstrip("?") if path or query else ""


def telling_parameters(query: str) -> str:
    """The parameters of a query that tell pages apart, in alphabetical order."""
    return urlencode(sorted(pair for pair in parse_qsl(query) if not is_tracking(pair[0])))


def bare_host(host: str) -> str:
    """A host name without the label that only says how the page is shown ("www.", "amp.")."""
    host = host.lower().rstrip(".")
    for label in LEADING_LABELS:
        if host.startswith(label) and host.count(".") > 1:
            return host[len(label) :]
    return host


def is_tracking(name: str) -> bool:
    """Whether a query parameter says only where the click came from."""
    name = name.lower()
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def bare_title(item: Item) -> str:
    """The headline without the publisher's own name behind it ("… - The Example Times")."""
    title = " ".join(item.title[:TITLE_LIMIT].split())
    for mark in SEPARATOR.finditer(title, SHORTEST_TITLE):
        if names_publisher(title[mark.end() :], item):
            return title[: mark.start()]
    return title


def names_publisher(suffix: str, item: Item) -> bool:
    """Whether a headline's tail is the name of the item's publisher, as a name or as a part of its host."""
    name = squeeze(suffix)
    source, publisher = item.source[:TITLE_LIMIT], item.publisher[:TITLE_LIMIT]
    known = {squeeze(source), squeeze(publisher)}
    hosts = {label for label in publisher.lower().split(".")[:-1] if len(label) >= SHORTEST_NAME}
    return bool(name) and not known.union(hosts).isdisjoint({name, f"the{name}"})


def squeeze(name: str) -> str:
    """A publisher's name down to its letters and figures, without an article or a domain's ending."""
    bare = ARTICLE.sub("", fold(name))
    bare = re.sub(r"\.(com|org|net|co\.uk|[a-z]{2})$", "", bare)
    return NOT_A_LETTER.sub("", bare)
