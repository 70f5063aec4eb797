"""models/detect/stats."""
