"""tests/models/detect/stats."""
