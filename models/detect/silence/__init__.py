"""models/detect/silence."""
