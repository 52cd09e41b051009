"""What every request and every answer passes."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse

from digest.web.gate import BODY_LIMIT, ROOMY_LIMIT, SAFE_HEADERS, Gate
from digest.web.pages import masked, safe_headers


class Visit:
    """One request through the gate: what the application behind it read, and what came out."""

    def __init__(self, messages, *, method="POST", headers=None, seconds=10.0, path="/leave/x", root="") -> None:
        self.messages, self.sent, self.read = list(messages), [], None
        self.headers = headers or {}
        gate = Gate(self.behind, body_seconds=seconds, roomy=("/write/",))
        scope = {"type": "http", "method": method, "path": path, "root_path": root, "headers": []}
        asyncio.run(gate(scope, self.receive, self.send))

    async def receive(self):
        if not self.messages:
            await asyncio.sleep(60)
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)

    async def behind(self, scope, receive, send):
        message = await receive()
        self.read = message["body"]
        await PlainTextResponse("in", headers=self.headers)(scope, receive, send)

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None


def chunks(*bodies: bytes):
    last = len(bodies) - 1
    return [{"type": "http.request", "body": body, "more_body": index < last} for index, body in enumerate(bodies)]


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=5))
def test_a_body_in_pieces_arrives_whole(bodies):
    visit = Visit(chunks(*bodies))
    assert (visit.status, visit.read) == (200, b"".join(bodies))


def test_a_body_at_the_limit_is_let_in_and_one_octet_more_is_not():
    assert Visit(chunks(b"x" * BODY_LIMIT)).status == 200
    visit = Visit(chunks(b"x" * BODY_LIMIT, b"x", b"never read"))
    assert (visit.status, visit.read, len(visit.messages)) == (413, None, 1)


@pytest.mark.parametrize(("path", "root"), [("/write/x", ""), ("/paper/write/x", "/paper")])
def test_a_form_that_people_write_in_may_be_longer(path, root):
    assert Visit(chunks(b"x" * ROOMY_LIMIT), path=path, root=root).status == 200
    assert Visit(chunks(b"x" * ROOMY_LIMIT, b"x"), path=path, root=root).status == 413


def test_who_hangs_up_early_reaches_nothing():
    visit = Visit([*chunks(b"half", b"")[:1], {"type": "http.disconnect"}])
    assert (visit.status, visit.read) == (None, None)


def test_who_never_finishes_is_sent_away():
    visit = Visit(chunks(b"half", b"")[:1], seconds=0.02)
    assert (visit.status, visit.read) == (408, None)


def test_a_get_is_let_in_without_waiting_for_a_body():
    assert Visit(chunks(b""), method="GET").status == 200


@pytest.mark.parametrize("name", SAFE_HEADERS)
def test_a_header_an_answer_brings_itself_stands(name):
    visit = Visit(chunks(b""), headers={name: "its own"})
    headers = {key.decode(): value.decode() for key, value in visit.sent[0]["headers"]}
    assert headers[name.lower()] == "its own"
    assert set(headers) >= {key.lower() for key in SAFE_HEADERS}


def test_a_policy_is_changed_in_the_directives_that_are_named_and_no_other():
    policy = safe_headers(style_src="'unsafe-inline'", frame_src="'self'")["Content-Security-Policy"].split("; ")
    assert "style-src 'unsafe-inline'" in policy
    assert "frame-src 'self'" in policy
    assert set(SAFE_HEADERS["Content-Security-Policy"].split("; ")) - set(policy) == {"style-src 'self'"}


def test_an_address_is_masked_for_everybody_but_its_owner():
    assert masked("ann.lee@example.org") == "a•••@example.org"
