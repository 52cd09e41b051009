"""What writing systems do that words are read by: signs set on letters, and words set without blanks between them.

A room of its own below the stages of the day, so that all of them find the same words in a text.
"""

import re

MARKS = (
    r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd"
    r"\u102b-\u103e\u1056-\u109d\u17b4-\u17d3"
)
"""Signs that are written on a letter, such as the vowels of Hindi, as ranges of a regular expression: to it they are no
letters.
"""

UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""A letter of a script that sets no blanks between words."""
