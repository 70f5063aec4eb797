"""Performance of departments and streets, from the archive."""
