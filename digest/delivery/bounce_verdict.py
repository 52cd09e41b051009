"""What a refusal means for the address: from the status of RFC 3463 and the other side's words."""

import re

from digest.model.bounce import BounceKind

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s\-#:]|$)")
ADDRESS = re.compile(r"<[^<>\s]{1,320}>|[^\s<>\"'(),;:]{1,64}@[^\s<>\"'(),;]{1,255}")
"""Addresses hold any word at all, so they are taken out before words are looked for."""


def family(*forms: str) -> re.Pattern[str]:
    """Ways to say one thing."""
    return re.compile("|".join(forms), re.IGNORECASE)


WHO = (
    r"(?:users?|user ?name|recipients?|addressee|mail ?box(?:es)?|accounts?|customer|alias|inbox|e-?mail"
    r"|address(?:es)?)"
)

ABOUT_US = family(
    r"sender(?:'s)?(?: (?:e-?mail|address|domain|verif\w+|<>))*[:.]* (?:is |was |has been )?(?:<>[.: ]*)?"
    r"(?:rejected|denied|refused|invalid|unknown|not (?:found|allowed|exist|verified|valid)|does ?n[o']t|is not"
    r"|verif\w+|fail\w+|blocked)",
    r"(?:un)?authenticated senders?|verification failed for|sender verif|(?:return|envelope)[- ]?(?:path"
    r"|sender) .{0,40}(?:rejected|invalid|exist)",
    r"(?:domain of )?sender address .{0,80}(?:exist|rejected|resolve)|mail from .{0,40}(?:rejected|not allowed)",
)
"""What is unknown or refused is whom the mail is from."""

DEAD = family(
    rf"unknown (?:or illegal )?(?:local )?(?:{WHO}|part|person|host|domain)",
    rf"{WHO}(?: \S+){{0,5}} (?:is |was |are |name )*(?:un(?:known|recogni[sz]ed|deliverable)|not (?:known|found"
    rf"|recogni[sz]ed|listed|valid|exist(?:ing|ent)?))",
    rf"no such (?:\w+ )?(?:{WHO}|person|domain|name|local|host|object|entry)|nosuchuser",
    rf"{WHO}[^.;:]{{0,60}} (?:does|did|do)(?: not|n['’]?t) (?:currently )?exist|(?:address|user"
    rf"|mailbox) not exist",
    r"\bdoes(?: not|n['’]t) (?:exist|have an? (?:\S+ )?(?:account|mailbox))",
    rf"(?:invalid|incorrect|illegal|non-?existent|bad destination) (?:\w+ )?(?:{WHO}|destination)(?! (?:sender"
    rf"|from))",
    rf"not an? (?:valid|known|registered|local|existing|active) (?:\w+ )?(?:{WHO}|domain)",
    r"not our (?:customer|user)|no (?:mail ?box|account|user)(?:es|s)? (?:here|available|by that|with that"
    r"|found|of that)",
    r"mail-? ?box not found|could(?: not|n['’]t) be found|was(?: not|n['’]t) found at|recipnotfound"
    r"|adr\.\w*notfound|badrcptto",
    rf"{WHO}(?: \S+){{0,2}} (?:has |is |was )?(?:been )?(?:moved|no longer (?:\w+))|no longer (?:on server"
    rf"|employed|with us|works?)",
    r"recipient address rejected: (?:access denied|undeliverable|unverified)",
    r"host (?:or domain )?(?:name )?(?:unknown|not found)|name or service not known|unknown host|host not found"
    r"|nxdomain",
    r"domain(?: \S{1,80}){0,3} (?:not (?:found|exist|reachable)|does(?: not|n['’]t) exist|has no mx|invalid|unknown)",
    r"all host address lookups failed|account (?:is )?not available|is(?: not|n['’]t) a user",
    r"no (?:mx|mail exchanger) (?:record|host)|null ?mx|indicated no smtp service|(?:does not"
    r"|doesn['’]t) accept (?:any )?(?:e-?mail|mail)s?\b",
    r"(?:unrouteable|unroutable|all relevant mx records point to non-existent)",
    r"unbekannt|existiert nicht|inconnue?|n['’]existe pas|desconocid|no existe|inexistente|desconhecid"
    r"|sconosciut|non esiste"
    r"|onbekend|nieznany|nie istnieje|не существует|не найден|неизвестн|存在しません|見つかりません|不存在|不明",
)

