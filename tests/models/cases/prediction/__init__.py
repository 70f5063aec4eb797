"""tests/models/cases/prediction."""
