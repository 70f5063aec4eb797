"""What the district looks like now, merged from the newest message of each source.

Each view keeps the newest message of every source and derives its figures from them, so that a
message that comes twice changes nothing.
"""
