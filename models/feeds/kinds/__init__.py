"""Kinds of feeds: one folder each, found by being here; `contract` says what a kind is."""
