"""The values of the day: frozen, and nothing else."""
