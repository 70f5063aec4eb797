"""Who asks, and what they may: users in a file, sessions, tokens, lock-out. Start at `gate.py`."""
