"""`digest dkim`, and mail that is signed with what it made, through the installed command."""
