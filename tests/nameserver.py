"""A DNS server on loopback, over UDP and TCP, which answers from a table and misbehaves as it is told."""

import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

UDP_OCTETS = 1232
"""What fits into one UDP answer; what is longer is cut off, with the flag that says so."""

CODES = {"SERVFAIL": dns.rcode.SERVFAIL, "REFUSED": dns.rcode.REFUSED, "FORMERR": dns.rcode.FORMERR}


class NameServer:
    """Answers from `zone`: lines such as "example.org MX" to one record or a list of them, in the form of zone files
    ("10 mx.example.org."); TXT records as plain text.

    Instead of records it may say SERVFAIL, REFUSED, FORMERR, "silence", "garbage", or "another question" (an answer
    that belongs to none). A name without a line does not exist. `asked` are the questions, "tcp" behind those that came
    over TCP.
    """

    def __init__(self, zone=None):
        self.zone = dict(zone or {})
        self.asked = []
        self._tcp, self._udp = _pair()
        self.port = self._udp.getsockname()[1]
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    @property
    def place(self):
        """As DIGEST_NAMESERVER wants it."""
        return f"127.0.0.1:{self.port}"

    def close(self):
        self._ended.set()
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self):
        self._udp.settimeout(0.05)
        while not self._ended.is_set():
            try:
                octets, peer = self._udp.recvfrom(65_535)
            except TimeoutError:
                continue
            answer = self.answer(octets)
            if answer is not None:
                self._udp.sendto(answer, peer)

    def _serve_tcp(self):
        self._tcp.settimeout(0.05)
        while not self._ended.is_set():
            try:
                connection, _ = self._tcp.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(2)
                length = struct.unpack("!H", _exactly(connection, 2))[0]
                answer = self.answer(_exactly(connection, length), tcp=True)
                if answer is not None:
                    connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, octets, *, tcp=False):
        query = dns.message.from_wire(octets)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}{' tcp' if tcp else ''}")
        told = self.zone.get(f"{name} {kind}")
        response = dns.message.make_response(query)
        if told == "silence":
            return None
        if told == "garbage":
            return octets[:2] + b"\xff" * 60
        if told == "another question":
            response.question = [dns.rrset.from_text("other.example.", 0, "IN", kind)]
        elif isinstance(told, str) and told in CODES:
            response.set_rcode(CODES[told])
        else:
            self.fill(response, question.name, kind, told)
        return self.wire(response, tcp=tcp)

    def fill(self, response, name, kind, told):
        """Put in the records, those behind an alias with it."""
        owner = name.to_text(omit_final_dot=True).lower()
        alias = self.zone.get(f"{owner} CNAME")
        if alias is not None:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
            if len(response.answer) < 20:
                target = dns.name.from_text(alias)
                self.fill(response, target, kind, self.zone.get(f"{alias.rstrip('.').lower()} {kind}"))
        elif told is not None:
            values = told if isinstance(told, list) else [told]
            records = [_txt(value) if kind == "TXT" else value for value in values]
            response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        elif not any(line.split(" ")[0] == owner for line in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)

    @staticmethod
    def wire(response, *, tcp):
        octets = response.to_wire(max_size=65_535)
        if tcp or len(octets) <= UDP_OCTETS:
            return octets
        response.answer = []
        response.flags |= dns.flags.TC
        return response.to_wire()


def _pair():
    """Sockets for TCP and UDP with one port, which nobody has of either."""
    for _ in range(50):
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            tcp.close()
            udp.close()
        else:
            return tcp, udp
    raise AssertionError("no port is free for both")


def _txt(text):
    """A TXT record in the form of zone files: its octets as strings of at most 255."""
    octets = text.encode()
    strings = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in string) + '"' for string in strings)


def _exactly(connection, count):
    octets = b""
    while len(octets) < count and (more := connection.recv(count - len(octets))):
        octets += more
    return octets
