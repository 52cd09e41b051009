"""The settings of what carries the mail, and how fast."""

from pathlib import Path

from digest.channels.relay import parse_smtp_urls
from digest.settings.domains import parse_domain_rates
from digest.settings.setting import Setting
from digest.settings.values import one_of, plain, positive, whole

SENDING: tuple[Setting, ...] = (
    Setting(
        name="SMTP_URL",
        meaning="The relays that carry the mail, separated by spaces (docs/sending.md). Empty: it goes to the outbox.",
        expected="smtp+starttls://user:password@host:587, smtps://…:465, or smtp://… in clear; ?weight=… and others",
        default="",
        parse=parse_smtp_urls,
        secret=True,
    ),
    Setting(
        name="SMTP_CONNECTIONS",
        meaning="How many connections to each relay are open at a time, where its URL does not say.",
        expected="a whole number from 1 to 50",
        default="5",
        parse=whole(1, 50),
    ),
    Setting(
        name="RATE",
        meaning="The most messages a second, over all relays and all processes that send together.",
        expected="a number above 0",
        default="20",
        parse=positive,
    ),
    Setting(
        name="DOMAIN_RATES",
        meaning="What recipient domains take a second, hour and day (docs/sending.md); * is each other one.",
        expected="gmail.com, googlemail.com: 20/s 500/h; *: 50/s",
        default="",
        parse=parse_domain_rates,
    ),
    Setting(
        name="UNCONFIRMED",
        meaning="What to do with a mail that got no answer after its last byte: send it once more, or hold it for you.",
        expected="resend or hold",
        default="resend",
        parse=one_of("resend", "hold"),
    ),
    Setting(
        name="OUTBOX",
        meaning="A Maildir that takes the mail while no relay is set.",
        expected="a folder; it is made when needed",
        default="outbox",
        parse=lambda text: Path(plain(text)),
    ),
)
"""In the order in which they are listed, behind DIGEST_TEMPLATES."""
