"""models/feeds/mapping."""
