"""What people do with the newspaper: cut an edition, look at it, change it, send it."""
