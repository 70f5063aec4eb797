"""Tests of major events and modes."""
