"""tests/models/monitors."""
