"""tests/benchmarks/quality/methods."""
