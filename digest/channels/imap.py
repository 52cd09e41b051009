"""A folder on an IMAP server (RFC 3501), read over TLS; what was understood moves to another folder there."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from digest.channels.imap_url import ImapOptions, Security
from digest.errors import MailboxError

LARGEST = 1024 * 1024
PATIENCE = 60.0
"""Seconds to wait for any answer."""

PROCESSED = "Processed"
DELIMITER = re.compile(rb'\([^)]*\) (?:"(.)"|NIL)')
LONGEST = 200

Connection = imaplib.IMAP4


class ImapFolder:
    """The mails of a folder (ports.sending.Mailbox). Nothing is ever expunged: what cannot be moved in one step is
    copied and then marked as deleted, and the copy stays.
    """

    def __init__(self, options: ImapOptions, *, tls: ssl.SSLContext | None = None) -> None:
        self.place = options.place
        self._options = options
        self._tls = tls
        self._left: set[str] = set()

    def letters(self) -> Iterator["ImapLetter"]:
        """The mails not marked as deleted, but for those that were left before; raises MailboxError.

        The connection is open while they are iterated over.
        """
        with self._connected() as connection:
            validity = self._select(connection)
            found = _done(connection.uid("SEARCH", "UNDELETED"), self.place, "search")
            processed = _processed(connection, self._options.folder, self.place)
            for uid in (found[0] or b"").decode("ascii", "replace").split():
                letter = ImapLetter(
                    connection=connection,
                    uid=uid,
                    place=self.place,
                    processed=processed,
                    validity=validity,
                    left=self._left,
                )
                if letter.key not in self._left:
                    yield letter

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with explained(self.place, self._options.password):
            connection = self._open()
            try:
                connection.login(self._options.username, self._options.password)
                yield connection
            finally:
                _leave(connection)

    def _open(self) -> Connection:
        options = self._options
        if options.security is Security.TLS:
            context = self._tls or ssl.create_default_context()
            return imaplib.IMAP4_SSL(options.host, options.port, ssl_context=context, timeout=PATIENCE)
        connection = imaplib.IMAP4(options.host, options.port, timeout=PATIENCE)
        if options.security is Security.STARTTLS:
            connection.starttls(self._tls or ssl.create_default_context())
        return connection

    def _select(self, connection: Connection) -> str:
        """Open the folder; returns what makes its numbers valid (RFC 3501 section 2.3.1.1)."""
        _done(connection.select(quoted(self._options.folder)), self.place, "open")
        _, validity = connection.response("UIDVALIDITY")
        return bytes(validity[0] or b"").decode("ascii", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapLetter:
    """A mail in a folder on a server (ports.sending.Letter)."""

    connection: Connection
    uid: str
    place: str
    processed: str
    validity: str
    left: set[str]

    @property
    def key(self) -> str:
        """What names this mail for as long as the server keeps its numbers."""
        return f"{self.validity}.{self.uid}"

    @property
    def name(self) -> str:
        """The folder and the mail's number there."""
        return f"{self.place}, mail {self.uid}"

    def content(self) -> bytes:
        """Its first megabyte, left unread as it was; raises MailboxError."""
        with explained(self.place):
            answer = self.connection.uid("FETCH", self.uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
        parts = _done(answer, self.place, "read")
        found = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if not isinstance(found, bytes):
            raise MailboxError(f"{self.name} is gone")
        return found

    def put_away(self) -> None:
        """Move it to the folder for what was understood, which is made when it is missing; raises MailboxError."""
        with explained(self.place):
            self._move(quoted(self.processed))

    def _move(self, target: str) -> None:
        self.connection.create(target)
        if "MOVE" in self.connection.capabilities:
            _done(self.connection.uid("MOVE", self.uid, target), self.place, "move")
            return
        _done(self.connection.uid("COPY", self.uid, target), self.place, "copy")
        _done(self.connection.uid("STORE", self.uid, "+FLAGS.SILENT", r"(\Deleted)"), self.place, "mark")

    def leave(self) -> None:
        """Remember its number."""
        self.left.add(self.key)


def _processed(connection: Connection, folder: str, place: str) -> str:
    """The folder below this one for what was understood, named as the server separates names."""
    listed = _done(connection.list('""', '""'), place, "list")
    match = DELIMITER.match(listed[0] if listed and isinstance(listed[0], bytes) else b"")
    delimiter = (match[1] or b"").decode("ascii", "replace") if match else "/"
    return f"{folder}{delimiter or '-'}{PROCESSED}"


def quoted(name: str) -> str:
    """A folder's name as a quoted string (RFC 3501 section 4.3)."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _done(answer: tuple[str, list], place: str, what: str) -> list:  # type: ignore[type-arg]  # imaplib's own shapes
    """The data of an answer; raises MailboxError for a refusal."""
    kind, data = answer
    if kind != "OK":
        said = data[0].decode("utf-8", "replace") if data and isinstance(data[0], bytes) else ""
        raise MailboxError(f"{place}: the server would not {what}: {one_line(said)}")
    return data


@contextmanager
def explained(place: str, password: str = "") -> Iterator[None]:
    """Turn what a server or the network does wrong into one sentence, without the password."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(f"{place}: the server shows a certificate that is not trusted") from error
    except (imaplib.IMAP4.error, OSError, EOFError, UnicodeError, ValueError) as error:
        said = str(error).replace(password, "…") if password else str(error)
        raise MailboxError(
            f"{place}: {one_line(said) or type(error).__name__}", hint="check DIGEST_IMAP_URL, and the server"
        ) from error


def one_line(words: str) -> str:
    """Foreign words as they may stand in a sentence."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:LONGEST]


def _leave(connection: Connection) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        connection.shutdown()
