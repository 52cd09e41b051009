"""Freeze → compose: an approved edition becomes blocks, and the blocks the mail of each reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import Conflict
from digest.model.delivery import Composition, DeliveryState, Outcome, Told
from digest.model.edition import Correction, Edition, EditionState, LineUp
from digest.model.message import Letterhead, Mail, Reader, Rendering
from digest.model.subscriber import Preferences, Subscriber
from digest.ports import Claim, Clock, EditionStore, Ledger
from digest.ports.editing import CorrectionStore
from digest.rendering.assemble import assemble
from digest.rendering.blocks import render, sizes
from digest.rendering.environment import Templates
from digest.selection.lineup import Rules, Wish, lineups

CARRIED = 5
"""The most corrections on top of one mail, so that there is room for the news; others wait for the next."""


def freeze(
    edition: Edition, editions: EditionStore, corrections: CorrectionStore, letterhead: Letterhead, templates: Templates
) -> Edition:
    """Render every block of an approved edition and keep them; raises TemplateError before anything is sent.

    From then on it carries corrections that no edition carried before. Raises Conflict where it may not go out, or
    was changed since it was read.
    """
    number = edition.number
    if edition.state is EditionState.FROZEN:
        return edition
    if edition.state is not EditionState.APPROVED:
        reason = f" ({edition.quiet})" if edition.quiet else ""
        raise Conflict(
            f"edition {number} is {edition.state}{reason}", hint=f"digest edition approve {number} lets it go out"
        )
    carrying = replace(edition, corrections=carried(corrections))
    return editions.freeze(number, render(carrying, letterhead, templates), rendered=carrying)


def carried(corrections: CorrectionStore) -> tuple[Correction, ...]:
    """The corrections that an edition frozen now carries: the oldest of those that none carried before."""
    return corrections.waiting()[:CARRIED]


def wish_of(preferences: Preferences, told: tuple[Told, ...]) -> Wish:
    """What a reader's preferences ask of a line-up."""
    return Wish(
        sections=preferences.sections,
        muted_words=preferences.muted_words,
        muted_sources=preferences.muted_sources,
        followed_words=preferences.followed_words,
        followed_sources=preferences.followed_sources,
        max_stories=preferences.max_stories,
        told=told,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen edition with its blocks, and the rules that know how large these are."""

    edition: Edition
    rendering: Rendering
    rules: Rules


def frozen_of(edition: Edition, rendering: Rendering, rules: Rules) -> Frozen:
    """A frozen edition with its blocks and rules."""
    frame, lengths = sizes(rendering)
    return Frozen(edition=edition, rendering=rendering, rules=replace(rules, frame=frame, lengths=lengths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What a reader's mail says of where it comes from and where its links lead; empty where there is no such link.

    `bounce` is the envelope sender by delivery id, empty for the sender's own address.
    """

    bounce: Callable[[int], str]
    timezone: str
    unsubscribe_url: Callable[[int], str]
    preferences_url: Callable[[int], str]
    edition_url: Callable[[int], str]

    def composition(self, lineup: bytes, person: Subscriber) -> Composition:
        """What fixes the bytes of a person's mail from its first attempt on."""
        return Composition(lineup=lineup, name=person.name, timezone=self.zone(person))

    def zone(self, person: Subscriber) -> str:
        """The time zone a person reads in."""
        return person.preferences.timezone or self.timezone

    def reader(
        self, person: Subscriber, edition: int, *, delivery: int = 0, message_id: str, composed_at: datetime
    ) -> Reader:
        """The values one person's mail of an edition is joined with; `delivery` 0 is a mail past the ledger."""
        return Reader(
            address=person.address,
            name=person.name,
            timezone=self.zone(person),
            message_id=message_id,
            composed_at=composed_at,
            unsubscribe_url=self.unsubscribe_url(person.id),
            preferences_url=self.preferences_url(person.id),
            edition_url=self.edition_url(edition),
            envelope_from=self.bounce(delivery),
        )


class Composer:
    """Makes the mail of each claim: line-ups fixed at the first claim, bytes joined from the frozen blocks."""

    def __init__(
        self, editions: EditionStore, ledger: Ledger, *, rules: Rules, addresses: Addresses, clock: Clock
    ) -> None:
        self.editions = editions
        self.ledger = ledger
        self.rules = rules
        self.addresses = addresses
        self.clock = clock
        self.frozen: dict[int, Frozen] = {}

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Mail | Outcome]:
        """The mails in the order of the claims; an Outcome where there is nothing for that reader."""
        now = self.clock()
        fresh = self.choose([claim for claim in claims if claim.delivery.lineup is None])
        self.ledger.compose(fresh, now=now)
        return [self.mail(claim, fresh.get(claim.delivery.id) or self.fixed(claim), now) for claim in claims]

    def open(self, number: int) -> Frozen:
        """A frozen edition, kept while this run lasts."""
        if number not in self.frozen:
            edition = self.editions.get(number)
            self.frozen[number] = frozen_of(edition, self.editions.rendering(number, edition.language), self.rules)
        return self.frozen[number]

    def choose(self, claims: Sequence[Claim]) -> dict[int, Composition]:
        """What fixes deliveries that have no line-up yet, edition by edition."""
        chosen: dict[int, Composition] = {}
        for number in {claim.delivery.edition for claim in claims if claim.delivery.edition is not None}:
            frozen = self.open(number)
            mine = [claim for claim in claims if claim.delivery.edition == number]
            wishes = [wish_of(claim.subscriber.preferences, claim.told) for claim in mine]
            for claim, lineup in zip(mine, lineups(frozen.edition, wishes, frozen.rules), strict=True):
                chosen[claim.delivery.id] = self.addresses.composition(lineup.encode(), claim.subscriber)
        return chosen

    def fixed(self, claim: Claim) -> Composition:
        """What a delivery was fixed to at its first attempt, as far as the ledger kept it: before schema 0006 it kept
        the line-up alone.
        """
        delivery = claim.delivery
        today = self.addresses.composition(delivery.lineup or b"", claim.subscriber)
        if delivery.reader_zone is None:
            return today
        return replace(today, name=delivery.reader_name or "", timezone=delivery.reader_zone)

    def mail(self, claim: Claim, made: Composition, now: datetime) -> Mail | Outcome:
        """One reader's mail, the same bytes at every attempt, whatever its reader has changed since the first."""
        delivery = claim.delivery
        if not made.lineup or delivery.edition is None:
            return Outcome(state=DeliveryState.SUPPRESSED, answer="no story of this edition is for this reader")
        frozen = self.open(delivery.edition)
        reader = self.addresses.reader(
            claim.subscriber,
            delivery.edition,
            delivery=delivery.id,
            message_id=delivery.message_id,
            composed_at=delivery.composed_at or now,
        )
        reader = replace(reader, name=made.name, timezone=made.timezone)
        return assemble(frozen.rendering, frozen.edition, LineUp.decode(made.lineup), reader)
