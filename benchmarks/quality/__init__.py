"""Every quality figure of detection, computed anew: `python -m benchmarks.quality`."""
