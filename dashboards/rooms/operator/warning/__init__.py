"""One warning: its reason, its evidence, its whole life, and what can be asked for it."""
