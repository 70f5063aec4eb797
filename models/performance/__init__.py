"""Performance of departments and streets: targets, rank, trend, and what is missing to a target."""
