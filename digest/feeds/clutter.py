"""What stands around an article and is none of it: advertisement lines, credits, related lists, comments, tails."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from digest.feeds.markers import ENDS, MARKERS, RELATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an article; `linked` when it is nothing but a link. Lines of one `paragraph` run on."""

    text: str
    linked: bool = False
    heading: bool = False
    paragraph: int = 0


AGENCY = (
    r"(?:AAP|AFP|ANSA|AP(?: Photo| Images)?|Alamy|Anadolu|Belga|Bloomberg|EFE|EPA(?:-EFE)?|Getty(?: Images)?|Keystone"
    r"|Lusa|PA(?: Media| Wire)?|PTI|Pexels|Reuters|Shutterstock|TASS|UPI|Unsplash|Xinhua|dpa|iStock|imago(?: images)?"
    r"|picture alliance)"
)
PICTURE = (
    r"(?:photo(?:graph|graphie|s)?|image|images|picture|pictures|illustration|graphic|foto|fotos|fotografía|bild|bilder"
    r"|grafik|crédit photo|crédits photo|imagen|imágenes)"
)
CREDIT_WORD = rf"(?:{PICTURE}|credits?|bildquelle|bildnachweis|crédits?|créditos?|quelle|fuente)"
ORIGIN = r"(?:file|stock|archive|archival|representational|handout|cover)"
FULL_STOPS = ".!?…。！？"

IN_BRACKETS = r"[\[(|][^\[\]()|]{0,80}"
CREDITS = (
    rf"[\[(]?\s*{ORIGIN}?\s*{PICTURE}(?:\s+(?:credits?|source|courtesy|by))?\s*(?:[:©/|]|\bby\b|\bcourtesy\b)",
    rf"[\[(]?\s*{CREDIT_WORD}\s*[:©|]",
    r"[\[(]?\s*(?:©|\(c\)|copyright\b)",
    rf".{{0,400}}{IN_BRACKETS}\b{CREDIT_WORD}\b[^\[\]()|]{{0,80}}[\])]?\.?$",
)
AGENCY_CREDITS = (
    rf"[\[(]?\s*(?i:{AGENCY})(?:\s*(?:/|,|\||via\b).{{0,60}})?[\])]?\.?$",
    rf".{{0,400}}{IN_BRACKETS}/\s?{AGENCY}[^\[\]()|]{{0,40}}[\])]?\.?$",
    rf".{{0,400}}(?:/|\bvia ){AGENCY}$",
    rf".{{0,400}}\b{AGENCY}/[A-Z][\w .’'-]{{2,40}}$",
)
CREDIT_FORMS = (*(re.compile(form, re.IGNORECASE) for form in CREDITS), *map(re.compile, AGENCY_CREDITS))
LONGEST_CREDIT = 400

SPANS = (
    r"(?:[smhdw]|sec|min|mins|hrs?|seconds?|minutes?|hours?|days?|weeks?|months?|sekunden?|minuten?|stunden?|tag(?:en)?"
    r"|wochen?|heures?|jours?|semaines?|mois|minutos?|horas?|días?|semanas?)"
)
STAMPS = (
    r"(?:(?:first |last )?(?:published|updated|posted)|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado"
    r"|actualizado)"
)
META = (
    r"(?:about )?\d{1,3}[\s-]*(?:min(?:ute)?s?\.?(?: read)?|minuten(?: lesezeit)?|min de lecture|minutos de lectura)$",
    rf"(?:about |vor |il y a |hace )?\d{{1,3}}\s*{SPANS}(?: ago)?$",
    rf"{STAMPS}\b.{{0,40}}\d.{{0,40}}(?<!\.)$",
    r"\d{1,6} (?:comments?|kommentare?|commentaires?|comentarios?|shares?|views?|likes?)$",
    r"submitted by\s?/?[\w/-]{1,40}(?:\s?to\s?/?[\w/-]{1,40})?\.?$|\[link\]\s?(?:\[(?:\d{1,6} )?comments?\])?$",
)
META_FORMS = tuple(re.compile(form, re.IGNORECASE) for form in META)
BYLINE = re.compile(r"(?:[Bb]y|BY|Von|Par|Por) (?:[^\W\d_a-z][\w.’'-]{0,30}(?:,| and| und| et| y| &)? ?){1,6}$")

