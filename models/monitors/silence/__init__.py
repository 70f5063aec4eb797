"""models/monitors/silence."""
