"""dashboards/rooms."""
