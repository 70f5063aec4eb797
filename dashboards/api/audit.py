"""The audit: who changed which warning, as what, why and when."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.api.context import ApiContext
from dashboards.api.http.lists import answer_list, list_responses
from dashboards.api.http.moments import Moment, ms_of
from dashboards.api.http.paging import PageQuery, newest_first
from dashboards.api.warnings import bounds_of, masked
from models.messages.audit import AuditEntry
from models.messages.commands import Role
from models.messages.warnings import WarningChange


class AuditQuery(PageQuery):
    """Which changes."""

    warning: str = Field("", max_length=200, description="id of a warning")
    actor: str = Field("", max_length=64)
    change: list[WarningChange] = Field(default_factory=list)
    people: bool = Field(False, description="only what people did")
    since: Moment | None = None
    until: Moment | None = None

    def wants(self, entry: AuditEntry) -> bool:
        """Tell whether a change is wanted."""
        return (
            self.warning in ("", entry.warning)
            and self.actor in ("", entry.actor)
            and (not self.change or entry.change in self.change)
            and (not self.people or entry.role is not Role.SYSTEM)
            and entry.at_ms >= ms_of(self.since)
            and (self.until is None or entry.at_ms < ms_of(self.until))
        )


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit", responses=list_responses(context.schemas, AuditEntry))
    def list_audit(request: Request, query: Annotated[AuditQuery, Query()]) -> Response:
        """List the newest 20,000 changes, the newest first."""
        caller = context.gate.require(request)
        bounds, view = bounds_of(context, caller), context.warnings.audit()
        after = query.key(int)
        found = [
            (each.change, entry)
            for each in view.entries.values()
            if after is None or each.change < after
            if bounds.sees_named(each.value.warning)
            if query.wants(entry := masked(each.value, caller))  # nobody filters by what is hidden
        ]
        items, following = newest_first(found, query.most)
        return answer_list(request, query, AuditEntry, items, following, view.state)

    return router
