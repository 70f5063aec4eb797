"""models/monitors/counts."""
