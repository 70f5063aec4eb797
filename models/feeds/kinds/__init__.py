"""models/feeds/kinds."""
