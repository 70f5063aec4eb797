"""tests/models/monitors/limits."""
