"""Bytes become items: fetching, parsing, clean text, pictures."""
