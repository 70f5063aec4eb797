"""tests/ops/simulation."""
