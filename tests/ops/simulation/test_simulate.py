from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.cases.lifecycle import follow
from models.cases.timeline import Step
from models.feeds.raw import RawMessage
from models.messages.case_events import EventType
from models.timing.units import DAY_MS
from ops.cli import application
from ops.simulation.cases import department_of, steps_of
from ops.simulation.dust import LocalExcess
from ops.simulation.simulate import not_simulated, simulate

APRIL = round(datetime.fromisoformat("2026-04-01T00:00:00+08:00").timestamp() * 1000)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture(scope="module")
def month(catalog: Catalog) -> list[tuple[str, RawMessage]]:
    return list(simulate(catalog, APRIL, APRIL + 30 * DAY_MS, 1, 3600))


def bodies(messages: list[tuple[str, RawMessage]], feed: str) -> list[Any]:
    return [json.loads(message.value) for name, message in messages if name == feed]


def coarse(messages: list[tuple[str, RawMessage]], sensor: str) -> np.ndarray[Any, Any]:
    own = [(feed, message) for feed, message in messages if message.key == sensor]
    return np.array([row[2]["value"] for row in bodies(own, "dust")])


def test_messages_come_in_order_of_event_time_with_their_time_and_key(
    month: list[tuple[str, RawMessage]],
) -> None:
    times = [message.ts_ms for _, message in month]
    assert times == sorted(times)
    assert times[0] >= APRIL and times[-1] < APRIL + 30 * DAY_MS
    for feed, message in month[::997]:
        body = json.loads(message.value)
        first = body[0] if feed == "dust" else body
        assert first["ts"] == message.ts_ms
        assert first["case" if feed == "cases" else "sensor"] == message.key


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(catalog: Catalog) -> None:
    span = (catalog, APRIL, APRIL + DAY_MS)
    assert list(simulate(*span, 1, 3600)) == list(simulate(*span, 1, 3600))
    assert list(simulate(*span, 1, 3600)) != list(simulate(*span, 2, 3600))


def test_two_spans_that_meet_continue_each_other(catalog: Catalog) -> None:
    cut, stop = APRIL + 2 * DAY_MS + 12_345_678, APRIL + 4 * DAY_MS
    whole = list(simulate(catalog, APRIL, stop, 1, 3600))
    first = list(simulate(catalog, APRIL, cut, 1, 3600))
    second = list(simulate(catalog, cut, stop, 1, 3600, begin_ms=APRIL))
    assert first + second == whole


def test_the_month_has_its_cases(month: list[tuple[str, RawMessage]]) -> None:
    counts = Counter(body["type"] for body in bodies(month, "cases"))
    assert 3000 < counts["reported"] < 3900  # April lies above the mean month
    assert counts["closed"] / counts["filed"] > 0.95
    assert min(counts[kind] for kind in EventType) > 0  # every step of the loop occurs


def test_closing_takes_six_and_a_half_hours_on_average() -> None:
    rng = np.random.default_rng(0)
    courses = [steps_of(rng) for _ in range(20_000)]
    hours = [c[-1].after_ms / 3_600_000 for c in courses if c[-1].type == "closed"]
    assert np.mean(hours) == pytest.approx(6.5, abs=0.4)
    assert max(c[-1].after_ms for c in courses) < 20 * DAY_MS


def test_every_case_obeys_the_closed_loop(month: list[tuple[str, RawMessage]]) -> None:
    events = sorted(bodies(month, "cases"), key=lambda body: body["case"])
    for _, history in groupby(events, key=lambda body: body["case"]):
        steps = [
            Step(
                ts_ms=body["ts"],
                type=EventType(body["type"]),
                actor=body.get("actor", ""),
                role=body.get("role", ""),
                department=body.get("department", ""),
                due_ms=body.get("due"),
            )
            for body in history
        ]
        assert not follow(steps).flags


def test_cases_go_to_the_department_that_answers_for_them(catalog: Catalog) -> None:
    registry = load(Settings()).registry
    for category in catalog.feeds["cases"].categories:
        owner = registry.owner(category, "110101001", date(2026, 4, 1))
        assert owner is not None and owner.department == department_of(category)


def test_supervision_verifies_what_a_department_disposed(
    month: list[tuple[str, RawMessage]],
) -> None:
    roles = {(body["type"], body["role"]) for body in bodies(month, "cases")}
    assert roles == {
        ("reported", "supervision"), ("reported", "public"), ("filed", "supervision"),
        ("rejected", "supervision"), ("cancelled", "supervision"), ("dispatched", "command"),
        ("held", "command"), ("resumed", "command"), ("extended", "command"),
        ("disposed", "department"), ("verified", "supervision"), ("returned", "supervision"),
        ("closed", "supervision"),
    }  # fmt: skip
    assert not any("actor" in b for b in bodies(month, "cases") if b["role"] == "public")


def test_cases_lie_in_the_cell_they_name_and_gather_in_hot_spots(
    catalog: Catalog, month: list[tuple[str, RawMessage]]
) -> None:
    reported = [b for b in bodies(month, "cases") if b["type"] == "reported"]
    grid = catalog.grid_at(date(2026, 4, 1))
    at = grid.locate(np.array([b["lon"] for b in reported]), np.array([b["lat"] for b in reported]))
    assert [str(code) for code in grid.codes[at]] == [b["cell"] for b in reported]
    rubbish = Counter(b["cell"] for b in reported if b["category"] == "E0102")
    assert rubbish.most_common(1)[0][1] >= 5
    assert {b["category"] for b in reported} <= set(catalog.feeds["cases"].categories)


