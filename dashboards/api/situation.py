"""What the newest snapshot knows of the city: situation, feeds and indicators."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.newest import newest, required
from dashboards.common.book import BookState
from dashboards.common.metrics import value_of
from models.cases.indicators.definitions import INDICATORS
from models.messages.street_summaries import IndicatorCount, RankedGroup, StageNow
from models.situation.feed_state import FeedState
from models.situation.line_now import LineNow
from models.situation.snapshot import FeedNow, Headline, Snapshot
from models.situation.stage import Reason


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The city at one moment; `state` says how far that may be believed.

    Attributes
    ----------
    version, written_ms : int
        Of the snapshot.
    mode, clock_ms, watermark_ms
        `live` or `replay`; the time by which ages are judged; up to which all feeds have reported.
    stage : str
    reasons : list of Reason
        The gravest first.
    open_by_level : dict of str to int
    line : LineNow
        How far behind what was read the rest is.
    """

    state: BookState
    version: int
    written_ms: int
    mode: str
    clock_ms: int
    watermark_ms: int
    stage: str
    reasons: list[Reason]
    headlines: list[Headline]
    open_by_level: dict[str, int]
    stages: dict[str, StageNow]
    rankings: dict[str, list[RankedGroup]]
    figures: dict[str, float]
    latency_ms: dict[str, dict[str, float | None]]
    line: LineNow


class IndicatorNow(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator of one group in one window, with what it is made of and how it is defined."""

    window: str
    by: str
    group: str
    indicator: str
    numerator: float
    denominator: int | None
    value: float | None
    definition: str


class IndicatorQuery(PageQuery):
    """Which indicators."""

    window: str = Field(
        "", max_length=20, description="`today`, `7d`, `30d`, `month`, `year`, `now`"
    )
    by: str = Field("", max_length=40, description="`all`, `street`, `department`")
    group: str = Field("", max_length=200)
    indicator: str = Field("", max_length=100, description="its code")


class FeedQuery(PageQuery):
    """Which feeds."""

    state: list[FeedState] = Field(default_factory=list)


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["situation"])
    gate, schemas = context.gate, context.schemas

    @router.get("/situation", responses=schemas.responses(Situation))
    def get_situation(request: Request) -> Response:
        """Give the stage of the city with its reasons, headlines, the closed loop and rankings."""
        gate.require(request)
        snapshot, state = required(context)
        return answer(request, _situation(snapshot, state))

    @router.get("/feeds", responses=list_responses(schemas, FeedNow))
    def list_feeds(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """List the feeds with their health."""
        gate.require(request)
        snapshot, state = newest(context)
        known = snapshot.feeds if snapshot else []
        feeds = [feed for feed in known if not query.state or feed.state in query.state]
        items, after = page_of(feeds, lambda feed: feed.feed, query, str)
        return answer_list(request, query, FeedNow, items, after, state)

    @router.get("/indicators", responses=list_responses(schemas, IndicatorNow))
    def list_indicators(request: Request, query: Annotated[IndicatorQuery, Query()]) -> Response:
        """List the indicators of cases, each with numerator, denominator and definition."""
        gate.require(request)
        snapshot, state = newest(context)
        wanted = {n: v for n in ("window", "by", "group", "indicator") if (v := getattr(query, n))}
        found = [
            _indicator(each)
            for each in (snapshot.indicators if snapshot else [])
            if all(getattr(each, name) == value for name, value in wanted.items())
        ]
        items, after = page_of(found, _indicator_key, query, tuple[str, str, str, str])
        return answer_list(request, query, IndicatorNow, items, after, state)

    return router


def _situation(snapshot: Snapshot, state: BookState) -> Situation:
    same = set(Situation.__struct_fields__) - {"state", "stage", "reasons"}
    return Situation(
        state=state,
        stage=snapshot.stage.stage.slug,
        reasons=snapshot.stage.reasons,
        **{name: getattr(snapshot, name) for name in same},
    )


def _indicator(count: IndicatorCount) -> IndicatorNow:
    known = INDICATORS.get(count.indicator)
    return IndicatorNow(
        window=count.window,
        by=count.by,
        group=count.group,
        indicator=count.indicator,
        numerator=count.numerator,
        denominator=count.denominator,
        value=value_of(count),
        definition=known.definition if known else "",
    )


def _indicator_key(each: IndicatorNow) -> tuple[str, str, str, str]:
    return each.window, each.by, each.group, each.indicator
