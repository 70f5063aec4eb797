"""Each comparison after a run fails where the line errs: one mutant of the product for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from config.names import WARNINGS
from models.cases.indicators.live import LiveIndicators
from models.messages.envelope import encode
from models.warnings.life.answers import Answers
from models.warnings.life.record import Change
from models.windows.applied import AppliedOffsets
from streams.agents.detect import DetectProcessor
from streams.agents.warn import WarnProcessor
from streams.host import checkpoint
from streams.host.processor import Effect, Send
from streams.host.scripts import SAVE
from streams.sinks.webhook import WebhookSink
from tests.simulation.quiet import silenced
from tests.simulation.run import attempt

SEEDS = range(12)  # at most; the first that finds it ends the search
HOURS = 6.0
ZOMBIES = ("pause worker", "worker without its group")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with silenced():
        yield


def everything_is_new(_: AppliedOffsets, *, offsets: Any, **__: Any) -> Any:
    return np.ones(len(offsets), bool)


def never_taken_out(add: Callable[..., None]) -> Callable[..., None]:
    def mutant(self: LiveIndicators, cases: Any, sign: int) -> None:
        if sign > 0:
            add(self, cases, sign)

    return mutant


UNFENCED = (
    SAVE.replace("if found[1] ~= ARGV[1] then return 'fenced' end\n", "")
    .replace("if saves == this then return 'saved' end", "")
    .replace("if saves ~= this - 1 then return 'lost' end\n", "")
)


def forget(*_: object) -> None:
    """Begin with nothing after each crash."""


def unaudited(_: WarnProcessor, changes: Sequence[Change]) -> list[Effect]:
    return [Send(WARNINGS, b"110101", encode(change.warning)) for change in changes]


async def believe_in_success(*_: object) -> tuple[int, str]:
    return 200, ""


@pytest.mark.parametrize(
    ("owner", "name", "mutant", "sentence"),
    [
        (AppliedOffsets, "take_all", everything_is_new, "pane "),
        (LiveIndicators, "add", never_taken_out(LiveIndicators.add), "indicator "),
        (DetectProcessor, "restore", forget, "judgement "),
        (WarnProcessor, "restore", forget, "change "),
        (WebhookSink, "post", believe_in_success, "change "),
        (Answers, "get", forget, "answer "),
        (WarnProcessor, "_told", unaudited, "command "),
    ],
    ids=["panes", "indicators", "signals", "warnings", "receipts", "answers", "audit"],
)
def test_a_mutant_is_found_out(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, mutant: object, sentence: str
) -> None:
    monkeypatch.setattr(owner, name, mutant)
    found = (problem for seed in SEEDS for problem in attempt(seed, HOURS).problems)
    assert any(problem.startswith(sentence) for problem in found)


async def always_ours(*_: object) -> bool:
    return True


def test_a_zombie_that_may_write_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SAVE", UNFENCED)
    monkeypatch.setattr(checkpoint.AsyncCheckpoints, "owns", always_ours)
    seeds = range(31, 80)  # the first finds it today
    found = (problem for seed in seeds for problem in attempt(seed, 3.0, ZOMBIES).problems)
    assert any("pane " in problem for problem in found)
