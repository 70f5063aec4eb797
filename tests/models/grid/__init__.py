"""tests/models/grid."""
