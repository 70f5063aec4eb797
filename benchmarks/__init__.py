"""Benchmarks: how fast the parts are, and how good the detection is."""

import os

# As the command line does (ops/cli.py), and before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
