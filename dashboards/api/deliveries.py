"""Deliveries: which change of a warning went to whom, and whether it arrived."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer, believable
from dashboards.api.http.lists import answer_list, list_responses
from dashboards.api.http.paging import PageQuery, newest_first
from dashboards.api.http.problems import Problem
from dashboards.api.warnings import bounds_of
from models.messages.receipts import Receipt


class DeliveryState(StrEnum):
    """How a delivery stands."""

    DELIVERED = "delivered"
    TRYING = "trying"  # its newest try failed, and there will be more
    GAVE_UP = "gave-up"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a warning on its way to one receiver, as its newest receipt tells.

    Attributes
    ----------
    id : str
    tries : int
        So far.
    receipt : Receipt
        Of the newest try, or of giving up; `earlier` has the tries before it.
    """

    id: str
    warning: str
    revision: int
    channel: str
    receiver: str
    state: DeliveryState
    tries: int
    receipt: Receipt


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    warning: str = Field("", max_length=200)
    channel: str = Field("", max_length=40)
    state: list[DeliveryState] = Field(default_factory=list)

    def wants(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is wanted."""
        return (
            self.warning in ("", delivery.warning)
            and self.channel in ("", delivery.channel)
            and (not self.state or delivery.state in self.state)
        )


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["deliveries"])
    gate, schemas = context.gate, context.schemas

    @router.get("/deliveries", responses=list_responses(schemas, Delivery))
    def list_deliveries(request: Request, query: Annotated[DeliveryQuery, Query()]) -> Response:
        """List the newest 20,000 deliveries, those that changed last first."""
        caller = gate.require(request)
        bounds = bounds_of(context, caller)
        view, after = context.warnings.deliveries(), query.key(int)
        found = [
            (each.change, delivery)
            for name, each in view.entries.items()
            if after is None or each.change < after
            if bounds.sees_named(each.value.warning)
            if query.wants(delivery := _delivery(name, each.value, caller))
        ]
        items, following = newest_first(found, query.most)
        return answer_list(request, query, Delivery, items, following, view.state)

    @router.get(
        "/deliveries/{delivery}", responses=schemas.responses(Delivery, HTTPStatus.NOT_FOUND)
    )
    def get_delivery(
        request: Request, delivery: Annotated[str, Path(pattern="^[0-9a-f]{24}$")]
    ) -> Response:
        """Give one delivery with its newest receipt."""
        caller = gate.require(request)
        bounds, view = bounds_of(context, caller), context.warnings.deliveries()
        believable(view.state)
        for name, each in view.entries.items():
            if _id(name) == delivery and bounds.sees_named(each.value.warning):
                return answer(request, _delivery(name, each.value, caller))
        detail = f"no delivery {delivery}; /api/v1/deliveries lists those there are"
        raise Problem(HTTPStatus.NOT_FOUND, detail)

    return router


def shown_to(receipt: Receipt, caller: Caller) -> Receipt:
    """Leave out whose address it went to, and what was said there, where that is not for them."""
    if caller.knows_people:
        return receipt
    told = [msgspec.structs.replace(each, detail="") for each in receipt.earlier]
    return msgspec.structs.replace(receipt, receiver="", detail="", earlier=told)


def _delivery(name: str, receipt: Receipt, caller: Caller) -> Delivery:
    """Lay out a delivery."""
    receipt = shown_to(receipt, caller)
    return Delivery(
        id=_id(name),
        warning=receipt.warning,
        revision=receipt.revision,
        channel=receipt.channel,
        receiver=receipt.receiver,
        state=_state(receipt),
        tries=receipt.attempt,
        receipt=receipt,
    )


def _state(receipt: Receipt) -> DeliveryState:
    if receipt.delivered:
        return DeliveryState.DELIVERED
    return DeliveryState.GAVE_UP if receipt.gave_up else DeliveryState.TRYING


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]
