"""The page of a mail as a mail program would show it: light, dark, inverted, with and without images."""

import re
from html import escape

from digest.web.pages import safe_headers

ALWAYS, NEVER = "(min-width:0)", "(max-width:0)"
"""Conditions of a media query that hold in every frame, and in none."""

STYLES = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)

TURNED = "filter:invert(1) hue-rotate(180deg)!important"
ADDED = {
    "light": ":root{color-scheme:light!important}",
    "dark": ":root{color-scheme:dark!important}",
    "outlook": ":root{color-scheme:light!important}",
    "inverted": f":root{{color-scheme:light!important;background:#ffffff;{TURNED}}}img{{{TURNED}}}",
}
"""What a mail program adds of its own."""
BARE = "html{scrollbar-width:none}"
"""A scroll bar would take of the width, as it does on no phone."""

ALONE = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What a mail may do in its frame: be scrolled by our page, and open a link in a tab of its own. No script runs."""


def framed(html: str, *, scheme: str, public_url: str) -> str:
    """The page as the frame shows it: its colours decided, its images from this machine, its links in tabs."""
    page = STYLES.sub(lambda style: style[1] + decided(style[2], dark=scheme == "dark") + style[3], html)
    if scheme == "outlook":
        page = page.replace("<html ", '<html data-ogsc="" data-ogsb="" ', 1)
    if public_url:
        page = page.replace(f'src="{escape(public_url)}/images/', 'src="/images/')
    return page.replace("</head>", f'<base target="_blank"><style>{ADDED[scheme]}{BARE}</style></head>', 1)


def decided(style: str, *, dark: bool) -> str:
    """A stylesheet whose conditions on the colour scheme are decided, whatever the editor's own machine prefers."""
    styled = DARK.sub(ALWAYS if dark else NEVER, style)
    return LIGHT.sub(NEVER if dark else ALWAYS, styled)


def frame_headers(*, images: bool) -> dict[str, str]:
    """The policy of a mail in its frame: styles of its own, images of ours, and nothing else."""
    headers = safe_headers(
        style_src="'unsafe-inline'",
        img_src="'self'" if images else "'none'",
        form_action="'none'",
        frame_ancestors="'self'",
    )
    return {"Content-Security-Policy": f"{headers['Content-Security-Policy']}; sandbox {ALONE}"}
