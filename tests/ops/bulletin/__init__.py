"""Tests of the bulletin from the archive to the document."""