def test_dust_has_its_season_and_its_region(
    catalog: Catalog, month: list[tuple[str, RawMessage]]
) -> None:
    july = round(datetime.fromisoformat("2026-07-01T00:00:00+08:00").timestamp() * 1000)
    summer = list(simulate(catalog, july, july + 10 * DAY_MS, 1, 3600))
    assert np.median(coarse(month, "DC-01")) > 5 * np.median(coarse(summer, "DC-01"))
    one, other = (np.log(coarse(month, name)) for name in ("DC-01", "DC-20"))
    assert np.corrcoef(one, other)[0, 1] > 0.8
    for row in bodies(month, "dust")[::499]:
        pm10, pm25, rest = (reading["value"] for reading in row)
        assert pm10 == pytest.approx(pm25 + rest, abs=1e-9)
        assert min(pm25, rest) > 0


def test_an_excess_is_local_and_as_long_as_asked_for(catalog: Catalog) -> None:
    start, stop = APRIL + 6 * 3_600_000, APRIL + 12 * 3_600_000
    excess = LocalExcess(sensor="DC-05", start_ms=start, end_ms=stop, extra_ugm3=150.0)
    span = (catalog, APRIL, APRIL + DAY_MS, 1, 900)
    plain, raised = list(simulate(*span)), list(simulate(*span, excess=excess))
    changed = [(a, b) for a, b in zip(plain, raised, strict=True) if a != b]
    assert {a[1].key for a, _ in changed} == {"DC-05"}
    assert all(start < a[1].ts_ms < stop for a, _ in changed)
    middle = [b for _, b in changed if start + 900_000 <= b[1].ts_ms <= stop - 900_000]
    before = {a[1].ts_ms: coarse([a], "DC-05")[0] for a in plain if a[1].key == "DC-05"}
    for sent in middle:
        added = coarse([sent], "DC-05")[0] - before[sent[1].ts_ms]
        assert added == pytest.approx(150.0, abs=0.11)


def test_gas_stays_little_and_every_hazard_source_speaks(
    catalog: Catalog, month: list[tuple[str, RawMessage]]
) -> None:
    gas = bodies(month, "hazard")
    assert {body["sensor"] for body in gas} == set(catalog.feeds["hazard"].sensors)
    assert len(gas) == 30 * 24 * 6
    assert all(0.5 < body["value"] < 4 for body in gas)
    noon = round(datetime.fromisoformat("2026-04-01T12:00:00+08:00").timestamp() * 1000)
    at_noon = [body["value"] for body in gas if body["ts"] % DAY_MS == noon % DAY_MS]
    assert np.mean(at_noon) > 1.2 * np.mean([body["value"] for body in gas])


def test_a_city_without_dust_gets_its_cases_only() -> None:
    boston = load(Settings(city="boston"))
    feeds = {feed for feed, _ in simulate(boston, APRIL, APRIL + DAY_MS, 1, 3600)}
    assert feeds == {"cases"}


def test_the_command_writes_files_that_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRIDPULSE_CITY", raising=False)
    arguments = [
        "simulate",
        "--out",
        str(tmp_path),
        "--from",
        "2026-04-01",
        "--until",
        "2026-04-02",
    ]
    answer = CliRunner().invoke(application(), [*arguments, "--interval", "3600", "--json"])
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)["messages"]
    assert said["dust"] == 24 * 30
    for feed, count in said.items():
        assert len((tmp_path / f"{feed}.jsonl").read_bytes().splitlines()) == count


def asked_of(city: str, folder: Path) -> tuple[int, dict[str, Any], str]:
    span = ["--from", "2026-04-01", "--until", "2026-04-02", "--interval", "3600"]
    result = CliRunner().invoke(
        application(),
        ["simulate", "--out", str(folder), *span, "--json"],
        env={"GRIDPULSE_CITY": city},
    )
    found = json.loads(result.stdout) if result.stdout else {}
    return result.exit_code, found, str(result.exception or "")


def test_a_city_of_ones_own_is_told_why_it_has_no_readings(tmp_path: Path) -> None:
    status, told, _ = asked_of("example", tmp_path)
    assert status == 0
    assert told["messages"]["cases"] > 0
    assert told["messages"]["dust"] == told["messages"]["hazard"] == 0
    assert told["notes"] == [
        "feed noise is not simulated: only feeds called cases, dust, hazard are",
        "the city has no feed dust",
        "the city has no feed hazard",
    ]
    assert asked_of("dongcheng", tmp_path)[1]["notes"] == []


def test_a_feed_without_sensors_is_told(catalog: Catalog) -> None:
    dust = catalog.feeds["dust"].model_copy(update={"sensors": {}})
    bare = catalog.model_copy(update={"feeds": {"dust": dust}})
    assert not list(simulate(bare, APRIL, APRIL + DAY_MS, 1, 3600))
    first, *rest = not_simulated(bare)
    assert first.startswith("feed dust has no sensors in its file or in sensors/dust.yaml")
    assert rest == ["the city has no feed cases", "the city has no feed hazard"]


def test_messages_of_matters_carry_the_name_of_their_own_feed(catalog: Catalog) -> None:
    counts = Counter(
        feed for feed, _ in simulate(catalog, APRIL, APRIL + DAY_MS, 1, 36_000, with_matters=True)
    )
    assert {"assistance", "health-visits", "parking", "rental", "vendors"} <= set(counts)
