"""`gridpulse replay`: a file of the past, published to a feed's raw topic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("replay")(replay)


def replay(
    feed: Annotated[str, typer.Argument(help="name of a feed, such as dust or cases")],
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON lines or Parquet (.gz too), or a folder of such")
    ],
    *,
    mapping: Annotated[
        str | None,
        typer.Option(help="what the columns are; without it: JSON lines of raw messages"),
    ] = None,
    speed: Annotated[str, typer.Option(help="times real time by event time, or max")] = "max",
    since: Annotated[str | None, typer.Option(help="from this event time on")] = None,
    until: Annotated[str | None, typer.Option(help="until before this event time")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Publish a file's messages in the order of their event times, each said to be sent then.

    Without GRIDPULSE_CITY the city is the one that ships the mapping.
    """
    from ops.files.replay_file import ReplayRequest, replay_file
    from ops.output import say

    request = ReplayRequest(
        feed=feed, file=file, mapping=mapping, speed=speed, since=since, until=until
    )
    summary = replay_file(request)
    say(summary.as_dict(), summary.as_text(), as_json=as_json)
