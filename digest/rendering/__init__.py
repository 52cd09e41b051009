"""Editions become blocks once; blocks and a reader become a mail."""
