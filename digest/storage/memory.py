"""What earlier days have taught the selector."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from heapq import nsmallest

from sqlalchemy import Connection, bindparam, delete, func, or_, select

from digest.model.memory import Lesson, Memory, TermCounts
from digest.storage.columns import CleanText, storable
from digest.storage.dialects import insert_into
from digest.storage.engine import Database
from digest.storage.schema import background, items, memberships
from digest.storage.snapshot import pack, unpack

DAYS = timedelta(days=14)
"""How long words are remembered."""

MOST_WORDS = 50_000
"""The words kept of a day in one language, the commonest; what is rarer weighs as much as what was never seen."""

MOST_LANGUAGES = 100
"""The languages kept of a day, those of most texts: a feed may call its language anything."""


class Memories:
    """ports.MemoryStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, *, since: datetime, until: datetime) -> Memory:
        """The words of the two weeks before the day (UTC) of `since`, those seen once left out; and the stories of the
        items seen from `since` to `until`.

        The words of these items' own days are left out: whoever looks at the items counts them, and what is told today
        and was told yesterday would count twice as common.
        """
        with self._database.read() as connection:
            return Memory(
                background=_words(connection, since.date()),
                known=_stories(connection, since, until),
                learned=connection.scalar(select(func.max(background.c.day)).where(background.c.day <= until.date())),
            )

    def learn(self, lesson: Lesson) -> None:
        """Keep a lesson, all of it or nothing; learned twice, it is learned once.

        Days outside the two weeks that end with the lesson's newest day are dropped. Items that are gone are passed
        over.
        """
        self._database.write(lambda connection: _learn(connection, lesson))


def _words(connection: Connection, before: date) -> dict[str, TermCounts]:
    query = select(background).where(background.c.day >= before - DAYS, background.c.day < before)
    documents: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = {}
    for row in connection.execute(query).mappings():
        kept = unpack(bytes(row["counts"]), dict[str, int], what=f"The words of {row['day']}")
        documents[row["language"]] += row["documents"]
        counts.setdefault(row["language"], Counter()).update(kept)
    return {
        language: TermCounts(
            documents=documents[language], counts={word: count for word, count in found.items() if count > 1}
        )
        for language, found in counts.items()
    }


def _stories(connection: Connection, since: datetime, until: datetime) -> dict[str, str]:
    query = (
        select(memberships.c.item_id, memberships.c.story_id)
        .join(items, items.c.id == memberships.c.item_id)
        .where(items.c.seen >= since, items.c.seen <= until)
    )
    return {row.item_id: row.story_id for row in connection.execute(query)}


def _learn(connection: Connection, lesson: Lesson) -> None:
    if lesson.words:
        newest = max(lesson.words)
        outside = or_(background.c.day <= newest - DAYS, background.c.day > newest)
        connection.execute(delete(background).where(or_(outside, background.c.day.in_(list(lesson.words)))))
    for day, words in lesson.words.items():
        _keep_words(connection, day, words)
    if lesson.stories:
        _keep_stories(connection, lesson.stories)


def _keep_words(connection: Connection, day: date, words: Mapping[str, TermCounts]) -> None:
    named = {storable(language): told for language, told in words.items() if told.documents}
    most = nsmallest(MOST_LANGUAGES, named, key=lambda language: (-named[language].documents, language))
    rows = [
        {
            "day": day,
            "language": language,
            "documents": named[language].documents,
            "counts": pack(_commonest(named[language].counts)),
        }
        for language in most
    ]
    if rows:
        # Another process may have learned this day in the meantime: then its counts stand.
        connection.execute(insert_into(connection, background).on_conflict_do_nothing(), rows)


def _commonest(counts: Mapping[str, int]) -> dict[str, int]:
    if len(counts) <= MOST_WORDS:
        return dict(counts)
    return {word: counts[word] for word in nsmallest(MOST_WORDS, counts, key=lambda word: (-counts[word], word))}


def _keep_stories(connection: Connection, stories: Mapping[str, str]) -> None:
    there = (
        select(items.c.id, bindparam("story", type_=CleanText))
        .where(items.c.id == bindparam("item", type_=CleanText))
        # On PostgreSQL a feed may be removed at this moment; then its items are gone, and no fault.
        .with_for_update(read=True, key_share=True, of=items)
    )
    upsert = insert_into(connection, memberships).from_select(["item_id", "story_id"], there)
    upsert = upsert.on_conflict_do_update(
        index_elements=[memberships.c.item_id], set_={"story_id": upsert.excluded.story_id}
    )
    connection.execute(upsert, [{"item": item, "story": story} for item, story in stories.items()])
