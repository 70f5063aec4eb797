"""models/messages."""
