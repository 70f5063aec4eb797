"""What the kinds of matters share: checks, street state, gauges, counts, figures."""
