"""What warns, at which level, who answers it, and what to do."""
