"""Precursors (前兆): which signals came before which warnings, more often than by chance."""
