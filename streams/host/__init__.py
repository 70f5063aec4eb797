"""streams/host."""
