"""The whole line with a third kind in a folder, as a process of its own: kinds are found once.

Prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(config_dir: str, sent: str) -> None:
    import models.feeds.kinds

    models.feeds.kinds.__path__.append(str(Path(__file__).parent))

    from config.loader import load
    from config.settings import Settings
    from models.feeds.raw import RawMessage
    from ops.backtest.backtest import Backtest
    from ops.kafka.topic_docs import asyncapi, markdown, parties
    from ops.kafka.topics import plan

    settings = Settings(config_dir=Path(config_dir), city="example")
    catalog = load(settings)
    dead: list[str] = []

    def hear(topic: str, key: bytes, value: bytes) -> None:
        if topic == "dead-letters":
            dead.append(json.loads(value[8:])["detail"])

    test = Backtest(catalog, settings, "garages", hear)
    rows = json.loads(sent)
    test.run([RawMessage(row["ts"], row["lot"], json.dumps(row).encode()) for row in rows])
    assert test.snapshot is not None
    found = {
        "topics": [topic.name for topic in plan(settings, catalog)],
        "documented": "## parking-places" in markdown(parties()) and "PARK" in asyncapi(parties()),
        "dead": dead,
        "figures": {k: v for k, v in test.snapshot.figures.items() if k.startswith("parking")},
        "headlines": {h.id: h.value for h in test.snapshot.headlines},
        "layers": [layer.id for layer in test.snapshot.layers],
        "feeds": [feed.feed for feed in test.snapshot.feeds],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
