"""Subscriptions: who is told of which warnings; listed, tried on the past, made and ended."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from config.errors import GridpulseError, InputError
from config.place import Strict
from config.subscriptions import SubscriptionEntry
from dashboards.access.callers import Caller, Scope
from dashboards.api.cases import away
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.common.book import BookState
from dashboards.common.subscription_book import Subscriptions
from models.grid.codes import is_within
from models.messages.commands import Role
from models.messages.subscriptions import Channel, Subscription
from models.warnings.routing import Router
from models.warnings.subscriptions import Rehearsal

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]


class SubscriptionQuery(PageQuery):
    """Which subscriptions."""

    channel: Channel | None = None
    ended: bool = Field(False, description="Also those that have ended.")


class SubscriptionBody(Strict):
    """What is asked."""

    subscription: SubscriptionEntry  # as in `subscriptions.yaml`
    # The newest version that the asker saw, 0 for a new one; nothing is done where another stands.
    version: int = Field(0, ge=0, le=2**30)


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it was or would be saved, and what the last 30 days would have brought."""

    subscription: Subscription
    rehearsal: Rehearsal
    saved: bool


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["subscriptions"])
    schemas = context.schemas
    desk = SubscriptionsInBounds(context)
    refusals = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT

    @router.get("/subscriptions", responses=list_responses(schemas, Subscription))
    def list_subscriptions(
        request: Request, query: Annotated[SubscriptionQuery, Query()]
    ) -> Response:
        """List the subscriptions as they stood at most 5 s ago, by id."""
        caller = desk.reader(context.gate.require(request))
        found = [
            each
            for each in desk.visible(caller, ended=query.ended)
            if query.channel in (None, each.channel)
        ]
        items, after = page_of(found, lambda each: each.id, query, str)
        return answer_list(request, query, Subscription, items, after, BookState.FRESH)

    found_or_not = schemas.responses(Subscription, HTTPStatus.NOT_FOUND)

    @router.get("/subscriptions/{subscription}", responses=found_or_not)
    def get_subscription(request: Request, subscription: Name) -> Response:
        """Give the newest version of one."""
        caller = desk.reader(context.gate.require(request))
        return answer(request, _shown(desk.one(caller, subscription), caller))

    made = schemas.responses(Subscribed, *refusals, status=HTTPStatus.CREATED)
    tried = schemas.responses(Subscribed)

    @router.post("/subscriptions", status_code=201, responses={**made, 200: tried[200]})
    def add_subscription(
        request: Request, body: SubscriptionBody, dry_run: bool = False
    ) -> Response:
        """Make one, or a new version; with `dry_run` check it and try it on the past alone."""
        caller = context.gate.require(request, Scope.COMMAND)
        subscription, rehearsal = desk.tried(caller, body)
        if not dry_run:
            desk.save(subscription)
        result = Subscribed(
            subscription=_shown(subscription, caller), rehearsal=rehearsal, saved=not dry_run
        )
        return answer(request, result, HTTPStatus.OK if dry_run else HTTPStatus.CREATED)

    ended = schemas.responses(Subscription, *refusals)

    @router.delete("/subscriptions/{subscription}", responses=ended)
    def end_subscription(request: Request, subscription: Name) -> Response:
        """End one now; what is still on its way to it is dropped."""
        caller = context.gate.require(request, Scope.COMMAND)
        return answer(request, _shown(desk.end(caller, subscription), caller))

    return router


class SubscriptionsInBounds:
    """Subscriptions within the bounds of who asks, with every refusal as a problem."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._router = Router(context.city.catalog)

    def reader(self, caller: Caller) -> Caller:
        """Give who asks, if they may see who is told; raises `Problem` 403."""
        if caller.role is Role.VIEWER:
            raise Problem(HTTPStatus.FORBIDDEN, f"{caller.role} may not see who is told")
        return caller

    def known(self) -> Mapping[str, Subscription]:
        """Give all there are; the webhook of the settings is known by its URL and none of them."""
        try:
            found = self._book.known()
        except GridpulseError as error:
            raise away(error) from None
        return {name: each for name, each in found.items() if "://" not in name}

    def visible(self, caller: Caller, *, ended: bool = False) -> list[Subscription]:
        """Give what a caller may see, without addresses that are not meant for them."""
        return [
            _shown(each, caller)
            for each in self.known().values()
            if self.is_of(caller, each) and (ended or self.is_running(each))
        ]

    def one(self, caller: Caller, name: str) -> Subscription:
        """Give one that the caller may see."""
        found = self.known().get(name)
        if found is None or not self.is_of(caller, found):
            detail = f"no subscription {name!r}; /api/v1/subscriptions lists those there are"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        return found

    def is_running(self, subscription: Subscription) -> bool:
        """Tell whether it has not ended."""
        return not subscription.is_ended and subscription.until_ms > self._context.now_ms()

    def is_of(self, caller: Caller, subscription: Subscription) -> bool:
        """Tell whether all that it is told of lies within the bounds of a caller."""
        if caller.departments:
            own = self._context.city.rules_of(caller.departments)
            if not own.issuperset(self._router.selected_rules(subscription)):
                return False
        if caller.within is None:
            return True
        places = {*subscription.areas, *self._router.cells_of(subscription)}
        return bool(places) and all(
            any(is_within(place, area) for area in caller.within) for place in places
        )

    def tried(self, caller: Caller, body: SubscriptionBody) -> tuple[Subscription, Rehearsal]:
        """Make the version that is asked for, and try it on the past."""
        before = self.known().get(body.subscription.id)
        if before is not None and not self.is_of(caller, before):
            raise Problem(HTTPStatus.CONFLICT, "this id is taken by others; take another")
        if body.version != (before.version if before else 0):
            raise _overtaken(body.subscription.id)
        try:
            made = self._book.made(body.subscription, before, caller.name)
            if not self.is_of(caller, made):
                detail = "it reaches beyond your areas or departments; name `areas` and `rules`"
                raise Problem(HTTPStatus.FORBIDDEN, detail)
            return made, self._book.rehearsed(made)
        except InputError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except GridpulseError as error:
            raise away(error) from None

    def end(self, caller: Caller, name: str) -> Subscription:
        """End one."""
        found = self.one(caller, name)
        if found.is_ended:
            raise Problem(HTTPStatus.CONFLICT, f"subscription {name!r} has ended already")
        ended = self._book.ended(found, caller.name)
        self.save(ended)
        return ended

    def save(self, subscription: Subscription) -> None:
        """Save a version."""
        try:
            is_saved = self._book.save(subscription)
        except GridpulseError as error:
            raise away(error) from None
        if not is_saved:
            raise _overtaken(subscription.id)

    @property
    def _book(self) -> Subscriptions:
        if self._context.subscriptions is None:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "this server knows no subscriptions")
        return self._context.subscriptions


def _overtaken(name: str) -> Problem:
    detail = f"subscription {name} has another version by now: read it, and send that `version`"
    return Problem(HTTPStatus.CONFLICT, detail)


def _shown(subscription: Subscription, caller: Caller) -> Subscription:
    """Leave out addresses and names where they are not meant for the caller."""
    if caller.knows_people or subscription.by == caller.name:
        return subscription
    return msgspec.structs.replace(subscription, address="", by="")
