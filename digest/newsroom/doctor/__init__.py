"""The doctor: everything that mail depends on is looked at, and nothing is changed or sent."""
