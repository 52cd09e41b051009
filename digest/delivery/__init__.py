"""When a paper is due, to whom it goes, and what an answer of the wire means for it."""
