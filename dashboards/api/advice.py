"""Beside the suggestion of a warning: was its rule right, the last times, what is near."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer
from dashboards.api.newest import newest
from dashboards.api.warnings import Id, bounds_of, known, masked
from models.grid.codes import is_within
from models.messages.street_summaries import WatchedCase
from models.messages.warnings import CityWarning
from models.warnings.advice import Advice, advise
from models.warnings.identity import rule_and_area
from models.warnings.suggestions import Precision, precisions


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["warnings"])
    gate, schemas = context.gate, context.schemas

    @router.get(
        "/warnings/{warning}/advice", responses=schemas.responses(Advice, HTTPStatus.NOT_FOUND)
    )
    def get_advice(request: Request, warning: Id) -> Response:
        """Give the precision of its rule, what became of the last ones there, and what is near."""
        caller = gate.require(request)
        found = known(context, caller, warning)
        near = context.warnings.known(bounds_of(context, caller))
        return answer(request, advice_for(context, caller, found, near))

    return router


def advice_for(
    context: ApiContext, caller: Caller, warning: CityWarning, near: Mapping[str, CityWarning]
) -> Advice:
    """Gather what a caller may know beside a warning; `near` are the warnings they may see.

    Pages ask each second: of a long audit only the entries of the rule are looked at.
    """
    entries = [
        masked(each.value, caller)
        for each in context.warnings.audit().entries.values()
        if rule_and_area(each.value.warning)[0] == warning.rule
    ]
    snapshot, _ = newest(context)
    watched = None
    if snapshot is not None:
        watched = [case for case in snapshot.watched if _is_theirs(case, caller)]
    return advise(context.city.catalog, warning, near, entries, watched)


def precision_of_rules(context: ApiContext) -> dict[str, Precision]:
    """Give how often each rule was right, by what people said of its warnings; names nobody."""
    return precisions(each.value for each in context.warnings.audit().entries.values())


def _is_theirs(case: WatchedCase, caller: Caller) -> bool:
    is_near = not caller.areas or any(is_within(case.cell, area) for area in caller.areas)
    return is_near and (not caller.departments or case.department in caller.departments)
