"""A story from elsewhere: one page that an editor wants in the paper."""

from hashlib import sha256
from typing import TYPE_CHECKING

from digest.app import App
from digest.errors import FetchError, ParseError
from digest.model.edition import BenchStory, Image
from digest.model.feed import Feed, Item
from digest.net.answer import SUCCESS, Answer, Session

if TYPE_CHECKING:
    from digest.feeds.page import Run


async def fetched(app: App, url: str) -> BenchStory:
    """The page at an address as a story that the editor chose, with its picture where the paper can show one.

    Raises AddressRefused for what is no address on the public web, FetchError, ParseError for what is no article.
    """
    from digest.feeds.page import PAGE_BYTES
    from digest.feeds.worker import Workers
    from digest.selection.edits import chosen
    from digest.stories.cluster import cluster

    async with app.session() as session, Workers() as workers:
        answer = await session.get(url, limit_bytes=PAGE_BYTES)
        if answer.status not in SUCCESS:
            raise FetchError(f"{answer.url}: the page is not there ({answer.status})", status=answer.status)
        item = await read(app, answer, workers.run)
        image = await pictured(app, item, session, workers.run)
    (story,) = cluster((item,))
    return chosen(story, image)


async def read(app: App, answer: Answer, run: "Run") -> Item:
    """What came as an item; raises ParseError for what is no article."""
    from digest.feeds.fetch import page_item
    from digest.feeds.links import site, without_tracking
    from digest.feeds.page import read_article
    from digest.feeds.parse import looks_like_html

    kind = answer.headers.get("content-type")
    if not looks_like_html(answer.body, kind):
        raise ParseError(f"{answer.url} is no web page ({kind or 'of no type'})")
    article = await run(read_article, answer.body, answer.url, kind)
    url = without_tracking(answer.url)
    names = (feed.title for feed in app.store.feeds.all() if feed.title and site(feed.url) == site(url))
    source = Feed(url=url, title=next(names, ""))
    identity = sha256(f"elsewhere\n{url}".encode()).hexdigest()[:16]
    return page_item(source, url, article, identity=identity, now=app.clock())


async def pictured(app: App, item: Item, session: Session, run: "Run") -> Image | None:
    """The item's picture, made anew and kept; None where there is none, or no public address to show it from."""
    from digest.feeds.images import fetch_images

    if not app.settings.public_url or not item.image_url:
        return None
    found = await fetch_images(session, (item.image_url,), run=run)
    if item.image_url not in found:
        return None
    image, content = found[item.image_url]
    app.store.images.keep(image.fingerprint, content, now=app.clock())
    return image
