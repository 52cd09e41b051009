"""A mail that came to the return address, read: bytes in, what it is and of whom it speaks out.

The order is that of certainty: a report in fields (RFC 3464), a complaint (RFC 5965), a wish to leave, a bounce in
plain words, an automatic reply, and last what a library knows of old servers. Nothing here looks into a store; whom the
mail is really about is decided by those who know what was sent.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

from digest.delivery import bounce_people, bounce_report, bounce_text
from digest.delivery.bounce_mime import LARGEST, Part, addresses_in, take_apart
from digest.delivery.bounce_report import ARRIVED, DELAYED, Recipient
from digest.delivery.bounce_verdict import is_of_the_mailbox, judge, most_precise
from digest.model.bounce import Bounce, BounceKind, Returned, What
from digest.model.delivery import Delivery

OLDEST = timedelta(days=60)
"""How far back the date of a mail is believed; of an older or later one the time of reading counts."""

LONGEST_WORDS, LONGEST_ADDRESS, MOST = 300, 320, 30
TAGGED = re.compile(r"[^\s<>@;,:\"'()]{0,64}\+[A-Za-z2-7]{24}@[A-Za-z0-9.\-\[\]:]{1,255}")
"""Anything that may be a return path of ours."""

OUR_ID = re.compile(r"\b[0-9]{1,10}\.[0-9]{1,10}\.[A-Za-z0-9_\-]{4,64}@[A-Za-z0-9.\-]{1,255}")
"""Anything that may be a Message-ID of ours."""

LEAVING = re.compile(r"https?://[^\s<>\"']{1,400}/unsubscribe/([A-Za-z0-9._\-]{1,80})")


def read(content: bytes, *, now: datetime) -> Returned:
    """What a mail is, and what it says of which addresses; never raises, in time and memory bounded by constants.

    `bounces` of an address that the mail does not name are empty in it; `delivery_id` is never set here.
    """
    head = content[:LARGEST]
    mail = _Mail(head, take_apart(head), now)
    return mail.report() or mail.complaint() or mail.leaving() or mail.spoken() or mail.rest()


class _Mail:
    """One mail under examination."""

    def __init__(self, content: bytes, root: Part, now: datetime) -> None:
        self.content = content
        self.root = root
        self.source = sha256(content.replace(b"\r\n", b"\n")).hexdigest()
        self.at = dated(root, now)

    def report(self) -> Returned | None:
        """A delivery report; one whose recipients cannot be read is a bounce in plain words."""
        if not bounce_report.is_report(self.root) and not bounce_text.from_a_daemon(self.root):
            return None
        found = [each for each in bounce_report.recipients(self.root) if each.action not in ARRIVED]
        if not found:
            return self._without_news()
        return self._returned(What.BOUNCE, (self._bounce(each) for each in self._completed(found)))

    def _without_news(self) -> Returned | None:
        """A report that all went well."""
        if self.root.parameter("report-type") == "disposition-notification" or bounce_report.recipients(self.root):
            return self._returned(What.OTHER)
        return None

    def complaint(self) -> Returned | None:
        """Feedback of a reader who called our mail spam."""
        fields = bounce_people.feedback(self.root)
        if fields is None:
            return None
        kind = fields.first("feedback-type").strip().lower()
        words = f"complaint ({kind or 'abuse'})"
        named = bounce_people.complainants(fields) or ("",)
        return self._returned(What.COMPLAINT, (self._made(each, BounceKind.COMPLAINT, words=words) for each in named))

    def leaving(self) -> Returned | None:
        """A mail to the address of our List-Unsubscribe."""
        asked, _ = bounce_people.wish_to_leave(self.root)
        if not asked or bounce_text.from_a_daemon(self.root):
            return None
        author = next(iter(addresses_in(self.root.first("from"))), "")
        wish = self._made(author, BounceKind.UNSUBSCRIBE, words="asked to leave by mail")
        return self._returned(What.UNSUBSCRIBE, (wish,))

    def spoken(self) -> Returned | None:
        """A bounce in plain words."""
        root = self.root
        certain = bounce_text.from_a_daemon(root) or bounce_report.is_report(root) or root.every("x-failed-recipients")
        if not certain or not bounce_text.looks_returned(root):
            return None
        found = bounce_text.failures(root) or bounce_text.last_resort(self.content) or (Recipient(address=""),)
        return self._returned(What.BOUNCE, (self._bounce(each) for each in self._completed(found)))

    def rest(self) -> Returned:
        """An automatic reply, what only a library recognises, or nothing that concerns us."""
        if bounce_people.is_autoreply(self.root):
            return self._returned(What.AUTOREPLY)
        found = bounce_text.last_resort(self.content) if _short_of_people(self.root) else ()
        if found:
            return self._returned(What.BOUNCE, (self._bounce(each) for each in self._completed(found)))
        return self._returned(What.OTHER)

    def _completed(self, found: Iterable[Recipient]) -> list[Recipient]:
        """Recipients with the address and the words that only the text around the report has."""
        given = list(found)
        spoken = bounce_text.failures(self.root) if any(not each.address or not each.words for each in given) else ()
        said = bounce_text.opening(self.root)
        return [_complete(each, spoken if len(given) == 1 else (), said) for each in given]

    def _bounce(self, recipient: Recipient) -> Bounce:
        """The verdict on one recipient."""
        words = recipient.words
        kind = BounceKind.DELAYED if recipient.action == DELAYED else judge(recipient.status, words)
        made = self._made(recipient.address, kind, status=most_precise(recipient.status, words), words=words)
        return replace(made, also=tuple(other[:LONGEST_ADDRESS] for other in recipient.others))

    def _made(self, address: str, kind: BounceKind, *, status: str = "", words: str = "") -> Bounce:
        return Bounce(
            address=address[:LONGEST_ADDRESS],
            kind=kind,
            source=self.source,
            at=self.at,
            enhanced=status,
            words=one_line(words),
        )

    def _returned(self, what: What, bounces: Iterable[Bounce] = ()) -> Returned:
        texts = [value for name, value in self.root.headers if name != "message-id"]
        texts += [text for part in self.root.each() for text in (part.text, *(value for _, value in part.headers))]
        whole = "\n".join(texts)
        return Returned(
            what=what,
            source=self.source,
            bounces=tuple(bounces)[:MOST],
            sent_to=_distinct(TAGGED.findall(whole)),
            message_ids=_distinct(OUR_ID.findall(whole)),
            left=_distinct(LEAVING.findall(whole)),
            author=next(iter(addresses_in(self.root.first("from"))), ""),
        )


def refusal(delivery: Delivery) -> Bounce | None:
    """The news in a refusal at SMTP time that was final: trouble of the reader's mailbox, told as a soft bounce.

    None for every other: a dead address was suppressed then and there, the rest is no fault of the reader's.
    """
    if not is_of_the_mailbox(delivery.enhanced, delivery.answer):
        return None
    return Bounce(
        address=delivery.target,
        kind=BounceKind.SOFT,
        source=f"refused {delivery.id}",
        at=delivery.updated_at,
        enhanced=most_precise(delivery.enhanced, delivery.answer),
        words=one_line(delivery.answer),
        delivery_id=delivery.id,
    )


def dated(root: Part, now: datetime) -> datetime:
    """When the mail was written, by its Date where that can be believed."""
    try:
        date = parsedate_to_datetime(root.first("date").strip())
        written = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    return written if now - OLDEST <= written <= now else now


def one_line(words: str) -> str:
    """A server's words made safe to store and print."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:LONGEST_WORDS]


def _complete(recipient: Recipient, spoken: tuple[Recipient, ...], said: str) -> Recipient:
    first = spoken[0] if spoken else Recipient(address="")
    return Recipient(
        address=recipient.address or first.address,
        others=recipient.others,
        action=recipient.action,
        status=recipient.status,
        words=recipient.words or first.words or (bounce_text.reason(said, recipient.address, set()) if said else ""),
    )


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(list(dict.fromkeys(found))[:MOST])


def _short_of_people(root: Part) -> bool:
    """Whether nobody in particular wrote this: a person may quote a bounce in a mail to us."""
    return bounce_text.from_a_daemon(root) or not root.every("in-reply-to", "references", "x-mailer", "user-agent")
