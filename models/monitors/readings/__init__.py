"""models/monitors/readings."""
