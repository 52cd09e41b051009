"""The SMTP wire: persistent connections to one relay, driven command by command (RFC 5321)."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import idna
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from digest.channels.answers import CLOSING, OVER_SIZE, Answer, Kind, Stage, fault, one_line
from digest.channels.offer import Offer, offer_of
from digest.channels.relay import Security, SmtpOptions
from digest.errors import ChannelDown, DeliveryError, MessageRefused, TryLater, Unconfirmed
from digest.model.delivery import Receipt
from digest.model.message import Mail

UNSAFE = re.compile(r"[\x00-\x20\x7f<>\ud800-\udfff]")


class SmtpChannel:
    """Mail over SMTP to one relay. Its certificate is checked against `tls` (the system's authorities by default)."""

    name = "smtp"

    def __init__(self, options: SmtpOptions, *, tls: ssl.SSLContext | None = None) -> None:
        self._options = options
        self._tls = tls
        self._local_hostname = options.local_hostname

    @property
    def place(self) -> str:
        """The relay's host and port."""
        return self._options.place

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["SmtpConnection"]:
        """One connection, logged in; raises ChannelDown."""
        connection = SmtpConnection(self._dial, self._options)
        await connection.open()
        try:
            yield connection
        finally:
            await connection.close()

    async def look(self) -> Offer:
        """What the relay offers once we are logged in; no mail is begun. Raises ChannelDown."""
        client = await self._dial()
        try:
            secured, peer = client.get_transport_info("ssl_object"), client.get_transport_info("peername")
            return offer_of(client.esmtp_extensions, secured=secured, peer=peer)
        finally:
            with suppress(SMTPException, OSError):
                await client.quit(timeout=self._options.goodbye_timeout)
            client.close()

    async def _dial(self) -> SMTP:
        """A new client, greeted, secured and logged in; a client that had a fault is never connected again."""
        options = self._options
        if not self._local_hostname:
            self._local_hostname = await asyncio.to_thread(socket.getfqdn)
        if self._tls is None and options.security is not Security.CLEAR:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        client = SMTP(
            hostname=options.host,
            port=options.port,
            local_hostname=_helo_name(self._local_hostname),
            username=options.username or None,
            password=options.password or None,
            use_tls=options.security is Security.TLS,
            start_tls=options.security is Security.STARTTLS,
            tls_context=self._tls,
            timeout=options.connect_timeout,
        )
        try:
            await client.connect()
            await _greet(client)
        except (SMTPException, OSError) as error:
            client.close()
            raise _down(options, error) from error
        except BaseException:
            client.close()
            raise
        return client


class SmtpConnection:
    """One connection, opened anew by itself after a fault and after some messages."""

    def __init__(self, dial: Callable[[], Awaitable[SMTP]], options: SmtpOptions) -> None:
        self._dial = dial
        self._options = options
        self._client: SMTP | None = None
        self._carried = 0
        self._half_done = False

    async def open(self) -> SMTP:
        """Connect and log in; raises ChannelDown."""
        client = self._client = await self._dial()
        self._carried, self._half_done = 0, False
        return client

    async def send(
        self,
        mail: Mail,
        *,
        starting: Callable[[], Awaitable[bool]],
        following: Mail | None = None,  # noqa: ARG002 each mail is announced by itself
    ) -> Receipt | None:
        """Hand over one mail (ports.Connection)."""
        try:
            content = _dotted(mail.content)
            client = await self._ready()
            await self._envelope(client, mail)
            if not await starting():
                return None
            await self._expect(client, Stage.DATA, b"DATA")
            return await self._content(client, content)
        except DeliveryError as error:
            if error.code == CLOSING:
                self._drop()
            raise
        except BaseException:
            # Cancelled, or `starting` failed: an answer may still come, and the next mail must not take it for its own.
            self._drop()
            raise

    async def close(self) -> None:
        """Say goodbye where there is somebody to say it to."""
        client = self._client
        try:
            if client is not None and client.is_connected and not self._half_done:
                await client.quit(timeout=self._options.goodbye_timeout)
        except (SMTPException, OSError):
            pass
        finally:
            self._drop()
        await asyncio.sleep(0)

    async def _ready(self) -> SMTP:
        """A client with no transaction under way. RSET is sent only after a mail that ended early."""
        client = self._client
        if client is None or not client.is_connected:
            return await self.open()
        if self._carried >= self._options.recycle_after:
            await self.close()
            return await self.open()
        if self._half_done:
            try:
                await client.rset(timeout=self._options.command_timeout)
            except (SMTPException, OSError):
                self._drop()
                return await self.open()
            self._half_done = False
        return client

    async def _envelope(self, client: SMTP, mail: Mail) -> None:
        """MAIL and RCPT, after everything that can be known to fail without asking."""
        sender, recipient = _path(mail.envelope_from), _path(mail.envelope_to)
        options = _mail_options(client, mail, utf8=not (sender.isascii() and recipient.isascii()))
        await self._expect(client, Stage.MAIL, b"MAIL", f"FROM:<{sender}>".encode(), *options)
        self._half_done = True
        await self._expect(client, Stage.RCPT, b"RCPT", f"TO:<{recipient}>".encode())

    async def _expect(self, client: SMTP, stage: Stage, *command: bytes) -> None:
        """Send one command; raises what its refusal means."""
        try:
            reply = await client.execute_command(*command, timeout=self._options.command_timeout)
            answer = Answer(code=reply.code, text=one_line(reply.message))
        except SMTPResponseException as error:
            answer = Answer(code=0, text=one_line(error.message))
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            self._drop()
            kind = ChannelDown if stage is Stage.MAIL else TryLater
            raise kind(f"{self._options.place} {_silence(error)} after {stage}") from error
        if answer.kind is (Kind.GO_ON if stage is Stage.DATA else Kind.DONE):
            return
        if answer.kind not in {Kind.LATER, Kind.NEVER}:
            self._drop()
        raise fault(stage, answer)

    async def _content(self, client: SMTP, content: bytes) -> Receipt:
        """Content and final dot in one write. Whatever goes wrong from here on, only the server knows the outcome."""
        protocol = client.protocol
        if protocol is None or not protocol.is_connected:
            raise TryLater(f"{self._options.place} closed the connection before the content")
        protocol.write(content)
        try:
            reply = await protocol.read_response(timeout=self._options.content_timeout)
        except (SMTPException, OSError) as error:
            self._drop()
            raise Unconfirmed(f"{self._options.place} {_silence(error)} after the final dot") from error
        self._half_done = False
        self._carried += 1
        answer = Answer(code=reply.code, text=one_line(reply.message))
        if answer.kind is not Kind.DONE:
            raise fault(Stage.CONTENT, answer)
        return Receipt(code=answer.code, text=answer.text, enhanced=answer.enhanced)

    def _drop(self) -> None:
        """Close without a word. The client is used up."""
        client, self._client = self._client, None
        if client is None:
            return
        if isinstance(client.transport, asyncio.WriteTransport):
            client.transport.abort()
        client.close()


async def _greet(client: SMTP) -> None:
    """EHLO where none has been said since TLS began, HELO for a server that knows no other."""
    if not client.is_ehlo_or_helo_needed:
        return
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


def _helo_name(name: str) -> str:
    """What we call ourselves: the host's full name, or an address literal (RFC 5321 section 4.1.3)."""
    return name if "." in name and name.isascii() and not UNSAFE.search(name) else "[127.0.0.1]"


def _path(address: str) -> str:
    """An address as it stands in the envelope: domain in ASCII (IDNA), local part as it is. Empty for the null path.

    Raises MessageRefused for one that cannot stand there.
    """
    if not address:
        return ""
    local, _, domain = address.rpartition("@")
    if not local or not domain or UNSAFE.search(address):
        raise MessageRefused("the address cannot be written in an SMTP envelope", personal=True)
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise MessageRefused("the domain of the address is no name the DNS can hold", personal=True) from error


def _mail_options(client: SMTP, mail: Mail, *, utf8: bool) -> tuple[bytes, ...]:
    """The parameters of MAIL: only what the server offers (RFC 1870, 6152, 6531); raises MessageRefused."""
    options = []
    if client.supports_extension("size"):
        options.append(b"SIZE=%d" % len(mail.content))
        limit = client.esmtp_extensions["size"].strip()
        if limit.isdecimal() and 0 < int(limit) < len(mail.content):
            raise MessageRefused(f"the mail has {len(mail.content)} octets and the relay takes {limit}", code=OVER_SIZE)
    if not mail.content.isascii():
        if not client.supports_extension("8bitmime"):
            raise MessageRefused("the mail has 8-bit content and the relay offers no 8BITMIME", code=554)
        options.append(b"BODY=8BITMIME")
    if utf8:
        if not client.supports_extension("smtputf8"):
            raise MessageRefused("the address is not ASCII and the relay offers no SMTPUTF8", personal=True)
        options.append(b"SMTPUTF8")
    return tuple(options)


def _dotted(content: bytes) -> bytes:
    """Content as DATA carries it: leading dots doubled, the final dot set (RFC 5321 section 4.5.2).

    A line end that is not CRLF is refused: servers disagree about it, and mail has been smuggled that way.
    """
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        raise MessageRefused("the mail has a line end that is not CRLF")
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    start = b"." if content.startswith(b".") else b""
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    return b"".join((start, stuffed, end))


def _silence(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, SMTPResponseException):
        return "gave no SMTP reply"
    return "closed the connection"


def _down(options: SmtpOptions, error: Exception) -> ChannelDown:
    """Why there is no connection, in one sentence, never with the password in it."""
    code, enhanced = None, ""
    if isinstance(error, SMTPResponseException):
        answer = Answer(code=error.code, text=one_line(error.message))
        code, enhanced = answer.code, answer.enhanced
        reason = _refused(options, error, answer)
    else:
        reason = _unreachable(error)
    hint = "check DIGEST_SMTP_URL and the relay"
    return ChannelDown(f"{options.place} {reason}", hint=hint, code=code, enhanced=enhanced)


def _refused(options: SmtpOptions, error: SMTPResponseException, answer: Answer) -> str:
    """The relay's no. Its words at the login are left out: some relays repeat what they were told."""
    if isinstance(error, SMTPAuthenticationError):
        return f"refuses the login of {options.username}: " + f"{answer.code} {answer.enhanced}".rstrip()
    return f"refuses us: {answer}"


def _unreachable(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, SMTPConnectError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"does not speak TLS as asked: {one_line(cause.reason or str(cause))}"
    if isinstance(error, TimeoutError):
        return "does not answer"
    if isinstance(cause, OSError) and cause.errno:
        words = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror
        return f"cannot be reached: {words}"
    return f"cannot be used: {one_line(str(error))}"
