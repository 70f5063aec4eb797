"""tests/ops/files."""
