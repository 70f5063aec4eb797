"""Warnings on the command line: read them and their audit, and ask for changes."""
