"""The whole store, opened by a URL."""

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from digest.ports import (
    EditionStore,
    FeedStore,
    History,
    ImageStore,
    ItemStore,
    Ledger,
    Planner,
    SubscriberStore,
    SuppressionStore,
)
from digest.ports.editing import CorrectionStore, EditStore
from digest.ports.learning import MemoryStore, VectorStore
from digest.ports.sending import Answers, BounceStore, RateStore, RelayStore, TurnStore, WakeQueue, WorkerStore
from digest.ports.watching import Gauges
from digest.storage import (
    answers,
    bounces,
    corrections,
    editions,
    edits,
    feeds,
    gauges,
    history,
    images,
    items,
    ledger,
    memory,
    planner,
    pulse,
    queue,
    rates,
    relays,
    subscribers,
    suppressions,
    turns,
    vectors,
    workers,
)
from digest.storage.engine import Database, locate, name_of, open_engine
from digest.storage.faults import explained
from digest.storage.fingerprint import Fingerprints
from digest.storage.migrate import REVISIONS, prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Every store of one database; a context manager that closes it."""

    database: Database
    feeds: FeedStore
    items: ItemStore
    editions: EditionStore
    edits: EditStore
    corrections: CorrectionStore
    images: ImageStore
    memory: MemoryStore
    vectors: VectorStore
    subscribers: SubscriberStore
    suppressions: SuppressionStore
    bounces: BounceStore
    planner: Planner
    ledger: Ledger
    history: History
    answers: Answers
    rates: RateStore
    relays: RelayStore
    turns: TurnStore
    workers: WorkerStore
    queue: WakeQueue

    @property
    def schema_version(self) -> str:
        """The revision of the schema, which after opening is the newest there is."""
        return REVISIONS[-1]

    @property
    def shared(self) -> bool:
        """Whether other machines may use it as well."""
        return self.database.engine.dialect.name != "sqlite"

    def pulse(self) -> str:
        """A sign that changes when the news or an edition does, cheap to ask for; raises StoreError."""
        return pulse.pulse(self.database)

    def gauges(self, now: datetime) -> Gauges:
        """The newspaper in numbers, for those who watch it; raises StoreError."""
        return gauges.gauges(self.database, now)

    def close(self) -> None:
        """Finish what is waiting to be written, and let go of the database. Closing twice does nothing."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, create: bool = True, busy_seconds: float = 30.0) -> Store:
    """Open the database of a URL, created or upgraded as needed.

    `create` False refuses an SQLite file that is not there (NoNewspaper). `busy_seconds` is how long a write waits for
    another process. Raises SettingsError for a URL that names no database, StoreError for one that cannot be used.
    """
    located = locate(url)
    engine = open_engine(located, create=create, busy_seconds=busy_seconds)
    name = name_of(located)
    try:
        prepare(engine, name)
        with explained(name), engine.connect() as connection:
            fingerprints = Fingerprints.of_instance(connection)
    except BaseException:
        engine.dispose()
        raise
    return _store(Database(engine, name), fingerprints)


def _store(database: Database, fingerprints: Fingerprints) -> Store:
    return Store(
        database=database,
        feeds=feeds.Feeds(database),
        items=items.Items(database),
        editions=editions.Editions(database),
        edits=edits.Edits(database),
        corrections=corrections.Corrections(database),
        images=images.Images(database),
        memory=memory.Memories(database),
        vectors=vectors.Vectors(database),
        subscribers=subscribers.Subscribers(database, fingerprints),
        suppressions=suppressions.Suppressions(database, fingerprints),
        bounces=bounces.Bounces(database, fingerprints),
        planner=planner.Planner(database),
        ledger=ledger.Ledger(database),
        history=history.History(database, fingerprints),
        answers=answers.Answers(database),
        rates=rates.Rates(database),
        relays=relays.Relays(database),
        turns=turns.Turns(database),
        workers=workers.Workers(database),
        queue=queue.Queue(database),
    )
