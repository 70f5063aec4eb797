"""How each feed does, and the processes behind."""
