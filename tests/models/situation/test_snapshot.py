"""A snapshot as bytes, what is blind in it, and the clock it is judged by."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
import pytest

from models.situation.feed_state import BLIND, FeedState
from models.situation.snapshot import FORMAT, FeedNow, Layer, Snapshot, grid_digest
from models.situation.state import DistrictState
from tests.models.situation.test_feeds import NOW_MS, THEN_MS, health, replay
from tests.models.situation.test_streets import summary


def now(name: str, state: FeedState) -> FeedNow:
    return FeedNow(
        feed=name,
        title={"zh": name, "en": name},
        last_event_ms=0,
        expected_interval_s=60,
        rate_per_s=0.0,
        lag_records=0,
        accepted=0,
        rejected=0,
        late=0,
        duplicates=0,
        published_ms=0,
        state=state,
    )


def snapshot(*feeds: FeedNow) -> Snapshot:
    return Snapshot(
        version=3,
        city="110101",
        grid="g",
        written_ms=5,
        clock_ms=6,
        watermark_ms=7,
        feeds=list(feeds),
    )


def test_a_snapshot_survives_its_bytes() -> None:
    values = np.array([1.5, np.nan], "<f4")
    layer = Layer(id="a", title={}, unit="", decimals=0, event_ms=1, data=values.tobytes())
    made = msgspec.structs.replace(snapshot(now("dust", FeedState.LATE)), layers=[layer])
    again = Snapshot.from_bytes(made.to_bytes())
    assert again == made
    assert str(again.layers[0].values.tolist()) == "[1.5, nan]"


@pytest.mark.parametrize("other", [0, FORMAT - 1, FORMAT + 1])
def test_a_snapshot_of_another_format_is_refused_and_says_which(other: int) -> None:
    data = msgspec.structs.replace(snapshot(), format=other).to_bytes()
    with pytest.raises(ValueError, match=f"^snapshot format {other}, .* reads {FORMAT}$"):
        Snapshot.from_bytes(data)


@pytest.mark.parametrize("data", [b"", b"\xc1", msgspec.msgpack.encode({"format": FORMAT})])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        Snapshot.from_bytes(data)


def test_blind_is_who_is_stale_unheard_or_never_came_and_out_of_date_who_once_did() -> None:
    made = snapshot(*(now(state.value, state) for state in FeedState))
    assert made.blind_feeds() == {"stale", "never", "unheard"} == {str(each) for each in BLIND}
    assert made.stale_feeds() == {"stale", "unheard"}
    assert snapshot().blind_feeds() == snapshot().stale_feeds() == set()


def test_grids_of_the_same_cells_have_one_digest_whatever_their_bytes() -> None:
    codes = np.array([110101001001001, 110101001001002], np.int64)
    little = np.array(codes, "<i8").tobytes()
    assert grid_digest(codes) == hashlib.sha256(little).hexdigest()[:16]
    assert grid_digest(codes.astype(">i8")) == grid_digest(codes)
    assert grid_digest(codes[:1]) == "0b52ef32a93a2d92"


def test_ages_are_judged_by_the_wall_clock_or_by_that_of_the_replay() -> None:
    state = DistrictState()
    assert state.clock_ms(NOW_MS) == NOW_MS
    state.feeds.apply(replay(0, NOW_MS, THEN_MS))
    assert state.clock_ms(NOW_MS) == THEN_MS
    state.feeds.apply(health(0, NOW_MS, 1, feed="hazard"))
    assert state.clock_ms(NOW_MS) == NOW_MS


def test_a_replay_that_names_no_clock_yet_is_judged_by_its_newest_event() -> None:
    state = DistrictState()
    state.feeds.apply(replay(0, NOW_MS, 0))
    assert state.clock_ms(NOW_MS) == 0
    state.streets.apply(*summary(0, [], last_event_ms=THEN_MS))
    assert state.clock_ms(NOW_MS) == THEN_MS


def test_the_books_of_a_district_are_its_own_and_begin_empty() -> None:
    one, other = DistrictState(), DistrictState()
    one.feeds.apply(health(0, NOW_MS, 1))
    one.signals["a"] = 1
    assert (other.signals, other.judged_ms, other.feeds.mode()) == ({}, 0, "live")
    assert other.feeds.lag_records() == 0
    for latencies, kept_ms in (
        (one.ingest_to_snapshot, 120_000),
        (one.ingest_to_warning, 86_400_000),
    ):
        latencies.add(0, [9.0])
        latencies.add(kept_ms, [])
        assert latencies.percentiles()["p50"] == 9.0
        latencies.add(kept_ms + 1, [])
        assert latencies.percentiles()["p50"] is None
