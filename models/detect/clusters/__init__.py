"""models/detect/clusters."""
