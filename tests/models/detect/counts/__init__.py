"""tests/models/detect/counts."""
