"""The operating mode for the command line: how it stands, and the command that switches it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog
from config.errors import InputError
from config.modes import ModePlan
from config.settings import Settings
from models.events.mode import MODE_NAMES, Mode
from models.messages.modes import ModeChange, ModeCommand
from ops.warnings.actor import actor_of
from ops.warnings.asking import read_switches


@dataclass(frozen=True, kw_only=True)
class ModeNow:
    """The mode, and how it came to be.

    Attributes
    ----------
    switches : sequence of ModeChange
        In their order; empty where nobody ever switched.
    plan : ModePlan
        What the mode changes.
    zone : ZoneInfo
    """

    switches: Sequence[ModeChange]
    plan: ModePlan
    zone: ZoneInfo

    @property
    def mode(self) -> Mode:
        """The mode now."""
        return self.switches[-1].mode if self.switches else Mode.NORMAL

    def to_builtins(self) -> dict[str, Any]:
        """Give all of it as plain values."""
        return {
            "mode": self.mode.value,
            "revision": len(self.switches) and self.switches[-1].revision,
            "plan": self.plan.model_dump(mode="json"),
            "switches": msgspec.to_builtins(list(self.switches)),
        }

    def as_text(self, lang: str) -> str:
        """Give it as lines, the newest switch first."""
        lines = [MODE_NAMES[self.mode][lang]]
        for each in reversed(self.switches):
            at = datetime.fromtimestamp(each.at_ms / 1000, self.zone)
            name = MODE_NAMES[each.mode][lang]
            who = f"{each.actor} ({each.role.value})"
            lines.append(f"  {each.revision}  {at:%Y-%m-%d %H:%M}  {name}  {who}: {each.text}")
        return "\n".join(lines)


def mode_now(settings: Settings, catalog: Catalog) -> ModeNow:
    """Read the mode from the audit.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer.
    """
    switches = read_switches(settings)
    mode = switches[-1].mode if switches else Mode.NORMAL
    plan = catalog.modes.get(mode.value, ModePlan())
    return ModeNow(switches=switches, plan=plan, zone=ZoneInfo(catalog.city.timezone))


def newest_revision(settings: Settings) -> int:
    """Give the number of the newest switch; raises as `mode_now`."""
    switches = read_switches(settings)
    return switches[-1].revision if switches else 0


def mode_command(parts: Mapping[str, str], revision: int) -> ModeCommand:
    """Make a command of what was typed: `mode`, `text`, `role`, `actor`, `id`.

    Raises
    ------
    InputError
        A part is not valid; the text says which.
    """
    made = {
        **parts,
        "id": parts["id"] or uuid.uuid4().hex,
        "actor": actor_of(parts["actor"]),
        "revision": revision,
        "sent_ms": round(time.time() * 1000),
    }
    try:
        return msgspec.convert(made, type=ModeCommand)
    except msgspec.ValidationError as error:
        msg = f"not a valid command: {error}"
        raise InputError(msg) from None
