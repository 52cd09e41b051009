"""Style rules become style attributes: the one home of premailer."""

import logging
import os

# premailer keeps one small cache for everything and reads its size when it is imported; a full page thrashes it.
os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")

from premailer import Premailer

from digest.errors import TemplateError

_DOCTYPE = "<!DOCTYPE html>"


def inline(html: str) -> str:
    """`html` with the rules of its style blocks as style attributes.

    Blocks marked data-premailer="ignore" stay as they are. Nothing is fetched, no link is rewritten, no class and
    no !important is taken away. Raises TemplateError where the page does not begin with `<!DOCTYPE html>` (the
    parser would drop any other beginning, and mail programs would fall into quirks mode).
    """
    if not html.startswith(_DOCTYPE):
        raise TemplateError(
            f"The page begins with {html[:20]!r}", hint=f"The first bytes of a mail template must be {_DOCTYPE}"
        )
    inlined = Premailer(
        strip_important=False,
        allow_network=False,
        disable_validation=True,
        disable_link_rewrites=True,
        align_floating_images=False,
        remove_classes=False,
        include_star_selectors=True,
        remove_unset_properties=False,
        disable_basic_attributes=["width", "height", "align", "valign"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform(html, pretty_print=False)
    return str(inlined).rstrip() + "\n"
