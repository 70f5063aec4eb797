"""`gridpulse simulate`: invented days of the city, as a file that can be replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("simulate")(simulate)


def simulate(
    out: Annotated[Path, typer.Option(help="folder for <feed>.jsonl, one raw message a line")],
    since: Annotated[str | None, typer.Option("--from", help="begin, such as 2026-04-01")] = None,
    until: Annotated[str | None, typer.Option(help="end, such as 2026-04-02")] = None,
    *,
    event: Annotated[
        str | None, typer.Option(help="cases of a major event instead, by the name of its file")
    ] = None,
    hotline: Annotated[
        bool, typer.Option("--hotline", help="calls to the hotline instead, from --from on")
    ] = False,
    texts: Annotated[
        bool, typer.Option("--texts", help="reports in words instead, with a new kind among them")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="another seed gives other days")] = 1,
    interval: Annotated[int, typer.Option(min=1, help="seconds between two readings")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Write simulated dust readings and cases, or the cases of a major event.

    The same seed gives the same bytes.
    """
    from ops.output import say
    from ops.simulation.simulate import write_event, write_files, write_hotline, write_reports

    if (event is None) == (since is None or until is None):
        msg = "name either --from and --until, or --event"
        raise typer.BadParameter(msg)
    if hotline and event is None:
        written = write_hotline(out, str(since), str(until), seed)
    elif texts and event is None:
        written = write_reports(out, str(since), str(until), seed)
    elif event is not None:
        written = write_event(out, event, seed)
    else:
        written = write_files(out, str(since), str(until), seed, interval)
    counts = (f"{count} messages in {out / feed}.jsonl" for feed, count in written.messages.items())
    text = "\n".join([", ".join(counts), *(f"note: {note}" for note in written.notes)])
    values = {"out": str(out), "messages": written.messages, "notes": written.notes}
    say(values, text, as_json=as_json)
