"""`gridpulse feeds`: the feeds of the city, and how a supervised matter stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    feeds = typer.Typer(help="Look at feeds and at what they follow.", no_args_is_help=True)
    feeds.command("list")(list_feeds)
    feeds.command("show")(show)
    app.add_typer(feeds, name="feeds")


def list_feeds(as_json: JsonOption = False) -> None:
    """List the feeds of the city with their kinds."""
    from ops.cities import catalog_of
    from ops.output import Column, print_table, say

    _, catalog = catalog_of(None)
    feeds = list(catalog.feeds.values())
    if as_json:
        named = [{"feed": f.name, "kind": f.kind, "title": f.title} for f in feeds]
        say({"feeds": named}, "", as_json=True)
        return
    columns = [Column(name="feed", is_key=True), Column(name="kind"), Column(name="title")]
    print_table(columns, [(f.name, f.kind, f"{f.title['zh']} {f.title['en']}") for f in feeds])


def show(
    feed: Annotated[str, typer.Argument(help="feed that follows a matter")],
    file: Annotated[
        Path | None,
        typer.Option("--file", help="raw messages as JSON lines, instead of what runs now"),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="street, unit, class, state, team, day or a second grid"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a matter stands: its figures with numerator, denominator and definition.

    By the snapshot that the wall shows, or after the messages of a file.
    """
    from ops.analysis.matters import (
        matter_lines,
        matter_values,
        of_file,
        of_snapshot,
        require_matter,
    )
    from ops.analysis.matters_screen import print_by
    from ops.cities import catalog_of
    from ops.output import say
    from ops.processes.figures import snapshot_now

    settings, catalog = catalog_of(None)
    require_matter(catalog, feed)
    values: dict[str, Any] = {}
    lines: list[str] = []
    if file is not None:
        now, account = of_file(file, settings, catalog, feed)
        values, lines = {"input": account.to_builtins()}, [account.as_text()]
    else:
        now = of_snapshot(snapshot_now(settings), catalog, feed)
    values |= matter_values(now, catalog, by or "")
    say(values, "\n".join([*matter_lines(now, catalog), *lines]), as_json=as_json)
    if by is not None and not as_json:
        print_by(now, catalog, by)
