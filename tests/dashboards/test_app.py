"""The server: health, metrics, and headers that keep everything on this machine."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

import dashboards
from dashboards.app import create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from dashboards.guard import LARGEST_BODY
from models.grid.grid import Grid
from models.situation.feed_state import FeedState
from ops.processes.ports import free_port
from tests.dashboards import factory
from tests.dashboards.web import WebClient

CALLBACK = "/_dash-update-component"


def client_of(url: str, city_index: CityIndex) -> WebClient:
    return WebClient(create_app(SnapshotSource.at(url), city_index))


@pytest.fixture
def client(redis_url: str, city_index: CityIndex) -> WebClient:
    return client_of(redis_url, city_index)


def why_not_ready(client: WebClient) -> str | None:
    answer: dict[str, str | None] = client.get("/ready").json()
    return answer["why"]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_the_wall_is_live_without_redis_but_not_ready(city_index: CityIndex) -> None:
    client = client_of(f"redis://127.0.0.1:{free_port()}/0", city_index)
    assert client.get("/live").status_code == 200
    ready = client.get("/ready")
    assert ready.status_code == 503
    assert ready.json() == {
        "ready": False,
        "why": "redis",
        "snapshot_age_s": None,
        "stage": None,
        "feeds": {},
        "line": None,
    }
    assert "gridpulse_wall_snapshot_age_seconds NaN" in client.get("/metrics").text


def test_ready_means_a_fresh_snapshot(client: WebClient, redis_url: str, grid: Grid) -> None:
    assert why_not_ready(client) == "empty"
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=now_ms() - 60_000))
    assert why_not_ready(client) == "quiet"
    feeds = factory.feeds(now_ms())
    factory.write(redis_url, factory.snapshot(grid, 2, written_ms=now_ms(), feeds=feeds))
    assert why_not_ready(client) == "feeds"
    heard = [feed for feed in feeds if feed.state is FeedState.CURRENT]
    factory.write(redis_url, factory.snapshot(grid, 3, written_ms=now_ms(), feeds=heard))
    assert client.get("/ready").status_code == 200
    assert why_not_ready(client) is None


def test_an_optional_feed_that_was_never_heard_does_not_hold_readiness(
    client: WebClient, redis_url: str, grid: Grid
) -> None:
    heard = [feed for feed in factory.feeds(now_ms()) if feed.state is FeedState.CURRENT]
    never = msgspec.structs.replace(heard[0], feed="noise", state=FeedState.NEVER)
    feeds = [*heard, never]
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=now_ms(), feeds=feeds))
    assert why_not_ready(client) == "feeds"
    feeds = [*heard, msgspec.structs.replace(never, is_optional=True)]
    factory.write(redis_url, factory.snapshot(grid, 2, written_ms=now_ms(), feeds=feeds))
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["feeds"]["noise"]["state"] == "never"


def test_ready_and_metrics_say_who_is_behind_and_what_nobody_holds(
    client: WebClient, redis_url: str, grid: Grid
) -> None:
    heard = [feed for feed in factory.feeds(now_ms()) if feed.state is FeedState.CURRENT]
    line = factory.line_behind()
    snapshot = factory.snapshot(grid, 1, written_ms=now_ms(), feeds=heard, line=line)
    factory.write(redis_url, snapshot)
    answer = client.get("/ready")
    told = answer.json()
    assert (answer.status_code, told["why"]) == (503, "line")
    assert told["line"]["lag_records"]["detect"] == 1200
    assert (told["line"]["is_behind"], told["line"]["unassigned"]) == (True, {"panes": 1})
    assert told["line"]["judged"]["dust"]["detect"]["behind_s"] == 21 * 86_400
    assert told["line"]["judged"]["dust"]["silence"]["behind_s"] is None
    metrics = client.get("/metrics").text
    assert 'gridpulse_line_waiting_records{agent="detect"} 1200.0' in metrics
    assert 'gridpulse_line_unassigned_partitions{agent="panes"} 1.0' in metrics
    assert 'gridpulse_judged_behind_seconds{agent="detect",feed="dust"} 1.8144e+06' in metrics
    assert 'gridpulse_judged_behind_seconds{agent="silence",feed="dust"} NaN' in metrics
    assert 'gridpulse_judged_behind_seconds{agent="outbreaks",feed="cases"} NaN' in metrics
    held = [msgspec.structs.replace(agent, unassigned=0) for agent in line.agents]
    line = msgspec.structs.replace(line, agents=held)
    snapshot = factory.snapshot(grid, 2, written_ms=now_ms(), feeds=heard, line=line)
    factory.write(redis_url, snapshot)
    assert client.get("/ready").status_code == 200, "behind is no reason to take a wall away"


def test_ready_and_metrics_name_a_stale_feed(client: WebClient, redis_url: str, grid: Grid) -> None:
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=now_ms()))
    answer = client.get("/ready")
    assert answer.status_code == 503
    told = answer.json()
    assert told["stage"] == "red"
    assert told["feeds"]["hazard"] == {"state": "stale", "mode": "replay", "age_s": 400.0}
    metrics = client.get("/metrics").text
    assert 'gridpulse_feed_state{feed="hazard",state="stale"} 1.0' in metrics
    assert 'gridpulse_feed_state{feed="dust",state="stale"} 0.0' in metrics
    assert 'gridpulse_feed_age_seconds{feed="hazard"} 400.0' in metrics
    assert 'gridpulse_feed_is_replay{feed="hazard"} 1.0' in metrics
    assert 'gridpulse_stage{stage="red"} 1.0' in metrics
    assert 'gridpulse_stage{stage="normal"} 0.0' in metrics


def test_the_page_and_its_headers(client: WebClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert '<html lang="zh-CN" class="is-stale theme-wall">' in response.text
    assert "http://" not in response.text.replace("http://www.w3.org", "")
    assert "https://" not in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


# --- what is let through ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/live", "/metrics", "/_dash-layout", "/assets/alive.js"])
def test_what_the_page_asks_for_is_answered_and_head_is_known(client: WebClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.send("HEAD", path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/index.php",
        "/.env",
        "/docs",
        "/openapi.json",
        "/_reload-hash",
        "/assets/../app.py",
        "/assets/nothing.css",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/dash/dash.py",
    ],
)
def test_an_unknown_path_is_not_found(client: WebClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("DELETE", "/live"), ("GET", CALLBACK)]
)
def test_another_method_is_refused(client: WebClient, method: str, path: str) -> None:
    assert client.send(method, path).status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8050", 200),
        ("localhost", 200),
        ("[::1]:8050", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example:8050", 400),
    ],
)
def test_a_name_that_is_not_ours_is_refused(
    redis_url: str, city_index: CityIndex, host: str, status: int
) -> None:
    app = create_app(SnapshotSource.at(redis_url), city_index)
    client = WebClient(app, "127.0.0.1")
    assert client.get("/live", headers={"Host": host}).status_code == status


# --- callbacks ----------------------------------------------------------------------------------


def asking(**changes: Any) -> dict[str, Any]:
    """Body that a new page sends for its content; `changes` replace its parts."""
    place = {"id": "address", "property": "pathname", "value": "/bureau"}
    return {
        "output": "room.children",
        "outputs": {"id": "room", "property": "children"},
        "inputs": [place],
        "changedPropIds": ["address.pathname"],
    } | changes


def test_a_page_is_answered_with_its_own_content(client: WebClient) -> None:
    answer = client.post(CALLBACK, json=asking())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert '"data-channel":"bureau"' in answer.text


def test_a_path_that_is_no_page_shows_the_wall(client: WebClient) -> None:
    place = {"id": "address", "property": "pathname", "value": "/elsewhere"}
    answer = client.post(CALLBACK, json=asking(inputs=[place]))
    assert '"data-channel":"wall"' in answer.text


def bad_bodies() -> list[Any]:
    place = asking()["inputs"][0]
    values: list[Any] = [1, [], {}, True]
    return [
        *(asking(inputs=[place | {"value": value}]) for value in values),
        *(asking(inputs=[place | {key: "x"}]) for key in ("id", "property")),
        asking(inputs=[place | {"id": {"index": "ALL"}}]),
        None, 1, "x", [], [asking()], {},
        asking(output="..a.b.."), asking(output=["x"]), asking(output=None),
        asking(inputs=None), asking(inputs=[]), asking(inputs=[[]]), asking(inputs=[place, place]),
        asking(state={}), asking(state=[place]), asking(changedPropIds=7),
        asking(changedPropIds=[7]),
    ]  # fmt: skip


@pytest.mark.parametrize("body", bad_bodies(), ids=range(len(bad_bodies())))
def test_a_callback_of_wrong_types_is_a_bad_request_in_one_sentence(
    client: WebClient, body: Any
) -> None:
    answer = client.post(CALLBACK, content=json.dumps(body))
    assert answer.status_code == 400
    assert answer.text.startswith("not a valid callback: ")
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b'{"output": NaN}'])
def test_a_callback_that_is_not_json_is_a_bad_request(client: WebClient, body: bytes) -> None:
    assert client.post(CALLBACK, content=body).status_code == 400


def test_an_oversized_request_is_refused(client: WebClient) -> None:
    assert client.post(CALLBACK, content=b"x" * (LARGEST_BODY + 1)).status_code == 413

    async def dripping() -> Any:
        for _ in range(LARGEST_BODY // 1000 + 1):
            yield b"x" * 1000

    assert client.post(CALLBACK, content=dripping()).status_code == 413


# --- assets -------------------------------------------------------------------------------------


def test_every_reason_to_be_stale_has_its_rule_in_the_style_sheet() -> None:
    from dashboards.common.frame import STALE_REASONS

    css = (Path(dashboards.__file__).parent / "assets" / "tokens.css").read_text(encoding="utf-8")
    for reason in STALE_REASONS:
        assert f'html[data-stale-reason="{reason}"] .stale-reason[data-reason="{reason}"]' in css


def test_the_assets_name_no_other_machine() -> None:
    for asset in (Path(dashboards.__file__).parent / "assets").iterdir():
        text = asset.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text
        assert "@import" not in text
