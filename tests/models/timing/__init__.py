"""tests/models/timing."""
