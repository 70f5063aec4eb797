"""models/windows."""
