"""tests/models/detect/readings."""
