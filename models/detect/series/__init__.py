"""models/detect/series."""
