"""The only SQL: everything the day must remember, in SQLite or PostgreSQL, and rows made into values."""
