"""What a text states that can be new tomorrow: its figures and names, and its words where a script has no capitals."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.stories.anchors import DAYS, MONTHS
from digest.stories.canonical import fold
from digest.stories.language import NO_STOP_WORDS, STOP_WORDS
from digest.stories.terms import content_words, tokens

TEXT_LIMIT, TOLD_LIMIT, OVERLAP = 1200, 4800, 60
"""How much of a text is read for what is new and for what is not, in characters; a word on a border is read twice."""

NUMBER = r"(?:\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3}(?!\d))+|\d+)(?:[.,]\d+)?"
FIGURE = re.compile(rf"(?<![\d.,:/A-Za-z-])([$€£¥₹₩]\s?)?({NUMBER})(?![:/]?\d)(\s?%|[.]?[\s-]*[^\W\d_]+)?")
GROUPING = re.compile(r"[.,'’\u00a0\u202f ](?=\d{3}(?!\d))")
WORD = re.compile(r"(?:\b[^\W\d_]{1,2}['’](?=[^\W\d_]{2}))?([^\W\d_][\w'’.-]*)")
BEFORE = re.compile(r"([^\W\d_]+)[\s.,]*$")
ACCENTS = re.compile("[\u0300-\u036f]")
POSSESSIVE = re.compile(r"['’]s?$")
CALENDAR = DAYS | MONTHS | {"may"}
CLOCKS = frozenset(("st", "nd", "rd", "th", "am", "pm", "uhr", "h"))
DATING = CALENDAR | CLOCKS
EASTERN_CLOCKS = frozenset("年月日时時点分")
NUMERALS = {
    language: {word: str(number) for number, word in enumerate(counted.split(), start=1)}
    for language, counted in (
        ("en", "one two three four five six seven eight nine ten eleven twelve"),
        ("de", "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"),
        ("fr", "un deux trois quatre cinq six sept huit neuf dix onze douze"),
        ("es", "uno dos tres cuatro cinco seis siete ocho nueve diez once doce"),
        ("it", "uno due tre quattro cinque sei sette otto nove dieci undici dodici"),
        ("pt", "um dois três quatro cinco seis sete oito nove dez onze doze"),
        ("nl", "een twee drie vier vijf zes zeven acht negen tien elf twaalf"),
    )
}
"""Numbers in words: who said "three people" has said "3 people"."""

YEARS = range(1900, 2101)
REACH = 60
"""How far before a number the word stands that says what kind of number it is, in characters."""
TELLING = 10
SHORTEST_NAME = 3
LONGEST_ACRONYM = 5
ENDINGS = re.compile(r"[\d\u3040-\u309f]")
"""What no rare word has in it: a digit, or the letters that Japanese inflects with."""

STYLED = 3
LONG = 5
NOUNS_CAPITALISED = frozenset(("de", "lb", "nds", "frr"))
"""Languages in which a single capitalised word may be any noun, so that only two together are a name."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence as it is written."""

    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """The word folded, without accents and a possessive ending."""
        word = fold(POSSESSIVE.sub("", self.text.rstrip(".-")))
        return word if word.isascii() else ACCENTS.sub("", unicodedata.normalize("NFD", word))

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper() or self.text[0].istitle()


def facts(sentence: str, language: str) -> frozenset[str]:
    """The figures that count something ("1,200 homes", "3 %", "€5m") and the last words of the names in a sentence.

    Dates, times and years are no figures; weekdays and months no names. A headline In Which Every Word Is Capitalised
    tells no names.
    """
    limited = sentence[:TEXT_LIMIT]
    return frozenset((*figures(limited), *names(limited, language)))


def words(text: str, language: str) -> frozenset[str]:
    """The words of weight of a text in a script without capitals, where names cannot be told from them; else none."""
    if any(letter.isupper() or letter.islower() for letter in text[:TEXT_LIMIT]):
        return frozenset()
    return frozenset(word for word in content_words(text, language) if not ENDINGS.search(word))


def said(text: str, language: str) -> frozenset[str]:
    """All that a text says, in the form in which `facts` and `words` say it: whatever is in here is not new."""
    parts = (text[at : at + TEXT_LIMIT] for at in range(0, min(len(text), TOLD_LIMIT), TEXT_LIMIT - OVERLAP))
    return frozenset[str]().union(*(said_in(part, language) for part in parts))


