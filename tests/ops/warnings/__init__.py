"""tests.ops.warnings."""
