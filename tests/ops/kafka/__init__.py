"""tests/ops/kafka."""
