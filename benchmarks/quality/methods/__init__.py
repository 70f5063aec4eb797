"""benchmarks/quality/methods."""
