"""From stories to an edition and every reader's line-up of it. Pure: values in, values out, the time passed in."""
