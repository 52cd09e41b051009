"""What an SMTP answer means for the mail it answers (RFC 5321 section 4.2, RFC 3463)."""

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache

from digest.errors import ChannelDown, DeliveryError, MessageRefused, RecipientRefused, TryLater, Unconfirmed

CLOSING = 421
"""Service not available, closing the connection: may come at any time."""

LONGEST = 300
"""How much of a server's words is kept, in characters."""

ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
ABOUT_THE_SENDER = ("5.1.7", "5.1.8")
OUT_OF_TURN = 503
OVER_SIZE = 552
TOO_BIG = ("5.2.3", "5.3.4")

POLICY = re.compile(
    r"relay|block|spam|black ?list|deny ?list|policy|denied|permitted|authenticat|reputation|sender|dnsbl|\brbl\b"
    r"|dmarc|dkim|\bspf\b",
    re.IGNORECASE,
)
"""Words of servers that give no enhanced status and mean us: a relay that lost our login must not suppress a list."""


class Kind(IntEnum):
    """The first digit of a reply, which says it all (RFC 5321 section 4.2.1)."""

    UNKNOWN = 0
    DONE = 2
    GO_ON = 3
    LATER = 4
    NEVER = 5


KINDS = {int(kind): kind for kind in Kind}
REFUSALS = (Kind.LATER, Kind.NEVER)
"""The answers to a command that was understood and will not be done."""


class Stage(StrEnum):
    """What was answered."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"

    @property
    def hoped_for(self) -> Kind:
        """What lets the mail go on."""
        return Kind.GO_ON if self is Stage.DATA else Kind.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply: its code (0 where what came was no reply) and its words on one line."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The status of RFC 3463 it begins with, or nothing."""
        found = ENHANCED.match(self.text)
        return found[0] if found else ""

    @property
    def kind(self) -> Kind:
        """The first digit of the code."""
        return KINDS.get(self.code // 100, Kind.UNKNOWN)

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip() if self.code else f"not an SMTP reply: {self.text}"


def one_line(words: str) -> str:
    """A server's words made safe to store and print: one line, no control characters, bounded."""
    if not words.isprintable():
        clean = words.encode("utf-8", "replace").decode("utf-8")
        words = "".join(sign if sign.isprintable() else " " for sign in clean)
    return " ".join(words.split())[:LONGEST]


@lru_cache(maxsize=32)
def answer_of(lines: tuple[bytes, ...]) -> Answer:
    """The answer that these lines of one code are. Servers say the same few answers all day: they are read once."""
    return Answer(code=int(lines[0][:3]), text=_worded(lines))


def no_answer(words: bytes) -> Answer:
    """What stands for something that is no answer."""
    return Answer(code=0, text=one_line(words.decode("utf-8", "replace")))


def _worded(lines: tuple[bytes, ...]) -> str:
    """The words of an answer on one line. A status repeated in each of its lines is said once."""
    first, *others = (line[4:].decode("utf-8", "replace") for line in lines)
    if others and (found := ENHANCED.match(first)):
        others = [words.removeprefix(found[0]) for words in others]
    return one_line(" ".join((first, *others)))


def refusal(stage: Stage, answer: Answer) -> DeliveryError | None:
    """The error an answer is where it is a refusal, None where it lets the mail go on."""
    return None if answer.kind is stage.hoped_for else fault(stage, answer)


def fault(stage: Stage, answer: Answer) -> DeliveryError:
    """The error a refusal is. `answer` is none that would let the mail go on at that stage."""
    kind: type[DeliveryError]
    if stage is Stage.MAIL:
        kind = _at_mail(answer)
    elif answer.kind is Kind.LATER or answer.code == OUT_OF_TURN:
        kind = TryLater
    elif answer.kind is not Kind.NEVER:
        kind = Unconfirmed if stage is Stage.CONTENT else TryLater
    elif _is_dead(stage, answer):
        kind = RecipientRefused
    else:
        return _refusal(stage, answer)
    return kind(str(answer), code=answer.code or None, enhanced=answer.enhanced)


def _at_mail(answer: Answer) -> type[DeliveryError]:
    """At MAIL nothing is known of the recipient: a refusal is about us, or about the size we announced."""
    if answer.kind is Kind.LATER and answer.code != CLOSING:
        return TryLater
    if answer.code == OVER_SIZE or answer.enhanced in TOO_BIG:
        return MessageRefused
    return ChannelDown


def _is_dead(stage: Stage, answer: Answer) -> bool:
    """Whether a 5xx says that the address is dead. The bare codes do so at RCPT only."""
    enhanced = answer.enhanced
    if enhanced and enhanced != "5.1.0":
        return enhanced == "5.2.1" or (enhanced.startswith("5.1.") and enhanced not in ABOUT_THE_SENDER)
    plain = stage is Stage.RCPT and answer.code in {550, 551, 553}
    return (plain or enhanced == "5.1.0") and not POLICY.search(answer.text)


def _refusal(stage: Stage, answer: Answer) -> MessageRefused:
    """A refusal for good that leaves the address alive: the mailbox's own trouble, or something about us."""
    enhanced, at_rcpt = answer.enhanced, stage is Stage.RCPT
    if enhanced:
        personal = enhanced.startswith("5.2.") or (at_rcpt and not enhanced.startswith(("5.1.", "5.7.")))
    else:
        personal = at_rcpt and not POLICY.search(answer.text)
    return MessageRefused(str(answer), code=answer.code, enhanced=enhanced, personal=personal)
