"""tests/models/detect/series."""
