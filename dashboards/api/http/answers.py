"""Answers as JSON with an ETag, and how the schema says what they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

import msgspec
from fastapi import Request
from starlette.responses import Response

from dashboards.api.http.problems import PROBLEM, Problem, ProblemBody
from dashboards.common.book import BookState
from models.printable import printable_json

JSON: Final = "application/json"
_REF: Final = "#/components/schemas/{name}"
_UNBELIEVABLE: Final = {
    BookState.REDIS: "Redis cannot be reached; try again, and look at `gridpulse doctor`",
    BookState.BROKEN: "what the worker wrote is of another version: update the older of both",
}

T = TypeVar("T")


class Listing(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of a list.

    Attributes
    ----------
    items : list
    next : str or None
        Cursor of the next page; None on the last.
    state : str
        How far it may be believed: `fresh`; `stale` (nothing writes it at present: it may be out
        of date); `empty` (nothing was ever written).
    """

    items: list[T]
    next: str | None = None
    state: BookState = BookState.FRESH


def answer(request: Request, body: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with a body as JSON, or with 304 where the asker has it already.

    What would act on the terminal of somebody who asks by hand is escaped: it is the same JSON.
    """
    data = msgspec.json.encode(body)
    if not data.isascii():
        data = printable_json(data.decode()).encode()
    return tagged(request, data, JSON, status)


def tagged(
    request: Request,
    data: bytes,
    media_type: str,
    status: HTTPStatus = HTTPStatus.OK,
    more: Mapping[str, str] | None = None,
) -> Response:
    """Answer with bytes and their ETag, or with 304 where the asker has them already."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", **(more or {})}
    known = request.headers.get("if-none-match", "")
    if known and status is HTTPStatus.OK and (known.strip() == "*" or tag in known):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(data, status, headers, media_type)


def believable(state: BookState) -> BookState:
    """Give a state under which there is an answer.

    Raises
    ------
    Problem
        503: nothing is known at present.
    """
    if state in _UNBELIEVABLE:
        detail = _UNBELIEVABLE[state]
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "2"})
    return state


# --- the schema ---------------------------------------------------------------------------------


class Schemas:
    """Collects the types that answers and bodies are made of; one for the whole API."""

    def __init__(self) -> None:
        self._types: list[Any] = [ProblemBody]

    def ref(self, kind: Any) -> dict[str, Any]:
        """Give the schema of a type, and remember it for the components."""
        self._types.append(kind)
        schemas, _ = msgspec.json.schema_components([kind], ref_template=_REF)
        return dict(schemas[0])

    def components(self) -> dict[str, Any]:
        """Give the schemas of all types that were named."""
        _, components = msgspec.json.schema_components(self._types, ref_template=_REF)
        return dict(components)

    def responses(
        self,
        kind: Any,
        *problems: HTTPStatus,
        status: HTTPStatus = HTTPStatus.OK,
        also: Sequence[str] = (),
    ) -> dict[int | str, dict[str, Any]]:
        """Say what a route answers.

        Parameters
        ----------
        kind : type
            Of the body as JSON.
        *problems : HTTPStatus
            With which it may refuse, beside those that every route has.
        status : HTTPStatus
            With which it succeeds.
        also : sequence of str
            Further media types of success.
        """
        content: dict[str, Any] = {JSON: {"schema": self.ref(kind)}}
        content |= {each: {"schema": {"type": "string", "format": "binary"}} for each in also}
        found: dict[int | str, dict[str, Any]] = {
            int(status): {"description": "Done", "content": content}
        }
        if status is HTTPStatus.OK:
            found[304] = {"description": "As the asker has it"}
        return found | self.problems(*problems)

    def problems(self, *problems: HTTPStatus) -> dict[int | str, dict[str, Any]]:
        """Say with which problems a route may refuse."""
        return {int(each): self._problem(each) for each in {*problems, *_EVERYWHERE}}

    def _problem(self, status: HTTPStatus) -> dict[str, Any]:
        schema = {"$ref": _REF.format(name=ProblemBody.__name__)}
        return {"description": status.phrase, "content": {PROBLEM: {"schema": schema}}}


_EVERYWHERE: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
