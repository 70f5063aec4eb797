"""Counts of cases in the stream: what is expected, and how much of it is known."""
