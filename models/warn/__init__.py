"""models/warn."""
