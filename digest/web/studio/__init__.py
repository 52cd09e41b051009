"""The studio: the editor's local workplace, where an edition is looked at, changed and sent."""
