"""models/detect."""
