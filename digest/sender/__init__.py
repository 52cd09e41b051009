"""Whether mail from this sender can be believed: what the DNS says of it, judged; nothing is asked here."""
