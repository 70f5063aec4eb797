"""Schemathesis over the whole API: what the schema says is what is answered, whatever is asked.

In the process and short here; `SCHEMATHESIS_EXAMPLES=200` asks more of each route.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from redis import Redis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.api.app import create_api
from dashboards.api.http import limits
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.messages.street_summaries import IndicatorCount
from ops.analysis.case_pages import CasePages
from ops.analysis.overview import ArchiveOverview
from ops.analysis.pane_history import ArchivedPanes
from ops.events.close_out_desk import CloseOutDesk
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_cases import EVENTS
from tests.dashboards.api.test_commands import MINE, Line
from tests.dashboards.api.test_handovers import HandoverLine
from tests.dashboards.api.test_operator_pages import KnownLetters
from tests.dashboards.api.test_subscriptions import Book
from tests.dashboards.common.books import NOON_MS, acknowledged, entry, receipt, write
from tests.ops.analysis.test_case_history import write as write_archive

# Whether a rule, a place or a day of a subscription is there is no matter of its schema; nor is
# whether one time goes with another, or a day is over.
PASSED_OVER = {
    ("/api/v1/subscriptions", "post"): [positive_data_acceptance],
    ("/api/v1/history", "get"): [positive_data_acceptance],
    ("/api/v1/situation-index", "get"): [positive_data_acceptance],
}
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture(scope="module")
def schema(
    shared_redis: str, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A server that knows a little of everything."""
    archive = tmp_path_factory.mktemp("archive")
    day = date(2014, 4, 16)
    fill(shared_redis, catalog.grid_at(day), archive)
    line = Line()
    context = context_of(
        shared_redis,
        CityIndex(catalog, catalog.grid_at, day, catalog.registry.departments),
        ask=line.ask,
        ask_handover=HandoverLine(shared_redis, catalog.events).ask,
        close_outs=CloseOutDesk(Settings(archive_dir=archive), catalog),
        cases=CasePages(Settings(archive_dir=archive), catalog),
        history=ArchivedPanes(archive),
        overview=ArchiveOverview(Settings(archive_dir=archive), catalog),
        to_pdf=lambda *_: b"%PDF",
        publish=lambda *_: None,
        subscriptions=Book(catalog),
        dead_letters=KnownLetters(),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "BURST", 1e9)
        yield schemathesis.openapi.from_asgi(
            "/api/v1/openapi.json", server_of(context, ("testserver",))
        )


def fill(url: str, grid: Grid, archive: Path) -> None:
    with Redis.from_url(url) as client:
        client.flushall()
    counts = [IndicatorCount("30d", "all", "all", "closed_of_due", 911, 972)]
    factory.write(url, factory.snapshot(grid, 1, written_ms=NOON_MS, indicators=counts))
    write(url, MINE, entry(MINE), acknowledged(MINE), entry(acknowledged(MINE)), receipt(MINE))
    write_archive(archive, EVENTS)


def operations() -> Iterator[tuple[str, str]]:
    """Every path and method of the schema, but the stream that never ends."""
    city = CityIndex(load(Settings()), load(Settings()).grid_at, date(2014, 4, 16))
    schema = create_api(context_of("redis://127.0.0.1:1/0", city)).openapi()
    for path, methods in schema["paths"].items():
        yield from ((path, method) for method in methods if path != "/api/v1/events")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), list(operations()))
def test_the_api_keeps_to_its_schema(
    schema: Any, path: str, method: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def keeps(case: Any) -> None:
        case.call_and_validate(excluded_checks=PASSED_OVER.get((path, method), []))

    try:
        keeps()
    except Unsatisfiable:
        pytest.skip("nothing of this kind can be asked of it")
