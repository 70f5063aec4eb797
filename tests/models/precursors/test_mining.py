"""Precursors: what was planted is found with its lead, and what only shares a rhythm is not."""

from __future__ import annotations

import numpy as np
import pytest

from models.precursors.mining import Onset, mine
from models.precursors.review import decided, merged
from models.timing.units import DAY_MS, HOUR_MS

SPAN = (0, 90 * DAY_MS)
STREETS = [f"11010100{n}" for n in range(1, 8)]


def at_random(kind: str, n: int, seed: int, *, hour: int | None = None) -> list[Onset]:
    """Onsets on random days; at one hour of the day where it is given."""
    rng = np.random.default_rng(seed)
    days, streets = rng.integers(0, 90, n), rng.choice(STREETS, n)
    hours = rng.uniform(0, 24, n) if hour is None else np.full(n, float(hour))
    return [
        Onset(kind, str(street), int(day * DAY_MS + h * HOUR_MS))
        for day, street, h in zip(days, streets, hours, strict=True)
    ]


def planted(n: int) -> tuple[list[Onset], list[Onset]]:
    """Signals, and warnings three hours after each."""
    signals = at_random("gas", n, 1)
    return signals, [Onset("leak", one.street, one.at_ms + 3 * HOUR_MS) for one in signals]


def test_a_planted_precursor_is_found_with_its_support_lead_and_precision() -> None:
    signals, warnings = planted(20)
    noise = at_random("gas", 5, 2)
    (found,) = mine([*signals, *noise, *at_random("other", 60, 3)], warnings, SPAN)
    assert (found.signal, found.rule, found.support, found.signals) == ("gas", "leak", 20, 25)
    assert found.lead_h == pytest.approx(3, abs=0.1)
    assert found.low <= found.precision <= found.high
    assert found.precision >= 0.8
    assert found.by_chance < 0.3
    assert found.q_value <= 0.05


def test_two_things_of_one_hour_of_the_day_are_no_precursors_of_each_other() -> None:
    signals = at_random("rush", 150, 4, hour=7)
    warnings = at_random("jam", 150, 5, hour=9)
    assert mine(signals, warnings, SPAN) == []


def test_of_many_pairs_by_chance_next_to_none_is_offered() -> None:
    signals = [one for n in range(12) for one in at_random(f"s{n}", 80, 10 + n)]
    warnings = [one for n in range(5) for one in at_random(f"w{n}", 80, 50 + n)]
    assert len(mine(signals, warnings, SPAN, replicates=199)) <= 1


def test_a_warning_in_another_street_at_once_or_too_late_follows_nothing() -> None:
    signals, warnings = planted(20)
    elsewhere = [Onset("leak", "110101099", one.at_ms) for one in warnings]
    at_once = [Onset("leak", one.street, one.at_ms) for one in signals]
    late = [Onset("leak", one.street, one.at_ms + 25 * HOUR_MS) for one in signals]
    for others in (elsewhere, at_once, late):
        assert mine(signals, others, SPAN) == []


def test_a_rule_is_not_foretold_by_its_own_signals_nor_by_a_short_archive() -> None:
    signals, warnings = planted(20)
    assert mine(signals, warnings, SPAN, is_own=lambda s, r: (s, r) == ("gas", "leak")) == []
    assert mine(signals, warnings, (0, 27 * DAY_MS)) == []
    assert mine([], warnings, SPAN) == mine(signals, [], SPAN) == []


def test_a_verdict_outlives_the_next_mining_and_an_undecided_offer_does_not() -> None:
    found = mine(*planted(20), SPAN)
    offers = merged([], found, 1)
    assert [offer.verdict for offer in offers] == ["offered"]
    assert merged(offers, [], 2) == []
    rejected = decided(offers, "gas>leak", "rejected", "commander", "a drill", 2)
    (again,) = merged(rejected, found, 3)
    assert (again.verdict, again.why, again.found_ms) == ("rejected", "a drill", 3)
    assert merged(rejected, [], 3) == rejected
    with pytest.raises(KeyError):
        decided(offers, "gas>fire", "accepted", "commander", "", 2)
