"""Campaigns: how far each has come, with what every figure is made of."""
