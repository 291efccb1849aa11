"""Measure what the product must be fast at, as ratios to peers within one run: `python -m benchmarks [--quick]`."""
