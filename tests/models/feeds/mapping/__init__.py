"""tests/models/feeds/mapping."""
