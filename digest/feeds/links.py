"""Links as they may be printed: absolute, http(s) only, free of tracking, and whose site they lead to."""

import re
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LONGEST_LINK = 2048
"""Characters; what is longer is no link to an article."""

TRACKING_NAMES = """
_ga _gl _hsenc _hsmi __hssc __hstc __s __twitter_impression action_object_map action_ref_map action_type_map
at_campaign at_campaign_type at_custom1 at_custom2 at_custom3 at_custom4 at_format at_link_id at_link_origin
at_link_type at_medium at_ptr_name at_bbc_team campaign_id cmp cmpid cmpcode dclid ef_id epik fb_action_ids
fb_action_types fb_ref fb_source fbclid feature_share ftag ga_campaign ga_content ga_medium ga_place ga_source
ga_term gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig hsctatracking icid igsh igshid intcid ito
mc_cid mc_eid mkt_tok ml_subscriber ml_subscriber_hash msclkid mtm_campaign mtm_content mtm_keyword mtm_medium
mtm_source ncid ns_campaign ns_fee ns_linkname ns_mchannel ns_source oc_id ocid oly_anon_id oly_enc_id pk_campaign
pk_content pk_keyword pk_kwd pk_medium pk_source piwik_campaign piwik_kwd rb_clickid s_cid smid smtyp spm sr_share
srsltid tblci ttclid twclid vero_conv vero_id wbraid wickedid wt.mc_id wt.nav wt.zmc wt_mc wt_zmc xtor yclid
"""
TRACKING = frozenset(TRACKING_NAMES.split())
TRACKING_PREFIXES = ("utm_", "utm-", "hsa_", "stm_", "trk_")
TRACKING_FRAGMENTS = ("utm_", "xtor=", "echobox=", "ref=rss", "at_medium=", "intcid=")

KEPT_CHARACTERS = "%/:=&?~+!$,;'@()*[]"
BLANKS = re.compile(r"[\t\r\n]+")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
SCHEME_SLASHES = re.compile(r"^(https?:)/{3,}", re.IGNORECASE)
HOST = re.compile(r"[^<>\"'\\\s^`{|}%/?#@]+")


def absolute(link: str, *bases: str) -> str:
    """The link made absolute against `bases`, nearest first; empty where that gives no http(s) address.

    A relative base is itself relative to the next one. Credentials in a link are dropped, control characters too,
    and what may not stand in an address (RFC 3986) is percent-encoded.
    """
    if not link.strip() or len(link) > LONGEST_LINK:
        return ""
    try:
        joined = SCHEME_SLASHES.sub(r"\1//", UNSEEN.sub("", BLANKS.sub("", link)).strip())
        for base in bases:
            if urlsplit(joined).scheme:
                break
            joined = urljoin(base.strip(), joined)
        return encoded(joined)
    except ValueError:  # what looks like an IPv6 address and is none, a port that is no number
        return ""


def encoded(link: str) -> str:
    """An absolute http(s) link with everything percent-encoded that has to be; empty if it is none.

    Raises ValueError for an address that cannot be read.
    """
    parts = urlsplit(link)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not parts.hostname or not HOST.fullmatch(host):
        return ""
    _ = parts.port  # raises for a port that is none
    rest = (quote(part, safe=KEPT_CHARACTERS) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, *rest))


def without_tracking(link: str) -> str:
    """The link without the parameters that only say where the reader came from; the others stay as they are."""
    if "?" not in link and "#" not in link:
        return link
    address, hash_mark, fragment = link.partition("#")
    page, question_mark, query = address.partition("?")
    kept = [part for part in query.split("&") if not is_tracking(part.partition("=")[0])]
    if fragment.lower().startswith(TRACKING_FRAGMENTS):
        hash_mark = fragment = ""
    question_mark = question_mark if any(kept) else ""
    return page + question_mark + "&".join(kept) * bool(question_mark) + hash_mark + fragment


def is_tracking(parameter: str) -> bool:
    """Whether a parameter of this name only says where the reader came from."""
    name = parameter.lower().removeprefix("amp;")
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def site(link: str) -> str:
    """The registrable domain of a link's host (news.example.co.uk → example.co.uk), or the host where there is none."""
    try:
        host = (urlsplit(link).hostname or "").strip(".")
    except ValueError:
        return ""
    try:
        return str(ip_address(host))
    except ValueError:
        return suffixes().privatesuffix(host) or host


@cache
def suffixes() -> "PublicSuffixList":
    """The public suffix list that travels with its package; read once, when first asked."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