INVITATIONS = (
    r"(?:read|learn|see|find out) more(?: (?:about|at|on|here|in|from)\b[^.]{0,120})?|more(?:…|\.\.\.)",
    r"read (?:the )?(?:full|rest|whole|entire|original|complete)[^.]{0,120}|read on|read it (?:all )?here",
    r"continue reading[^.]{0,300}|keep reading[^.]{0,120}|continued?|full (?:story|article)",
    r"view (?:the )?(?:full |entire |original )?(?:article|post|story|image|gallery)[^.]{0,60}",
    r"click (?:here|to)\b[^.]{0,120}",
    r"(?:jetzt |hier )?weiterlesen[^.]{0,200}|mehr (?:lesen|erfahren)|mehr dazu[^.]{0,60}|zum artikel",
    r"lesen sie (?:hier )?(?:weiter|mehr)[^.]{0,80}|(?:den )?(?:ganzen|vollständigen) artikel lesen",
    r"lire (?:la suite|plus|l[’']article(?: complet)?)[^.]{0,200}|en savoir plus|voir plus|poursuivre la lecture",
    r"leer (?:más|la noticia(?: completa)?|el artículo(?: completo)?)[^.]{0,120}|ver más",
    r"(?:seguir|sigue|continuar) leyendo[^.]{0,200}",
)
TAIL = re.compile(
    r"(?:^|(?<=[.!?…。！？:\])”\"»’])|(?<=\.\.\.))\s*[\[(]?\s*(?:" + "|".join(INVITATIONS) + r")[\s.:…»›→>↗⟶–\])-]*$",
    re.IGNORECASE,
)
SIGNATURES = (
    ("The post ", re.compile(r"(?:first )?appeared (?:first )?(?:on|in) .{1,150}$")),
    ("The article ", re.compile(r"(?:first )?appeared (?:first )?(?:on|in) .{1,150}$")),
    ("This article ", re.compile(r"(?:was )?(?:originally |first )(?:appeared|published|posted) .{1,150}$")),
    ("This story ", re.compile(r"(?:was )?(?:originally |first )(?:appeared|published|posted) .{1,150}$")),
    ("Der Beitrag ", re.compile(r"erschien zuerst (?:auf|bei|in) .{1,150}$")),
    ("Der Artikel ", re.compile(r"erschien zuerst (?:auf|bei|in) .{1,150}$")),
    ("L’article ", re.compile(r"(?:est apparu en premier|est apparu|a été publié) sur .{1,150}$")),
    ("L'article ", re.compile(r"(?:est apparu en premier|est apparu|a été publié) sur .{1,150}$")),
    ("Cet article ", re.compile(r"est apparu en premier sur .{1,150}$")),
    ("La entrada ", re.compile(r"(?:se publicó primero en|apareció primero en|aparece primero en) .{1,150}$")),
    ("El artículo ", re.compile(r"(?:se publicó primero en|apareció primero en|aparece primero en) .{1,150}$")),
    ("El cargo ", re.compile(r"apareció primero en .{1,150}$")),
    ("L'articolo ", re.compile(r"(?:sembra essere il primo su|proviene da) .{1,150}$")),
    ("L’articolo ", re.compile(r"(?:sembra essere il primo su|proviene da) .{1,150}$")),
    ("O post ", re.compile(r"apareceu primeiro em .{1,150}$")),
    ("submitted by", re.compile(r"\[link\]\s?\[(?:\d{1,6} )?comments?\]$")),
)
"""What blog software signs with: how it begins, and how it goes on to the end."""

LONGEST_TAIL = 700
RUN_IN = re.compile(
    r"(?<=[.!?”\"’]) (?:ADVERTISEMENT|Advertisement|ANZEIGE|WERBUNG|PUBLICITÉ|PUBLICIDAD) (?=[\"“‘A-ZÀ-Þ])"
)
DATELINE = re.compile(
    rf"^(?:[A-ZÀ-Þ][\w.’'/-]{{1,30}}(?:,? [\w.’'/-]{{1,30}}){{0,4}} )?\((?i:{AGENCY})\)\s*[-–—:]+\s*(?=\S)"
)
LAST_CREDIT = re.compile(
    rf"(?:\s*[\[(]\s*(?:(?i:{CREDIT_WORD})\s*(?:[:©/|]|by\b)[^\[\]()]{{0,100}}|(?:[^\[\]()]{{0,80}}/\s?)?(?i:{AGENCY}))[\])])+\.?$"
)
"""A credit in brackets at the end of a sentence."""

SPACES = (
    (re.compile(r" +(?=[,)\]])"), ""),  # where a link stood
    (re.compile(r"(?<=[\w”’\"')\]%]) +(?=\.(?:\s|$))"), ""),
    (re.compile(r" +(?=['’]s\b)"), ""),
    (re.compile(r"(?<=[(\[]) +"), ""),
    (re.compile(r",(?:\s*,)+"), ","),
    (re.compile(r"\(\s*\)|\[\s*\]"), ""),
    (re.compile(r" {2,}"), " "),
)
POINTERS = (re.escape(name).replace(r"\ ", r"[\s'’]") for name in sorted(RELATED) if " " in name or name == "related")
RELATED_LINE = re.compile(rf"(?:{'|'.join(POINTERS)})\s*[:|»>–—]", re.IGNORECASE)
"""A line that points to another article by itself."""

PROSE = 80
"""Characters; a line of a list of headlines is shorter, or has no full stop, or is a link."""


