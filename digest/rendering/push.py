"""An edition as a notification: the news in a line, and more of it below."""

import json

from digest.errors import TemplateError
from digest.model.edition import Edition, LineUp
from digest.model.message import Letterhead, Push
from digest.rendering.environment import Templates
from digest.rendering.page import headline
from digest.rendering.text import one_line, shorten, strong

TEMPLATE = "push/digest.txt"

TITLE, BODY = 50, 120
"""The most characters of a title and a body; what is longer no telephone shows."""

OCTETS = 3_000
"""What a notification may take as JSON: 4,096 octets are carried (RFC 8030 section 7.2), sealing takes some of them."""


def push(edition: Edition, lineup: LineUp, letterhead: Letterhead, templates: Templates, *, url: str) -> Push:
    """The notification of an edition: by its template the top headline, and the next ones.

    `url` is the address it opens, complete. Raises TemplateError, also where the template gives no title or the
    address leaves no room.
    """
    words = templates.words(edition.language)
    shown = [edition.bench[pick.index] for pick in lineup.picks]
    title, _, body = templates.render(
        TEMPLATE,
        headlines=[headline(entry) for entry in shown],
        summary=one_line(shown[0].story.summary) if shown else "",
        letterhead=letterhead,
        words=words,
        date=words.date(edition.date, "long_date"),
    ).partition("\n")
    made = Push(
        title=shorten(one_line(title), TITLE),
        body=shorten(one_line(body), BODY),
        url=url,
        tag=f"edition-{edition.number}",
        language=edition.language,
        direction=strong(title) or words.direction,
    )
    if not made.title:
        raise TemplateError(f"{TEMPLATE} gives no title", hint="Its first line is the title of the notification")
    if len(payload(made)) > OCTETS:
        raise TemplateError(f"The notification takes more than {OCTETS} octets", hint="DIGEST_PUBLIC_URL is too long")
    return made


def payload(notification: Push) -> bytes:
    """A notification as the JSON that a browser's service worker reads; its names are those of the Notification API."""
    return json.dumps(
        {
            "title": notification.title,
            "body": notification.body,
            "url": notification.url,
            "tag": notification.tag,
            "lang": notification.language,
            "dir": notification.direction,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "replace")
