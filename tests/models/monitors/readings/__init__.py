"""tests/models/monitors/readings."""
