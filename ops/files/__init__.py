"""ops/files."""
