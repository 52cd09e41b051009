"""A small IMAP4rev1 server (RFC 3501, MOVE of RFC 6851) on loopback, with real sockets and TLS."""

import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field

LINE = re.compile(rb"(\S+) (UID \S+|\S+) ?(.*)", re.DOTALL)
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass
class Held:
    """A mail in a folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


class Imapd:
    """The server: folders by name, and all commands it was given (without the password)."""

    def __init__(
        self, *, tls=None, upgrade=None, moves: bool = True, delimiter: str = "/", password: str = "pass"
    ) -> None:
        self.folders: dict[str, list[Held]] = {"INBOX": []}
        self.commands: list[str] = []
        self.refuse: set[str] = set()
        self.hang_up: set[str] = set()
        self.tls, self.upgrade, self.moves, self.delimiter, self.password = tls, upgrade, moves, delimiter, password
        self._next = 1
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = True
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def put(self, content: bytes, folder: str = "INBOX") -> Held:
        held = Held(self._next, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        self._next += 1
        self.folders.setdefault(folder, []).append(held)
        return held

    def close(self) -> None:
        self._open = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _talk(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(20)
            Session(self, self.tls.wrap_socket(connection, server_side=True) if self.tls else connection).run()
        except (OSError, ssl.SSLError):
            connection.close()


class Session:
    """One client."""

    def __init__(self, server: Imapd, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.file = connection.makefile("rwb")
        self.folder = ""
        self.inside = False

    def say(self, line: bytes | str) -> None:
        self.file.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        self.file.flush()

    def capabilities(self) -> str:
        more = [
            word
            for word, there in (("MOVE", self.server.moves), ("STARTTLS", self.server.upgrade is not None))
            if there
        ]
        return " ".join(("IMAP4rev1", *more))

    def run(self) -> None:
        self.say(f"* OK [CAPABILITY {self.capabilities()}] ready")
        while raw := self.file.readline():
            match = LINE.match(raw.rstrip(b"\r\n"))
            tag, command, rest = match[1].decode(), match[2].decode().upper(), match[3].decode()
            self.server.commands.append(command if command == "LOGIN" else f"{command} {rest}".strip())
            if command in self.server.hang_up:
                break
            if command in self.server.refuse:
                self.say(f"{tag} NO refused here")
                continue
            if command == "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK bye")
                break
            if command == "STARTTLS":
                self.say(f"{tag} OK begin")
                self.connection = self.server.upgrade.wrap_socket(self.connection, server_side=True)
                self.file = self.connection.makefile("rwb")
                continue
            words = [quoted.replace("\\", "") or plain for quoted, plain in WORD.findall(rest)]
            handler = getattr(self, f"do_{command.lower().replace(' ', '_')}", None)
            allowed = self.inside or command in {"CAPABILITY", "LOGIN", "NOOP"}
            answer = handler(words, rest) if handler and allowed else "BAD what?"
            self.say(f"{tag} {answer} done")
        self.connection.close()

    def do_capability(self, words, rest):
        self.say(f"* CAPABILITY {self.capabilities()}")
        return "OK"

    def do_login(self, words, rest):
        self.inside = words == ["ana", self.server.password]
        return "OK welcome" if self.inside else "NO [AUTHENTICATIONFAILED] wrong"

    def do_list(self, words, rest):
        self.say(f'* LIST (\\Noselect) "{self.server.delimiter}" ""')
        return "OK"

    def do_select(self, words, rest):
        if words[0] not in self.server.folders:
            return "NO no such folder"
        self.folder = words[0]
        self.say(f"* {len(self.server.folders[self.folder])} EXISTS")
        self.say("* OK [UIDVALIDITY 7] valid")
        return "OK [READ-WRITE] selected"

    def do_create(self, words, rest):
        if words[0] in self.server.folders:
            return "NO it is there"
        self.server.folders[words[0]] = []
        return "OK"

    def mails(self) -> list[Held]:
        return self.server.folders[self.folder]

    def do_uid_search(self, words, rest):
        found = [str(held.uid) for held in self.mails() if "\\Deleted" not in held.flags]
        self.say(" ".join(("* SEARCH", *found)))
        return "OK"

    def do_uid_fetch(self, words, rest):
        for number, held in enumerate(self.mails(), start=1):
            if str(held.uid) == words[0]:
                most = int(re.search(r"<0\.(\d+)>", rest)[1])
                part = held.content[:most]
                self.file.write(f"* {number} FETCH (UID {held.uid} BODY[]<0> {{{len(part)}}}\r\n".encode() + part)
                self.say(")")
        return "OK"

    def _copy(self, uid: str, target: str) -> str:
        if target not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        for held in self.mails():
            if str(held.uid) == uid:
                self.server.put(held.content, target)
        return "OK"

    def do_uid_copy(self, words, rest):
        return self._copy(words[0], words[1])

    def do_uid_move(self, words, rest):
        answer = self._copy(words[0], words[1])
        if answer == "OK":
            self.server.folders[self.folder] = [held for held in self.mails() if str(held.uid) != words[0]]
        return answer

    def do_uid_store(self, words, rest):
        for held in self.mails():
            if str(held.uid) == words[0]:
                held.flags |= set(re.findall(r"\\\w+", rest))
        return "OK"
