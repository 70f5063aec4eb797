"""tests/dashboards/common."""
