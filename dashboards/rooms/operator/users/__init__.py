"""Who may log in, and who did or was refused."""
