"""Figures of what a day costs, ours beside a plain way to do the same. `python -m tests.benchmarks` runs them."""
