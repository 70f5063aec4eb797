"""Map layers of the newest snapshot, and the values of cells on them."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Annotated

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.moments import Code
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.api.newest import newest, required
from models.grid.codes import is_within
from models.situation.snapshot import Layer, Snapshot


class LayerNow(msgspec.Struct, frozen=True, kw_only=True):
    """One map layer; its values are at `/cells?layer=`.

    `cells` counts those with a value, `low` and `high` bound them.
    """

    id: str
    title: dict[str, str]
    unit: str
    decimals: int
    event_ms: int
    feed: str
    stale_after_s: int
    cells: int
    low: float | None
    high: float | None


class CellValue(msgspec.Struct, frozen=True, kw_only=True):
    """Value of one cell on one layer."""

    cell: str
    layer: str
    value: float


class CellNow(msgspec.Struct, frozen=True, kw_only=True):
    """All values of one cell; a layer without one is left out."""

    cell: str
    values: dict[str, float]


class CellQuery(PageQuery):
    """Which cells of which layer."""

    layer: str = Field(max_length=100, description="id of a layer, from /layers")
    area: list[Code] = Field(default_factory=list)


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["situation"])
    gate, schemas = context.gate, context.schemas

    @router.get("/layers", responses=list_responses(schemas, LayerNow))
    def list_layers(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        """List the map layers."""
        gate.require(request)
        snapshot, state = newest(context)
        layers = [_layer(each) for each in (snapshot.layers if snapshot else [])]
        items, after = page_of(layers, lambda layer: layer.id, query, str)
        return answer_list(request, query, LayerNow, items, after, state)

    @router.get("/cells", responses=list_responses(schemas, CellValue, HTTPStatus.NOT_FOUND))
    def list_cells(request: Request, query: Annotated[CellQuery, Query()]) -> Response:
        """List the cells that have a value on a layer."""
        gate.require(request)
        snapshot, state = required(context)
        layer = next((each for each in snapshot.layers if each.id == query.layer), None)
        if layer is None:
            detail = f"no layer {query.layer!r}; /api/v1/layers lists those there are"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        cells = [
            CellValue(cell=code, layer=layer.id, value=value)
            for code, value in _values(context, snapshot, layer).items()
            if not query.area or any(is_within(code, area) for area in query.area)
        ]
        items, after = page_of(cells, lambda each: each.cell, query, str)
        return answer_list(request, query, CellValue, items, after, state)

    @router.get("/cells/{cell}", responses=schemas.responses(CellNow, HTTPStatus.NOT_FOUND))
    def get_cell(request: Request, cell: Annotated[str, Path(pattern="^[0-9]{15}$")]) -> Response:
        """Give all values of one cell."""
        gate.require(request)
        snapshot, _ = required(context)
        if cell not in _codes(context, snapshot):
            raise Problem(HTTPStatus.NOT_FOUND, f"the city has no cell {cell}")
        values = {
            layer.id: found[cell]
            for layer in snapshot.layers
            if cell in (found := _values(context, snapshot, layer))
        }
        return answer(request, CellNow(cell=cell, values=values))

    return router


def _layer(layer: Layer) -> LayerNow:
    known = layer.values[np.isfinite(layer.values)]
    return LayerNow(
        id=layer.id,
        title=layer.title,
        unit=layer.unit,
        decimals=layer.decimals,
        event_ms=layer.event_ms,
        feed=layer.feed,
        stale_after_s=layer.stale_after_s,
        cells=len(known),
        low=float(known.min()) if len(known) else None,
        high=float(known.max()) if len(known) else None,
    )


def _values(context: ApiContext, snapshot: Snapshot, layer: Layer) -> dict[str, float]:
    """Give the values of a layer by cell, those there are."""
    pairs = zip(_codes(context, snapshot), layer.values.tolist(), strict=True)
    return {code: round(value, layer.decimals + 2) for code, value in pairs if math.isfinite(value)}


def _codes(context: ApiContext, snapshot: Snapshot) -> list[str]:
    raster = context.city.raster_for(snapshot)
    if raster is None:
        detail = "the snapshot is of another grid than the configured one"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return [str(code) for code in raster.grid.codes.tolist()]
