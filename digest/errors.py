"""Everything that can go wrong, sorted by what happens next.

DigestError                 exit 1   "error: …" and "hint: …" on stderr
├─ SettingsError            exit 2   every bad setting, all at once
├─ UsageError               exit 2   what was asked for makes no sense
├─ NotFound                 exit 1   there is no such edition, feed, subscriber
├─ Conflict                 exit 1   it is there already, or in another state
├─ SourceError              a feed failed: the run goes on, the feed shows it
│  ├─ FetchError            the network or the server said no
│  │  └─ AddressRefused     the guard said no: a private address, a bad scheme, a closed port
│  └─ ParseError            what came is no feed
├─ TemplateError            exit 1   names file and line; nothing has been sent
├─ SampleError              exit 1   names the sample's file and the key
├─ StoreError               exit 1   locked, full, read-only, or of a newer schema
│  └─ NoNewspaper           exit 2   no database has been made here
├─ MailboxError             exit 1   a mailbox or a mail in it cannot be read or moved
├─ VectorsDown              the model gave no vectors: the edition is cut without them, and the log says so
└─ DeliveryError            becomes the state of a delivery row
   ├─ RecipientRefused      the address is dead: suppress it
   ├─ MessageRefused        this message fails; three in a row stop the channel
   ├─ TryLater              deferred: the retry plan decides when
   ├─ ChannelDown           nobody's fault: keep the queue, stop the channel
   └─ Unconfirmed           no answer after the last dot: only the server knows
"""

from typing import ClassVar


class DigestError(Exception):
    """The base of every fault we expect.

    `message` says what went wrong and where, in one sentence; `hint` what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(DigestError):
    """One or more settings are missing or wrong; `faults` holds a line for each."""

    exit_code = 2

    def __init__(self, faults: tuple[str, ...], *, hint: str = "") -> None:
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"{len(faults)} setting(s) cannot be used:{lines}", hint=hint)
        self.faults = faults


class UsageError(DigestError):
    """What was asked for makes no sense."""

    exit_code = 2


class NotFound(DigestError):
    """There is no such thing."""


class Conflict(DigestError):
    """It is there already, or in a state that forbids this."""


class SourceError(DigestError):
    """A feed could not be read; the run goes on without it."""


class FetchError(SourceError):
    """The network or the server said no.

    `status` is the HTTP status where there was one, `retry_after` the seconds the server asked us to wait.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


class AddressRefused(FetchError):
    """The guard refused the address before a byte was sent."""


class ParseError(SourceError):
    """What came is no feed."""


class TemplateError(DigestError):
    """A template cannot be rendered; nothing has been sent."""


class SampleError(DigestError):
    """A sample edition cannot be read."""


class StoreError(DigestError):
    """The database is locked, full, read-only, or of a newer schema than this code."""


class NoNewspaper(StoreError):
    """There is no database where the settings say; nothing but `digest init` makes one."""

    exit_code = 2


class MailboxError(DigestError):
    """A mailbox of bounces, or a mail in it, cannot be read or moved; nothing in it was lost."""


class VectorsDown(DigestError):
    """The model that places texts gave no vectors, or none that can be used; the paper goes on without it."""


class DeliveryError(DigestError):
    """A message was not accepted.

    `code` is the SMTP reply code (RFC 5321), `enhanced` the status of RFC 3463 ("5.1.1"), both empty where the
    wire gave none.
    """

    def __init__(self, message: str, *, hint: str = "", code: int | None = None, enhanced: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.enhanced = enhanced


class RecipientRefused(DeliveryError):
    """The address is dead (RFC 3463 X.1.x, X.2.1): it must not be mailed again."""


class MessageRefused(DeliveryError):
    """The message is refused for good; the address may be fine.

    `personal` says that it is about this reader's mailbox (full, in need of SMTPUTF8), not about what we send: such
    refusals never stop the channel.
    """

    def __init__(
        self, message: str, *, hint: str = "", code: int | None = None, enhanced: str = "", personal: bool = False
    ) -> None:
        super().__init__(message, hint=hint, code=code, enhanced=enhanced)
        self.personal = personal


class TryLater(DeliveryError):
    """A temporary refusal (4xx)."""


class ChannelDown(DeliveryError):
    """The relay cannot be reached, or refuses us as a whole."""


class Unconfirmed(DeliveryError):
    """The content was handed over and no answer came (RFC 1047)."""
