"""Tests of models.feeds.times."""