def only_text(lines: Sequence[Line]) -> list[str]:
    """The paragraphs that are the article's own words."""
    kept = without_link_tail([without_tail(line) for line in article(lines)])
    kept = [line for line in kept if line.text]
    if any(not line.heading for line in kept):
        kept = [line for line in kept if not line.heading]
    if len(kept) > 1:
        kept = [line for line in kept if not is_credit(line.text)]
    return [tidy(paragraph) for paragraph in paragraphs(kept)]


def article(lines: Iterable[Line]) -> list[Line]:
    """The lines that are neither markers, nor of a list of other articles, nor behind the end of the article."""
    kept: list[Line] = []
    in_list = False
    for line in lines:
        folded = fold(line.text)
        if folded in ENDS:
            if is_article(kept):
                break
            continue
        if folded in RELATED:
            in_list = True
        elif not (in_list and not is_prose(line)):
            in_list = False
            if not is_marker(line.text, folded):
                kept.append(line)
    return kept


def fold(text: str) -> str:
    """Small letters, digits and single blanks."""
    return " ".join(re.findall(r"[^\W_]+", text[:200].casefold()))


def is_article(lines: Sequence[Line]) -> bool:
    """Whether these lines hold text to speak of."""
    return sum(len(line.text) for line in lines if not line.heading) >= PROSE


def is_prose(line: Line) -> bool:
    """Whether a line reads like a sentence of an article, not like a headline."""
    return len(line.text) >= PROSE and not line.linked and line.text.rstrip("\"'”’»)]")[-1:] in FULL_STOPS


def is_marker(text: str, folded: str) -> bool:
    """Whether a line is an advertisement marker, a button, a byline, a time, or points to another article."""
    if folded in MARKERS or (
        len(folded) < PROSE and len(set(folded.split())) == 1 and folded.partition(" ")[0] in MARKERS
    ):
        return True
    if len(text) <= LONGEST_CREDIT and RELATED_LINE.match(text):
        return True
    if len(text) > PROSE:
        return False
    return any(form.match(text) for form in META_FORMS) or bool(BYLINE.match(text))


def is_credit(text: str) -> bool:
    """Whether a line is the caption or the credit of a picture."""
    if len(text) > LONGEST_CREDIT:
        return False
    return any(form.match(text) for form in CREDIT_FORMS)


def without_tail(line: Line) -> Line:
    """The line without "read more", "continue reading" and the signature of the blog."""
    text = line.text
    for _ in range(3):
        start = max(0, len(text) - LONGEST_TAIL)
        found = TAIL.search(text, start)
        end = found.start() if found else signature(text, start)
        if end == len(text):
            break
        text = text[:end].rstrip()
    return line if text is line.text else replace(line, text=text)


def signature(text: str, start: int) -> int:
    """Where the blog's signature begins; the text's end where there is none."""
    for beginning, rest in SIGNATURES:
        place = text.rfind(beginning, start)
        if place >= 0 and rest.search(text, place):
            return place
    return len(text)


def without_link_tail(lines: Sequence[Line]) -> list[Line]:
    """The lines without those at the end that only lead elsewhere."""
    kept = [line for line in lines if line.text]
    while len(kept) > 1 and kept[-1].linked and len(kept[-1].text) <= PROSE * 1.5 and is_article(kept[:-1]):
        kept.pop()
    return kept


def paragraphs(lines: Iterable[Line]) -> list[str]:
    """The texts of the lines, those of one paragraph run on."""
    found: dict[int, list[str]] = {}
    for line in lines:
        found.setdefault(line.paragraph, []).append(line.text)
    return [" ".join(texts) for texts in found.values()]


def tidy(text: str) -> str:
    """The text without agency datelines, run-in markers and the blanks that removed links leave."""
    text = DATELINE.sub("", RUN_IN.sub(" ", text))
    credit = LAST_CREDIT.search(text, max(0, len(text) - LONGEST_CREDIT))
    text = text[: credit.start()] if credit else text
    for blanks, instead in SPACES:
        text = blanks.sub(instead, text)
    return text.strip()


def without_title(texts: Sequence[str], title: str) -> list[str]:
    """The paragraphs without the title where they begin by repeating it."""
    folded = fold(title)
    kept = [text for text in texts if text]
    if not folded or not kept:
        return kept
    kept = [text for text in kept[:3] if fold(text) != folded or len(text) > len(title) + 20] + kept[3:]
    if not kept:
        return []
    rest = after_title(kept[0], title)
    return [rest, *kept[1:]] if rest else kept


def after_title(text: str, title: str) -> str:
    """What follows the title at the beginning of a text; nothing where the text goes on in the same sentence."""
    if not text.casefold().startswith(title.casefold().rstrip(FULL_STOPS)) or len(text) <= len(title):
        return ""
    rest = text[len(title.rstrip(FULL_STOPS)) :]
    ended = rest[:1] in FULL_STOPS or rest.lstrip()[:1] in "-–—:|" or title[-1] in FULL_STOPS
    following = rest.lstrip(FULL_STOPS + " -–—:|")
    return following if ended and following and not following[0].islower() else ""
