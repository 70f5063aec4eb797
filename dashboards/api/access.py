"""Access: who logged in or out, and who was refused; for admins."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from dashboards.access.callers import Caller
from dashboards.api.context import ApiContext
from dashboards.api.http.lists import answer_list, list_responses
from dashboards.api.http.paging import PageQuery, newest_first
from dashboards.api.http.problems import Problem
from models.messages.access import AccessEntry, AccessEvent
from models.messages.commands import Role


class AccessQuery(PageQuery):
    """Which logins and refusals."""

    event: list[AccessEvent] = Field(default_factory=list)
    user: str = Field("", max_length=64)

    def wants(self, entry: AccessEntry) -> bool:
        """Tell whether an entry is wanted."""
        return self.user in ("", entry.user) and (not self.event or entry.event in self.event)


def routes(context: ApiContext) -> APIRouter:
    """Give the route."""
    router = APIRouter(tags=["audit"])

    @router.get("/access", responses=list_responses(context.schemas, AccessEntry))
    def list_access(request: Request, query: Annotated[AccessQuery, Query()]) -> Response:
        """List the newest 5,000 logins and refusals, the newest first; for admins."""
        require_admin(context.gate.require(request))
        view, after = context.warnings.access(), query.key(int)
        found = [
            (each.change, each.value)
            for each in view.entries.values()
            if (after is None or each.change < after) and query.wants(each.value)
        ]
        items, following = newest_first(found, query.most)
        return answer_list(request, query, AccessEntry, items, following, view.state)

    return router


def require_admin(caller: Caller) -> None:
    """Make sure that an admin asks.

    Raises
    ------
    Problem
        403: somebody else does.
    """
    if caller.role is not Role.ADMIN:
        detail = f"{caller.role} may not see who logs in; an admin may"
        raise Problem(HTTPStatus.FORBIDDEN, detail)
