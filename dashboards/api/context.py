"""What the routes stand on: readers, and what the command line's side brings.

`dashboards` does not know Kafka: what sends a command is handed in by whoever starts the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from dashboards.access.gate import Gate
from dashboards.access.oidc import ProviderLogin
from dashboards.api.http.answers import Schemas
from dashboards.common.case_book import Cases
from dashboards.common.city_index import CityIndex
from dashboards.common.close_outs import CloseOuts
from dashboards.common.dead_letters import DeadLetters
from dashboards.common.history import History
from dashboards.common.moments import Moments
from dashboards.common.overview import Overview
from dashboards.common.source import SnapshotSource
from dashboards.common.subscription_book import Subscriptions
from dashboards.common.warning_book import WarningReader
from models.messages.command_results import CommandResult
from models.messages.commands import Command
from models.messages.handovers import HandoverCommand, HandoverResult

P = ParamSpec("P")
T = TypeVar("T")
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
    gate : Gate
        Decides who asks.
    now_ms : callable
        Wall clock.
    ask : Ask or None
        None: this server takes no commands.
    ask_handover : callable or None
        The same for a hand-over.
    cases : Cases or None
        None: this server has no archive of cases.
    moments : Moments or None
        What was shown in the past; None: this server has no archive.
    history : History or None
        What was measured in the past; None: this server has no archive.
    close_outs : CloseOuts or None
        What major events came to; None: this server has no archive.
    overview : Overview or None
        What the archive says of whole areas; None: this server has no archive.
    to_pdf : callable or None
        (title, language, parts of HTML) → a document; None: this server makes none.
    subscriptions : Subscriptions or None
        None: this server knows none.
    provider : ProviderLogin or None
        Logging in by an identity provider; None: there is none.
    publish : callable or None
        (topic, key, value) → when Kafka has it; None: this server takes no reports.
    dead_letters : DeadLetters or None
        None: this server does not read them.
    cap_dir : Path or None
        Folder of the CAP feed; None: there is none.
    is_behind_tls : bool
        A proxy speaks TLS with the askers: cookies go no other way.
    schemas : Schemas
        Types of bodies and answers.
    """

    warnings: WarningReader
    snapshots: SnapshotSource
    city: CityIndex
    gate: Gate
    now_ms: Callable[[], int]
    ask: Ask | None = None
    ask_handover: Callable[[HandoverCommand, float], Awaitable[HandoverResult | None]] | None = None
    cases: Cases | None = None
    moments: Moments | None = None
    history: History | None = None
    close_outs: CloseOuts | None = None
    overview: Overview | None = None
    to_pdf: Callable[[str, str, Sequence[str]], bytes] | None = None
    subscriptions: Subscriptions | None = None
    provider: ProviderLogin | None = None
    publish: Callable[[str, str, bytes], None] | None = None
    dead_letters: DeadLetters | None = None
    cap_dir: Path | None = None
    is_behind_tls: bool = False
    schemas: Schemas = field(default_factory=Schemas)

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do beside the event loop what asks a server or takes long."""
        return await asyncio.to_thread(work, *args, **kwargs)
