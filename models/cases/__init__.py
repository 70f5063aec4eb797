"""models/cases."""
