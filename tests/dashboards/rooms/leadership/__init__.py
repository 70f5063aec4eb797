"""tests/dashboards/rooms/leadership."""
