"""models/feeds."""
