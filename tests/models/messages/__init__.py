"""Messages: their envelope, their topics, what is not valid."""
