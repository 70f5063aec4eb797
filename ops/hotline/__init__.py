"""What `gridpulse hotline` reads and prints, and invented calls."""
