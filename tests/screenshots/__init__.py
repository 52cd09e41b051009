"""Every sample as a browser shows it, photographed and measured: python -m tests.screenshots OUT."""
