"""What people do with the newspaper: cut an edition, look at it, send it."""
