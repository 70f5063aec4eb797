"""What was sent to whom, and whether it arrived."""
