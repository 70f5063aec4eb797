"""`gridpulse doctor`: what is wrong here, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Check broker, Redis, topics, lag, clocks and configuration; exit 1 if anything fails."""
    from config.settings import Settings
    from ops.output import say
    from ops.processes.doctor import examine
    from ops.processes.findings import CheckOutcome

    findings = list(examine(Settings.from_env()))
    healthy = all(f.verdict != CheckOutcome.FAIL for f in findings)
    lines = [f"{f.verdict:<5} {f.check:<14} {f.detail}" for f in findings]
    for at, finding in reversed(list(enumerate(findings))):
        if finding.mend:
            lines.insert(at + 1, f"{'':<20} → {finding.mend}")
    values = [
        {"check": f.check, "verdict": str(f.verdict), "detail": f.detail, "mend": f.mend}
        for f in findings
    ]
    say({"healthy": healthy, "findings": values}, "\n".join(lines), as_json=as_json)
    if not healthy:
        raise typer.Exit(1)
