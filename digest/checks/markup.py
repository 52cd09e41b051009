"""The checks of a mail's HTML: its skeleton, its pictures, its links, and what must not be in it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from digest.checks.found import error, excerpt, warning
from digest.checks.page import Element, Page, misplaced
from digest.model.finding import Finding

DOCTYPE = "<!DOCTYPE html>"

FORBIDDEN = frozenset(
    (
        "script",
        "iframe",
        "frame",
        "form",
        "input",
        "button",
        "object",
        "embed",
        "applet",
        "base",
        "video",
        "audio",
        "svg",
    )
)
"""Elements that mail programs take away or warn of."""

ADDRESSES = ("href", "src", "background", "action", "poster", "srcset", "xlink:href")
"""Attributes that hold an address."""

_STAND_IN = re.compile(r"dg[0-9a-f]{24}[mv]\d{5}")
_MARK = re.compile(r"\{\{|\{%|\{#")
_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"\s]*)", re.IGNORECASE)
_MOST_NAMED = 5


def well_formed(page: Page) -> Iterator[Finding]:
    """Every element is closed where it was opened."""
    faults = list(misplaced(page.sent.html))
    for fault in faults[:_MOST_NAMED]:
        yield error("markup", fault, where="html", hint="a block of a template opens or closes more than its own")
    if len(faults) > _MOST_NAMED:
        yield error("markup", f"{len(faults) - _MOST_NAMED} more tags have no partner", where="html")


def doctype(page: Page) -> Iterator[Finding]:
    """The first bytes keep mail programs out of quirks mode."""
    if not page.sent.html.startswith(DOCTYPE):
        yield error("doctype", f"the HTML does not begin with {DOCTYPE}", where="html")


def language(page: Page) -> Iterator[Finding]:
    """The page says which language it is in, and which way that is written."""
    said, wanted = page.root.get("lang", ""), page.sent.edition.language
    if not said:
        yield error("language", "the html element has no lang", where="html", hint="screen readers need it")
    elif said.replace("_", "-").lower() != wanted.replace("_", "-").lower():
        yield warning("language", f"the page says lang={said}, and the edition is in {wanted}", where="html")
    if page.root.get("dir", "") not in {"ltr", "rtl"}:
        yield error("language", "the html element has no dir=ltr or dir=rtl", where="html")


def headings(page: Page) -> Iterator[Finding]:
    """One h1, and one h2 a story."""
    tops, stories, picks = len(page.named("h1")), len(page.headlines), len(page.sent.lineup.picks)
    if tops != 1:
        yield error("headings", f"the page has {tops} h1; a page has one", where="html")
    if stories != picks:
        yield error("headings", f"the page has {stories} h2 for {picks} stories", where="html")


def tables(page: Page) -> Iterator[Finding]:
    """Tables lay out and hold no data, and say so to screen readers."""
    bare = [table for table in page.named("table") if table.get("role") != "presentation"]
    if bare:
        said = f"{len(bare)} of {len(page.named('table'))} tables are without role=presentation"
        yield error("tables", said, where="html", story=page.story_of(bare[0]), hint="screen readers read them out")


def pictures(page: Page) -> Iterator[Finding]:
    """Every picture has a text in its place, and room kept for it."""
    for image in page.named("img"):
        name, story = excerpt(image.get("src", "")), page.story_of(image)
        if image.get("alt") is None:
            yield error("pictures", f"the picture {name} has no alt", where="html", story=story)
        for side in ("width", "height"):
            if not image.get(side, "").isdecimal():
                yield error("pictures", f"the picture {name} has no {side} in pixels", where="html", story=story)


def sources(page: Page) -> Iterator[Finding]:
    """Pictures come over https: Gmail drops those that stand in the mail, others warn of the rest."""
    own_http = False
    for image in page.named("img"):
        url, story = image.get("src", ""), page.story_of(image)
        scheme = url.partition(":")[0].lower()
        if page.sent.is_own(url) and scheme == "http":
            own_http = True
        elif scheme not in {"https", "data"}:
            yield error("https", f"the picture {excerpt(url)} does not come over https", where="html", story=story)
    if own_http:
        said = "the newspaper's own pictures come over http"
        hint = "mail programs want https: give DIGEST_PUBLIC_URL an https address"
        yield warning("https", said, where="html", hint=hint)


def data_uris(page: Page) -> Iterator[Finding]:
    """Nothing is packed into an address."""
    for element, name, value in _addresses(page):
        if value.strip().lower().startswith("data:"):
            said = f"<{element.tag}> has a data: address in its {name}"
            yield error("data", said, where="html", story=page.story_of(element), hint="Gmail drops it; link to it")


def forbidden(page: Page) -> Iterator[Finding]:
    """Nothing that runs, asks, or stands in a frame."""
    for element in page.named(*FORBIDDEN):
        yield error("forbidden", f"<{element.tag}> is in the page", where="html", story=page.story_of(element))
    for element in page.named("meta"):
        if element.get("http-equiv", "").lower() == "refresh":
            yield error("forbidden", "the page has a meta refresh", where="html")


def handlers(page: Page) -> Iterator[Finding]:
    """No attribute runs anything."""
    for element in page.elements:
        for name in element.keys():  # noqa: SIM118 an element is no mapping: iterated, it gives its children
            if name.lower().startswith("on"):
                said = f"<{element.tag}> has an {name}"
                yield error("handlers", said, where="html", story=page.story_of(element))


def outside_styles(page: Page) -> Iterator[Finding]:
    """No style comes from elsewhere."""
    for element in page.named("link"):
        if "stylesheet" in element.get("rel", "").lower():
            yield error("outside", "the page links to a style sheet; mail programs fetch none", where="html")
    for style in (*page.styles, *(element.get("style", "") for element in page.elements)):
        if "@import" in style.lower():
            yield error("outside", "a style imports another", where="html")
        for url in _URL.findall(style):
            if not url.lower().startswith("https://"):
                yield error("outside", f"a style asks for {excerpt(url)}, which is not https", where="html")


def stand_ins(page: Page) -> Iterator[Finding]:
    """Nothing of ours stands for a value that should be there.

    A mark such as {{ x }} in a text may be some headline's own, and is none of this check's business; it looks for the
    stand-ins that no text of the edition can hold, and for marks where no text of a feed ever stands.
    """
    sent = page.sent
    whole = "\n".join((sent.html, sent.text, *(value for _, value in sent.headers)))
    left = set(_STAND_IN.findall(whole))
    if left and not left & set(_STAND_IN.findall(repr(sent.edition))):
        said = f"{len(left)} places for values of the reader are not filled in"
        yield error("template", said, where="html", hint="a template uses value(…) outside its block")
    places = [element.get(name, "") for element in page.elements for name in ("class", "style", "width", "height")]
    if any(_MARK.search(text) for text in (*page.styles, *places)):
        yield error("template", "a style or class holds a mark of a template", where="html")


def link_shapes(page: Page) -> Iterator[Finding]:
    """Links lead to web pages, mailboxes, and places in the page."""
    own_http = False
    for link in page.named("a"):
        url = link.get("href", "").strip()
        own_http = own_http or (page.sent.is_own(url) and url.lower().startswith("http:"))
        if url and not url.startswith("#") and not _leads_out(url):
            said = f"“{excerpt(link.text_content())}” links to {excerpt(url)}, which is no web address or mailbox"
            yield error("links", said, where="html", story=page.story_of(link))
    if own_http:
        said = "the links to the newspaper's own pages are http"
        yield warning("https", said, where="html", hint="give DIGEST_PUBLIC_URL an https address")


def link_targets(page: Page) -> Iterator[Finding]:
    """What looks like a link leads somewhere."""
    places = {element.get(name) for element in page.elements for name in ("id", "name")} - {None}
    for link in page.named("a"):
        url = link.get("href")
        if url is None and link.get("name") is None and link.get("id") is None:
            yield warning("anchors", f"“{excerpt(link.text_content())}” is a link to nowhere", where="html")
        elif url is not None and (not url.strip() or (url.startswith("#") and url[1:] not in places)):
            said = f"“{excerpt(link.text_content())}” links to {url or 'nothing'}, which is not in the page"
            yield warning("anchors", said, where="html", story=page.story_of(link))


def repeated_links(page: Page) -> Iterator[Finding]:
    """No page is offered under two headlines."""
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    for link in _below_the_first_headline(page):
        url, title = link.get("href", ""), " ".join(link.text_content().split())
        if url.startswith(("http:", "https:")) and title and not page.sent.is_own(url):
            titles[url].setdefault(title, page.story_of(link))
    for url, under in titles.items():
        if len(under) > 1:
            first, second, *_ = under
            said = f"“{excerpt(first)}” and “{excerpt(second)}” link to one page, {excerpt(url)}"
            yield warning("repeated link", said, where="html", story=under[second])


def _below_the_first_headline(page: Page) -> Iterator[Element]:
    below = False
    for element in page.elements:
        below = below or element.tag == "h2"
        if below and element.tag == "a":
            yield element


def _leads_out(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and bool(parts.hostname))
    except ValueError:
        return False


def _addresses(page: Page) -> Iterator[tuple[Element, str, str]]:
    for element in page.elements:
        for name in ADDRESSES:
            if value := element.get(name):
                yield element, name, value
        for url in _URL.findall(element.get("style", "")):
            yield element, "style", url


OF_MARKUP: tuple[Callable[[Page], Iterator[Finding]], ...] = (
    doctype,
    well_formed,
    language,
    headings,
    tables,
    pictures,
    sources,
    data_uris,
    forbidden,
    handlers,
    outside_styles,
    stand_ins,
    link_shapes,
    link_targets,
    repeated_links,
)
"""Every check of the HTML's structure."""
