"""Delivery reports of RFC 3464: what each recipient's group of fields says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from digest.delivery.bounce_mime import Part, take_apart
from digest.delivery.bounce_verdict import ENHANCED

FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]*(.*)")
RECIPIENT = ("original-recipient", "final-recipient", "x-actual-recipient")
MOST_RECIPIENTS = 50
XTEXT = re.compile(r"\+([0-9A-F]{2})")
FAILED, DELAYED = "failed", "delayed"
ARRIVED = frozenset(("delivered", "relayed", "expanded"))
MAILBOX = re.compile(r"[^\s<>@;]{1,256}@[^\s<>@;]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient of a report: the address as we wrote to it (empty where it is none), what was done, and why.

    `others` are further spellings of the address, such as the one it was forwarded to.
    """

    address: str
    others: tuple[str, ...] = ()
    action: str = FAILED
    status: str = ""
    words: str = ""


def recipients(root: Part) -> tuple[Recipient, ...]:
    """The recipients of the report in a mail, found in broken ones too; none where there is no report.

    A report is a part of the type message/delivery-status, or lines like one in a text of a mail that has none.
    """
    parts = [part for part in root.each() if part.kind.endswith("delivery-status")]
    texts = [part.text for part in parts] or [part.text for part in root.each() if part.kind == "text/plain"]
    texts += [part.text for each in _passed_on(root) for part in each.each() if part.kind.endswith("delivery-status")]
    found = (recipient for text in texts for recipient in _groups(text))
    return tuple(recipient for _, recipient in zip(range(MOST_RECIPIENTS), found, strict=False))


def _passed_on(root: Part) -> Iterator[Part]:
    """The reports that a gateway has put into a mail of its own."""
    if is_report(root):
        return
    for part in root.each():
        if part.kind == "message/rfc822" and "delivery-status" in part.text:
            yield take_apart(part.text.lstrip("\n").encode())


def is_report(root: Part) -> bool:
    """Whether the mail says of itself that it is a delivery report."""
    return root.parameter("report-type") in {"delivery-status", "disposition-notification"} or any(
        part.kind.endswith("delivery-status") for part in root.each()
    )


def original_ids(root: Part) -> tuple[str, ...]:
    """Message-IDs of ours that reports name in fields of their own."""
    found = re.compile(r"^(?:X-)?Original-Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
    return tuple(match[1] for part in root.each() if "status" in part.kind for match in found.finditer(part.text))


def _groups(text: str) -> Iterator[Recipient]:
    """The recipients' groups, one after the other; a group without a blank line after it ends where the next begins."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        for name, value in _fields(block):
            if name in fields and name in RECIPIENT:
                yield from _recipient(fields)
                fields = {}
            fields.setdefault(name, value)
        yield from _recipient(fields)


def _fields(block: str) -> list[tuple[str, str]]:
    """The fields of a block, folded lines joined."""
    found: list[tuple[str, str]] = []
    for line in block.split("\n"):
        if line[:1] in {" ", "\t"} and found:
            name, value = found[-1]
            found[-1] = (name, f"{value} {line.strip()}"[:2000])
        elif match := FIELD.match(line):
            found.append((match[1].lower(), match[2].strip()[:2000]))
    return found


def _recipient(fields: Mapping[str, str]) -> Iterator[Recipient]:
    if not any(name in fields for name in RECIPIENT) or not {"action", "status", "diagnostic-code"} & set(fields):
        return
    spellings = [_mailbox(fields.get(name, "")) for name in RECIPIENT]
    named = list(dict.fromkeys(spelling for spelling in spellings if spelling))
    status = ENHANCED.search(fields.get("status", ""))
    yield Recipient(
        address=named[0] if named else "",
        others=tuple(named[1:]),
        action=_action(fields.get("action", ""), status[0] if status else ""),
        status=status[0] if status else "",
        words=_without_type(fields.get("diagnostic-code", "")) or _remark(fields.get("status", "")),
    )


def _action(given: str, status: str) -> str:
    """What was done (RFC 3464 section 2.3.3); where it is not said, the status tells."""
    action = given.strip().lower().split(" ")[0]
    if action in {FAILED, DELAYED} or action in ARRIVED:
        return action
    return "delivered" if status.startswith("2") else FAILED


def _mailbox(field: str) -> str:
    """The address of a field such as "rfc822; <ana@example.org>"; nothing where it is none of the internet's."""
    kind, semicolon, value = field.partition(";")
    text = (value if semicolon else kind).strip().strip("<>").strip()
    match = MAILBOX.fullmatch(text.removeprefix("mailto:"))
    return XTEXT.sub(lambda found: chr(int(found[1], 16)), match[0]) if match else ""


def _without_type(field: str) -> str:
    """A diagnostic code without the "smtp;" before it."""
    kind, semicolon, words = field.partition(";")
    return words.strip() if semicolon and re.fullmatch(r"[\w -]{1,24}", kind.strip()) else field


def _remark(field: str) -> str:
    """The comment behind a status."""
    return ENHANCED.sub("", field).strip().strip("()")
