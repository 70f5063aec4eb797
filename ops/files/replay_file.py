"""What `gridpulse replay` does: open the file, publish it, say what did not fit."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import names
from config.errors import InputError
from config.settings import Settings
from models.feeds.raw import RawMessage
from ops.cities import catalog_of
from ops.cli_times import moment_ms
from ops.files.account import InputAccount
from ops.files.choices import Choices
from ops.files.sources import open_source
from ops.kafka.raw_publisher import RawPublisher
from ops.kafka.replay import Published, publish_all
from ops.output import progress


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """The arguments of the command, as typed."""

    feed: str
    file: Path
    mapping: str | None = None
    choices: Choices | None = None
    speed: str = "max"
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What was published, and what of the file could not be."""

    feed: str
    city: str
    published: Published
    account: InputAccount
    zone: str

    def as_dict(self) -> dict[str, Any]:
        """Give it for `--json`."""
        return {
            "feed": self.feed,
            "city": self.city,
            "rows": self.account.read,
            "messages": self.published.messages,
            "first": self._time(self.published.first_ms),
            "last": self._time(self.published.last_ms),
            "seconds": round(self.published.seconds, 3),
            "input": self.account.to_builtins(),
        }

    def as_text(self) -> str:
        """Give it for people."""
        said = self.as_dict()
        text = f"{said['messages']} messages published to feed {self.feed}"
        if said["first"]:
            text += f", {said['first']} to {said['last']}"
        return f"{text}, in {said['seconds']:.1f} s\n{self.account.as_text()}"

    def _time(self, ms: int | None) -> str | None:
        if ms is None:
            return None
        return datetime.fromtimestamp(ms / 1000, ZoneInfo(self.zone)).isoformat()


def replay_file(request: ReplayRequest) -> Summary:
    """Publish a file.

    Raises
    ------
    InputError
        The feed, the file, the speed or a time is wrong.
    NothingUsed
        No message of the file could be published.
    ServerUnavailable
        The broker does not answer.
    """
    speed = _speed(request.speed)
    settings, catalog = catalog_of(request.mapping)
    if request.feed not in catalog.feeds:
        msg = f"there is no feed {request.feed!r}; {settings.city} has {', '.join(catalog.feeds)}"
        raise InputError(msg)
    source = open_source(request.file, request.mapping, request.feed, catalog, request.choices)
    zone = catalog.city.timezone
    messages = source.messages(moment_ms(request.since, zone), moment_ms(request.until, zone))
    published = _publish(settings, request.feed, messages, speed, source.total)
    account = source.account()
    account.require_used()
    return Summary(
        feed=request.feed,
        city=settings.city,
        published=published,
        account=account,
        zone=zone,
    )


def _publish(
    settings: Settings,
    feed: str,
    messages: Iterator[RawMessage],
    speed: float | None,
    total: int | None,
) -> Published:
    """Publish under a progress bar."""
    with progress() as bar:
        task = bar.add_task(names.raw_topic(feed), total=total)

        def watched() -> Iterator[RawMessage]:
            for count, message in enumerate(messages, start=1):
                yield message
                if count % 1000 == 0 or speed is not None:
                    bar.update(task, completed=count)

        with RawPublisher(settings, lambda line: print(line, file=sys.stderr)) as publisher:
            publisher.require(feed)
            published = publish_all(publisher, feed, watched(), speed)
        bar.update(task, completed=published.messages, total=published.messages)
    return published


def _speed(text: str) -> float | None:
    """Read the speed; None is as fast as possible."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0):
        msg = f"speed: expected a number greater than 0, or max, got {text!r}"
        raise InputError(msg)
    return speed
