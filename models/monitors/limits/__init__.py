"""models/monitors/limits."""
