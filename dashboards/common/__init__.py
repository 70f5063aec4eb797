"""dashboards/common."""
