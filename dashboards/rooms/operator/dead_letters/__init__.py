"""Records that were not accepted, and sending them again."""
