"""Hazards and stocks: what is registered, and what somebody should look at."""
