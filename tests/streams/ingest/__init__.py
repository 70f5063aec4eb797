"""tests/streams/ingest."""
