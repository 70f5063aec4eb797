"""Panels as pure functions: part of a snapshot in, Dash components out."""
