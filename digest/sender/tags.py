"""Lists of tags, as DKIM and DMARC records are (RFC 6376 section 3.2)."""

import re

TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.DOTALL)


def read_tags(text: str) -> dict[str, str]:
    """The tags by name in lower case; raises ValueError where a part is no tag, or one stands there twice."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        found = TAG.fullmatch(part)
        if found is None or found[1].lower() in tags:
            raise ValueError
        tags[found[1].lower()] = found[2]
    return tags
