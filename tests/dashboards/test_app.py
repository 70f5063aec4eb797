"""The server: health, metrics, and headers that keep everything on this machine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from dash import Dash
from flask.testing import FlaskClient

import dashboards
from dashboards.app import create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from models.grid.grid import Grid
from ops.processes.child import free_port
from tests.dashboards import factory


def client_of(url: str, atlas: CityIndex) -> FlaskClient:
    app: Dash = create_app(SnapshotSource.at(url), atlas)
    client: FlaskClient = app.server.test_client()
    return client


@pytest.fixture
def client(redis_url: str, atlas: CityIndex) -> FlaskClient:
    return client_of(redis_url, atlas)


def why_not_ready(client: FlaskClient) -> str | None:
    answer: dict[str, str | None] = client.get("/ready").get_json()
    return answer["why"]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_the_wall_is_live_without_redis_but_not_ready(atlas: CityIndex) -> None:
    client = client_of(f"redis://127.0.0.1:{free_port()}/0", atlas)
    assert client.get("/live").status_code == 200
    ready = client.get("/ready")
    assert ready.status_code == 503
    assert ready.json == {"ready": False, "why": "redis", "snapshot_age_s": None}
    assert "gridpulse_wall_snapshot_age_seconds NaN" in client.get("/metrics").text


def test_ready_means_a_fresh_snapshot(client: FlaskClient, redis_url: str, grid: Grid) -> None:
    assert why_not_ready(client) == "empty"
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=now_ms() - 60_000))
    assert why_not_ready(client) == "quiet"
    factory.write(redis_url, factory.snapshot(grid, 2, written_ms=now_ms()))
    assert client.get("/ready").status_code == 200
    assert why_not_ready(client) is None


def test_the_page_and_its_headers(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert '<html lang="zh-CN" class="is-stale">' in response.text
    assert "http://" not in response.text.replace("http://www.w3.org", "")
    assert "https://" not in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'sha256-" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_an_oversized_request_is_refused(client: FlaskClient) -> None:
    response = client.post(
        "/_dash-update-component", data=b"x" * 300_000, content_type="application/json"
    )
    assert response.status_code == 413


def test_every_reason_to_be_stale_has_its_rule_in_the_style_sheet(client: FlaskClient) -> None:
    from dashboards.rooms.leadership.layout import STALE_REASONS

    css = (Path(dashboards.__file__).parent / "assets" / "wall.css").read_text(encoding="utf-8")
    for reason in STALE_REASONS:
        assert f'html[data-stale-reason="{reason}"] .stale-reason[data-reason="{reason}"]' in css


def test_the_assets_name_no_other_machine() -> None:
    for asset in (Path(dashboards.__file__).parent / "assets").iterdir():
        text = asset.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text
        assert "@import" not in text
