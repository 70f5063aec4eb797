"""models/feeds/kinds/readings."""
