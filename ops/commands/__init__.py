"""The commands of `gridpulse`, one module each; heavy imports stand inside the functions."""
