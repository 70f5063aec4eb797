"""The bulletin of a day, week or month: read from the archive, and written as HTML and PDF."""
