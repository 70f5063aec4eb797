"""tests/models/monitors/silence."""
