"""streams/sinks."""
