"""What hostile and broken devices send costs nobody else a reading, and no process its life."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.hostile import LARGEST_SENT, LARGEST_SNAPSHOT, LARGEST_SUMMARY, NOW_MS, Hostile, Sent
from tests.hostile_line import Flood, Line, line

REFUSED = {  # killers that no reading or case can be made of, and why
    "a time of 5,000 digits": "not-finite",
    "a value of 5,000 digits": "not-finite",
    "a clock ten minutes ahead": "in-future",
    "a clock that was never set": "too-old",
    "the year 2099": "in-future",
    "the year 9999": "in-future",
    "the year 33658": "in-future",
    "no degrees beside a cell": "outside-city",
    "half a million zeros": "too-large",
    "zeros and no number": "broken-json",
    "five thousand no rows": "broken-json",
    "a name of 1 MB": "wrong-shape",
    "due beyond the calendar": "bad-time",
    "due beyond 64 bits": "bad-time",
    "due of 5,000 digits": "not-finite",
    "an actor of 0.9 MB": "wrong-shape",
    "nesting without end": "broken-json",
}
SECONDS = 20.0  # of processor time; what held ingest up for minutes takes milliseconds


@pytest.fixture
def city() -> Line:
    return line()


def hostile(city: Line, seed: int = 1) -> Hostile:
    category = next(iter(city.catalog.feeds["cases"].categories))
    return Hostile(seed, city.honest_cell, city.other_cell, category)


def killers() -> Iterator[tuple[str, str]]:
    made = Hostile(1, "", "", "")
    yield from (("dust", name) for name in made.reading_killers())
    yield from (("cases", name) for name in made.case_killers())


@pytest.mark.parametrize(("feed", "name"), list(killers()))
def test_a_killer_costs_its_neighbours_nothing(city: Line, feed: str, name: str) -> None:
    maker = hostile(city)
    kind = maker.case_killers if feed == "cases" else maker.reading_killers
    value = kind()[name]
    good = maker.case(case="good", cell=city.honest_cell) if feed == "cases" else maker.reading(
        cell=city.honest_cell
    )  # fmt: skip
    honest = Sent(feed, json.dumps(good).encode(), NOW_MS)
    began_s = time.process_time()
    taken = city.take(feed, [honest, *[Sent(feed, value, NOW_MS)] * 16, honest])
    city.pulse(NOW_MS)
    city.pulse(NOW_MS + 10_000)
    assert time.process_time() - began_s < SECONDS
    assert taken.accepted >= 2
    assert city.largest <= LARGEST_SENT
    assert len(taken.rejected) <= 16 * 8
    assert not taken.late
    if name in REFUSED:
        assert [letter.reason.value for letter in taken.rejected] == [REFUSED[name]] * 16


def test_every_killer_that_is_refused_is_known_by_its_name() -> None:
    assert set(REFUSED) <= {name for _, name in killers()}


def test_sixty_actors_of_a_megabyte_fit_no_batch(city: Line) -> None:
    maker = hostile(city)
    value = maker.case_killers()["an actor of 0.9 MB"]
    taken = city.take("cases", [Sent("cases", value, NOW_MS)] * 60)
    assert [letter.reason.value for letter in taken.rejected] == ["wrong-shape"] * 60
    longest = json.dumps([maker.case(actor="汉" * 200, area="字" * 200)] * 300).encode()
    city.take("cases", [Sent("cases", longest, NOW_MS)] * 60)
    assert city.largest <= LARGEST_SENT


def test_clocks_ahead_make_no_honest_reading_late(city: Line) -> None:
    maker = hostile(city)

    def reading(sensor: str, at_ms: int, ts: int) -> Sent:
        made = maker.reading(sensor=sensor, ts=ts, cell=city.honest_cell)
        return Sent("dust", json.dumps(made).encode(), at_ms)

    late, at_ms = 0, NOW_MS
    for minute in range(8):
        at_ms = NOW_MS + minute * 60_000
        delay_ms = 420_000  # allowed are ten minutes
        honest = [reading(f"honest-{n}", at_ms, at_ms - delay_ms) for n in range(40)]
        ahead = [reading(f"ahead-{n}", at_ms, at_ms + 299_500) for n in range(4)]
        late += len(city.take("dust", [*ahead, *honest]).late)
    assert late == 0
    health = city.intakes["dust"].health(at_ms, 0)
    assert set(health.departed) == {f"ahead-{n}" for n in range(4)}
    assert health.watermark_ms <= at_ms - 600_000


def test_readings_of_2099_blind_nobody(city: Line) -> None:
    maker = hostile(city)
    honest = json.dumps(maker.reading(cell=city.honest_cell)).encode()
    city.take("dust", [Sent("dust", honest, NOW_MS)])
    poison = maker.reading_killers()["the year 2099"]
    taken = city.take("dust", [Sent("dust", poison, NOW_MS)] * 4)
    assert [letter.reason.value for letter in taken.rejected] == ["in-future"] * 4
    assert city.take("dust", [Sent("dust", honest, NOW_MS)] * 320).accepted == 320


def test_a_case_of_ten_thousand_steps_is_cut_short_and_told(city: Line) -> None:
    maker = hostile(city)
    steps = [
        Sent("cases", json.dumps(maker.case(case="long", actor=f"a{n}")).encode(), NOW_MS)
        for n in range(10_000)
    ]
    began_s = time.process_time()
    city.take("cases", steps)
    city.pulse(NOW_MS)
    assert time.process_time() - began_s < 60
    bound = city.catalog.feeds["cases"].bounds.steps
    assert city.letters["too-many"] == 10_000 - bound


def test_forty_thousand_names_make_a_summary_that_passes(city: Line) -> None:
    maker = hostile(city)
    kinds = ("department", "beat", "area", "source")
    events = [
        maker.case(case=f"c{n}") | {kind: f"{kind} {n}" for kind in kinds} for n in range(40_000)
    ]
    for start in range(0, len(events), 10_000):
        part = events[start : start + 10_000]
        city.take("cases", [Sent("cases", json.dumps(event).encode(), NOW_MS) for event in part])
    city.pulse(NOW_MS)
    city.pulse(NOW_MS + 10_000)
    city.finish(NOW_MS + 7_200_000)
    assert city.largest <= LARGEST_SUMMARY
    groups = city.groups()
    assert groups["department"] == city.catalog.feeds["cases"].bounds.departments + 1
    assert groups["beat"] == city.catalog.feeds["cases"].bounds.names + 1


def test_ids_that_a_slash_would_join_are_two_events(city: Line) -> None:
    maker = hostile(city)
    value = maker.reading_killers()["ids that a slash joins"]
    taken = city.take("dust", [Sent("dust", value, NOW_MS)])
    assert (taken.accepted, taken.duplicates) == (2, 0)


def test_an_id_that_was_taken_first_leaves_the_real_reading_in_a_letter(city: Line) -> None:
    maker = hostile(city)

    def event(value: int) -> bytes:
        envelope = {"specversion": "1.0", "type": "t", "source": "//gw/7", "id": "1"}
        return json.dumps(envelope | {"data": maker.reading(value=value)}).encode()

    forged, real = event(1), event(95)
    taken = city.take("dust", [Sent("dust", value, NOW_MS) for value in (forged, real, forged)])
    assert (taken.accepted, taken.duplicates) == (1, 1)
    [letter] = taken.rejected
    assert (letter.reason.value, letter.data) == ("id-taken", real)
    assert city.intakes["dust"].health(NOW_MS, 0).duplicate_sources == {"//gw/7": 1}


def test_a_letter_holds_the_bytes_of_its_own_element(city: Line) -> None:
    maker = hostile(city)
    first = maker.reading() | {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    first |= {"data": [1, 2, 3]}  # an envelope of three that looks like a reading
    bad = maker.reading(value=-5)
    value = json.dumps([first, maker.reading(), bad]).encode()
    letters = city.take("dust", [Sent("dust", value, NOW_MS)]).rejected
    held = [(letter.index, json.loads(letter.data)) for letter in letters]
    assert held == [(0, 1), (1, 2), (2, 3), (4, bad)]


def test_many_bad_elements_are_one_letter_that_can_be_sent_again(city: Line) -> None:
    maker = hostile(city)
    bad = [maker.reading(value=-5 - n) for n in range(30)] + [maker.reading(metric="co")]
    value = json.dumps([maker.reading(), *bad]).encode()
    taken = city.take("dust", [Sent("dust", value, NOW_MS)])
    [letter] = taken.rejected
    assert (taken.accepted, letter.counts) == (1, {"out-of-range": 30, "unknown-metric": 1})
    assert json.loads(letter.data) == bad
    assert "31 elements were refused: 30 out-of-range, 1 unknown-metric" in letter.detail
    health = city.intakes["dust"].health(NOW_MS, 0)
    assert (health.rejected, health.reasons) == (31, letter.counts)


def test_twenty_thousand_messages_cost_no_honest_reading(city: Line) -> None:
    flood = Flood(city, seed=7)
    assert list(flood.send(20_000, every=20_000)) == [20_000]
    assert flood.honest == 4000
    assert flood.problems() == []
    assert city.largest <= LARGEST_SUMMARY
    assert 0 < city.largest_snapshot <= LARGEST_SNAPSHOT
