"""Errors as `application/problem+json` (RFC 9457), each with one sentence of what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

PROBLEM: Final = "application/problem+json"
_MOST_ERRORS: Final = 5


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong: `title` by the status, `detail` in a sentence, and what belongs to it.

    Attributes
    ----------
    errors : list of str
        What is wrong with which part of the request.
    result : object
        Answer to a command that was refused, as `CommandResult`.
    """

    status: int
    title: str
    detail: str
    type: str = "about:blank"
    errors: list[str] = []
    result: Any = None


class Problem(Exception):
    """A request that cannot be answered as asked.

    Parameters
    ----------
    status : HTTPStatus
    detail : str
        One sentence.
    headers : mapping of str to str, optional
    more
        Further members of the body: `errors`, `result`.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers
        self.body = ProblemBody(status=int(status), title=status.phrase, detail=detail, **more)

    def response(self) -> Response:
        """Give the answer."""
        data = msgspec.json.encode(self.body)
        return Response(data, self.status, dict(self.headers or {}), PROBLEM)


def install(api: FastAPI) -> None:
    """Have every error of an application leave as a problem."""

    @api.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.response()

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        errors = [_sentence(each) for each in error.errors()[:_MOST_ERRORS]]
        detail = "the request is not valid: " + "; ".join(errors)
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors).response()

    @api.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        known = {
            HTTPStatus.NOT_FOUND: f"there is no {request.url.path}",
            HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not know {request.method}",
        }
        return Problem(status, known.get(status, str(error.detail)), error.headers).response()

    @api.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        del error  # the server writes it into its log
        detail = "the server failed at this request; nothing was changed that is not in the audit"
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail).response()


def _sentence(error: Mapping[str, Any]) -> str:
    """Name the part of the request, and what is wrong with it."""
    place = ".".join(str(each) for each in error["loc"])
    return f"{place}: {str(error['msg']).lower()}"
