"""models/feeds/kinds/cases."""
