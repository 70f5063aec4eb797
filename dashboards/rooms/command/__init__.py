"""Emergency command during major events."""
