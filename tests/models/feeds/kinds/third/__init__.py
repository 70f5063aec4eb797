"""A third kind, found when this folder is put beside the others."""
