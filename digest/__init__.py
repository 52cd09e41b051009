"""A self-hosted daily newspaper: feeds in, one edition a day out, to every reader's own breakfast."""

__version__ = "0.1.0"
