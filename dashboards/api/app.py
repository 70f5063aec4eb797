"""The API's application: every module of this package that has `routes` adds its part."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

import dashboards.api
from config.discovery import modules_of
from dashboards.api.context import ApiContext
from dashboards.api.http import problems

PREFIX: Final = "/api/v1"
DESCRIPTION: Final = """Gridpulse (城脉): warnings, and what they are made from, of one city.

Times are epoch milliseconds (`…_ms`) in answers and RFC 3339 in questions. Lists answer
`{"items": […], "next": cursor or null}`; give `next` as `after` for the page that follows. Errors
are `application/problem+json` (RFC 9457). An answer that has an `ETag` is not sent again to who
names it in `If-None-Match`.
"""


def create_api(context: ApiContext) -> FastAPI:
    """Make the application; it knows nothing of pages."""
    api = FastAPI(
        title="Gridpulse",
        version="1",
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(api)
    for _, module in modules_of(dashboards.api.__name__):
        if hasattr(module, "routes"):
            api.include_router(module.routes(context), prefix=PREFIX)
    _describe(api, context)
    return api


def _describe(api: FastAPI, context: ApiContext) -> None:
    """Put the types of all answers into the schema."""
    of_routes = api.openapi

    def whole() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = of_routes()
            known = schema.setdefault("components", {}).setdefault("schemas", {})
            known |= context.schemas.components()
        return api.openapi_schema or {}

    api.openapi = whole  # type: ignore[method-assign]
