"""What carries a mail: one module for each wire."""
