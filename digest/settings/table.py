"""Every setting there is: its meaning, what is expected, and its default."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from digest.channels.dkim_names import parse_domain, parse_selectors
from digest.channels.imap_url import parse_imap_url
from digest.channels.relay import parse_smtp_url
from digest.rendering.pattern import subject_pattern
from digest.selection.score import Weights
from digest.settings.values import (
    KEY_LENGTH,
    address,
    colour,
    credential,
    file,
    folder,
    host_port,
    hosts,
    hours,
    keys,
    language,
    mailbox,
    minutes,
    model_place,
    name_server,
    one_of,
    paths,
    phrases,
    plain,
    positive,
    token,
    web_address,
    whole,
    yes_or_no,
    zone,
)
from digest.subscribers.subscription import parse_days, parse_hour

PREFIX = "DIGEST_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable: its name without the prefix, what it means, what is expected, and how its text becomes a value."""

    name: str
    meaning: str
    expected: str
    default: str
    parse: Callable[[str], object]
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="DATABASE_URL",
        meaning="Where everything is kept: a SQLite file, or PostgreSQL (pip install 'digest[postgres]').",
        expected="sqlite:///digest.db or postgresql://user:password@host/name",
        default="sqlite:///digest.db",
        parse=plain,
        secret=True,
    ),
    Setting(
        name="TITLE",
        meaning="The newsletter's name, on its masthead.",
        expected="a line of text",
        default="The Daily Digest",
        parse=plain,
    ),
    Setting(
        name="LANGUAGE",
        meaning="The language of the frame around the news: en, de, ar or ja, or one of your own in templates/words.",
        expected="a language tag such as en",
        default="en",
        parse=language,
    ),
    Setting(
        name="TIMEZONE",
        meaning="The newsletter's own time zone; readers may have theirs.",
        expected="an IANA name such as Europe/Berlin",
        default="UTC",
        parse=zone,
    ),
    Setting(
        name="EDIT_AT",
        meaning="When an edition is cut, in the newsletter's zone; several times are separated by spaces.",
        expected="HH:MM, once or more",
        default="06:30",
        parse=hours,
    ),
    Setting(
        name="SEND_AT",
        meaning="When readers who chose no hour get it, in their own zone.",
        expected="HH:MM",
        default="07:00",
        parse=parse_hour,
    ),
    Setting(
        name="SEND_DAYS",
        meaning="The days of the week for readers who chose none.",
        expected="daily, weekdays, or days such as mon,wed,fri",
        default="daily",
        parse=parse_days,
    ),
    Setting(
        name="APPROVAL",
        meaning="Whether an editor must approve an edition (digest edition approve N) before it is sent.",
        expected="auto or required",
        default="auto",
        parse=one_of("auto", "required"),
    ),
    Setting(
        name="MAX_STORIES",
        meaning="The stories in a paper, for readers who chose no number.",
        expected="a whole number from 1 to 40",
        default="12",
        parse=whole(1, 40),
    ),
    Setting(
        name="MAX_MINUTES",
        meaning="The reading time a paper stays within, for readers who chose none. Empty: only the number counts.",
        expected="a number of minutes above 0",
        default="",
        parse=minutes,
    ),
    Setting(
        name="MIN_STORIES",
        meaning="With fewer new stories than this, the day is quiet and nothing is sent.",
        expected="a whole number from 1 to 40",
        default="3",
        parse=whole(1, 40),
    ),
    Setting(
        name="WEIGHTS",
        meaning="What counts in ranking; terms not named count nothing. Empty: the documented defaults.",
        expected="terms such as coverage=1,recency=0.5",
        default="",
        parse=lambda text: Weights.parse(text) if text else Weights(),
    ),
    Setting(
        name="BLOCKED_WORDS",
        meaning="A story that would show one of these words is never in the paper.",
        expected="words or phrases, separated by commas",
        default="",
        parse=phrases,
    ),
    Setting(
        name="BLOCKED_SOURCES",
        meaning="What these sources publish is passed over; a story that others tell too is told by those.",
        expected="names or domains as digest select --explain shows them, separated by commas",
        default="",
        parse=phrases,
    ),
    Setting(
        name="PINNED_WORDS",
        meaning="A story that shows one of these words comes before all others; readers who muted it do without.",
        expected="words or phrases, separated by commas",
        default="",
        parse=phrases,
    ),
    Setting(
        name="PINNED_SOURCES",
        meaning="A story that one of these sources leads comes before all others.",
        expected="names or domains as digest select --explain shows them, separated by commas",
        default="",
        parse=phrases,
    ),
    Setting(
        name="FROM",
        meaning="Who the mail is from: a name and an address.",
        expected="Name <address>",
        default="digest@localhost.localdomain",
        parse=mailbox,
    ),
    Setting(
        name="REPLY_TO",
        meaning="Where answers go, when not to the sender.",
        expected="an address",
        default="",
        parse=address,
    ),
    Setting(
        name="OPERATOR",
        meaning="Who is told by mail when an edition is held or waits, or no mail goes out. Empty: only the log.",
        expected="an address",
        default="",
        parse=address,
    ),
    Setting(
        name="BOUNCE_ADDRESS",
        meaning="A mailbox with plus addressing that mail comes back to (docs/bounces.md). Empty: the sender's.",
        expected="an address",
        default="",
        parse=address,
    ),
    Setting(
        name="BOUNCES",
        meaning="The Maildir of that mailbox, which `digest run` and `digest bounces` read.",
        expected="a folder that exists",
        default="",
        parse=folder,
    ),
    Setting(
        name="IMAP_URL",
        meaning="The folder of that mailbox on an IMAP server, which `digest run` and `digest bounces` read.",
        expected="imaps://user:password@host/INBOX, or imap+starttls://…",
        default="",
        parse=lambda text: parse_imap_url(text) if text else None,
        secret=True,
    ),
    Setting(
        name="UNSUBSCRIBE_ADDRESS",
        meaning="A mailbox whose mail you read as a wish to leave; needed where there is no public address.",
        expected="an address",
        default="",
        parse=address,
    ),
    Setting(
        name="POSTAL_ADDRESS",
        meaning="Your postal address, which the law of many countries wants in every mail.",
        expected="a line of text",
        default="",
        parse=plain,
    ),
    Setting(
        name="ACCENT",
        meaning="The one colour of the newsletter.",
        expected="#rrggbb",
        default="#8c1d18",
        parse=colour,
    ),
    Setting(
        name="LOGO",
        meaning="A picture for the masthead, in place of the name; needs DIGEST_PUBLIC_URL, from where mails show it.",
        expected="a PNG, JPEG, WebP or GIF file",
        default="",
        parse=file,
    ),
    Setting(
        name="SUBJECT",
        meaning="The pattern of the subject; the news belongs into its first 40 characters.",
        expected="text with {headlines} or {headline}, and perhaps {title} and {date}",
        default="{headlines}",
        parse=subject_pattern,
    ),
    Setting(
        name="FOOTER",
        meaning="A sentence of your own at the foot of every mail.",
        expected="a line of text",
        default="",
        parse=plain,
    ),
    Setting(
        name="TEMPLATES",
        meaning="A folder with templates of your own; what is not in it comes from the shipped ones.",
        expected="a folder that exists",
        default="",
        parse=folder,
    ),
    Setting(
        name="SMTP_URL",
        meaning="The relay that carries the mail; while it is empty, mail goes to the outbox.",
        expected="smtp+starttls://user:password@host:587, smtps://…:465, or smtp://… in clear",
        default="",
        parse=lambda text: parse_smtp_url(text) if text else None,
        secret=True,
    ),
    Setting(
        name="SMTP_CONNECTIONS",
        meaning="How many connections to the relay are open at a time.",
        expected="a whole number from 1 to 50",
        default="5",
        parse=whole(1, 50),
    ),
    Setting(
        name="RATE",
        meaning="The most messages a second.",
        expected="a number above 0",
        default="20",
        parse=positive,
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
    Setting(
        name="PUBLIC_URL",
        meaning="The address at which readers reach `digest serve`; without it mails have no web links and no images.",
        expected="https://news.example.org",
        default="",
        parse=web_address,
    ),
    Setting(
        name="LISTEN",
        meaning="Where `digest serve` and `digest run` answer; put a web server with TLS in front.",
        expected="host:port",
        default="127.0.0.1:8025",
        parse=host_port,
    ),
    Setting(
        name="SECRET_KEY",
        meaning="Signs the links in mails. Several keys are separated by spaces, newest first: older ones still open.",
        expected=f"{KEY_LENGTH} characters or more; `digest init` makes one",
        default="",
        parse=keys,
        secret=True,
    ),
    Setting(
        name="METRICS_TOKEN",
        meaning="Opens /metrics for Prometheus, as its bearer token (docs/doctor.md). Empty: there are no metrics.",
        expected="16 characters or more, without blanks",
        default="",
        parse=token,
        secret=True,
    ),
    Setting(
        name="LOG",
        meaning="How `digest run` and `digest serve` write their log: lines for people, or JSON for machines.",
        expected="text or json",
        default="text",
        parse=one_of("text", "json"),
    ),
    Setting(
        name="LOG_ADDRESSES",
        meaning="Whether the log may show people's addresses, as servers repeat them in their answers.",
        expected="yes or no",
        default="no",
        parse=yes_or_no,
    ),
    Setting(
        name="NAMESERVER",
        meaning="The DNS server that `digest doctor` asks. Empty: the system's.",
        expected="an IP address, perhaps with a port, such as 9.9.9.9 or [2620:fe::fe]:53",
        default="",
        parse=name_server,
    ),
    Setting(
        name="ALLOW_HOSTS",
        meaning="Private addresses that feeds may come from all the same, such as an intranet's.",
        expected="host:port, separated by commas",
        default="",
        parse=hosts,
    ),
    Setting(
        name="KEEP_DAYS",
        meaning="How long items that went into no edition are kept.",
        expected="a whole number of days from 4 to 3650",
        default="30",
        parse=whole(4, 3650),
    ),
    Setting(
        name="DKIM_KEY",
        meaning="Keys that sign every mail (docs/dkim.md); `digest dkim new` makes one. Empty: the relay signs.",
        expected="the path of a PEM file, or of several, separated by spaces",
        default="",
        parse=paths,
    ),
    Setting(
        name="DKIM_SELECTOR",
        meaning="Under which name each key is published. Empty: the names of their files, without the ending.",
        expected="as many names as there are keys, separated by spaces",
        default="",
        parse=parse_selectors,
    ),
    Setting(
        name="DKIM_DOMAIN",
        meaning="The domain that signs: the sender's, or one above it. Empty: the sender's.",
        expected="a domain such as example.org",
        default="",
        parse=parse_domain,
    ),
    Setting(
        name="VECTORS",
        meaning="A model that places texts by their meaning (docs/vectors.md); empty: words alone decide.",
        expected="a folder with a model, or the root of an OpenAI-compatible API such as http://localhost:11434/v1",
        default="",
        parse=model_place,
    ),
    Setting(
        name="VECTORS_MODEL",
        meaning="The name of the model, where DIGEST_VECTORS is the address of an API.",
        expected="a line of text",
        default="",
        parse=plain,
    ),
    Setting(
        name="VECTORS_KEY",
        meaning="The key of that API; one of your own may need none.",
        expected="a line of ASCII",
        default="",
        parse=credential,
        secret=True,
    ),
)
