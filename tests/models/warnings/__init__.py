"""tests/models/warnings."""
