"""Tests of models/detect."""
