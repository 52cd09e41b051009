"""Freeze → compose: an approved edition becomes blocks, and the blocks the mail of each reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import Conflict
from digest.model.delivery import Composition, DeliveryState, Outcome, Told
from digest.model.edition import Correction, Edition, EditionState
from digest.model.message import Letterhead, Mail, Reader
from digest.model.subscriber import Preferences, Subscriber
from digest.ports import Claim, Clock, EditionStore, Ledger
from digest.ports.editing import CorrectionStore
from digest.presses import Frozen, Order, Presses, Printed, frozen_of
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.selection.lineup import Rules, Wish

CARRIED = 5
"""The most corrections on top of one mail, so that there is room for the news; others wait for the next."""

NOTHING = Outcome(state=DeliveryState.SUPPRESSED, answer="no story of this edition is for this reader")
"""What becomes of a delivery whose line-up is empty."""


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
    """Makes the mail of each claim: line-ups fixed at the first claim, bytes joined from the frozen blocks, signed."""

    def __init__(
        self,
        editions: EditionStore,
        ledger: Ledger,
        *,
        rules: Rules,
        addresses: Addresses,
        clock: Clock,
        presses: Presses | None = None,
    ) -> None:
        self.editions = editions
        self.ledger = ledger
        self.rules = rules
        self.addresses = addresses
        self.clock = clock
        self.presses = presses or Presses(processes=0)
        self.frozen: dict[int, Frozen] = {}

    def __call__(self, claims: Sequence[Claim]) -> Sequence[Mail | Outcome]:
        """The mails in the order of the claims; an Outcome where there is nothing for that reader.

        What fixes the bytes of a mail is in the ledger before its mail is given away.
        """
        now = self.clock()
        made = self.printed(claims, now)
        self.ledger.compose(
            {
                claim.delivery.id: self.addresses.composition(made[claim.delivery.id].lineup, claim.subscriber)
                for claim in claims
                if claim.delivery.lineup is None and claim.delivery.id in made
            },
            now=now,
        )
        mails = (made[claim.delivery.id].mail if claim.delivery.id in made else None for claim in claims)
        return [mail or NOTHING for mail in mails]

    def open(self, number: int) -> Frozen:
        """A frozen edition, kept while this run lasts."""
        if number not in self.frozen:
            edition = self.editions.get(number)
            self.frozen[number] = frozen_of(edition, self.editions.rendering(number, edition.language), self.rules)
        return self.frozen[number]

    def printed(self, claims: Sequence[Claim], now: datetime) -> dict[int, Printed]:
        """What the claims come to by delivery, edition by edition."""
        found: dict[int, Printed] = {}
        for number in dict.fromkeys(claim.delivery.edition for claim in claims):
            if number is None:
                continue
            mine = [claim for claim in claims if claim.delivery.edition == number]
            made = self.presses.print(self.open(number), [self.order(claim, number, now) for claim in mine])
            found |= {claim.delivery.id: each for claim, each in zip(mine, made, strict=True)}
        return found

    def order(self, claim: Claim, edition: int, now: datetime) -> Order:
        """One reader's mail, the same at every attempt, whatever its reader has changed since the first.

        Before schema 0006 the ledger kept the line-up alone: name and zone of such a delivery are today's.
        """
        delivery = claim.delivery
        reader = self.addresses.reader(
            claim.subscriber,
            edition,
            delivery=delivery.id,
            message_id=delivery.message_id,
            composed_at=delivery.composed_at or now,
        )
        if delivery.lineup is None:
            return Order(reader=reader, wish=wish_of(claim.subscriber.preferences, claim.told))
        if delivery.reader_zone is not None:
            reader = replace(reader, name=delivery.reader_name or "", timezone=delivery.reader_zone)
        return Order(reader=reader, lineup=delivery.lineup)
