"""Tests of the commands over major events."""
