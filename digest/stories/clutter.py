"""What stands around a lead and is none of it: authors, place and agency before it, notices, captions, invitations.

The feeds' own room takes out what markup and lines tell apart; here is what runs on in one line with the text.
"""

import re

AGENCY = (
    r"(?:AAP|AFP|ANI|ANSA|AP|APA|ATS|Agencies|Anadolu|BBC|BNO|Belga|Bloomberg|CBS|CNBC|CNN|DPA|EFE|IANS|KNA|LaPresse|Lusa"
    r"|NBC|NPR|NTB|Notimex|PA|PAP|PTI|RIA|Reuters|Ritzau|TASS|TT|UPI|Xinhua|dpa|epd|sda|ots|SID)"
)
AGENCY_MARK = rf"[(/\[]\s?{AGENCY}[^()\[\]]{{0,24}}?[)/\]]\.?"
DASH = r"(?:\s?[-–—=:]{1,2}\s*)"
DATELINES = (
    rf"[^!?()\[\]/]{{0,60}}{AGENCY_MARK}{DASH}",
    rf"\({AGENCY}\)\s*",
    rf"{AGENCY}\s[-–—]{{1,2}}\s",
    r"[（(][^（）()]{0,30}(?:社|＝|=|电|電)[^（）()]{0,30}[）)]\s*",
    r"【[^【】]{1,20}】\s*",
    r"新华社[^，。]{2,20}电\s*(?:（[^（）]{1,30}）)?\s*",
    r"[^\W\d_a-z][^.!?]{2,40}\d[^.!?]{2,12}(?:\. ?/[^/]{2,20}/\.|\s[–—]\s(?:РИА Новости|ТАСС|Интерфакс)\.?)\s*",
)
DATELINE = re.compile("|".join(DATELINES))
WORD = r"[^\W\d_][^\W\d_’']{1,20}"
PLACE = re.compile(
    rf"((?:ST\. )?{WORD}(?:[ -]{WORD}){{0,3}})(?:, ([^\W\d_][\w .,]{{2,24}}?))?\s?(?:[–—]|--|\s-)\s(?=[^\w\s]?(\w))"
)
ADVERTISEMENT = re.compile(
    r"(?:^|(?<=[.!?…”\"]))\s*(?i:(?:(?:story|article) continues below )?advertise?ment)[.:]?"
    r"(?=\s+[^\w\s]?[^\W_a-z]|\s*$)"
)
NAME = r"[^\W\d_a-z][\w’'-]*"
JOINING = "and|for|in|the|und|für|et|pour|y|para|e|per|en|voor"
BYLINE = re.compile(
    rf"(?:By|Von|Par|Por|Door|Di)(?:[\s.,&|]+(?:{NAME}|[\d:]+|{JOINING})\b){{2,9}}?\s?(?:\.\s+|\.?\s*$)"
)
FURNITURE = re.compile(
    r"(?:video )?scroll down\b|click here\b|sign up (?:for|to|here|now)\b|subscribe (?:to|now|here|for)\b|follow us\b"
    r"|share this\b|read (?:more|also|the full)\b|(?:image|photo|picture) (?:source|credit|caption|copyright)\b"
    r"|pictured\b|file (?:photo|image)\b|file\s[-–—]"
    r"|(?:published|updated|posted)\s?:|last updated\b|the post .{3,200} appeared first on\b"
    r"|all rights reserved|copyright (?:©|\d)|©|listen to this article|this article (?:was|first|originally)\b"
    r"|(?:foto|bild|quelle|symbolbild|anzeige|werbung|publicité|publicidad|fuente)\s?[:|]"
    r"|by (?:[\w.’'-]+,? ){1,5}(?:staff|correspondent|reporter|editor|associated press)\b",
    re.IGNORECASE,
)
DAY = r"(?:[^\W\d_]{3,9}\.? \d{1,2}, \d{4}|\d{1,2} [^\W\d_]{3,9}\.? \d{4})"
CAPTION = re.compile(
    rf"\((?:AP |File )?Photo\b|, (?:on )?{DAY}\.?(?: ?\([^()]{{3,60}}\)\.?)?$"
    rf"|[/(]{AGENCY}(?:/[^()]{{2,40}})?\)\.?$"
)


def without_byline(text: str) -> str:
    """The text without the line that names its authors, where it opens with one: names and joining words alone."""
    text = text.lstrip()
    found = BYLINE.match(text)
    return text[found.end() :] if found else text


def without_dateline(text: str) -> str:
    """The text without the place, the date and the agency that it opens with."""
    text = text.strip()
    found = DATELINE.match(f"{text} ")
    return text[found.end() if found else place_end(f"{text} ") :]


def place_end(text: str) -> int:
    """Where a place and a dash before the first sentence end: "QUILLPORT —", "Quillport, Vennland -"; else 0."""
    found = PLACE.match(text)
    if not found or found[3].islower() or found[1] == "FILE":
        return 0
    named = found[1].isupper() or (found[2] and f"{found[1]} {found[2]}".istitle())
    return found.end() if named else 0


def without_advertisement(text: str) -> str:
    """The text without the lines that only say that an advertisement stood there."""
    return ADVERTISEMENT.sub("", text) if "dvertis" in text or "DVERTIS" in text else text


def is_clutter(sentence: str) -> bool:
    """Whether a sentence is a caption, a credit or an invitation rather than a part of the text."""
    return bool(FURNITURE.match(sentence) or CAPTION.search(sentence))
