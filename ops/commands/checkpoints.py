"""`gridpulse checkpoints list|discard`: the state that workers and ingest go on from."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    checkpoints = typer.Typer(
        help="Show or discard the state that workers and ingest go on from.", no_args_is_help=True
    )
    checkpoints.command("list")(show)
    checkpoints.command()(discard)
    app.add_typer(checkpoints, name="checkpoints")


def show(as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout.")) -> None:
    """List the checkpoints in Redis."""
    from config.settings import Settings
    from ops.processes.checkpoints import connected, stored

    with connected(Settings.from_env()) as redis:
        found = list(stored(redis))
    if as_json:
        print(json.dumps({"checkpoints": [asdict(each) for each in found]}))
        return
    for each in found:
        print(f"{each.agent} {each.partition}: format {each.layout}, {each.fields} fields")
    print(f"{len(found)} checkpoints")


def discard(
    agent: str = typer.Argument("", help="Only those of this agent; default: all."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout."),
) -> None:
    """Delete checkpoints; their state is then rebuilt from the topics, as far as these are kept."""
    from config.settings import Settings
    from ops.processes.checkpoints import connected
    from ops.processes.checkpoints import discard as delete

    with connected(Settings.from_env()) as redis:
        gone = delete(redis, agent)
    if as_json:
        print(json.dumps({"discarded": [each.key for each in gone]}))
        return
    print(f"{len(gone)} checkpoints discarded; their state is read again from the topics")
