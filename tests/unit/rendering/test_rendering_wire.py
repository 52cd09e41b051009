"""Whole mails as they go to the wire, signed: whatever readers and headlines are called, any program reads the same."""

import re
import string
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from hashlib import sha256
from html import unescape

import dkim
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.channels.dkim import Algorithm, Signer
from digest.channels.dkim_keys import new_key, read_key, record_of
from digest.rendering.assemble import assemble
from digest.rendering.text import one_line

NAMES = st.text(max_size=200) | st.text(alphabet='"\\<>()@,;:=?_ \r\n\t.é\U0001f600', max_size=60)
TITLES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), max_size=120)
ATOMS = st.text(alphabet=string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=64)
LINE, LONGEST = 78, 998
"""Octets of a line: as it should be, as it must be (RFC 5322 section 2.1.1)."""


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "spring.pem"
    path.write_bytes(new_key(Algorithm.RSA))
    return Signer(domain="westhaven.example", keys=(read_key(path, "spring").key,))


def as_read(value):
    """A raw header as a mail program shows it."""
    return str(make_header(decode_header(re.sub(r"\r\n(?=[ \t])", "", value))))


WORDS = st.fixed_dictionaries(
    {"name": NAMES, "title": TITLES, "sender": NAMES, "local": ATOMS, "marker": st.sampled_from(["", "Test"])}
)


def made(rendering, edition, reader, words):
    """A mail with these words in it."""
    sender = one_line(words["sender"]).replace("\\", "").replace('"', "")
    letterhead = replace(
        rendering.letterhead,
        title=words["title"],
        sender=f'"{sender}" <morning@westhaven.example>',
        subject="{title}: {headline}",
    )
    fingerprint = sha256(repr(words).encode()).hexdigest()
    address = f"{words['local']}@reader.example"
    return assemble(
        replace(rendering, letterhead=letterhead, fingerprint=fingerprint),
        edition,
        edition.lineup,
        replace(reader, name=words["name"], address=address, marker=words["marker"]),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(words=WORDS)
def test_any_names_make_a_mail_that_all_programs_read_alike(rendering, edition, reader, signer, words):
    mail = signer.sign(made(rendering, edition, reader, words))
    check_lines(mail.content)
    assert not mail.smooth or b"\n." not in mail.content
    message = message_from_bytes(mail.content, policy=policy.default)
    check_headers(message, reader, words)
    check_parts(message, f"{words['local']}@reader.example")
    raw = message_from_bytes(mail.content)
    check_words(as_read(raw["To"]), as_read(raw["Subject"]), words)
    record = record_of(signer.keys[0], signer.domain).value.encode()
    assert dkim.verify(mail.content, dnsfunc=lambda _name, timeout=5: record)


def check_lines(content):
    """ASCII, line ends whole, lines short: those of headers where they can be folded, those of bodies always."""
    head, _, body = content.partition(b"\r\n\r\n")
    assert content.isascii()
    assert re.search(rb"\r(?!\n)|(?<!\r)\n", content) is None
    assert content.endswith(b"\r\n")
    long = [line for line in head.split(b"\r\n") if len(line) > LINE]
    assert [line for line in long if len(line) > LONGEST or b" " in line.strip().partition(b": ")[2]] == []
    assert max(map(len, body.split(b"\r\n"))) <= LINE


def check_headers(message, reader, words):
    """What programs go by is what it was, whatever people are called."""
    assert message.defects == []
    assert [found.addr_spec for found in message["To"].addresses] == [f"{words['local']}@reader.example"]
    assert [found.addr_spec for found in message["From"].addresses] == ["morning@westhaven.example"]
    assert message["Message-ID"] == f"<{reader.message_id}>"
    assert parsedate_to_datetime(message["Date"]) == reader.composed_at


def check_parts(message, address):
    """Two parts without defects, quoted-printable, that name the reader's address."""
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part["Content-Transfer-Encoding"] for part in parts] == ["quoted-printable"] * 2
    assert [part.defects for part in message.walk()] == [[]] * 3
    assert all(address in unescape(part.get_content()) for part in parts)


def check_words(to, subject, words):
    """People are called what they are called, on one line; the subject begins as it should."""
    clean = one_line(words["name"]).encode("utf-8", "replace").decode()[:120].strip()
    if not re.search(r'[\\"]', clean):
        assert clean in to.replace("\\", "")
    title = one_line(words["title"])
    assert subject.startswith("[Test]" if words["marker"] else title[:1])


def test_every_header_of_a_mail_is_signed(rendering, edition, reader, signer):
    mail = signer.sign(assemble(rendering, edition, edition.lineup, reader))
    message = message_from_bytes(mail.content)
    value = "".join(message["DKIM-Signature"].split())
    signed = value.partition("h=")[2].partition(";")[0].split(":")
    there = {name.lower() for name in message} - {"dkim-signature"}
    assert there <= set(signed)
    assert {"list-unsubscribe", "list-unsubscribe-post", "feedback-id", "list-id"} <= there


def test_a_mail_is_known_to_be_smooth_signed_or_not(rendering, edition, reader, signer):
    mail = assemble(rendering, edition, edition.lineup, reader)
    assert mail.smooth
    assert signer.sign(mail).smooth
    assert b"\n." not in mail.content


def test_a_dot_that_begins_a_line_is_seen(rendering, edition, reader):
    blocks = {
        **rendering.text,
        "masthead": replace(rendering.text["masthead"], pieces=(b"The day\r\n.net\r\n",), values=()),
    }
    dotted = replace(rendering, text=blocks, fingerprint="0" * 64)
    assert not assemble(dotted, edition, edition.lineup, reader).smooth
