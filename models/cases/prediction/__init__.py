"""models/cases/prediction."""
