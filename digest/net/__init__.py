"""The way out: no request leaves but through the guard."""
