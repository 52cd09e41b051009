"""A self-hosted daily newspaper: feeds in, one edition a day out, to every reader's own breakfast."""
