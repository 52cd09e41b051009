"""The checks of what a mail weighs: its size, and its style blocks."""

from collections.abc import Callable, Iterator

from digest.checks.cascade import broken, nested
from digest.checks.found import error, warning
from digest.checks.page import Page
from digest.model.finding import Finding
from digest.model.message import GMAIL_CUTS_AT, SIZE_LIMIT

BLOCKS, TOGETHER, ONE = 3, 8_000, 16_000
"""The most style blocks, their octets together, and the octets past which Gmail drops a block."""


def size(page: Page) -> Iterator[Finding]:
    """The mail is not cut."""
    octets = page.sent.html_octets
    if octets > GMAIL_CUTS_AT:
        said = f"the HTML has {octets:,} octets; Gmail cuts it at some {GMAIL_CUTS_AT:,}, before the link to leave"
        yield error("size", said, where="html", hint="fewer stories: DIGEST_MAX_STORIES")
    elif octets > SIZE_LIMIT:
        yield warning("size", f"the HTML has {octets:,} octets, over {SIZE_LIMIT:,}", where="html")


def style_blocks(page: Page) -> Iterator[Finding]:
    """Few and small ones: a fault in one costs the whole block."""
    sizes = [len(style.encode()) for style in page.styles]
    if len(sizes) > BLOCKS:
        yield warning("style blocks", f"the page has {len(sizes)} style blocks, more than {BLOCKS}", where="html")
    if any(octets > ONE for octets in sizes):
        yield error("style blocks", f"a style block has {max(sizes):,} octets; Gmail drops it", where="html")
    elif sum(sizes) > TOGETHER:
        yield warning("style blocks", f"the style blocks have {sum(sizes):,} octets, over {TOGETHER:,}", where="html")


def style_rules(page: Page) -> Iterator[Finding]:
    """Every style block can be read by all programs, Gmail too."""
    for number, style in enumerate(page.styles, start=1):
        if nested(style):
            said = f"style block {number} has an @ rule inside an @ rule; Gmail drops the whole block"
            yield error("style rules", said, where="html")
        for fault in broken(style):
            yield warning("style rules", f"style block {number}, {fault}", where="html")


OF_WEIGHT: tuple[Callable[[Page], Iterator[Finding]], ...] = (size, style_blocks, style_rules)
"""Every check of sizes and style blocks."""
