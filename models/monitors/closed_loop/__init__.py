"""Watches the closed loop of cases: its indicators, and cases that stand where they should not."""