TOO_BIG = family(
    r"(?:message|mail|e-?mail|content|data)(?: file)? (?:size )?(?:is |was )?(?:too (?:big|large|long)|exceed\w*)",
    r"(?:max(?:imum)?|fixed|allowed|permitted) (?:\w+ )?(?:message|mail|e-?mail) size|(?:mail"
    r"|message) size (?:limit )?exceed",
    r"size (?:of )?(?:this |the )?(?:message|mail)|too large for|exceeds (?:the )?(?:max\w* )?(?:message )?size",
)

FULL = family(
    r"(?:mail ?box|in ?box|mail ?folder|folder|maildir|account|user)(?:'s| has| is|\s)*(?:\w+ )?(?:full"
    r"|over ?quota|exceeded)",
    r"over ?quota|quota[- ]?(?:exceed|full|violat|limit|reached|is used)\w*|(?:exceed\w*|above|over|out of"
    r"|reached)(?: \w+){0,4} (?:quota|storage)",
    r"(?:out of|insufficient|not enough|no|lack of|low) (?:\w+ )?(?:disk |storage |mailbox )?space"
    r"|insufficient (?:system )?storage",
    r"(?:mailbox|folder|storage) (?:size )?(?:limit|space|quota)|too many (?:messages|mails) (?:on|in)"
    r"|disk full|quotaexceeded",
    r"zu ?viele mails|postfach (?:\w+ )?voll|pleine|lleno|llena|cheia|piena|переполнен|ボックスが一杯|容量",
)

REFUSED = family(
    r"spam|\buce\b|\bube\b|unsolicited|bulk|junk|phish|virus|malware|infected|trojan|suspicious"
    r"|content (?:filter|reject|block)",
    r"block(?:ed|list| list|ing)|black ?list|deny ?list|white ?list|\bd?n?s?[rw]?bl\b|spamhaus|barracuda"
    r"|spamcop|proofpoint|banned",
    r"reputation|polic(?:y|ies)|dmarc|dkim|\bspf\b|reverse (?:dns|lookup)|\bptr\b|rdns|helo|ehlo|authenticat"
    r"|unauthori[sz]ed",
    r"relay(?:ing)?(?: access)? (?:denied|not|prohibited)|(?:un|not )?able to relay|access denied"
    r"|not (?:allowed|permitted|accepted)"
    r"|prohibit|forbidden|restricted|permission|requires confirmation|not a member|abuse|complain",
    r"rfc ?\d{3,4}|header|starttls|\btls\b|ssl|(?:rate|connection|frequency)[- ](?:\w+ )?limit"
    r"|too many (?:connections|recipients)"
    r"|listed (?:in|at|on|by)|(?:your|sending|client) (?:ip|host|server|address|network|domain)"
    r"|message (?:content )?(?:was )?re(?:jected|fused)",
    r"rejected by the recipient domain|transaction failed|unspecified error",
)

PASSING = family(
    r"tim(?:ed?|e)[- ]?out|retry|try(?:ing)? (?:again|later)|temporar|grey ?list|gray ?list|deferr|network"
    r"|unreachable",
    r"connect(?:ion|ing)?(?: \w+){0,3} (?:refused|reset|failed|lost|dropped|closed|timed)|could not connect"
    r"|refused to talk",
    r"too quickly|rate that|too long|expired|given up|giving up|queue|hop ?count|too many hops|loop|busy"
    r"|overload|service (?:not "
    r"|un)available",
    r"server (?:error|fail\w+)|system (?:error|fail\w+)|local (?:error|configuration)"
    r"|did not accept our requests to connect",
)

