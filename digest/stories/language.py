"""A small guess at the language of an item that does not say: by script, then by the commonest words."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from digest.model.feed import Item
from digest.stories.canonical import fold, listed, without_signs

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": listed(
        "a an the of to in on at for from by with and or but as is are was were be been it its this that these those"
        " he she they his her their we you our your not no will would can could has have had do does did after over"
        " up out about into than more says say said new what who how why when where which there all if so just us may"
        " i him them also before while amid during against"
    ),
    "de": listed(
        "der die das den dem des ein eine einen einem einer und oder aber mit von zu im am auf für ist sind war wird"
        " werden nicht auch nach bei aus als wie über sich es er sie wir ich noch nur mehr"
        " um vor zum zur hat haben"
    ),
    "fr": listed(
        "le la les un une des du de et ou mais dans sur pour par avec est sont était pas plus au aux ce cette ces qui"
        " que se sa son ses leur il elle ils nous vous après à l d qu en ne selon été"
    ),
    "es": listed(
        "el la los las un una unos de del y o pero en por para con es son fue no más al se su sus que como lo le les"
        " sobre entre tras este esta estos desde hasta ha han ser según a"
    ),
    "it": listed(
        "il lo la i gli le un una uno di del della dei delle e o ma in nel nella per con è sono era non più al alla"
        " si su che come da dal dalla ha hanno anche dopo tra questo questa a"
    ),
    "pt": listed(
        "o a os as um uma de do da dos das e ou mas em no na nos nas por para com é são foi não mais ao à se seu sua"
        " que como após entre este esta pelo pela tem ser"
    ),
    "nl": listed(
        "de het een en of maar van in op voor met door is zijn was wordt worden niet ook naar bij uit als over zich"
        " hij ze we ik nog meer om tegen aan dat die dit te heeft hebben"
    ),
    "sv": listed(
        "en ett och eller men av i på för med är var blir inte också till från som om den det de han hon vi jag har"
        " hade efter under vid mot sig att"
    ),
    "pl": listed(
        "i w z na do o od za po przez dla jest są był była nie się to że jak ale który która oraz już tylko po ze"
    ),
    "tr": listed("ve bir bu da de için ile olarak çok en daha olan gibi kadar sonra ne ya mi mı değil var oldu"),
}
SPEAKERS = {
    word: tuple(language for language, words in STOP_WORDS.items() if word in words)
    for word in frozenset[str]().union(*STOP_WORDS.values())
}
"""The languages that say a word: the fewer, the more it tells."""

KNOWN = frozenset(SPEAKERS)
WHOLE = math.lcm(*map(len, SPEAKERS.values()))
"""What a word tells that one language says; it parts evenly among as many as say any, so that shares add up exactly.

Fractions added in the chance order of a set would find a text that is just clear enough clear in one run only.
"""

NO_STOP_WORDS: frozenset[str] = frozenset()
SCRIPTS = (
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("th", re.compile(r"[\u0e01-\u0e5b]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("uk", re.compile(r"[іїєґ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
OTHER_SCRIPT = re.compile(r"[\u0370-\u06ff\u0900-\u097f\u0e01-\u0e5b\u3040-\ud7af]")
"""A letter of any of these scripts: most texts have none."""

LETTER = re.compile(r"[^\W\d_]")
LETTERS = re.compile(r"[^\W\d_]+")
ASCII_LETTERS = re.compile(r"[a-z]+")
"""What LETTERS finds in plain ASCII, in less time."""

TEXT_LIMIT = 1000
LEAST_HITS = 3
CLEAR_LEAD = 1.5


def guess(text: str) -> str:
    """The language as a two-letter code (BCP 47 primary subtag), or empty where the text does not tell."""
    plain = without_signs(text[:TEXT_LIMIT])
    if plain.isascii():
        return by_words(ASCII_LETTERS.findall(plain.lower()))
    folded = fold(plain)
    words = LETTERS.findall(folded)
    return by_script(folded) or by_words(words) if OTHER_SCRIPT.search(folded) else by_words(words)


def by_script(folded: str) -> str:
    """The language whose letters are a good part of a text's; empty where those of none are."""
    letters = len(LETTER.findall(folded))
    for language, script in SCRIPTS:
        if letters and len(script.findall(folded)) > (0.02 if language in {"ja", "uk"} else 0.3) * letters:
            return language
    return ""


def by_words(words: Iterable[str]) -> str:
    """The language that clearly has most of the common ones among a text's words; empty where none has."""
    found = KNOWN.intersection(words)
    worth = dict.fromkeys(STOP_WORDS, 0)
    for word in found:
        speakers = SPEAKERS[word]
        for language in speakers:
            worth[language] += WHOLE // len(speakers)
    best = max(worth, key=worth.__getitem__)
    second = max(value for language, value in worth.items() if language != best)
    clear = worth[best] >= CLEAR_LEAD * second and len(found & STOP_WORDS[best]) >= LEAST_HITS
    return best if clear else ""


def languages(items: Sequence[Item]) -> tuple[str, ...]:
    """One primary subtag an item: what its feed says, else what its text clearly is, else what its publisher or the
    day mostly is in (a headline of names alone tells nothing). Empty only where the whole day tells nothing.
    """
    found = [primary(item.language) or guess(f"{item.title} {item.summary}") for item in items]
    day = commonest(found)
    voices: dict[str, list[str]] = {}
    for item, language in zip(items, found, strict=True):
        voices.setdefault(item.publisher, []).append(language)
    usual = {publisher: commonest(known) or day for publisher, known in voices.items() if publisher}
    return tuple(language or usual.get(item.publisher, day) for item, language in zip(items, found, strict=True))


def primary(tag: str) -> str:
    """The primary subtag of a language tag: "en" of "en-GB"."""
    return re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]


def commonest(found: Sequence[str]) -> str:
    """The most frequent language that is known, ties by name; empty when none is."""
    counts = Counter(language for language in found if language)
    return min(counts, key=lambda language: (-counts[language], language), default="")
