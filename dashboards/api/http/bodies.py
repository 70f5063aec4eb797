"""Bodies of requests: JSON that fits a type, or a sentence of what does not."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from dashboards.api.http.answers import JSON, Schemas
from dashboards.api.http.problems import Problem

T = TypeVar("T")


async def body_of(request: Request, kind: type[T]) -> T:
    """Read the body of a request.

    Raises
    ------
    Problem
        415: it is not sent as JSON; 422: it does not fit.
    """
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told != JSON:
        detail = f"send the body as {JSON}, got {told or 'no content type'}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        detail = f"the body is not valid: {error}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None


def described(schemas: Schemas, kind: Any) -> dict[str, Any]:
    """Say in the schema of a route what its body is."""
    content = {JSON: {"schema": schemas.ref(kind)}}
    return {"requestBody": {"required": True, "content": content}}
