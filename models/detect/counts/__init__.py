"""models/detect/counts."""
