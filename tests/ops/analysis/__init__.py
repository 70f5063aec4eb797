"""tests/ops/analysis."""
