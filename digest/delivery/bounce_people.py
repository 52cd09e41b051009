"""What people and their programs send to the return address: complaints, wishes to leave, notes of absence."""

import re

from digest.delivery.bounce_mime import Part, addresses_in, take_apart
from digest.delivery.bounce_verdict import family

LEAVE = re.compile(
    r"\s*(?:(?:re|fwd?"
    r"|aw)\s*:\s*)*(?:please\s+)?unsubscribe(?:\s+me)?\W{0,3}(?:\s+<?([^\s<>@]{1,200}@[^\s<>@]{1,200})>?)?\s*",
    re.IGNORECASE,
)
"""The subject that our List-Unsubscribe makes, with the Message-ID of the mail it came from, or without one."""

AWAY = family(
    r"out[- ]of[- ](?:the[- ])?office|auto(?:matic|mated)?[- ]?(?:repl|respon|antwort)|\bautoreply"
    r"|automatic response|on vacation|vacation|holiday",
    r"away (?:from|until)|i am (?:currently )?away|abwesen|réponse automatique|absence|respuesta automática"
    r"|fuera de (?:la )?oficina",
    r"risposta automatica|fuori (?:sede|ufficio)|resposta automática|automatisch antwoord|afwezig"
    r"|automatyczna odpowied|автоответ|自動(?:返信|応答)|自动回复",
)
COMPLAINTS = frozenset(("abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "complaint", ""))
"""Types of feedback (RFC 5965 section 3.1, RFC 6430) that say that a reader does not want the mail."""


def feedback(root: Part) -> Part | None:
    """The report of a complaint (RFC 5965), as its fields; None where there is none.

    "not-spam" is praise, and "auth-failure" (RFC 6591) is about us: neither is a complaint.
    """
    for part in root.each():
        if part.kind == "message/feedback-report":
            fields = take_apart(part.text.lstrip("\n").encode())
            return fields if fields.first("feedback-type").strip().lower() in COMPLAINTS else None
    return _old_feedback(root)


def _old_feedback(root: Part) -> Part | None:
    """A complaint as some large providers send it: our mail, with a header of theirs that names the reader."""
    for part in root.each():
        if part.kind == "message/rfc822" and re.search(
            r"^X-HmXmrOriginalRecipient:", part.text, re.IGNORECASE | re.MULTILINE
        ):
            return take_apart(part.text.lstrip("\n").encode())
    return None


def complainants(fields: Part) -> tuple[str, ...]:
    """Whom a complaint names as its reader; providers often leave it out."""
    named = fields.every("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient")
    return tuple(address.strip("<>") for address in addresses_in(*named))


def wish_to_leave(root: Part) -> tuple[bool, str]:
    """Whether the mail asks to leave, and the Message-ID that it names (empty for none).

    The subject says so and nothing else, or there is no subject and the first line says so.
    """
    subject = root.first("subject").strip()
    text = subject or next((part.text.strip().split("\n")[0] for part in root.each() if part.kind == "text/plain"), "")
    match = LEAVE.fullmatch(text[:500])
    return match is not None, (match[1] or "") if match else ""


def is_autoreply(root: Part) -> bool:
    """Whether a program answered for a person (RFC 3834), or says that they are away."""
    submitted = root.first("auto-submitted").strip().lower()
    if submitted and submitted != "no":
        return True
    if root.every("x-autoreply", "x-autorespond", "x-autoresponder", "x-ms-exchange-inbox-rules-loop", "x-auto-reply"):
        return True
    automatic = root.first("precedence").strip().lower() in {"auto_reply", "auto-reply"}
    return automatic or bool(AWAY.search(root.first("subject")))
