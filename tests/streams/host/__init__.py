"""tests/streams/host."""
