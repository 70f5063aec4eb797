"""What the routes stand on: readers, and what the command line's side brings.

`dashboards` does not know Kafka: what sends a command is handed in by whoever starts the server.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from dashboards.api.http.answers import Schemas
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from dashboards.common.warning_book import WarningReader
from models.messages.command_results import CommandResult
from models.messages.commands import Command

Ask = Callable[[Command, float], Awaitable[CommandResult | None]]
"""(command, seconds to wait) → its answer; None: none came in time.

Raises `config.errors.GridpulseError` where the command was not taken.
"""


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """What the routes stand on.

    Attributes
    ----------
    warnings : WarningReader
    snapshots : SnapshotSource
    city : CityIndex
    ask : Ask or None
        None: this server takes no commands.
    now_ms : callable
        Wall clock.
    schemas : Schemas
        Types of bodies and answers.
    """

    warnings: WarningReader
    snapshots: SnapshotSource
    city: CityIndex
    ask: Ask | None = None
    now_ms: Callable[[], int] = field(default=lambda: time.time_ns() // 1_000_000)
    schemas: Schemas = field(default_factory=Schemas)