def said_in(part: str, language: str) -> Iterator[str]:
    """The words and numbers of a part of a text."""
    words_said = [word for word in tokens(part) if not word[0].isdigit()]
    yield from words_said
    numerals = NUMERALS.get(language, {})
    yield from (numerals[word] for word in words_said if word in numerals)
    yield from (Word(found, 0, 0).key for found in WORD.findall(part))
    text = plain(part)
    yield from (figure(found) for found in re.findall(NUMBER, text))
    yield from (figure(found[2]) for found in FIGURE.finditer(text))


def figures(sentence: str) -> Iterator[str]:
    """The numbers of a sentence that count something."""
    return (number for number, _ in counted(sentence))


def counted(sentence: str) -> Iterator[tuple[str, str]]:
    """The numbers that count something, each with the word behind it, folded; empty where that says nothing."""
    text = plain(sentence)
    for found in FIGURE.finditer(text):
        currency, number, unit = found.groups()
        unit = fold(unit or "").strip(" .-")
        before = BEFORE.search(text, max(0, found.start() - REACH), found.start())
        if currency or counts(number, unit, before.group(1) if before else ""):
            yield figure(number), "" if is_stop_word(unit) else unit


def is_stop_word(word: str) -> bool:
    """Whether a word is a stop word in any language."""
    return any(word in stop for stop in STOP_WORDS.values())


def counts(number: str, unit: str, before: str) -> bool:
    """Whether a number counts something, by the word after it and the word before it."""
    if unit == "%":
        return True
    bare = figure(number)
    dated = unit in DATING or unit[:1] in EASTERN_CLOCKS or fold(before) in CALENDAR
    labelled = len(before) > 1 and before.isupper()
    if dated or labelled or (bare.isdigit() and len(number) == len(bare) and int(bare) in YEARS):
        return False
    if unit and not is_stop_word(unit):
        return True
    return before[:1].islower() and float(bare) >= TELLING


def figure(number: str) -> str:
    """A number without grouping, its decimals behind a point: "1,200" and "1.200" are "1200", "2,50" is "2.5"."""
    whole, _, rest = GROUPING.sub("", number).replace(",", ".").partition(".")
    digits = "".join(str(unicodedata.digit(digit)) for digit in whole).lstrip("0") or "0"
    rest = "".join(str(unicodedata.digit(digit)) for digit in rest if digit.isdigit()).rstrip("0")
    return f"{digits}.{rest}" if rest else digits


def names(sentence: str, language: str) -> Iterator[str]:
    """The last word of each run of capitalised words; one that only begins the sentence is none."""
    found = [Word(match.group(1), match.start(1), match.end(1)) for match in WORD.finditer(sentence)]
    stop = STOP_WORDS.get(language, NO_STOP_WORDS)
    least = 2 if language in NOUNS_CAPITALISED else 1
    if least == 1 and headline_style(found, stop):
        return
    for run in runs(found, sentence):
        told = [word for word in run if word.key not in stop and word.key not in CALENDAR]
        alone = len(told) == 1 and told[0] is found[0] and not acronym(told[0])
        if len(told) >= least and not alone and long_enough(told[-1]):
            yield told[-1].key


def runs(found: Sequence[Word], sentence: str) -> Iterator[list[Word]]:
    """The capitalised words that stand together with nothing but a space between them."""
    run: list[Word] = []
    for word in found:
        joined = run and not sentence[run[-1].end : word.start].strip() and not run[-1].text.endswith(("’s", "'s"))
        if run and not (word.capital and joined):
            yield run
            run = []
        if word.capital:
            run.append(word)
    if run:
        yield run


def headline_style(found: Sequence[Word], stop: frozenset[str]) -> bool:
    """Whether every word that could be written small is capitalised."""
    content = [word for word in found[1:] if len(word.key) >= (LONG if word.key in stop else STYLED)]
    return len(content) >= STYLED and all(word.capital for word in content)


def acronym(word: Word) -> bool:
    """Whether a word is written in capitals alone, and short: longer ones cry out."""
    return 1 < len(word.text) <= LONGEST_ACRONYM and word.text.isupper()


def long_enough(word: Word) -> bool:
    """Whether a word can be a name: initials are none."""
    return acronym(word) or len(word.key) >= SHORTEST_NAME


def plain(text: str) -> str:
    """The text in one form of digits and signs."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)
