"""dashboards/rooms/leadership."""
