"""Server-sent events: nothing is missed, what is too many is refused, bounds hold for a stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.access.gate import Gate
from dashboards.api.context import ApiContext
from dashboards.api.events import _events
from dashboards.api.http import changes as watching
from dashboards.api.http.changes import MOST_LISTENERS, MOST_OF_CLIENT, ChangeWatch
from dashboards.api.http.limits import BURST, RATE_PER_S, RateLimits
from dashboards.api.http.problems import Problem
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.messages.commands import Role
from tests.dashboards import factory
from tests.dashboards.access.test_access import request
from tests.dashboards.access.things import NOW_MS, TOKENS, changed, user_file
from tests.dashboards.api.conftest import context_of
from tests.dashboards.common.books import NOON_MS, acknowledged, warning, write

Event = tuple[str, Any, str | None]


@pytest.fixture
def context(redis_url: str, city_index: CityIndex) -> ApiContext:
    return context_of(redis_url, city_index)


async def follow(
    context: ApiContext, since: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Event]:
    watch = ChangeWatch(context.warnings, context.snapshots)
    asked = request(headers or {})
    caller = context.gate.require(asked)
    with watch.listening("10.0.0.1"):
        async for each in _events(context, watch, asked, caller, since):
            yield str(each.event), json.loads(str(each.data)), each.id


async def of_kind(stream: AsyncIterator[Event], kind: str) -> Event:
    async with asyncio.timeout(20):
        async for event in stream:
            if event[0] == kind:
                return event
    raise AssertionError


async def test_a_change_is_told_soon_and_only_once(context: ApiContext, redis_url: str) -> None:
    await asyncio.to_thread(write, redis_url, warning(0))
    stream = follow(context)
    assert (await of_kind(stream, "state"))[1] == {"state": "fresh"}
    began_s = time.monotonic()
    await asyncio.to_thread(write, redis_url, acknowledged(warning(0)), warning(1))
    kind, data, first = await of_kind(stream, "warning")
    assert time.monotonic() - began_s < 2
    assert (kind, data["state"]) == ("warning", "acknowledged")
    _, data, second = await of_kind(stream, "warning")
    assert data["id"] == warning(1).id
    assert first != second
    await stream.aclose()  # type: ignore[attr-defined]
    # Who comes back with the id of the first is told the second, and that alone.
    again = follow(context, since=first or "")
    _, data, _ = await of_kind(again, "warning")
    assert data["id"] == warning(1).id
    await again.aclose()  # type: ignore[attr-defined]


async def test_who_saw_another_time_is_told_to_read_anew(
    context: ApiContext, redis_url: str
) -> None:
    await asyncio.to_thread(write, redis_url, warning(0))
    stream = follow(context, since="1-1")
    _, _, mark = await of_kind(stream, "reset")
    assert mark == context.warnings.list().mark
    await stream.aclose()  # type: ignore[attr-defined]


async def test_snapshots_and_their_silence_are_told(
    context: ApiContext, redis_url: str, grid: Grid
) -> None:
    stream = follow(context)
    assert (await of_kind(stream, "state"))[1] == {"state": "empty"}
    await asyncio.to_thread(
        factory.write, redis_url, factory.snapshot(grid, 41, written_ms=NOON_MS)
    )
    assert (await of_kind(stream, "snapshot"))[1] == {"version": 41}
    await asyncio.to_thread(write, redis_url, written_ms=NOON_MS - 60_000)
    assert (await of_kind(stream, "state"))[1] == {"state": "stale"}
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_listener_sees_what_is_theirs_until_their_account_ends(
    redis_url: str, city_index: CityIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.api.events._LOGIN_S", 0.2)
    file = user_file(tmp_path)
    context = context_of(redis_url, city_index, gate=Gate(file, lambda: NOW_MS))
    headers = {"Authorization": f"Bearer {TOKENS[Role.BUREAU]}"}
    stream = follow(context, headers=headers)
    await of_kind(stream, "state")
    await asyncio.to_thread(write, redis_url, warning(0), warning(1, area="110101002"))
    _, data, _ = await of_kind(stream, "reset")  # the first change of all begins an epoch
    await asyncio.to_thread(write, redis_url, warning(2), warning(3, area="110101002"))
    _, data, _ = await of_kind(stream, "warning")
    assert data["area"] == "110101002"
    changed(file, "bureau", until_ms=NOW_MS)
    async with asyncio.timeout(20):
        async for event in stream:
            assert event[0] != "warning"


def test_listeners_are_bounded(context: ApiContext) -> None:
    watch = ChangeWatch(context.warnings, context.snapshots)
    held = [watch.listening("10.0.0.1") for _ in range(MOST_OF_CLIENT)]
    for each in held:
        each.__enter__()
    with pytest.raises(Problem, match="8 times"), watch.listening("10.0.0.1"):
        pass
    others = [watch.listening(f"10.0.1.{n}") for n in range(MOST_LISTENERS - MOST_OF_CLIENT)]
    for each in others:
        each.__enter__()
    with pytest.raises(Problem, match="too many listen"), watch.listening("10.0.2.1"):
        pass
    held[0].__exit__(None, None, None)
    with watch.listening("10.0.2.1"):
        pass
    assert watching.LOOK_EVERY_S <= 0.1


def test_a_bucket_empties_and_fills() -> None:
    now = [0.0]
    limits = RateLimits(lambda: now[0])
    assert [limits.wait_s("a") for _ in range(int(BURST))] == [0.0] * int(BURST)
    assert limits.wait_s("a") == pytest.approx(1 / RATE_PER_S)
    assert limits.wait_s("b") == 0.0
    now[0] += 1.0
    assert sum(limits.wait_s("a") == 0.0 for _ in range(100)) == int(RATE_PER_S)
    now[0] += 1_000.0
    assert limits.wait_s("a", BURST) == 0.0
    assert limits.wait_s("a", 4.0) > 0.0
