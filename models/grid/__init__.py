"""models/grid."""
