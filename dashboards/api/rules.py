"""The rules in force: what they watch, their levels, who owns them and what is to be done."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from config.catalog import Rule
from dashboards.api.advice import precision_of_rules
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.common.book import BookState
from models.warnings.suggestions import Precision

Text = dict[str, str]


class RuleNow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule.

    Attributes
    ----------
    levels : dict of str to float
        Level → where it begins, in days by chance alone of a learned rule.
    action : Text
        What to do.
    response_minutes : int
        Within which somebody should have acted.
    details : dict
        All fields of its file.
    precision : Precision or None
        How often it was right, by what people said; None where nobody judged its warnings.
    """

    name: str
    kind: str
    title: Text
    feed: str
    metric: str
    levels: dict[str, float]
    cause: Text
    consequence: Text
    action: Text
    owner: Text
    response_minutes: int
    latches: bool
    details: dict[str, Any]
    precision: Precision | None = None


class RuleQuery(PageQuery):
    """Which rules."""

    feed: str = Field("", max_length=100)
    kind: str = Field("", max_length=100)


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["rules"])
    gate, schemas = context.gate, context.schemas
    known = {name: _rule(rule) for name, rule in context.city.catalog.rules.items()}

    @router.get("/rules", responses=list_responses(schemas, RuleNow))
    def list_rules(request: Request, query: Annotated[RuleQuery, Query()]) -> Response:
        """List the rules."""
        gate.require(request)
        right = precision_of_rules(context)
        found = [
            msgspec.structs.replace(rule, precision=right.get(rule.name))
            for rule in known.values()
            if query.feed in ("", rule.feed) and query.kind in ("", rule.kind)
        ]
        items, after = page_of(found, lambda rule: rule.name, query, str)
        return answer_list(request, query, RuleNow, items, after, BookState.FRESH)

    @router.get("/rules/{rule}", responses=schemas.responses(RuleNow, HTTPStatus.NOT_FOUND))
    def get_rule(request: Request, rule: Annotated[str, Path(max_length=200)]) -> Response:
        """Give one rule."""
        gate.require(request)
        if rule not in known:
            detail = f"no rule {rule!r}; /api/v1/rules lists those there are"
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        right = precision_of_rules(context)
        return answer(request, msgspec.structs.replace(known[rule], precision=right.get(rule)))

    return router


def _rule(rule: Rule) -> RuleNow:
    return RuleNow(
        name=rule.name,
        kind=rule.kind,
        title=rule.title,
        feed=rule.feed,
        metric=rule.metric,
        levels={str(level): float(begin) for level, begin in rule.levels.items()},
        cause=rule.cause,
        consequence=rule.consequence,
        action=rule.suggestion,
        owner=rule.owner,
        response_minutes=rule.response_minutes,
        latches=rule.latches,
        details=rule.model_dump(mode="json"),
    )
