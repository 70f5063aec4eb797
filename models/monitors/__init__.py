"""models/monitors."""
