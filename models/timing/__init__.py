"""models/timing."""
