"""What was measured at a place over a time, beside the same season of earlier years."""
