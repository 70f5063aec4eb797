"""Warnings: the list, one, and what was done about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from config.rules import LevelName
from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.answers import answer, believable
from dashboards.api.http.lists import answer_list, list_responses, page_of
from dashboards.api.http.moments import Code, Moment, ms_of
from dashboards.api.http.paging import PageQuery
from dashboards.api.http.problems import Problem
from dashboards.common.warning_book import OPEN, Key, WarningFilter
from models.messages.audit import AuditEntry
from models.messages.commands import Role
from models.messages.warnings import CityWarning, Level, LifeState

Id = Annotated[str, Path(min_length=1, max_length=200, description="Id of the warning.")]


class WarningQuery(PageQuery):
    """Which warnings, in which order."""

    level: list[LevelName] = Field(default_factory=list)
    state: list[LifeState] = Field(default_factory=list)
    area: list[Code] = Field(
        default_factory=list, description="Code of a place; all that lies in it."
    )
    rule: list[str] = Field(default_factory=list)
    since: Moment | None = Field(None, description="Raised at or after.")
    until: Moment | None = Field(None, description="Raised before.")
    open: bool = Field(False, description="Only what somebody has to deal with.")
    order: Literal["newest", "worst"] = "newest"

    def wanted(self, context: ApiContext, caller: Caller) -> WarningFilter:
        """Give the filter of the reader."""
        return WarningFilter(
            levels=frozenset(Level[each.upper()] for each in self.level),
            states=frozenset(self.state) or (OPEN if self.open else frozenset()),
            areas=frozenset(self.area),
            rules=frozenset(self.rule),
            since_ms=ms_of(self.since),
            until_ms=ms_of(self.until),
            **seen_by(context, caller),
        )


def routes(context: ApiContext) -> APIRouter:
    """Give the routes."""
    router = APIRouter(tags=["warnings"])
    gate, reader, schemas = context.gate, context.warnings, context.schemas

    @router.get("/warnings", responses=list_responses(schemas, CityWarning))
    def list_warnings(request: Request, query: Annotated[WarningQuery, Query()]) -> Response:
        """List warnings: all that are not over, and the newest that are."""
        caller = gate.require(request)
        page = reader.list(
            query.wanted(context, caller),
            after=query.key(Key),
            limit=query.most,
            order=query.order,
        )
        return answer_list(request, query, CityWarning, page.items, page.after, page.state)

    @router.get(
        "/warnings/{warning}", responses=schemas.responses(CityWarning, HTTPStatus.NOT_FOUND)
    )
    def get_warning(request: Request, warning: Id) -> Response:
        """Give the newest revision of one warning."""
        return answer(request, known(context, gate.require(request), warning))

    @router.get(
        "/warnings/{warning}/history",
        responses=list_responses(schemas, AuditEntry, HTTPStatus.NOT_FOUND),
    )
    def get_history(
        request: Request, warning: Id, query: Annotated[PageQuery, Query()]
    ) -> Response:
        """Give what was done about one warning, by whom and when, the oldest first."""
        caller = gate.require(request)
        known(context, caller, warning)
        entries, state = reader.history(warning)
        told = [masked(entry, caller) for entry in entries]
        items, after = page_of(told, lambda entry: entry.revision, query, int)
        return answer_list(request, query, AuditEntry, items, after, state)

    return router


def known(context: ApiContext, caller: Caller, warning: str) -> CityWarning:
    """Give a warning that a caller may see.

    Raises
    ------
    Problem
        404: there is none, or none for them; 503: nothing is known at present.
    """
    found, state = context.warnings.get(warning)
    believable(state)
    if found is None or not bounds_of(context, caller).sees(found):
        detail = f"no warning {warning!r}; /api/v1/warnings lists those there are"
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return found


def bounds_of(context: ApiContext, caller: Caller) -> WarningFilter:
    """Give the filter of all that a caller may see."""
    return WarningFilter(**seen_by(context, caller))


def seen_by(context: ApiContext, caller: Caller) -> dict[str, Any]:
    """Bounds of what a caller may see, as parts of a filter: their areas, and what they answer."""
    rules = None
    if caller.departments:
        rules = context.city.rules_of(caller.departments)
    return {"within": caller.within, "own_rules": rules}


def masked(entry: AuditEntry, caller: Caller) -> AuditEntry:
    """Leave out who did something, and their words, for whom that is not meant."""
    if caller.knows_people or entry.role is Role.SYSTEM or entry.actor == caller.name:
        return entry
    return msgspec.structs.replace(entry, actor="", text="")
