"""Submissions to the municipal platform: read from the archive, kept as files, posted."""
