"""One connection to a relay and what is said over it, mail after mail (RFC 5321 section 3.3, RFC 2920)."""

import asyncio
from collections.abc import Awaitable, Callable

from digest.channels.answers import CLOSING, REFUSALS, Answer, Kind, Stage, fault, refusal
from digest.channels.envelope import DATA, Offers, Parcel, packed
from digest.channels.relay import SmtpOptions
from digest.channels.wire import Wire
from digest.errors import ChannelDown, DeliveryError, MessageRefused, TryLater, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail

RSET = b"RSET\r\n"
Starting = Callable[[], Awaitable[bool]]


class SmtpConnection:
    """One connection, opened anew by itself after a fault and after some messages.

    Where the server takes commands in a row (PIPELINING), MAIL, RCPT and DATA are one write, and those of the mail that
    follows go with this one's content and final dot. A following mail that does not come then leaves the server
    waiting for its content: the connection is dropped, for a lone dot would deliver an empty mail.
    """

    def __init__(
        self,
        dial: Callable[[], Awaitable[tuple[Wire, Offers]]],
        options: SmtpOptions,
        *,
        distrust: Callable[[], None],
    ) -> None:
        """`dial` opens a connection (ChannelDown); `distrust` is told when commands in a row are not answered."""
        self._dial = dial
        self._options = options
        self._distrust = distrust
        self._wire: Wire | None = None
        self._offers = Offers()
        self._carried = 0
        self._unfinished = False
        self._announced: Parcel | None = None

    async def open(self) -> Wire:
        """Connect and log in; raises ChannelDown."""
        self._wire, self._offers = await self._dial()
        self._carried, self._unfinished = 0, False
        return self._wire

    async def send(self, mail: Mail, *, starting: Starting, following: Mail | None = None) -> Receipt | None:
        """Hand over one mail (ports.Connection)."""
        try:
            wire, parcel, answer = await self._begin(mail)
            envelope = self._in_a_row if self._offers.pipelining else self._step_by_step
            if not await envelope(wire, parcel, answer, starting):
                return None
            return await self._content(wire, parcel, following)
        except DeliveryError:
            raise
        except BaseException:
            # Cancelled, or `starting` failed: an answer may still come, and the next mail must not take it for its own.
            self._drop()
            raise

    async def close(self) -> None:
        """Say goodbye where there is somebody to say it to and no answer is owed."""
        wire = self._wire
        try:
            if wire is not None and self._announced is None:
                wire.write(b"QUIT\r\n")
                await wire.answer(self._options.goodbye_timeout)
        except OSError:
            pass
        finally:
            self._drop()
        await asyncio.sleep(0)

    async def _begin(self, mail: Mail) -> tuple[Wire, Parcel, Answer]:
        """Say MAIL, or what was announced, and hear its answer.

        Where the connection turns out to have ended before a word was said of this mail, a new one is opened.
        """
        announced = self._expected(mail)
        if (wire := await self._in_use()) is not None:
            try:
                parcel = announced or await self._introduce(wire, mail)
                answer = await wire.answer(self._options.command_timeout)
            except ConnectionError:
                self._drop()
            except TimeoutError as error:
                raise self._broken(Stage.MAIL, error) from error
            else:
                return wire, parcel, self._sound(Stage.MAIL, answer)
        wire = await self.open()
        try:
            parcel = await self._introduce(wire, mail)
        except ConnectionError as error:
            raise self._broken(Stage.MAIL, error) from error
        return wire, parcel, await self._answer(wire, Stage.MAIL)

    def _expected(self, mail: Mail) -> Parcel | None:
        """The parcel of this mail where it was announced. Where another was, the connection is dropped."""
        announced, self._announced = self._announced, None
        if announced is not None and announced.mail is not mail:
            self._drop()
            return None
        return announced

    async def _in_use(self) -> Wire | None:
        """The open connection, unless it has carried enough."""
        if self._wire is not None and self._carried >= self._options.recycle_after:
            await self.close()
        return self._wire

    async def _introduce(self, wire: Wire, mail: Mail) -> Parcel:
        """Write as much of the envelope as the server takes in a row, after RSET where a transaction was left open.

        Raises ConnectionError, also where RSET is not answered as it should be.
        """
        parcel = packed(mail, self._offers)
        if not self._unfinished:
            wire.write(parcel.envelope if self._offers.pipelining else parcel.mail_from)
        elif self._offers.pipelining:
            wire.write(RSET + parcel.envelope)
            await self._reset(wire)
        else:
            wire.write(RSET)
            await self._reset(wire)
            wire.write(parcel.mail_from)
        return parcel

    async def _reset(self, wire: Wire) -> None:
        try:
            answer = await wire.answer(self._options.command_timeout)
        except TimeoutError as error:
            raise ConnectionAbortedError(str(error)) from error
        if answer.kind is not Kind.DONE:
            raise ConnectionAbortedError(f"refused RSET: {answer}")
        self._unfinished = False

    async def _in_a_row(self, wire: Wire, _parcel: Parcel, mail: Answer, starting: Starting) -> bool:
        """MAIL, RCPT and DATA have been said at once: all are answered before anything else is done."""
        verdict = refusal(Stage.MAIL, mail)
        try:
            rcpt = await self._answer(wire, Stage.RCPT)
            verdict = verdict or refusal(Stage.RCPT, rcpt)
            data = await self._answer(wire, Stage.DATA)
        except DeliveryError as error:
            raise (verdict or error) from error.__cause__
        if verdict := verdict or refusal(Stage.DATA, data):
            await self._undo(wire, mail, rcpt, data)
            raise verdict
        going = False
        try:
            going = await starting()
        finally:
            if not going:
                self._drop()
        return going

    async def _step_by_step(self, wire: Wire, parcel: Parcel, mail: Answer, starting: Starting) -> bool:
        """RCPT and DATA, each after the answer to the one before."""
        if verdict := refusal(Stage.MAIL, mail):
            raise verdict
        self._unfinished = True
        await self._ask(wire, Stage.RCPT, parcel.rcpt_to)
        if not await starting():
            return False
        await self._ask(wire, Stage.DATA, DATA)
        return True

    async def _ask(self, wire: Wire, stage: Stage, command: bytes) -> None:
        """Say one command; raises what its refusal means."""
        try:
            wire.write(command)
        except ConnectionError as error:
            raise self._broken(stage, error) from error
        if verdict := refusal(stage, await self._answer(wire, stage)):
            raise verdict

    async def _undo(self, wire: Wire, mail: Answer, rcpt: Answer, data: Answer) -> None:
        """After a refusal, leave the connection as the next mail needs it."""
        waiting = data.kind is Kind.GO_ON
        self._unfinished = waiting or Kind.DONE in (mail.kind, rcpt.kind)
        if waiting and rcpt.kind is Kind.DONE:
            self._drop()
        elif waiting:
            await self._nothing(wire)

    async def _nothing(self, wire: Wire) -> None:
        """End the content that the server waits for although it refused the only recipient: with a single dot (RFC 2920
        section 3.1). Nobody gets it; were there a recipient, it would be an empty mail.
        """
        try:
            wire.write(b".\r\n")
            answer = await wire.answer(self._options.content_timeout)
        except OSError:
            self._drop()
        else:
            if answer.code == CLOSING or answer.kind not in (Kind.DONE, *REFUSALS):
                self._drop()

    async def _content(self, wire: Wire, parcel: Parcel, following: Mail | None) -> Receipt:
        """Content and final dot in one write, and the following envelope with it."""
        announced = self._announceable(following)
        tail = announced.envelope if announced else b""
        try:
            wire.write(b"".join((*parcel.content, tail)))
        except ConnectionError as error:
            raise self._broken(Stage.DATA, error) from error
        self._announced, self._unfinished = announced, False
        self._carried += 1
        answer = await self._verdict(wire, len(tail))
        if (verdict := refusal(Stage.CONTENT, answer)) is not None:
            raise verdict
        return Receipt(code=answer.code, text=answer.text, enhanced=answer.enhanced)

    async def _verdict(self, wire: Wire, tail: int) -> Answer:
        """The answer to the final dot. Without one only the server knows what became of the mail.

        We know it too where more than the `tail` after the dot has not left.
        """
        try:
            answer = await wire.answer(self._options.content_timeout)
        except OSError as error:
            stage = Stage.CONTENT if wire.unsent <= tail else Stage.DATA
            raise self._broken(stage, error) from error
        return self._sound(Stage.CONTENT, answer)

    def _announceable(self, following: Mail | None) -> Parcel | None:
        """The following mail made ready, where it may be announced: it must be sure to come over this connection."""
        last = self._carried + 1 >= self._options.recycle_after
        if following is None or last or not self._offers.pipelining:
            return None
        try:
            return packed(following, self._offers)
        except MessageRefused:
            return None

    async def _answer(self, wire: Wire, stage: Stage) -> Answer:
        """The answer to a command of the envelope: what was hoped for, or a refusal."""
        try:
            answer = await wire.answer(self._options.command_timeout)
        except OSError as error:
            raise self._broken(stage, error) from error
        return self._sound(stage, answer)

    def _sound(self, stage: Stage, answer: Answer) -> Answer:
        """An answer after which the connection can be used on; raises what any other means."""
        if answer.code == CLOSING or answer.kind not in (stage.hoped_for, *REFUSALS):
            self._drop()
            raise fault(stage, answer)
        return answer

    def _broken(self, stage: Stage, error: OSError) -> DeliveryError:
        """What a wire without an answer means. The connection is of no more use."""
        self._drop()
        if stage is Stage.CONTENT:
            return Unconfirmed(f"{self._options.place} {error} after the final dot")
        if isinstance(error, TimeoutError) and self._offers.pipelining:
            self._distrust()
        kind = ChannelDown if stage is Stage.MAIL else TryLater
        return kind(f"{self._options.place} {error} after {stage}")

    def _drop(self) -> None:
        """Close without a word."""
        wire, self._wire, self._announced = self._wire, None, None
        if wire is not None:
            wire.abort()
