"""How good a selection is: figures with a source, from what was chosen and what is known to be true. Pure."""
