"""The model check of a warning's life, to a depth that fits; `make bench` goes deeper."""

from __future__ import annotations

from models.messages.command_results import Refusal
from models.messages.warnings import LifeState
from tests.models.warnings.life.model import visit


def test_every_state_that_a_few_events_lead_to_keeps_what_must_hold() -> None:
    found = visit(5)
    assert found.states > 10_000
    assert found.by_state.keys() == set(LifeState), "each state of ISA-18.2 was visited"
    assert found.refusals.keys() == set(Refusal), "each way of being refused was seen"
