"""What a send left open, brought to an end by hand: a stopped edition goes on, unanswered mails are told apart."""

from collections.abc import Sequence

from digest.app import App
from digest.errors import Conflict, NotFound
from digest.model.delivery import Delivery, DeliveryState, DispatchKind


def stopped(app: App, number: int) -> str:
    """Why nothing of an edition is sent; empty where it may go. Raises NotFound, Conflict where it is cancelled."""
    planner = app.store.planner
    if not planner.is_open(DispatchKind.EDITION, edition=number):
        app.store.editions.get(number)
        return ""
    return planner.open(DispatchKind.EDITION, edition=number, now=app.clock()).stopped


def failed(app: App, number: int) -> int:
    """How many mails of an edition failed whose address may still be mailed."""
    kept_out = {each.address.casefold() for each in app.store.suppressions.all()}
    found = _in_state(app, number, DeliveryState.FAILED)
    return sum(1 for delivery in found if delivery.target and delivery.target.casefold() not in kept_out)


def unconfirmed(app: App, number: int, addresses: Sequence[str]) -> tuple[Delivery, ...]:
    """The unconfirmed mails of an edition, all or those to the addresses named.

    Raises NotFound for an edition that is not there and an address without one, Conflict where there are none.
    """
    app.store.editions.get(number)
    found = _in_state(app, number, DeliveryState.UNCONFIRMED)
    if not addresses:
        if not found:
            raise Conflict(f"edition {number} has no unconfirmed mail", hint="digest status shows what there is")
        return found
    by_address = {delivery.target.casefold(): delivery for delivery in found}
    for address in addresses:
        if address.casefold() not in by_address:
            raise NotFound(
                f"edition {number} has no unconfirmed mail to {address}", hint=f"digest why {address} tells its story"
            )
    return tuple(by_address[address.casefold()] for address in addresses)


def _in_state(app: App, number: int, state: DeliveryState) -> tuple[Delivery, ...]:
    tallies = app.store.history.tallies([number])
    count = sum(tally.count for tally in tallies if tally.state is state)
    return app.store.history.in_state(number, state, limit=count)
