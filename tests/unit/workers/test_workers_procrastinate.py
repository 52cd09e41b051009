"""What is made of procrastinate's ways of saying that something is wrong."""

import asyncio
import logging

import pytest
from procrastinate.exceptions import AppNotOpen, ConnectorException, UniqueViolation

from digest.errors import StoreError
from digest.workers import Brief, explained, understood, unheard


def test_a_lock_that_is_taken_is_understood_whatever_language_the_server_speaks():
    with pytest.raises(UniqueViolation) as caught, understood():
        raise AssertionError
    assert caught.value.constraint_name == "procrastinate_jobs_queueing_lock_idx_v1"


def test_what_the_queue_cannot_do_is_one_sentence():
    fault = ConnectorException()
    fault.__cause__ = OSError("no route\nto the host")
    with pytest.raises(StoreError, match=r"^The queue cannot be used: no route$"), explained():
        raise fault


def test_what_it_says_is_one_line_without_a_traceback(caplog):
    record = logging.LogRecord("x", logging.ERROR, "", 1, "a\n  fault: %s", ("a\nb",), (ValueError, None, None))
    Brief().emit(record)
    (said,) = caplog.records
    assert said.getMessage() == "the queue: a fault: a b"
    assert said.exc_info is None


@pytest.mark.parametrize("fault", [ConnectorException("gone"), AppNotOpen(), StoreError("gone")])
def test_what_nobody_waits_for_any_more_is_no_news_in_an_outage(fault, caplog):
    loop = asyncio.new_event_loop()
    unheard(loop, {"message": "Task exception was never retrieved", "exception": fault})
    loop.close()
    assert caplog.records == []


def test_what_nobody_waits_for_is_told_where_it_is_another_fault(caplog):
    loop = asyncio.new_event_loop()
    unheard(loop, {"message": "Task exception was never retrieved", "exception": ZeroDivisionError()})
    unheard(loop, {"message": "something odd"})
    loop.close()
    assert len(caplog.records) == 2
