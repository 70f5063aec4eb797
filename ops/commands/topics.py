"""`gridpulse topics create|check`: the topics with their partitions and retention."""

from __future__ import annotations

import json

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    topics = typer.Typer(help="Make or check the Kafka topics.", no_args_is_help=True)
    topics.command()(create)
    topics.command()(check)
    app.add_typer(topics, name="topics")


def create(
    as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout."),
) -> None:
    """Make the topics that are missing, with the partitions of the settings."""
    from config.loader import load
    from config.settings import Settings
    from ops.kafka.topics import create as make
    from ops.kafka.topics import plan

    settings = Settings.from_env()
    plans = plan(settings, load(settings))
    made = make(settings, plans, timeout_s=settings.wait_s)
    if as_json:
        print(json.dumps({"created": made, "topics": len(plans)}))
        return
    for name in made:
        print(f"made {name}")
    print(f"{len(plans)} topics, {len(made)} of them new")


def check(as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout.")) -> None:
    """Compare the topics with the settings; exit status 1 where they differ."""
    from config.loader import load
    from config.settings import Settings
    from ops.kafka.topics import plan, problems

    settings = Settings.from_env()
    plans = plan(settings, load(settings))
    found = problems(settings, plans)
    if as_json:
        print(json.dumps({"topics": len(plans), "problems": found}))
    else:
        print("\n".join(found) or f"all {len(plans)} topics are as the settings say")
    raise typer.Exit(1 if found else 0)
