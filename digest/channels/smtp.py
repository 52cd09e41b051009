"""The SMTP channel: connections to one relay, opened, secured and logged in (RFC 5321, 3207, 4954)."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from digest.channels.answers import Answer, one_line
from digest.channels.envelope import UNSAFE, Offers
from digest.channels.offer import Offer, most_octets, offer_of
from digest.channels.relay import Security, SmtpOptions
from digest.channels.session import SmtpConnection
from digest.channels.wire import Wire
from digest.errors import ChannelDown


class SmtpChannel:
    """Mail over SMTP to one relay. Its certificate is checked against `tls` (the system's authorities by default)."""

    name = "smtp"

    def __init__(self, options: SmtpOptions, *, tls: ssl.SSLContext | None = None) -> None:
        self._options = options
        self._tls = tls
        self._local_hostname = options.local_hostname
        self._step_by_step_until = 0.0

    @property
    def place(self) -> str:
        """The relay's host and port."""
        return self._options.place

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[SmtpConnection]:
        """One connection, logged in; raises ChannelDown."""
        connection = SmtpConnection(self._dial, self._options, distrust=self._distrust)
        await connection.open()
        try:
            yield connection
        finally:
            await connection.close()

    def _distrust(self) -> None:
        """The server has left commands in a row unanswered: for a while it gets one after the other."""
        self._step_by_step_until = asyncio.get_running_loop().time() + self._options.distrust_for

    async def look(self) -> Offer:
        """What the relay offers once we are logged in; no mail is begun. Raises ChannelDown."""
        client = await self._open()
        try:
            secured, peer = client.get_transport_info("ssl_object"), client.get_transport_info("peername")
            return offer_of(client.esmtp_extensions, secured=secured, peer=peer)
        finally:
            with suppress(SMTPException, OSError):
                await client.quit(timeout=self._options.goodbye_timeout)
            client.close()

    async def _dial(self) -> tuple[Wire, Offers]:
        """A new connection, greeted, secured and logged in by aiosmtplib, and taken over from it."""
        client = await self._open()
        trusted = asyncio.get_running_loop().time() >= self._step_by_step_until
        offers = _offers(client, in_a_row=trusted)
        return Wire(cast("asyncio.Transport", client.transport)), offers

    async def _open(self) -> SMTP:
        """A client that is connected and has said hello."""
        client = await self._client()
        try:
            await client.connect()
            await _greet(client)
            if not client.is_connected:
                raise SMTPServerDisconnected("closed the connection")
        except (SMTPException, OSError) as error:
            client.close()
            raise _down(self._options, error) from error
        except BaseException:
            client.close()
            raise
        return client

    async def _client(self) -> SMTP:
        options = self._options
        if not self._local_hostname:
            self._local_hostname = await asyncio.to_thread(socket.getfqdn)
        if self._tls is None and options.security is not Security.CLEAR:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        return SMTP(
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


def _offers(client: SMTP, *, in_a_row: bool) -> Offers:
    """What the server announced and is believed."""
    size = client.esmtp_extensions.get("size")
    return Offers(
        pipelining=in_a_row and client.supports_extension("pipelining"),
        eight_bit=client.supports_extension("8bitmime"),
        utf8=client.supports_extension("smtputf8"),
        size=None if size is None else most_octets(size.strip()) or 0,
    )


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
