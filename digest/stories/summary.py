"""A few sentences that stand for one text: its lead in whole sentences, without what stands around it."""

import re
from functools import lru_cache

from digest.sentences import joined, sentences
from digest.stories.terms import MARKS, UNSPACED, jaccard, tokens

LONGEST = 480
"""The most characters of a summary of several sentences: some eighty words."""
LONGEST_SENTENCE = 640
"""The most characters of a summary that is one sentence."""
MOST_SENTENCES = 4
REPEATS_HEADLINE = 0.8
SHORTEST_PART = 40
TELLING_WORDS = 4
LETTERS = re.compile(r"[^\W\d_]+")
WORD = re.compile(rf"[^\W_][\w{MARKS}]*")
TEXT_LIMIT = 1600
UNENDED = re.compile(r"[\w,–—-]$")
CUT_SHORT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")

AGENCY = (
    r"(?:AAP|AFP|ANI|ANSA|AP|APA|ATS|Agencies|Anadolu|BBC|BNO|Belga|Bloomberg|CBS|CNBC|CNN|DPA|EFE|IANS|KNA|LaPresse|Lusa"
    r"|NBC|NPR|NTB|Notimex|PA|PAP|PTI|RIA|Reuters|Ritzau|TASS|TT|UPI|Xinhua|dpa|epd|sda|ots|SID)"
)
AGENCY_MARK = rf"[(/\[]\s?{AGENCY}[^()\[\]]{{0,24}}?[)/\]]\.?"
DASH = r"(?:\s?[-–—=:]{1,2}\s*)"
CAPITALS = r"[^\W\d_a-z][^\W\d_a-z.'’]+"
DATELINES = (
    rf"[^!?()\[\]/]{{0,60}}{AGENCY_MARK}{DASH}",
    rf"{AGENCY}\s[-–—]{{1,2}}\s",
    rf"(?:ST\. )?(?:{CAPITALS}[ -]?){{1,4}}(?:, [^\W\d_a-z][\w .,]{{2,24}})?\s?(?:[–—]|--|\s-)\s(?=[^\w\s]?[^\W_a-z])",
    r"[（(][^（）()]{0,30}(?:社|＝|=|电|電)[^（）()]{0,30}[）)]\s*",
    r"【[^【】]{1,20}】\s*",
    r"新华社[^，。]{2,20}电\s*(?:（[^（）]{1,30}）)?\s*",
    r"[^\W\d_a-z][^.!?]{2,40}\d[^.!?]{2,12}(?:\. ?/[^/]{2,20}/\.|\s[–—]\s(?:РИА Новости|ТАСС|Интерфакс)\.?)\s*",
)
DATELINE = re.compile("|".join(DATELINES))
ADVERTISEMENT = re.compile(
    r"(?:^|(?<=[.!?…”\"]))\s*(?i:(?:(?:story|article) continues below )?advertise?ment)[.:]?"
    r"(?=\s+[^\w\s]?[^\W_a-z]|\s*$)"
)
FURNITURE = re.compile(
    r"scroll down\b|click here\b|sign up (?:for|to|here|now)\b|subscribe (?:to|now|here|for)\b|follow us\b|share this\b"
    r"|read (?:more|also|the full)\b|(?:image|photo|picture) (?:source|credit|caption|copyright)\b"
    r"|file (?:photo|image)\b|(?:published|(?:last )?updated|posted)\s?:|the post .{3,200} appeared first on\b"
    r"|all rights reserved|copyright (?:©|\d)|©|listen to this article|this article (?:was|first|originally)\b"
    r"|(?:foto|bild|quelle|symbolbild|anzeige|werbung|publicité|publicidad|fuente)\s?[:|]"
    r"|by (?:[\w.’'-]+,? ){1,5}(?:staff|correspondent|reporter|editor|associated press)\b",
    re.IGNORECASE,
)


def summarise(text: str, headline: str, language: str = "") -> str:
    """The first sentences of a lead, at most four and 480 characters, without the headline said again.

    Empty where the text says nothing more. A first sentence of up to 640 characters stands whole and alone. Only one
    that is longer still, or was cut off by its feed, ends at a word with "…".
    """
    return opening(told(text, headline, language))


def told(text: str, headline: str, language: str = "") -> list[str]:
    """The sentences of a lead from the first that tells something, without the headline and what is no sentence.

    Bylines and datelines before the first are too short to tell. A last one without a mark at its end, where another
    is, was cut off by its feed.
    """
    found = sentences(without_dateline(without_advertisement(text[:TEXT_LIMIT])), language)
    first = next((place for place, one in enumerate(found) if tells(one)), 0)
    said = [one for one in found[first:] if not FURNITURE.match(one) and not repeats(one, headline)]
    return said[:-1] if len(said) > 1 and UNENDED.search(said[-1]) else said


def without_advertisement(text: str) -> str:
    """The text without the lines that only say that an advertisement stood there."""
    return ADVERTISEMENT.sub("", text) if "dvertis" in text or "DVERTIS" in text else text


def without_dateline(text: str) -> str:
    """The text without the place, the date and the agency that it opens with."""
    text = text.lstrip()
    found = DATELINE.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def tells(sentence: str) -> bool:
    """Whether a piece of text has words enough to tell something; of scripts without blanks, letters."""
    words = LETTERS.findall(sentence)
    return len("".join(words) if has_no_blanks(sentence) else words) >= TELLING_WORDS


def repeats(sentence: str, headline: str) -> bool:
    """Whether a sentence says nothing but the headline."""
    if len(sentence) > 2 * len(headline) + SHORTEST_PART:
        return False
    return jaccard(frozenset(words_in(sentence)), headline_words(headline)) >= REPEATS_HEADLINE


@lru_cache(maxsize=1)
def headline_words(headline: str) -> frozenset[str]:
    """The words of a headline, kept while its story's sentences are held against it."""
    return frozenset(words_in(headline))


def words_in(text: str) -> list[str]:
    """The words of a text that is settled already, in lower case; character pairs where a script has no blanks."""
    return tokens(text) if has_no_blanks(text) else WORD.findall(text.lower())


def has_no_blanks(text: str) -> bool:
    """Whether there is a script in a text that sets no blanks between its words."""
    return not text.isascii() and bool(UNSPACED.search(text))


def is_whole(sentence: str) -> bool:
    """Whether a sentence was not cut off by its feed."""
    return not CUT_SHORT.search(sentence)


def opening(said: list[str]) -> str:
    """The first of these sentences, as many as a summary has room for."""
    whole = [one for one in said if is_whole(one)]
    if not whole or (said[0] != whole[0] and len(said[0]) >= SHORTEST_PART) or len(whole[0]) > LONGEST_SENTENCE:
        return shorten(said[0]) if said else ""
    chosen = whole[0]
    for sentence in whole[1:MOST_SENTENCES]:
        if len(chosen) + 1 + len(sentence) > LONGEST:
            break
        chosen = joined(chosen, sentence)
    return chosen


def shorten(sentence: str) -> str:
    """A sentence cut at a word, with "…" to say so."""
    bare = CUT_SHORT.sub("", sentence).rstrip(" ,;:–—-")
    if len(bare) > LONGEST - 2:
        bare = bare[: LONGEST - 2]
        bare = (bare.rsplit(" ", 1)[0] if " " in bare else bare).rstrip(" ,;:–—-")
    return f"{bare} …" if bare else ""
