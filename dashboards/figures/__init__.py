"""Drawings as pure functions; only one that becomes a file by itself holds words."""
