"""Bounces in plain words, as servers wrote them before RFC 3464 and many still do."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from logging import CRITICAL, getLogger

from digest.delivery.bounce_mime import Part, addresses_in
from digest.delivery.bounce_report import MAILBOX, Recipient
from digest.delivery.bounce_verdict import ADDRESS, family

OPENING = 6000
"""How many characters of a text say why it was sent, before what it returns."""

SCANNED = 64 * 1024
"""How many octets of a mail the library of last resort is given."""

MOST_NESTED, MOST_BORDERS = 10, 100
"""What a mail may hold of parts to be given to it: the standard parser goes down into them without end."""

DAEMON = re.compile(
    r"(?:mailer|mail)[-_.]?daemon|^post-?master@|mdaemon@|^(?:mail[-_.]?)?(?:administrator|system|delivery)@"
    r"|\bbounces?@",
    re.IGNORECASE,
)
DAEMON_NAME = re.compile(
    r"mail (?:delivery|system|administrat)|delivery (?:sub)?system|system administrator|post-?master", re.IGNORECASE
)
SUBJECT = family(
    r"undeliver(?:ed|able)|returned mail|failure notice|(?:delivery|mail)\b.{0,24}\bfail(?:ed|ure)"
    r"|delivery (?:status|report|problem|error)",
    r"non[- ]?deliver|not delivered|could ?n[o']t be delivered|mail (?:system )?error|error sending"
    r"|returned (?:to sender|message)",
    r"bounce|message you sent blocked|delivery notification|undelivered|mail delivery",
    r"unzustellbar|nicht zugestellt|zustellung|non remis|échec|non recapit|mancata consegna|no entregad"
    r"|no se pudo|não entregue"
    r"|devolvid|onbestelbaar|niet bezorgd|niedostarcz|недоставлен|не доставлен|配信|送信でき|退信",
)
SAID = family(
    r"(?:could|can|was|were|has|have|is)(?: not|n['’]t)(?: be| been)? (?:\w+ )?(?:deliver|sent|reach)"
    r"|did not reach|undeliver(?:ed|able)",
    r"unable to deliver|fail(?:ed|ure)s? to deliver|deliver\w* (?:\S+ ){0,5}(?:has )?(?:fail|error|problem"
    r"|delayed|was aborted)|failed (?:permanently|recipient)",
    r"(?:permanent|fatal|permanently|delivery) (?:\w+ )?(?:error|fail)|returned (?:mail|message|to sender)"
    r"|not been delivered",
    r"following (?:\S+ ){0,3}(?:address|recipient)\S* (?:\S+ ){0,2}(?:fail|had|returned)|trouble delivering"
    r"|unknown user|user unknown|no such user",
    r"message (?:\S+ ){0,3}(?:was |is )?(?:rejected|delayed|blocked|refused)"
    r"|error (?:has )?occurred while (?:\S+ ){0,2}deliver",
    r"nicht zugestellt|unzustellbar|pas pu être|n['’]a pas été|no se (?:pudo|ha podido)|no ha sido entregad"
    r"|non (?:è|e'|ha) (?:stato|riuscito|potuto)"
    r"|não (?:pôde|foi) |niet (?:worden )?(?:bezorgd|afgeleverd)|nie (?:została|mogła)|не может быть"
    r"|не доставлен|не удалось"
    r"|(?:配信|送信|配送)(?:でき|は?でき|に失敗)|無法|无法",
)
WAITS = family(
    r"warning message only|do(?:es)? not need to re-?send|(?:has been|is|was|being) delayed"
    r"|still being (?:retried|tried)|will (?:be retried|keep trying|continue to (?:try|be))",
    r"delivery (?:status )?(?:notification|report)[^a-z]{0,4}\(?(?:delay|warning)"
    r"|could not be delivered (?:\S+ ){0,3}(?:yet|for the last|in the last)"
    r"|temporary failure report|warning: (?:message|could not send)",
)
END = re.compile(
    r"^[ \t>]*(?:[-=_*]{2,}[^\n]{0,20}(?:copy of|below this line|original|returned|unsent|header"
    r"|message (?:text|follows))[^\n]*"
    r"|(?:below|this|here) is (?:a|the) copy|(?:included|the following) is (?:a|the) copy|original (?:message"
    r"|mail)(?: headers| follows)?"
    r"|the header of the original|message headers? follow|original message header|bounced e-?mail:"
    r"|(?:return-path|received|x-received|delivered-to): ?\S)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where what is returned begins."""

LINE = re.compile(
    r"^[ \t\"'*]*(?:<mailto:|mailto:)?(?:to:[ \t]*|addressed to:[ \t]*"
    r"|recipient:[ \t]*)?<?([^\s<>@\"',;:()]{1,128}@[^\s<>@\"',;:()]{1,255})>?",
    re.IGNORECASE,
)
"""A line that begins with an address."""

FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, UnicodeError)
"""What the library of last resort raises for mails it was not written for."""


def from_a_daemon(root: Part) -> bool:
    """Whether a mail system wrote this, by its sender."""
    author = root.first("from")
    bare = "".join(addresses_in(author)) or author
    return bool(
        DAEMON.search(bare)
        or DAEMON_NAME.search(author)
        or author.strip() in {"", "<>"}
        or DAEMON.search(root.first("return-path"))
    )


def looks_returned(root: Part) -> bool:
    """Whether a mail says that another could not be delivered."""
    subject, said = root.first("subject"), opening(root)
    if root.every("x-failed-recipients"):
        return True
    return bool(SAID.search(said) or (SUBJECT.search(subject) and from_a_daemon(root)))


def only_waits(root: Part) -> bool:
    """Whether it says that the mail is still being tried."""
    return bool(WAITS.search(f"{root.first('subject')}\n{opening(root)}"))


def opening(root: Part) -> str:
    """What the mail system says itself, in all its text parts, without what it returns."""
    return before_the_return("\n".join(part.text[:OPENING] for part in _spoken(root)))[:OPENING]


def _spoken(root: Part) -> Iterator[Part]:
    """The texts that are no attached mail."""
    plain = [
        part
        for part in root.each()
        if part.kind in {"text/plain", "multipart/report", "multipart/alternative"} and part.text
    ]
    yield from plain or (part for part in root.each() if part.kind == "text/html")


def before_the_return(text: str) -> str:
    """A text up to the message it returns."""
    found = END.search(text)
    return text[: found.start()] if found else text


def returned_headers(root: Part) -> str:
    """What is returned of our mail, as text."""
    whole = [part.text for part in root.each() if part.kind.startswith("message/") and not part.kind.endswith("status")]
    whole += [part.text for part in root.each() if part.kind == "text/rfc822-headers"]
    quoted = (part.text[len(before_the_return(part.text)) :] for part in root.each() if part.kind == "text/plain")
    return "\n".join((*whole, *quoted))


def failures(root: Part) -> tuple[Recipient, ...]:
    """Whom a mail in plain words speaks of, each with the words that follow the address; perhaps nobody."""
    own = {
        address.lower()
        for address in addresses_in(*root.every("to", "from", "delivered-to", "return-path", "reply-to"))
    }
    said = opening(root)
    named = addresses_in(*root.every("x-failed-recipients")) or tuple(
        match[1].rstrip(".") for line in said.split("\n") if (match := LINE.match(line))
    )
    named = named or _addressee(root) or tuple(match.strip("<>") for match in ADDRESS.findall(said))
    found = dict.fromkeys(address for address in named if address.lower() not in own and MAILBOX.fullmatch(address))
    action = "delayed" if only_waits(root) else "failed"
    return tuple(
        Recipient(address=each, action=action, words=reason(said, each, set(found))) for each in list(found)[:20]
    )


def _addressee(root: Part) -> tuple[str, ...]:
    """Whom the returned mail was for."""
    found = re.search(r"^To:[ \t]*([^\n]{1,1000})", returned_headers(root), re.IGNORECASE | re.MULTILINE)
    return addresses_in(found[1])[:1] if found else ()


def reason(said: str, address: str, others: set[str]) -> str:
    """The words that say why: those between an address and the next one, or all there are."""
    after = said.partition(address)[2] if address else said
    for other in others - {address}:
        after = after.partition(other)[0]
    words = " ".join(after.split())[:1500]
    return words if len(re.sub(r"\W", "", words)) > 8 else " ".join(said.split())[-1500:]  # noqa: PLR2004 shorter says nothing


def last_resort(content: bytes) -> tuple[Recipient, ...]:
    """Whom flufl.bounce finds, which knows the words of many old servers."""
    from flufl.bounce import all_failures

    getLogger("flufl.bounce").setLevel(CRITICAL)  # it logs the faults that are expected here, with their tracebacks
    head = content[:SCANNED]
    if head.lower().count(b"boundary=") > MOST_NESTED or head.count(b"\n--") > MOST_BORDERS:
        return ()
    try:
        message: Message = BytesParser().parsebytes(head)
        waiting, dead = all_failures(message)
    except FAULTS:
        return ()
    return tuple(
        Recipient(address=address.decode("utf-8", "replace"), action=action)
        for found, action in ((dead, "failed"), (waiting, "delayed"))
        for address in sorted(found)
        if MAILBOX.fullmatch(address.decode("utf-8", "replace"))
    )
