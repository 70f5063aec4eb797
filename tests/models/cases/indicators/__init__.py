"""tests/models/cases/indicators."""
