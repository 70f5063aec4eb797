"""models/cases/indicators."""
