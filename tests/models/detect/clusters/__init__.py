"""tests/models/detect/clusters."""
