"""tests/ops/processes."""
