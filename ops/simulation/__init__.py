"""ops/simulation."""
