"""Signatures of whole mails, verified by Perl's Mail::DKIM, which looks the key up in a DNS server on loopback."""

import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from datetime import datetime

import dns.message
import dns.rrset
import pytest

from digest.channels.dkim import Algorithm, Signer
from digest.channels.dkim_keys import new_key, read_key, record_of
from digest.model.message import Letterhead, Reader
from digest.rendering.assemble import assemble
from digest.rendering.blocks import render
from digest.rendering.environment import Templates
from digest.samples import CUT, WRITTEN, letter_samples, sample
from tests.conftest import missing

LETTERHEAD = Letterhead(
    title="The Gazette",
    sender="The Gazette <news@gazette.example>",
    reply_to="desk@gazette.example",
    unsubscribe_address="leave@gazette.example",
    postal_address="1 Quay Street, Port Sallow",
    public_url="https://gazette.example",
)

VERIFIER = """
use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS::Resolver;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
    nameservers => ['127.0.0.1'], port => $ARGV[0], udp_timeout => 10, retry => 1, recurse => 0));
binmode STDIN; local $/; my $verifier = Mail::DKIM::Verifier->new;
$verifier->PRINT(<STDIN>); $verifier->CLOSE;
print $_->algorithm, " ", $_->result_detail, "\\n" for $verifier->signatures;
"""


@pytest.fixture(scope="module")
def perl():
    program = shutil.which("perl")
    found = program and subprocess.run([program, "-MMail::DKIM::Verifier", "-e", "1"], capture_output=True, check=False)
    if not found or found.returncode:
        missing("Mail::DKIM for perl")
    return program


@pytest.fixture
def signer(tmp_path):
    path = tmp_path / "autumn.pem"
    path.write_bytes(new_key(Algorithm.RSA))
    return Signer(domain="gazette.example", keys=(read_key(path, "autumn").key,))


@contextmanager
def answering(records):
    """A DNS server that knows these TXT records; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        ended = threading.Event()
        thread = threading.Thread(target=_answer, args=(server, records, ended))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def _answer(server, records, ended):
    known = {f"{record.name}.": record for record in records}
    while not ended.is_set():
        try:
            asked, sender = server.recvfrom(4096)
        except TimeoutError:
            continue
        answer = dns.message.make_response(dns.message.from_wire(asked))
        name = answer.question[0].name.to_text()
        if name in known:
            strings = " ".join(f'"{each}"' for each in known[name].strings)
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", strings))
        server.sendto(answer.to_wire(), sender)


def verdicts(perl, signer, content):
    """What Mail::DKIM says of each signature."""
    with answering([record_of(key, signer.domain) for key in signer.keys]) as port:
        done = subprocess.run(
            [perl, "-e", VERIFIER, str(port)], input=content, capture_output=True, check=True, timeout=60
        )
    return done.stdout.decode().splitlines()


@pytest.fixture(scope="module")
def mails(templates_folder):
    templates = Templates([templates_folder])
    edition = sample("ordinary")
    reader = Reader(
        address="jørgen@reader.example",
        name="Jørgen “the” Reader, of Port Sallow and of many other places by the sea",
        message_id="41.7@gazette.example",
        composed_at=datetime.combine(WRITTEN, CUT),
        unsubscribe_url="https://gazette.example/unsubscribe/7",
        edition_url="https://gazette.example/editions/41",
    )
    paper = assemble(render(edition, LETTERHEAD, templates), edition, edition.lineup, reader)
    return (paper, *letter_samples(LETTERHEAD, templates).values())


def test_an_edition_and_letters_of_every_kind_verify(perl, signer, mails):
    assert {tuple(verdicts(perl, signer, signer.sign(mail).content)) for mail in mails} == {("rsa-sha256 pass",)}


def test_a_changed_mail_does_not(perl, signer, mails):
    signed = signer.sign(mails[0]).content
    (verdict,) = verdicts(perl, signer, signed.replace(b"\r\nSubject: ", b"\r\nSubject: Re: "))
    assert verdict.startswith("rsa-sha256 fail")
    (verdict,) = verdicts(perl, signer, signed + b"An advertisement\r\n")
    assert verdict == "rsa-sha256 fail (body has been altered)"
