"""Cases: search, one with its whole timeline, possible duplicates side by side, on a map."""
