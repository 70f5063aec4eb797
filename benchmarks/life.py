"""Model check of the life of a warning: every state to a depth, `python -m benchmarks.life 8`."""

from __future__ import annotations

from tests.models.warnings.life.model import main

if __name__ == "__main__":
    main()
