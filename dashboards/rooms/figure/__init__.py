"""What one number of any room is made of."""
