"""A DNS that is a table."""

import pytest

from digest.model.names import Known, RecordKind, Reply

SILENT = "silent"


def reply_of(zone, question):
    """What a zone says; a name that has other records only is empty, one that is SILENT has no answer."""
    name = question.name.lower()
    there = {kind: values for (owner, kind), values in zone.items() if owner == name}
    if not there:
        return Reply(known=Known.ABSENT)
    values = there.get(question.kind)
    if values == SILENT:
        return Reply(known=Known.UNANSWERED, why="gave no answer (SERVFAIL)")
    return Reply(known=Known.FOUND, values=tuple(values)) if values else Reply(known=Known.EMPTY)


def told_by(zone, asking):
    """What some work comes to in a world with this zone, as "name KIND" lines of one value or a list of them."""
    table = {}
    for line, values in zone.items():
        name, _, kind = line.partition(" ")
        kept = values if values == SILENT or not isinstance(values, str) else [values]
        table[name.lower(), RecordKind(kind or "TXT")] = kept
    try:
        question = next(asking)
        for _ in range(1000):
            question = asking.send(reply_of(table, question))
    except StopIteration as done:
        return done.value
    raise AssertionError("a thousand questions, and no end")


@pytest.fixture(scope="session")
def told():
    return told_by


@pytest.fixture(scope="session")
def owner():
    """The organisational domain, as far as these tests need it."""

    def owner_of(domain):
        labels = domain.split(".")
        return ".".join(labels[-3:] if domain.endswith(".co.uk") else labels[-2:])

    return owner_of
