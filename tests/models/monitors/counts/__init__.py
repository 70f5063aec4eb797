"""tests/models/monitors/counts."""
