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
        given = _whole(msgspec.json.decode(await request.body()))
        return msgspec.convert(given, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        detail = f"the body is not valid: {error}"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None


def _whole(value: Any) -> Any:
    """Give every number that is whole as one: in JSON 3.0 is an integer as 3 is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value


def described(schemas: Schemas, kind: Any) -> dict[str, Any]:
    """Say in the schema of a route what its body is."""
    content = {JSON: {"schema": schemas.ref(kind)}}
    return {"requestBody": {"required": True, "content": content}}
