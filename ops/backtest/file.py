"""What `gridpulse backtest` does: open the file, run it, write the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from models.feeds.raw import RawMessage
from ops.analysis.archive import compact
from ops.backtest.backtest import Backtest
from ops.backtest.report import report_of
from ops.cities import catalog_of
from ops.files.account import InputAccount
from ops.files.choices import Choices
from ops.files.sources import open_source
from ops.output import progress

BAR_EVERY = 1000  # messages


@dataclass(frozen=True, kw_only=True)
class BacktestRequest:
    """The arguments of the command, as typed."""

    feed: str
    file: Path
    mapping: str | None = None
    choices: Choices | None = None
    archive: Path | None = None


def backtest_file(request: BacktestRequest) -> dict[str, Any]:
    """Run a file through the live code path and give the report.

    `input` says what became of the rows of the file: one is used where ingest accepted any of what
    it tells.

    Raises
    ------
    InputError
        The feed or the file is wrong, or the mapping is for another feed.
    """
    report, _ = run_file(request)
    return report


def run_file(request: BacktestRequest) -> tuple[dict[str, Any], InputAccount]:
    """Run a file as `backtest_file` does; also gives the account of its rows."""
    settings, catalog = catalog_of(request.mapping)
    backtest = Backtest(catalog, settings, request.feed, archive=request.archive, ends=True)
    source = open_source(request.file, request.mapping, request.feed, catalog, request.choices)
    backtest.run(_watched(source.messages(), request.feed, source.total))
    if request.archive is not None:
        compact(request.archive)
    account = source.account(backtest.refused.why)
    return {**report_of(backtest, catalog), "input": account.to_builtins()}, account


def write_report(report: dict[str, Any], file: Path) -> None:
    """Write a report as JSON that people can read; the same report gives the same bytes."""
    data = msgspec.json.format(msgspec.json.encode(report), indent=2)
    file.write_bytes(data + b"\n")


def _watched(messages: Iterator[RawMessage], feed: str, total: int | None) -> Iterator[RawMessage]:
    """Pass messages on under a progress bar."""
    with progress() as bar:
        task = bar.add_task(f"backtest {feed}", total=total)
        count = 0
        for count, message in enumerate(messages, start=1):
            yield message
            if count % BAR_EVERY == 0:
                bar.update(task, completed=count)
        bar.update(task, completed=count, total=count)
