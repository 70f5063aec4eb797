"""Baselines are gathered, checked and handed out once, whatever the order and the crashes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detect.registry import KINDS, DetectorConfig
from models.messages import baselines as made
from models.messages.baselines import Baseline, BaselineKey, BaselinePart, Quality, split
from models.monitors.readings.baseline_store import OLDEST_MS, BaselineRejected, BaselineStore
from models.monitors.readings.severity import SeverityModel
from models.timing.units import DAY_MS
from tests.streams.agents.district import dongcheng

KEY: BaselineKey = ("dust", "coarse", "seasonal")
QUALITY = Quality(
    panes=1,
    cells=1,
    coverage=1.0,
    coverage_by_cell={},
    held_out_panes=0,
    judged=0,
    spread=None,
    error=None,
    alarms_per_cell_month=None,
)


def trained(until_ms: int = 100 * DAY_MS, **changed: Any) -> Baseline:
    """A baseline that the default city accepts, unless changed."""
    setting = DetectorConfig(width_s=900, zone="Asia/Shanghai", minimum=60, run=2)
    good = Baseline(
        feed="dust",
        metric="coarse",
        detector="seasonal",
        trained_from_ms=0,
        trained_until_ms=until_ms,
        width_s=setting.width_s,
        zone=setting.zone,
        minimum=setting.minimum,
        run=setting.run,
        quality=QUALITY,
        codes=b"",
        state=KINDS["seasonal"].make(setting).to_bytes(),
        severity=SeverityModel(setting.run, setting.minimum).to_bytes(),
    )
    return msgspec.structs.replace(good, **changed)


def messages(baseline: Baseline) -> list[BaselinePart]:
    return split(baseline)


def restarted(store: BaselineStore, saved: dict[bytes, bytes]) -> BaselineStore:
    """Checkpoint and lose the memory."""
    for name, value in store.changes().items():
        if value is None:
            saved.pop(name, None)
        else:
            saved[name] = value
    again = BaselineStore(dongcheng())
    again.restore(saved)
    assert again.changes() == {}
    return again


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(msgspec.msgpack.encode(trained()))
    monkeypatch.setattr(made, "PART_BYTES", -(-size // 4))


def test_it_is_handed_out_once_and_not_before_its_training_ended() -> None:
    store = BaselineStore(dongcheng())
    (message,) = messages(trained())
    store.apply(message, {"dust": 0})
    assert store.due(KEY, 100 * DAY_MS - 1) is None
    assert store.due(("dust", "pm10", "seasonal"), 100 * DAY_MS) is None
    assert store.due(KEY, 100 * DAY_MS) == trained()
    assert store.due(KEY, 101 * DAY_MS) is None
    store.apply(message, {"dust": 0})  # a repeat
    assert store.due(KEY, 101 * DAY_MS) is None


@pytest.mark.usefixtures("small_parts")
@settings(max_examples=25)
@given(order=st.permutations(list(range(8))), crashes=st.sets(st.integers(0, 7)))
def test_parts_in_any_order_twice_and_over_crashes(order: list[int], crashes: set[int]) -> None:
    parts = messages(trained()) * 2
    assert len(parts) == 8
    store, saved = BaselineStore(dongcheng()), dict[bytes, bytes]()
    for number in order:
        store.apply(parts[number], {"dust": 0})
        if number in crashes:
            store = restarted(store, saved)
    assert store.due(KEY, 100 * DAY_MS) == trained()
    store = restarted(store, saved)
    assert store.due(KEY, 100 * DAY_MS) is None
    assert list(saved) == [b"in-use/dust/coarse/seasonal"]


@pytest.mark.usefixtures("small_parts")
def test_a_newer_version_replaces_one_that_is_not_complete_or_not_used_yet() -> None:
    old, new = messages(trained()), messages(trained(101 * DAY_MS))
    store, saved = BaselineStore(dongcheng()), dict[bytes, bytes]()
    for message in [*old[:-1], *new]:
        store.apply(message, {})
    store = restarted(store, saved)
    newest = trained(102 * DAY_MS)
    for message in messages(newest):
        store.apply(message, {})
    assert store.due(KEY, 200 * DAY_MS) == newest
    restarted(store, saved)
    assert list(saved) == [b"in-use/dust/coarse/seasonal"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"metric": "pm25"}, "no rule watches it"),
        ({"feed": "rain"}, "no rule watches it"),
        ({"width_s": 3600}, "trained with"),
        ({"minimum": 61.0}, "trained with"),
        ({"zone": "Europe/Berlin"}, "trained with"),
        ({"state": b"nonsense"}, "cannot be read by this version"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(changed: dict[str, Any], reason: str) -> None:
    store = BaselineStore(dongcheng())
    with pytest.raises(BaselineRejected, match=reason):
        for message in messages(trained(**changed)):
            store.apply(message, {})
    assert store.due(KEY, 200 * DAY_MS) is None
    assert all(value is None for value in store.changes().values())


def test_old_ones_are_refused() -> None:
    store = BaselineStore(dongcheng())
    (message,) = messages(trained())
    with pytest.raises(BaselineRejected, match="more than 45 days before the last pane"):
        store.apply(message, {"dust": 100 * DAY_MS + OLDEST_MS + 1})
    store.apply(message, {"dust": 100 * DAY_MS + OLDEST_MS})
    assert store.due(KEY, 100 * DAY_MS + OLDEST_MS) is not None
    with pytest.raises(BaselineRejected, match="no newer history"):
        store.apply(messages(trained(99 * DAY_MS))[0], {})
    with pytest.raises(BaselineRejected, match="no newer history"):
        store.apply(messages(trained(quality=msgspec.structs.replace(QUALITY, panes=2)))[0], {})


def test_parts_that_do_not_fit_together_are_refused() -> None:
    store = BaselineStore(dongcheng())
    (part,) = split(trained())
    with pytest.raises(BaselineRejected, match="do not fit together"):
        store.apply(msgspec.structs.replace(part, data=b"\xc1"), {})
