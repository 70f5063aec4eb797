"""tests/dashboards/rooms."""
