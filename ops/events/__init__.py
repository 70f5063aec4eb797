"""What the commands over major events compute and print."""
