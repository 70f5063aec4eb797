"""Who is told of which warnings, and how to ask for it."""
