"""Kinds of rules: one module each, found by being here; `models.rules.contract` says what it is."""
