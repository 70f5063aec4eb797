"""models/monitors/clusters."""
