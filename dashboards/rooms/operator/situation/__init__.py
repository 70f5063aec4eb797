"""The situation index of areas, as its page shows it."""
