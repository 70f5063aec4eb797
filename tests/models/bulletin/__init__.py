"""Tests of the bulletin's figures and sentences."""
