"""The API of the small city, on a fresh Redis."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from starlette.types import ASGIApp

from dashboards.access.gate import Gate
from dashboards.api.context import ApiContext
from dashboards.app import LOCAL_HOSTS, create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource, redis_client
from dashboards.common.warning_book import WarningReader
from tests.dashboards.common.books import NOON_MS
from tests.dashboards.web import WebClient


def context_of(url: str, city_index: CityIndex, **more: Any) -> ApiContext:
    parts: dict[str, Any] = {"gate": Gate(None, lambda: NOON_MS, "demo")} | more
    return ApiContext(
        warnings=WarningReader(redis_client(url), lambda: NOON_MS),
        snapshots=SnapshotSource.at(url),
        city=city_index,
        now_ms=lambda: NOON_MS,
        **parts,
    )


def server_of(context: ApiContext, hosts: Collection[str] = LOCAL_HOSTS) -> ASGIApp:
    return create_app(context.snapshots, context.city, hosts, context)


@pytest.fixture
def client(redis_url: str, city_index: CityIndex) -> WebClient:
    return WebClient(server_of(context_of(redis_url, city_index)))
