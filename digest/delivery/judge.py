"""What refusals in a row lead to: the relay is left alone, the dispatch is stopped, or the addresses are dead."""

from dataclasses import replace

from digest.delivery.backlog import Job
from digest.delivery.doubt import REFUSED_ADDRESSES, REFUSED_CONTENT, Doubts, Verdict
from digest.delivery.routes import Way
from digest.delivery.run import Run
from digest.errors import ChannelDown, DeliveryError
from digest.model.delivery import DeliveryState, Outcome


class Judge:
    """Records what was refused. A dead address is suppressed only on the word of a relay that accepts others: its
    outcome is held until the relay accepts another mail of the dispatch, until there are too many of them in a row, or
    until the end of the run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._doubts = Doubts()
        self._stopped: set[int] = set()

    async def refused(self, way: Way, job: Job, error: DeliveryError, outcome: Outcome, *, begun: bool) -> None:
        """Record a refusal, now or later, and see whether there are too many. `begun` says that the content had left:
        such an outcome is never held, as a crash would leave it in doubt.
        """
        dispatch = job.claim.delivery.dispatch_id
        if outcome.suppress and not begun and dispatch not in self._stopped:
            self._doubts.hold(way.place, job, outcome)
        else:
            sure = way.trusted and dispatch not in self._stopped and not self._doubts.pending(way.place, dispatch)
            await self._run.settled(job.claim, outcome if sure else replace(outcome, suppress=""))
        if outcome.state is DeliveryState.FAILED:
            await self._weigh(way, job, error)

    async def accepted(self, way: Way, job: Job) -> None:
        """Trust a way that has accepted a mail: the addresses it refused before are dead."""
        dispatch = job.claim.delivery.dispatch_id
        way.trusted.add(dispatch)
        if self._doubts and self._doubts.pending(way.place, dispatch):
            for held, outcome in self._doubts.ended(way.place, dispatch):
                await self._run.settled(held.claim, outcome)

    async def conclude(self) -> None:
        """Record what is held at the end, where few were refused: a way that accepted mails before is believed."""
        trusted = {way.place for way in self._run.ways.all if way.trusted}
        for place, held in self._doubts.end_all():
            for job, outcome in held:
                sure = outcome if place in trusted else replace(outcome, suppress="")
                await self._run.settled(job.claim, sure)

    async def _weigh(self, way: Way, job: Job, error: DeliveryError) -> None:
        verdict = self._doubts.refused(way.place, job, error)
        if verdict is Verdict.GO_ON:
            return
        count = REFUSED_CONTENT if verdict is Verdict.CONTENT else REFUSED_ADDRESSES
        because = f"{count} {verdict.value}, the last with: {error.message}"
        dispatch = job.claim.delivery.dispatch_id
        held = self._doubts.ended(way.place, dispatch)
        if self._others_may(way, dispatch):
            await self._over_to_others(way, held, because)
        else:
            self._stopped.add(dispatch)
            for each, outcome in held:
                await self._run.settled(each.claim, replace(outcome, suppress=""))
            await self._run.stop_dispatch(dispatch, because)

    def _others_may(self, way: Way, dispatch: int) -> bool:
        """Whether another relay accepts mails of this dispatch, or has a share and is still to say so."""
        now = self._run.now()
        others = [other for other in self._run.ways.all if other is not way and other.up(now)]
        return any(other.route.weight or dispatch in other.trusted for other in others)

    async def _over_to_others(self, way: Way, held: list[tuple[Job, Outcome]], because: str) -> None:
        """Until the others refuse it too, it is the fault of that relay."""
        for job, outcome in held:
            await self._run.settled(job.claim, Outcome(state=DeliveryState.QUEUED, answer=outcome.answer))
        await self._run.leave_alone(way, ChannelDown(f"{way.place}: {because}"))
