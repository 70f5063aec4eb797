"""models/warnings."""
