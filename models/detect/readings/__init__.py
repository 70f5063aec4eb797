"""models/detect/readings."""
