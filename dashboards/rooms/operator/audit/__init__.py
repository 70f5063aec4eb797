"""Who did what to which warning, and why."""