CLOSED = family(
    r"deactivat|disabled|discontinued|terminated|deleted|removed|cancel+ed|closed|expired account"
    r"|account (?:is |has )?expired|not active"
    r"|ex-employee",
)

RESTING = family(r"suspend|frozen|inactive|on hold|locked|dormant|not accepting (?:mail|messages)")

WEAKLY_DEAD = family(
    r"recipient(?: address)?(?: was)? re(?:jected|fused)|mail ?box (?:is )?(?:currently )?unavailable"
    r"|bad destination",
    rf"{WHO} re(?:jected|fused)|undeliverable|not deliverable|cannot receive|does not like recipient",
)

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY

BY_DETAIL = {
    "5.1.7": POLICY, "5.1.8": POLICY, "5.1.9": SOFT, "5.2.1": HARD, "5.2.2": SOFT, "5.2.3": POLICY, "5.2.4": SOFT,
    "5.3.4": POLICY, "5.4.3": SOFT, "5.4.4": HARD, "5.4.6": SOFT, "5.4.7": SOFT,
}  # fmt: skip
"""Statuses that mean other than their class (RFC 3463 section 3, RFC 5248, RFC 7372)."""

BY_SUBJECT = {"1": HARD, "2": SOFT, "3": SOFT, "4": SOFT, "5": POLICY, "6": POLICY, "7": POLICY}
"""What the middle number of a permanent status is about: address, mailbox, system, net, protocol, content, policy."""


def judge(status: str, words: str) -> BounceKind:
    """HARD, SOFT or POLICY, of a report's status and the words of who refused; either may be empty.

    Words that leave no doubt come first: 5.7.1 is given to unknown users and 5.1.1 to spam. Then the most precise
    status there is, and last what a bare 550 usually means.
    """
    said = " ".join(ADDRESS.sub("<>", words).split())
    precise = most_precise(status, words)
    if ABOUT_US.search(said):
        return POLICY
    if DEAD.search(said):
        # X.2 says that the mailbox exists (RFC 3463 section 3.3): where words and status disagree, the reader stays.
        return SOFT if precise[1:3] == ".2" else HARD
    return _of_words(said, precise) or _of_status(precise) or _of_reply(said)


def most_precise(status: str, words: str) -> str:
    """The status that says most: one with a subject and detail in the words, else the report's own, else any."""
    given = status if ENHANCED.fullmatch(status) else ""
    found = (*(match[0] for match in ENHANCED.finditer(words[:2000])), given)
    told = [each for each in found if each and not each.endswith(".0.0")]
    return told[0] if told else next((each for each in found if each), "")


def _of_words(said: str, precise: str) -> BounceKind | None:
    if TOO_BIG.search(said):
        return POLICY
    if FULL.search(said):
        return SOFT
    if REFUSED.search(said):
        return POLICY
    of_address = precise.startswith("5.1.")
    if CLOSED.search(said) or (of_address and RESTING.search(said)):
        return HARD
    if RESTING.search(said) or (PASSING.search(said) and not of_address):
        return SOFT
    return None


def _of_status(precise: str) -> BounceKind | None:
    if not precise or precise.endswith((".0.0", ".5.0")):
        return None
    kind, subject, _ = precise.split(".")
    return BY_DETAIL.get(precise) or (SOFT if kind == "4" else BY_SUBJECT.get(subject))


def _of_reply(said: str) -> BounceKind:
    codes = REPLY.findall(said)
    if WEAKLY_DEAD.search(said) and not any(code.startswith("4") for code in codes[:1]):
        return HARD
    return SOFT


def is_of_the_mailbox(status: str, words: str) -> bool:
    """Whether a refusal that is no proof of death is about the reader's own mailbox, such as a full one."""
    said = " ".join(ADDRESS.sub("<>", words).split())
    if judge(status, words) is not SOFT:
        return False
    return most_precise(status, words)[1:3] == ".2" or bool(FULL.search(said) or RESTING.search(said))
