"""Answers reach who asked, also where two ask under one id at once."""

from __future__ import annotations

import asyncio

import pytest

from config.settings import Settings
from models.messages.commands import Role
from models.messages.envelope import encode
from models.messages.handovers import HandoverCommand, HandoverResult
from ops.warnings.asker import Asker

COMMAND = HandoverCommand(
    id="shift-7", event="games", actor="li", role=Role.OPERATOR, text="two are open", sent_ms=1
)
OTHER = HandoverCommand(
    id="shift-7", event="games", actor="zhao", role=Role.OPERATOR, text="gas", sent_ms=2
)


def test_of_two_commands_under_one_id_each_gets_its_own_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asker = Asker(Settings(), "110101")
    sent: list[bytes] = []
    monkeypatch.setattr(asker, "_connected", lambda: None)
    monkeypatch.setattr(asker, "_send", lambda *parts: sent.append(parts[-1]))

    async def run() -> tuple[HandoverResult | None, HandoverResult | None]:
        asking = [asyncio.create_task(asker.ask_handover(c, 0.3)) for c in (COMMAND, OTHER)]
        while len(sent) < 2:
            await asyncio.sleep(0)
        result = HandoverResult(id="shift-7", asked=OTHER.fingerprint, note="", decided_ms=3)
        asker._take(encode(result))
        first, second = await asyncio.gather(*asking)
        return first, second

    mine, theirs = asyncio.run(run())
    assert mine is None
    assert theirs is not None
    assert theirs.asked == OTHER.fingerprint
