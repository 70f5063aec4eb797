"""Kinds of feeds."""
